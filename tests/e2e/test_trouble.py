"""What goes wrong around the daemon: strangers, wrong files, a full disk, a port that is taken."""
import resource
import unittest

from harness import *


class Strangers(JackfieldTest):
    def test_only_the_exact_signature_over_the_raw_bytes_opens_the_webhook(self):
        daemon = self.daemon()
        body = whatsapp_body([("wamid.1", "336", "caf\u00e9")])
        right = sign(body)
        self.assertEqual(daemon.webhook(body, right[:-1] + ("0" if right[-1] != "0" else "1")), 401)
        self.assertEqual(daemon.webhook(body, ""), 401)
        self.assertEqual(daemon.webhook(json.dumps(json.loads(body), ensure_ascii=False).encode(), right), 401)
        self.assertEqual(daemon.api.items("/v1/messages"), [])
        self.assertEqual(daemon.webhook(body, right), 200)
        self.assertEqual(len(daemon.api.items("/v1/messages")), 1)

    def test_the_api_is_closed_without_a_token_and_beyond_a_role(self):
        daemon = self.daemon()
        self.assertEqual(Api(daemon.ports["http"], None).raw("GET", "/v1/conversations")[0], 401)
        self.assertEqual(Api(daemon.ports["http"], "wrong-token-wrong-token").raw("GET", "/v1/conversations")[0], 401)
        self.assertEqual(Api(daemon.ports["http"], "e2e-integration-token-01").raw("GET", "/v1/conversations")[0], 200)
        self.assertEqual(Api(daemon.ports["http"], None).raw("GET", "/healthz")[0], 200)
        self.assertEqual(Api(daemon.ports["http"], None).raw("HEAD", "/healthz")[::2], (200, b""))
        self.assertEqual(Api(daemon.ports["http"], None).raw("HEAD", "/v1/conversations")[0], 401)

    def test_no_secret_is_in_what_is_printed_or_answered(self):
        daemon = self.daemon()
        daemon.text("wamid.1", "336", "hello")
        shown = daemon.process.output() + json.dumps(daemon.api.get("/v1/channels")) + daemon.api.raw("GET", "/metrics")[2].decode()
        for secret in (TOKEN, APP_SECRET, ACCESS_TOKEN, "e2e-verify-token"):
            self.assertNotIn(secret, shown)

    def test_one_bad_item_in_a_batch_of_fifty_is_kept_and_the_others_go_on(self):
        daemon = self.daemon()
        body = json.loads(whatsapp_body([(f"wamid.{i}", f"336{i}", "x") for i in range(50)]))
        body["entry"][0]["changes"][0]["value"]["messages"][20]["id"] = 17
        self.assertEqual(daemon.webhook(json.dumps(body).encode()), 200)
        self.assertEqual(len(daemon.api.items("/v1/messages")), 49)
        self.assertEqual(len(daemon.api.items("/v1/dead-letters?kind=inbound")), 1)


class WrongFiles(JackfieldTest):
    def check(self, text):
        path = os.path.join(self.folder, "wrong.yaml")
        with open(path, "w") as f:
            f.write(text)
        done = subprocess.run([BINARY, "check", "-c", path], capture_output=True, text=True, timeout=PATIENCE)
        return done.returncode, (done.stdout + done.stderr).replace(self.folder + "/", "")

    def test_every_problem_is_named_at_once_with_its_place_and_a_suggestion(self):
        code, said = self.check("server:\n  listn: 127.0.0.1:8080\nchannels:\n  mail:\n    plugin: email\n    settings: {form: a@b.c}\n  other:\n    plugin: emial\n")
        self.assertEqual(code, 2, said)
        self.assertRegex(said, r"wrong\.yaml:2:3: error: .*listn.*listen")
        self.assertRegex(said, r"wrong\.yaml:6:\d+: error: .*form.*from")
        self.assertRegex(said, r"wrong\.yaml:8:\d+: error: .*emial.*email")

    def test_a_missing_secret_names_its_place_and_never_a_value(self):
        code, said = self.check('server:\n  tokens:\n    - {name: a, role: admin, token: "${env:NOT_THERE_AT_ALL}"}\n')
        self.assertEqual(code, 2)
        self.assertRegex(said, r"wrong\.yaml:3:\d+: error: .*NOT_THERE_AT_ALL")

    def test_a_taken_port_and_a_locked_store_end_with_one_clear_line(self):
        daemon = self.daemon()
        done = subprocess.run([BINARY, "run", "-c", daemon.config], capture_output=True, text=True, timeout=PATIENCE)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stdout + done.stderr, r"in use|locked|another")


class FullDisk(JackfieldTest):
    def test_providers_are_told_to_come_back_and_it_recovers_without_a_restart(self):
        daemon = self.daemon()
        self.assertEqual(daemon.text("wamid.before", "336", "x"), 200)
        pid = daemon.process.child.pid
        biggest = max(os.path.getsize(os.path.join(self.folder, f)) for f in os.listdir(self.folder) if f.startswith("jackfield.db"))
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (biggest, resource.RLIM_INFINITY))  # no file may grow: as a full disk

        refused = []

        def full():
            wamid = f"wamid.full{len(refused)}"
            code = daemon.text(wamid, "336", "x" * 4000)
            if code != 200:
                refused.append((wamid, code))
            return code != 200

        until("the disk is full", full)
        self.assertEqual({code for _, code in refused}, {503})
        with self.assertRaises(smtplib.SMTPException) as told:
            daemon.mail("full@example.org", "ana@example.org", "s", "t")
        self.assertIn("451", str(told.exception))
        self.assertEqual(Api(daemon.ports["http"], None).raw("GET", "/healthz")[0], 200)

        resource.prlimit(pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        wamid = refused[0][0]
        until("it takes messages again", lambda: daemon.text(wamid, "336", "again") == 200)
        daemon.mail("full@example.org", "ana@example.org", "s", "t")
        stored = [m["provider_ids"][0] for m in daemon.api.items("/v1/messages")]
        self.assertEqual(stored.count(wamid), 1)
        self.assertEqual(stored.count("full@example.org"), 1)


class Restarts(JackfieldTest):
    def test_it_stops_cleanly_and_goes_on_where_it_was(self):
        daemon = self.daemon()
        self.assertEqual(daemon.text("wamid.1", "336", "one"), 200)
        self.assertEqual(daemon.stop(), 0)
        daemon.start()
        self.assertEqual(daemon.text("wamid.1", "336", "one"), 200)
        self.assertEqual(len(daemon.api.items("/v1/messages")), 1)

    def test_a_reply_waits_for_its_provider_over_a_restart(self):
        daemon = self.daemon()
        self.assertEqual(daemon.text("wamid.1", "336", "one"), 200)
        conversation = self.one_conversation(daemon, "whatsapp-eu")
        status, message = daemon.api.call("POST", f"/v1/conversations/{conversation['id']}/messages", {"text": "later"})
        self.assertEqual(status, 202)
        daemon.stop()
        daemon.start()
        self.graph(daemon)
        daemon.until_status(message["id"], "read")


if __name__ == "__main__":
    unittest.main()
