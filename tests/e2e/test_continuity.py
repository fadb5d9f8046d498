"""One customer over several channels: asked how it was and heard on any of them, and reached where they can be."""
import unittest

from harness import *

ASKING = CONFIG + """
satisfaction:
  ask: {{fr: "Votre note ?", default: "How did we do, {{first_name}}?"}}
  thanks: "Thank you!"
  scale: {{default: [Awful, Bad, Fair, Good, Great]}}
  after: 1s
  not_again_within: 0
contacts: {{join_on: [tel]}}
"""


class Satisfaction(JackfieldTest):
    def setUp(self):
        super().setUp()
        self.d = self.daemon(config=ASKING)
        self.simulator = self.graph(self.d)

    def handled(self, wamid, sender):
        """Somebody writes, is answered, and it is closed."""
        self.assertEqual(self.d.text(wamid, sender, "where is my parcel?"), 200)
        one = until("a conversation", lambda: [c for c in self.d.api.items("/v1/conversations?state=open") if c["contact"]["name"] == "Ana " + sender])[0]["id"]
        status, message = self.d.api.call("POST", f"/v1/conversations/{one}/messages", {"text": "On its way"})
        self.assertEqual(status, 202, message)
        self.d.until_status(message["id"], "read")
        status, closed = self.d.api.call("PATCH", f"/v1/conversations/{one}", {"state": "closed"})
        self.assertEqual(status, 200, closed)
        return one

    def question(self, conversation):
        return until("the question", lambda: [m for m in self.d.api.items(f"/v1/conversations/{conversation}/messages")
                                              if m["direction"] == "out" and m["from"].get("name") == "satisfaction"])[0]

    def chooses(self, wamid, sender, option):
        body = json.loads(whatsapp_body([(wamid, sender, "x")]))
        message = body["entry"][0]["changes"][0]["value"]["messages"][0]
        del message["text"]
        message.update({"type": "interactive", "interactive": {"type": "list_reply", "list_reply": {"id": option["id"], "title": option["title"]}}})
        return self.d.webhook(json.dumps(body).encode())

    def satisfaction(self, conversation):
        return self.d.api.get("/v1/conversations/" + conversation)["satisfaction"]

    def test_is_asked_with_choices_after_a_restart_and_scored_without_reopening(self):
        one = self.handled("wamid.1", "33600001")
        self.d.stop(signal.SIGKILL)
        self.d.start()
        question = self.question(one)
        self.assertEqual(question["parts"][0]["text"], "How did we do, Ana?")
        options = question["parts"][0]["options"]
        self.assertEqual([o["title"] for o in options], ["Awful", "Bad", "Fair", "Good", "Great"])
        self.assertEqual(self.chooses("wamid.2", "33600001", options[3]), 200)
        self.assertEqual(self.satisfaction(one)["score"], 4)
        whole = self.d.api.items("/v1/conversations")
        self.assertEqual([(c["id"], c["state"], c["tags"]) for c in whole], [(one, "closed", [])])
        events = self.d.api.events(types="satisfaction.scored")
        self.assertEqual([(e["subject"], e["data"]["score"], e["data"]["queue"]) for e in events], [(one, 4, "general")])
        until("the thanks", lambda: [m for m in self.d.api.items(f"/v1/conversations/{one}/messages") if m["text"] == "Thank you!"])

    def test_is_answered_by_mail_to_what_was_asked_over_whatsapp_and_bad_news_go_to_a_person(self):
        one = self.handled("wamid.1", "33600001")
        contact = self.d.api.get("/v1/conversations/" + one)["contact"]["id"]
        self.question(one)
        status, other = self.d.api.call("POST", "/v1/contacts", {"name": "Ana", "addresses": ["mailto:ana@example.org"]})
        self.assertEqual(status, 201, other)
        self.assertEqual(self.d.api.call("POST", f"/v1/contacts/{contact}/merge", {"from": other["id"]})[0], 201)
        self.d.mail("a1@example.org", "ana@example.org", "Your question", "2/5\r\n\r\nNobody called me back.\r\n\r\n-- \r\nAna")
        scored = until("the score", lambda: (lambda s: s if s["score"] else None)(self.satisfaction(one)))
        self.assertEqual((scored["score"], scored["words"]), (2, True))
        now = self.d.api.get("/v1/conversations/" + one)
        self.assertEqual((now["state"], now["channels"][0]), ("open", "support-mail"))
        self.assertEqual(len(self.d.api.items("/v1/conversations")), 1)

    def test_what_is_no_score_is_a_message_like_any_other(self):
        one = self.handled("wamid.1", "33600001")
        self.question(one)
        self.assertEqual(self.d.text("wamid.2", "33600001", "5 parcels are missing"), 200)
        until("a new conversation", lambda: len(self.d.api.items("/v1/conversations")) == 2)
        self.assertIsNone(self.satisfaction(one)["score"])


class Channels(JackfieldTest):
    def test_each_says_whether_it_can_be_used_and_a_refused_reply_says_the_same(self):
        d = self.daemon(config=ASKING)
        self.graph(d)
        self.assertEqual(d.text("wamid.1", "33600001", "hello"), 200)
        one = self.one_conversation(d, "whatsapp-eu")
        ways = {w["channel"]: w for w in d.api.get(f"/v1/conversations/{one['id']}/channels")["items"]}
        self.assertEqual((ways["whatsapp-eu"]["usable"], ways["whatsapp-eu"]["preferred"], ways["whatsapp-eu"]["state"]), (True, True, "ready"))
        self.assertIsNotNone(ways["whatsapp-eu"]["until"])
        self.assertEqual((ways["support-mail"]["usable"], ways["support-mail"]["why_not"]["class"]), (False, "no-address"))
        path = f"/v1/conversations/{one['id']}/messages"
        status, refused = d.api.call("POST", path, {"text": "hello", "channel": "support-mail"})
        self.assertEqual((status, refused["detail"]), (409, ways["support-mail"]["why_not"]["detail"]))
        status, other = d.api.call("POST", "/v1/contacts", {"name": "Ana", "addresses": ["mailto:ana@example.org"]})
        self.assertEqual(d.api.call("POST", f"/v1/contacts/{one['contact']['id']}/merge", {"from": other["id"]})[0], 201)
        ways = {w["channel"]: w for w in d.api.get(f"/v1/contacts/{one['contact']['id']}/channels")["items"]}
        self.assertEqual((ways["support-mail"]["usable"], ways["support-mail"]["address"]), (True, "mailto:ana@example.org"))
        status, sent = d.api.call("POST", path, {"text": "hello", "channel": "support-mail"})
        self.assertEqual((status, sent["to"][0]["address"]), (202, "mailto:ana@example.org"))


if __name__ == "__main__":
    unittest.main()
