"""What the README's first screen shows."""
import json
import unittest

from harness import *


class Quickstart(JackfieldTest):
    def test_a_mail_becomes_a_conversation_and_its_answer_a_mail(self):
        sink_http = free_port()
        daemon = self.daemon()
        self.simulate("smtp", "--listen", f"127.0.0.1:{daemon.ports['smtp_out']}", "--http", f"127.0.0.1:{sink_http}")
        daemon.mail("one@example.org", "ana@example.org", "Invoice 12", "Where is my invoice?")
        conversation = self.one_conversation(daemon, "support-mail")
        self.assertEqual(conversation["queue"], "billing")
        self.assertEqual(conversation["priority"], "high")
        self.assertEqual(conversation["contact"]["addresses"][0]["address"], "mailto:ana@example.org")
        decision = daemon.api.get(f"/v1/conversations/{conversation['id']}/decision")
        self.assertEqual(decision["rules"][0]["rule"], "billing")

        status, message = daemon.api.call("POST", f"/v1/conversations/{conversation['id']}/messages", {"text": "Here it is — voilà."})
        self.assertEqual(status, 202, message)
        daemon.until_status(message["id"], "accepted")
        sent = until("the mail", lambda: json.loads(Api(sink_http, None).raw("GET", "/messages")[2]))
        text = json.dumps(sent)
        self.assertIn("Re: Invoice 12", text)
        self.assertIn("<one@example.org>", text)

        # The customer answers our mail: the same conversation.
        ours = daemon.api.get("/v1/messages/" + message["id"])["provider_ids"][0]
        daemon.mail("two@example.org", "ana@example.org", "Re: Invoice 12", "Thanks!", f"In-Reply-To: <{ours}>\r\nReferences: <one@example.org> <{ours}>\r\n")
        messages = until("three messages", lambda: (lambda m: m if len(m) == 3 else None)(daemon.api.items(f"/v1/conversations/{conversation['id']}/messages")))
        self.assertEqual([m["direction"] for m in messages], ["in", "out", "in"])
        self.assertEqual(messages[2]["reply_to"], message["id"])

    def test_a_signed_webhook_becomes_a_conversation_and_receipts_move_the_answers_status(self):
        daemon = self.daemon()
        self.graph(daemon)
        stream = WebSocket(daemon.ports["http"], "/v1/stream?after=0")
        self.addCleanup(stream.close)
        self.assertEqual(stream.status, 101)
        self.assertEqual(daemon.text("wamid.A", "33612345678", "Bonjour, ma FACTURÉ ?"), 200)
        types = [stream.next()["type"] for _ in range(5 + 0)]
        self.assertIn("message.received", types)
        conversation = self.one_conversation(daemon, "whatsapp-eu")
        self.assertEqual(conversation["queue"], "billing")
        self.assertTrue(conversation["reply_windows"]["whatsapp-eu"]["open"])
        status, message = daemon.api.call("POST", f"/v1/conversations/{conversation['id']}/messages", {"text": "Voici."})
        self.assertEqual(status, 202, message)
        daemon.until_status(message["id"], "read")
        history = [h["status"] for h in daemon.api.get("/v1/messages/" + message["id"])["history"]]
        self.assertEqual(history[0], "queued")
        self.assertEqual(history, sorted(history, key=["queued", "accepted", "sent", "delivered", "read"].index))

    def test_the_event_log_holds_everything_once_and_in_order(self):
        daemon = self.daemon()
        for i in range(30):
            self.assertEqual(daemon.text(f"wamid.{i}", f"3360000{i % 3}", f"number {i}"), 200)
        events = daemon.api.events()
        self.assertEqual([e["id"] for e in events], sorted({e["id"] for e in events}))
        received = [e for e in events if e["type"] == "message.received"]
        self.assertEqual([e["data"]["message"]["text"] for e in received], [f"number {i}" for i in range(30)])
        middle = events[len(events) // 2]["id"]
        self.assertEqual(daemon.api.events(after=middle), events[len(events) // 2 + 1:])


if __name__ == "__main__":
    unittest.main()
