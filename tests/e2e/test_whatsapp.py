"""WhatsApp, both ways, with the real binary and the stand-in for Meta: what goes wrong in practice goes wrong here."""
import hashlib
import json
import os
import signal
import time
import unittest

from harness import ACCESS_TOKEN, APP_SECRET, CONFIG, Api, JackfieldTest, until

PUBLIC = CONFIG.replace("server:\n", "server:\n  public_url: http://127.0.0.1:{http}\n", 1).replace(
    "      api_url: http://127.0.0.1:{graph}\n", "      api_url: http://127.0.0.1:{graph}\n      send_media: link\n      appsecret_proof: true\n")
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40


class WhatsApp(JackfieldTest):
    def setUp(self):
        super().setUp()
        self.clock = os.path.join(self.folder, "clock")
        self.ahead(0)
        os.environ["JACKFIELD_TEST_CLOCK"] = self.clock
        self.addCleanup(os.environ.pop, "JACKFIELD_TEST_CLOCK", None)

    def ahead(self, seconds):
        with open(self.clock + ".new", "w") as f:
            f.write(str(seconds * 1000))
        os.replace(self.clock + ".new", self.clock)

    def begin(self, **more):
        self.jackfield = self.daemon(**more)
        self.meta = self.graph(self.jackfield)
        return self.jackfield

    def control(self, what, call=None, raw=None, content_type="application/json"):
        status, _, answer = Api(self.jackfield.ports["graph"], None).raw("POST", "/_control/" + what, raw if raw is not None else json.dumps(call or {}),
                                                                         {"Content-Type": content_type})
        self.assertEqual(status, 200, answer)
        return json.loads(answer)

    def seen(self, what):
        return json.loads(Api(self.jackfield.ports["graph"], None).raw("GET", "/_control/" + what)[2])["items"]

    def says(self, text, sender="33600001", **more):
        answer = self.control("message", {"from": sender, "name": "Ana", "text": text, **more})
        self.assertEqual(answer["status"], 200)
        return answer["id"]

    def conversation(self):
        return self.one_conversation(self.jackfield, "whatsapp-eu")

    def reply(self, conversation, body, want=202, query=""):
        status, _, answer = self.jackfield.api.raw("POST", f"/v1/conversations/{conversation['id']}/messages{query}", json.dumps(body),
                                                   {"Content-Type": "application/json"})
        self.assertEqual(status, want, answer)
        return json.loads(answer)

    def messages(self, conversation):
        return self.jackfield.api.items(f"/v1/conversations/{conversation['id']}/messages")

    def test_a_conversation_with_files_both_ways(self):
        daemon = self.begin()
        media = self.control("media", raw=PNG, content_type="image/png")["id"]
        self.control("message", {"from": "33600001", "name": "Ana", "image": {"id": media, "mime_type": "image/png", "sha256": hashlib.sha256(PNG).hexdigest(), "caption": "broken"}})
        conversation = self.conversation()
        part = lambda: self.messages(conversation)[0]["parts"][0]
        until("the file is fetched", lambda: part()["state"] == "ready")
        status, headers, body = daemon.api.raw("GET", "/v1/media/" + part()["id"])
        self.assertEqual((status, body), (200, PNG))
        status, _, up = daemon.api.raw("POST", "/v1/media?name=new.png", PNG, {"Content-Type": "image/png"})
        sent = self.reply(conversation, {"parts": [{"type": "media", "id": json.loads(up)["id"], "caption": "a new one"}]})
        daemon.until_status(sent["id"], "read")
        body = self.seen("sent")[0]["body"]
        self.assertEqual((body["type"], body["image"]["caption"]), ("image", "a new one"))

    def test_a_file_that_meta_fetches_itself(self):
        daemon = self.begin(config=PUBLIC)
        self.says("Bonjour")
        _, _, up = daemon.api.raw("POST", "/v1/media?name=a.png", PNG, {"Content-Type": "image/png"})
        self.reply(self.conversation(), {"parts": [{"type": "media", "id": json.loads(up)["id"]}]})
        fetched = until("Meta has fetched it", lambda: (self.seen("sent") or [{}])[0].get("fetched"))
        self.assertEqual((fetched["status"], fetched["sha256"]), (200, hashlib.sha256(PNG).hexdigest()))

    def test_the_window_closes_during_a_conversation(self):
        daemon = self.begin()
        self.says("Bonjour")
        conversation = self.conversation()
        daemon.until_status(self.reply(conversation, {"text": "Bonjour !"})["id"], "read")
        self.assertTrue(self.conversation()["reply_windows"]["whatsapp-eu"]["open"])
        self.ahead(24 * 3600)
        window = self.conversation()["reply_windows"]["whatsapp-eu"]
        self.assertEqual((window["open"], window["template_needed"]), (False, True))
        refused = self.reply(conversation, {"text": "Still there?"}, want=409)
        self.assertIn("template", refused["detail"])
        told = self.reply(conversation, {"text": "Still there?"}, want=200, query="?dry_run=true")
        self.assertEqual((told["sendable"], told["problems"][0]["class"]), (False, "window-closed"))
        taken = self.reply(conversation, {"template": {"name": "still_there", "language": "fr", "parameters": {"first_name": "Ana"}}})
        daemon.until_status(taken["id"], "read")
        self.assertEqual(self.seen("sent")[-1]["body"]["template"]["components"][0]["parameters"][0]["parameter_name"], "first_name")
        self.says("Yes", timestamp=str(int(time.time()) + 24 * 3600))
        daemon.until_status(self.reply(conversation, {"text": "Good"})["id"], "read")

    def test_a_storm_of_429_delays_and_doubles_nothing(self):
        daemon = self.begin()
        for i in range(8):
            self.says("Bonjour", sender=f"3360000{i}")
        conversations = until("all conversations", lambda: (lambda c: c if len(c) == 8 else None)(daemon.api.items("/v1/conversations")))
        self.control("faults", {"next": [{"status": 429, "code": 130429}] * 6})
        sent = [self.reply(c, {"text": "to " + c["id"]})["id"] for c in conversations]
        for message in sent:
            daemon.until_status(message, "read")
        texts = sorted(item["body"]["text"]["body"] for item in self.seen("sent"))
        self.assertEqual(texts, sorted("to " + c["id"] for c in conversations))

    def test_duplicates_and_reordering_change_nothing(self):
        daemon = self.begin()
        wamid = self.says("Bonjour")
        self.says("Bonjour", id=wamid)
        conversation = self.conversation()
        for mode in ("twice", "reversed", "before_answer"):
            self.control("faults", {"receipts": mode})
            message = self.reply(conversation, {"text": mode})["id"]
            daemon.until_status(message, "read")
            ranks = [entry["status"] for entry in daemon.api.get("/v1/messages/" + message)["history"]]
            order = ["queued", "accepted", "sent", "delivered", "read"]
            self.assertEqual(ranks, sorted(ranks, key=order.index), "a status only moves forward")
        self.assertEqual(len(self.messages(conversation)), 4)
        self.assertEqual(len(self.seen("sent")), 3)

    def test_a_restart_in_the_middle_of_a_fetch_fetches_again(self):
        daemon = self.begin()
        media = self.control("media", raw=PNG, content_type="image/png")["id"]
        self.control("faults", {"next": [{"on": "download", "delay_ms": 60000}]})
        self.control("message", {"from": "33600001", "name": "Ana", "image": {"id": media, "mime_type": "image/png"}})
        self.meta.wait_line(r"GET /media-bytes/")
        daemon.stop(signal.SIGKILL)
        self.ahead(300)  # past the time that the interrupted try was given
        daemon.start()
        conversation = self.conversation()
        until("the file is fetched", lambda: self.messages(conversation)[0]["parts"][0]["state"] == "ready")

    def test_a_restart_in_the_middle_of_a_send_is_settled_by_its_receipt(self):
        daemon = self.begin()
        self.says("Bonjour")
        conversation = self.conversation()
        self.control("faults", {"receipts": "none", "next": [{"drop": True, "taken": True, "delay_ms": 60000}]})
        message = self.reply(conversation, {"text": "only once"})["id"]
        until("Meta has it", lambda: self.seen("sent"))
        daemon.stop(signal.SIGKILL)
        daemon.start()
        daemon.until_status(message, "unknown")
        self.control("status", {"id": self.seen("sent")[0]["id"], "status": "delivered"})
        daemon.until_status(message, "delivered")
        self.assertEqual(len(self.seen("sent")), 1)

    def test_a_restart_between_two_parts_sends_the_first_only_once(self):
        daemon = self.begin()
        self.says("Bonjour")
        conversation = self.conversation()
        self.control("faults", {"receipts": "none", "next": [{}, {"drop": True, "delay_ms": 60000}]})
        message = self.reply(conversation, {"parts": [{"type": "text", "text": "part one"}, {"type": "text", "text": "part two"}]})["id"]
        until("Meta has the first", lambda: self.seen("sent"))
        self.meta.wait_line(r"/messages -> cut")
        daemon.stop(signal.SIGKILL)
        daemon.start()
        daemon.until_status(message, "unknown")
        status, _, answer = daemon.api.raw("POST", f"/v1/messages/{message}/resolve", '{"as": "resend"}', {"Content-Type": "application/json"})
        self.assertEqual(status, 200, answer)
        daemon.until_status(message, "accepted")
        self.assertEqual([item["body"]["text"]["body"] for item in self.seen("sent")], ["part one", "part two"])
        self.assertEqual(daemon.api.get("/v1/messages/" + message)["provider_ids"], [item["id"] for item in self.seen("sent")])

    def test_an_url_that_has_expired_is_asked_for_again(self):
        self.begin()
        media = self.control("media", raw=PNG, content_type="image/png")["id"]
        self.control("faults", {"next": [{"on": "download", "status": 404}, {"on": "media", "status": 500}]})
        self.control("message", {"from": "33600001", "name": "Ana", "image": {"id": media, "mime_type": "image/png"}})
        conversation = self.conversation()
        until("the file is fetched", lambda: self.messages(conversation)[0]["parts"][0]["state"] == "ready")

    def test_what_customers_and_colleagues_do_elsewhere(self):
        daemon = self.begin()
        self.says("Bonjour", user_id="FR.1")
        conversation = self.conversation()
        self.control("echo", {"to": "33600001", "text": "from the phone"})
        mirrored = until("it is mirrored", lambda: self.messages(conversation)[1:])[0]
        self.assertEqual((mirrored["direction"], mirrored["status"], mirrored["text"]), ("out", "sent", "from the phone"))
        self.control("change", {"field": "user_preferences", "value": {"user_preferences": [{"wa_id": "33600001", "category": "marketing_messages", "value": "stop", "timestamp": "1795255200"}]}})
        self.reply(conversation, {"text": "an answer inside the window"})
        refused = self.reply(conversation, {"template": {"name": "sale", "language": "fr"}}, want=409)
        self.assertIn("marketing", refused["detail"])
        self.control("message", {"from": "33600001", "user_id": "FR.1", "name": "Ana",
                                 "system": {"type": "user_changed_number", "body": "", "wa_id": "33600009", "user_id": "FR.9", "previous_user_id": "FR.1"}})
        self.says("new number", sender="33600009", user_id="FR.9")
        self.assertEqual(len(daemon.api.items("/v1/conversations")), 1)
        daemon.until_status(self.reply(conversation, {"text": "to the new one"})["id"], "read")
        self.assertEqual(self.seen("sent")[-1]["to"], "33600009")

    def test_somebody_known_by_a_business_scoped_id_only(self):
        daemon = self.begin()
        self.control("message", {"user_id": "US.134", "name": "Ana", "text": "no phone"})
        daemon.until_status(self.reply(self.conversation(), {"text": "hello"})["id"], "read")
        body = self.seen("sent")[0]["body"]
        self.assertEqual((body.get("recipient"), "to" in body), ("US.134", False))

    def test_choices_reactions_and_signs(self):
        daemon = self.begin()
        wamid = self.says("Bonjour")
        conversation = self.conversation()
        asked = self.reply(conversation, {"parts": [{"type": "choices", "text": "Which day?", "options": [{"id": "sat", "title": "Saturday"}, {"id": "sun", "title": "Sunday"}]}]})
        daemon.until_status(asked["id"], "read")
        self.control("message", {"from": "33600001", "name": "Ana", "reply_to": self.seen("sent")[0]["id"],
                                 "interactive": {"type": "button_reply", "button_reply": {"id": "sat", "title": "Saturday"}}})
        chosen = until("the choice", lambda: self.messages(conversation)[2:])[0]
        self.assertEqual((chosen["parts"][0]["id"], chosen["reply_to"]), ("sat", asked["id"]))
        first = self.messages(conversation)[0]["id"]
        self.reply(conversation, {"parts": [{"type": "reaction", "emoji": "\U0001F44D", "to": first}]})
        reaction = until("the reaction", lambda: self.seen("sent")[1:])[0]["body"]["reaction"]
        self.assertEqual(reaction["message_id"], wamid)
        for sign in ("read", "typing"):
            status, _, answer = daemon.api.raw("POST", f"/v1/conversations/{conversation['id']}/{sign}", "{}", {"Content-Type": "application/json"})
            self.assertEqual(status, 204, answer)
        signs = until("both signs", lambda: self.seen("signs") if len(self.seen("signs")) == 2 else None)
        self.assertEqual([s["typing"] for s in signs], [False, True])
        told = self.reply(conversation, {"parts": [{"type": "choices", "text": "Which?", "options": [{"title": f"Option {i}"} for i in range(11)]}]}, want=200, query="?dry_run=true")
        self.assertEqual((told["sendable"], told["connector"]["notes"]), (True, ["the choices go as a numbered list: there are more than 10 options"]))


if __name__ == "__main__":
    unittest.main()
