"""SMPP against our own simulator: what carriers do to a client, and what a crash may not do to messages."""
import collections

from smpp import *


def counted(texts):
    return {text: n for text, n in collections.Counter(texts).items() if n > 1}


class Traffic(SmppTest):
    def test_a_message_and_its_answer_go_both_ways_with_their_receipts(self):
        daemon, smsc = self.both()
        smsc.deliver("Hello from a phone")
        conversation = until("a conversation", lambda: daemon.api.items("/v1/conversations"))[0]
        inbound = daemon.messages("in")[0]
        self.assertEqual(("tel:+447700900001", "Hello from a phone"), (inbound["from"]["address"], inbound["text"]))
        _, reply = daemon.api.call("POST", f"/v1/conversations/{conversation['id']}/messages", {"text": "From us [€] " * 18})
        reply = daemon.until_status(reply["id"], "delivered") and daemon.api.get("/v1/messages/" + reply["id"])
        self.assertEqual(["1", "2"], reply["provider_ids"])
        self.assertEqual(["447700900001"] * 2, [s["to"] for s in smsc.submits()])
        self.assertEqual([0x40] * 2, [s["esm_class"] for s in smsc.submits()])

    def test_it_works_the_same_in_a_process_of_its_own(self):
        smsc = Smsc(self)
        daemon = self.smpp(smsc.port, channel="isolation: process", window=50)
        smsc.deliver("burst", count=500, senders=50)
        until("all are answered", lambda: smsc.state()["messages"]["delivered"] == 500)
        self.assertEqual(500, len({m["text"] for m in daemon.messages("in")}))
        for message in [daemon.send(f"tel:+4477009{n:05d}", f"text {n}") for n in range(20)]:
            daemon.until_status(message, "delivered")
        self.assertEqual(0, daemon.stop())

    def test_parts_that_come_in_any_order_are_one_message(self):
        daemon, smsc = self.both()
        text = "Ein langer Text, der in drei Teilen kommt. " * 8
        parts = [text[i:i + 120] for i in range(0, len(text), 120)]
        for number in (3, 1, 2):
            octets = bytes([5, 0, 3, 0x2A, len(parts), number]) + parts[number - 1].encode()
            smsc.deliver("", hex=octets.hex(), esm_class=0x40)
        until("it is whole", lambda: daemon.messages("in"))
        self.assertEqual([text.strip()], [m["text"].strip() for m in daemon.messages("in")])

    def test_a_dry_run_tells_encoding_segments_and_cost(self):
        daemon, _ = self.both()
        status, answer = daemon.api.call("POST", "/v1/messages?dry_run=true", {"channel": "sms-eu", "to": "tel:+447700900001", "text": "ж" * 71})
        self.assertEqual(200, status, answer)
        found = re.search(r'"encoding": "ucs2", "segments": 2, "units": 71', json.dumps(answer))
        self.assertTrue(found, answer)

    def test_ids_are_matched_however_receipts_write_them(self):
        for ids, receipt_ids, order in (("hex", "decimal", "after"), ("decimal", "HEX", "after"), ("HEX", "padded", "before"), ("uuid", "same", "before")):
            with self.subTest(ids=ids, receipt_ids=receipt_ids, receipts=order):
                smsc = Smsc(self)
                folder = os.path.join(self.folder, ids + receipt_ids)
                os.mkdir(folder)
                daemon = SmppDaemon(folder, smsc.port)
                self.addCleanup(self._end, daemon)
                daemon.start()
                smsc.behave(ids=ids, receipt_ids=receipt_ids, receipts=order, next_id=500_000_001)
                daemon.until_status(daemon.send("tel:+447700900001", "the one"), "delivered")
                self.assertEqual(0, daemon.stop())

    def test_throttling_slows_the_channel_down_and_nothing_is_lost(self):
        daemon, smsc = self.both(window=20)
        smsc.behave(throttle=3)
        sent = [daemon.send(f"tel:+4477009{n:05d}", f"text {n}") for n in range(60)]
        for message in sent:
            daemon.until_status(message, "delivered")
        self.assertEqual(sorted(f"text {n}" for n in range(60)), sorted(smsc.texts()))
        self.assertGreater(daemon.state()["metrics"]["throttled"], 0)

    def test_a_drop_in_the_middle_of_a_window_leaves_unknown_what_was_out_and_nothing_else(self):
        daemon, smsc = self.both(window=10)
        smsc.behave(drop_after=6, receipts="none")
        sent = [daemon.send(f"tel:+4477009{n:05d}", f"text {n}") for n in range(30)]
        until("all settled", lambda: not any(m["status"] == "queued" for m in daemon.messages("out")))
        statuses = {m["text"]: m["status"] for m in daemon.messages("out")}
        unknown = {text for text, status in statuses.items() if status == "unknown"}
        self.assertEqual(30, len(sent))
        self.assertTrue(6 <= len(unknown) <= 10, statuses)
        self.assertTrue(all(status == "accepted" for text, status in statuses.items() if text not in unknown), statuses)
        texts = smsc.texts()
        self.assertEqual({}, counted(texts))
        self.assertTrue(set(statuses) - unknown <= set(texts))

    def test_a_malformed_pdu_is_refused_kept_and_survived(self):
        daemon, smsc = self.both()
        smsc.raw("0000001400000005000000000000270f6e6f6e65")
        until("the nack", lambda: smsc.state()["messages"]["nacks"] == 1)
        daemon.process.wait_line("6e6f6e65")
        until("it is kept", lambda: daemon.api.items("/v1/dead-letters?kind=inbound"))
        smsc.deliver("next")
        until("the next", lambda: daemon.messages("in"))
        self.assertEqual(1, smsc.state()["binds"])

    def test_a_refused_password_is_told_and_does_not_end_the_daemon(self):
        smsc = Smsc(self, None, "--password", "another")
        daemon = SmppDaemon(self.folder, smsc.port)
        self.addCleanup(self._end, daemon)
        daemon.start(wait_ready=False)
        self.assertIn("ESME_RINVPASWD", daemon.until_state("degraded")["detail"])
        self.assertNotIn("secret08", daemon.process.output())

    def test_a_pair_of_binds_and_tls(self):
        certificate, key = os.path.join(self.folder, "c.pem"), os.path.join(self.folder, "k.pem")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                        "-keyout", key, "-out", certificate], check=True, capture_output=True)
        smsc = Smsc(self, None, "--certificate", certificate, "--key", key)
        daemon = SmppDaemon(self.folder, smsc.port, bind="transmitter_receiver")
        with open(daemon.config) as f:
            config = f.read()
        with open(daemon.config, "w") as f:
            f.write(config.replace("tls: false", "tls: true\n      tls_verify: false"))
        self.addCleanup(self._end, daemon)
        daemon.start()
        self.assertEqual(2, smsc.state()["bound"])
        daemon.until_status(daemon.send("tel:+447700900001", "over TLS"), "delivered")

    def test_stopping_takes_leave_and_loses_nothing(self):
        daemon, smsc = self.both()
        smsc.behave(delay_ms=300)
        for n in range(10):
            daemon.send(f"tel:+4477009{n:05d}", f"text {n}")
        until("they are out", lambda: smsc.state()["submits"]["taken"] == 10)
        self.assertEqual(0, daemon.stop())
        daemon.start()
        self.assertEqual([], [m for m in daemon.messages("out") if m["status"] == "unknown"])


class Crash(SmppTest):
    def test_killed_with_a_full_window_out(self):
        """Nothing accepted is lost; what may have been sent is unknown, and sent twice only where the channel says so."""
        for on_unknown in ("hold", "resend"):
            with self.subTest(on_unknown=on_unknown):
                self.killed_sending(on_unknown)

    def killed_sending(self, on_unknown):
        folder = os.path.join(self.folder, on_unknown)
        os.mkdir(folder)
        smsc = Smsc(self)
        daemon = SmppDaemon(folder, smsc.port, channel=f"on_unknown: {on_unknown}", window=50)
        self.addCleanup(self._end, daemon)
        daemon.start()
        smsc.behave(delay_ms=600_000, receipts="none")
        for n in range(120):
            daemon.send(f"tel:+4477009{n:05d}", f"text {n}")
        until("the window is full", lambda: smsc.state()["submits"]["taken"] == 50)
        daemon.stop(signal.SIGKILL)
        out = set(smsc.texts())
        smsc.behave(delay_ms=0)
        daemon.start()
        until("all settled", lambda: not any(m["status"] == "queued" for m in daemon.messages("out")))
        texts, statuses = smsc.texts(), {m["text"]: m for m in daemon.messages("out")}
        self.assertEqual({f"text {n}" for n in range(120)}, set(texts))
        if on_unknown == "hold":
            self.assertEqual({}, counted(texts))
            self.assertEqual(out, {text for text, m in statuses.items() if m["status"] == "unknown"})
        else:
            self.assertEqual(out, set(counted(texts)))
            for text in out:
                self.assertIn("ended while it was being sent", statuses[text]["errors"][0]["detail"])
        daemon.stop(signal.SIGKILL)

    def test_killed_while_messages_come(self):
        """Whatever was answered is stored; what is stored twice is marked as suspected."""
        daemon, smsc = self.both(window=50)
        total, rounds = 0, int(os.environ.get("JACKFIELD_CRASH_ROUNDS", "5"))
        for n in range(rounds):
            smsc.deliver(f"round {n}", count=3000, senders=300)
            total += 3000
            answered = smsc.state()["messages"]["delivered"]
            until("some came", lambda: smsc.state()["messages"]["delivered"] > answered + 500)
            daemon.stop(signal.SIGKILL)
            daemon.start()
            until("all are answered", lambda: smsc.state()["messages"]["delivered"] == total)
        stored = collections.defaultdict(list)
        for message in daemon.messages("in"):
            stored[message["text"]].append(message)
        self.assertEqual(total, len(stored))
        twice = {text: copies for text, copies in stored.items() if len(copies) > 1}
        for text, copies in twice.items():
            marked = [m for m in copies if m.get("extra", {}).get("suspected_redelivery")]
            self.assertEqual(len(copies) - 1, len(marked), text)
        self.assertLess(len(twice), rounds * 50 + 1)


class Page(SmppTest):
    """What docs/connectors/sms-smpp.md says to do."""
    ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")

    def blocks(self, language):
        with open(os.path.join(self.ROOT, "docs/connectors/sms-smpp.md")) as f:
            return re.findall(rf"```{language}\n(.*?)```", f.read(), re.S)

    def test_its_configuration_is_fine(self):
        config = os.path.join(self.folder, "jackfield.yaml")
        with open(config, "w") as f:
            f.write("server: {tokens: [{name: admin, role: admin, token: a-token-for-the-page}]}\n" + self.blocks("yaml")[0])
        done = subprocess.run([BINARY, "check", "-c", config], capture_output=True, text=True, env={**os.environ, "SMPP_PASSWORD": "secret08"})
        self.assertEqual(0, done.returncode, done.stdout + done.stderr)

    def test_its_example_and_its_control_calls_work(self):
        smsc = Smsc(self)
        config = os.path.join(self.folder, "jackfield.yaml")
        with open(os.path.join(self.ROOT, "examples/sms-smpp.yaml")) as f:
            text = f.read().replace("port: 2775", f"port: {smsc.port}").replace("127.0.0.1:8080", f"127.0.0.1:{free_port()}")
        with open(config, "w") as f:
            f.write(text)
        daemon = Process([BINARY, "run", "-c", config], cwd=self.folder)
        self.addCleanup(lambda: daemon.child.poll() is None and daemon.stop(signal.SIGKILL))
        until("it is bound", lambda: smsc.state()["bound"] == 1)
        for line in self.blocks("sh")[0].strip().splitlines():
            subprocess.run(line.replace("127.0.0.1:9002", f"127.0.0.1:{smsc.api.port}"), shell=True, check=True, capture_output=True)
        until("it is answered", lambda: smsc.state()["messages"]["delivered"] == 1)


if __name__ == "__main__":
    unittest.main()
