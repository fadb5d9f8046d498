"""The API for those who did not write it: server-sent events, tickets, browsers of other origins, webhooks."""
import unittest

from strangers import *


class Strangers(JackfieldTest):
    def strangers(self):
        self.receiver_port = free_port()
        return self.daemon(config=STRANGERS, receiver=self.receiver_port)

    def receiver(self, status_of=lambda event: 204):
        made = Receiver(self.receiver_port, status_of)
        self.addCleanup(made.close)
        return made

    def follow(self, daemon, path="/v1/events", **more):
        source = EventSource(daemon.ports["http"], path, **more)
        self.addCleanup(source.close)
        return source

    def ticket(self, daemon, token):
        status, made = Api(daemon.ports["http"], token).call("POST", "/v1/stream/tickets")
        self.assertEqual(status, 201, made)
        return made["ticket"]

    def test_a_stream_of_events_goes_on_over_restarts_none_missing_none_twice(self):
        daemon = self.strangers()
        got, last = [], "0"
        for turn, end in enumerate((signal.SIGTERM, signal.SIGKILL, None)):
            source = self.follow(daemon, last=last)
            self.assertEqual(source.status, 200)
            for i in range(12):
                self.assertEqual(daemon.text(f"wamid.{turn}.{i}", f"3360000{i % 3}", f"number {turn} {i}"), 200)
            if end is None:
                whole = daemon.api.events()
                while len(got) < len(whole):
                    got.append(source.next())
                break
            got += [source.next() for _ in range(12)]  # it is in the middle of them when the daemon ends
            daemon.stop(end)
            try:
                while True:
                    got.append(source.next())
            except EOFError:
                last = source.last
            daemon.start()
        self.assertEqual([e["id"] for e in got], [e["id"] for e in whole])
        self.assertEqual(len([e for e in got if e["type"] == "message.received"]), 36)

    def test_a_ticket_opens_one_stream_and_sees_what_its_owner_sees(self):
        daemon = self.strangers()
        port = daemon.ports["http"]
        ticket = self.ticket(daemon, AGENT)
        source = self.follow(daemon, f"/v1/events?after=0&types=message.received&ticket={ticket}", token=None)
        self.assertEqual(source.status, 200)
        self.assertEqual(self.follow(daemon, f"/v1/events?after=0&ticket={ticket}", token=None).status, 401)
        daemon.text("wamid.1", "33600001", "Bonjour")  # of the queue general
        daemon.text("wamid.2", "33600002", "ma facture")  # of ana's
        self.assertEqual(source.next()["data"]["message"]["text"], "ma facture")

        ticket = self.ticket(daemon, INTEGRATION)
        for status in (101, 401):
            with_ticket = WebSocket(port, f"/v1/stream?after=0&ticket={ticket}", token="")
            self.addCleanup(with_ticket.close)
            self.assertEqual(with_ticket.status, status)

    def test_a_page_of_a_named_origin_may_use_the_api(self):
        daemon = self.strangers()
        api = Api(daemon.ports["http"], None)
        asks = {"Origin": ORIGIN, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
        status, headers, _ = api.raw("OPTIONS", "/v1/messages", headers=asks)
        self.assertEqual((status, headers["access-control-allow-origin"], headers["vary"]), (204, ORIGIN, "Origin"))
        self.assertNotIn("access-control-allow-credentials", headers)
        status, headers, _ = api.raw("OPTIONS", "/v1/messages", headers={**asks, "Origin": "https://evil.example"})
        self.assertEqual(status, 401)
        self.assertNotIn("access-control-allow-origin", headers)
        status, headers, _ = daemon.api.raw("GET", "/v1/queues", headers={"Origin": ORIGIN})
        self.assertEqual((status, headers["access-control-allow-origin"]), (200, ORIGIN))

    def test_a_receiver_that_fails_is_slow_and_comes_back_gets_each_conversation_in_order(self):
        daemon = self.strangers()
        for i in range(4):  # nobody listens yet
            self.assertEqual(daemon.text(f"wamid.early.{i}", f"3360000{i % 2}", f"early {i}"), 200)
        failures = {"early 1": 2, "late 2": 1}

        def status_of(event):
            text = event["data"]["message"]["text"]
            if failures.get(text, 0) > 0:
                failures[text] -= 1
                return 500
            if text == "late 4":
                time.sleep(0.5)
            return 200

        receiver = self.receiver(status_of)
        for i in range(6):
            self.assertEqual(daemon.text(f"wamid.late.{i}", f"3360000{i % 3}", f"late {i}"), 200)
        until("all of them", lambda: sum(map(len, receiver.texts().values())) == 10)
        self.assertEqual(sorted(receiver.texts().values()), [["early 0", "early 2", "late 0", "late 3"],
                                                             ["early 1", "early 3", "late 1", "late 4"], ["late 2", "late 5"]])
        self.assertEqual(receiver.broken, [])
        hook = until("nothing waits", lambda: (lambda w: w if w["waiting"] == 0 else None)(daemon.api.get("/v1/webhooks")["items"][0]))
        self.assertEqual((hook["name"], hook["source"], hook["enabled"]), ("crm", "configuration", True))
        self.assertNotIn("secret", hook)

    def test_kills_lose_no_event_of_a_webhook(self):
        daemon = self.strangers()
        refused = set()

        def status_of(event):  # each event fails once
            if event["id"] in refused:
                return 200
            refused.add(event["id"])
            return 503

        receiver = self.receiver(status_of)
        for turn in range(3):
            for i in range(10):
                self.assertEqual(daemon.text(f"wamid.{turn}.{i}", f"3360000{i % 4}", f"{turn} {i:02}"), 200)
            until("some came", lambda: len(receiver.seen) > 4 * turn)
            daemon.stop(signal.SIGKILL)
            daemon.start()
        until("all of them", lambda: sum(map(len, receiver.texts().values())) == 30, 60)
        for texts in receiver.texts().values():
            self.assertEqual(texts, sorted(texts))
        self.assertEqual(receiver.broken, [])

    def test_a_webhook_made_over_the_api_reaches_no_private_network_and_says_so(self):
        daemon = self.strangers()
        status, hook = daemon.api.call("POST", "/v1/webhooks", {"name": "mine", "url": f"https://127.0.0.1:{free_port()}/", "after": "0"})
        self.assertEqual(status, 201, hook)
        self.assertTrue(hook["secret"].startswith("whsec_"))
        daemon.text("wamid.1", "33600001", "Bonjour")
        path = "/v1/webhooks/" + hook["id"]
        shown = until("it failed", lambda: (lambda w: w if w["last_error"] else None)(daemon.api.get(path)))
        self.assertIn("private", shown["last_error"])
        self.assertGreater(shown["waiting"], 0)
        self.assertEqual(daemon.api.call("DELETE", path)[0], 204)
        self.assertEqual(daemon.api.call("GET", path)[0], 404)


if __name__ == "__main__":
    unittest.main()
