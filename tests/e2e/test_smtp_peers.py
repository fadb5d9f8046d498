"""TLS of the listener, by curl; and sending against npm's smtp-server, with the faults that servers have: tokens, TLS, cuts before and after the last byte.

The package comes from npm when the test is set up; without it the tests of sending are skipped.
"""
import functools
import unittest

from mail_peers import *

PACKAGE = "smtp-server@3.13.4"

SENDING = """
server:
  listen: 127.0.0.1:{http}
  tokens: [{{name: admin, role: admin, token: {token}}}]
store: {{url: "sqlite:{folder}/jackfield.db", media: "{folder}/media"}}
channels:
  support-mail:
    plugin: email
    settings:
      from: Support <support@example.com>
      smtp:
        url: smtp://localhost:{smtp_out}
        {login}
"""


@functools.cache
def modules():
    """Where the package is; None when it cannot be had."""
    folder = os.path.join(BUILD, "npm-smtp-server")
    at = os.path.join(folder, "node_modules")
    if os.path.isdir(os.path.join(at, "smtp-server")):
        return at
    if not shutil.which("npm") or not shutil.which("node"):
        return None
    os.makedirs(folder, exist_ok=True)
    done = subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--prefix", folder, PACKAGE], capture_output=True, timeout=120)
    return at if done.returncode == 0 else None


class FaultyServer:
    def __init__(self, folder, size=100_000):
        make_certificate(folder)
        self.certificate = os.path.join(folder, "cert.pem")
        script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "smtp_faults.js")
        self.child = subprocess.Popen(["node", script, modules(), os.path.join(folder, "key.pem"), self.certificate, str(size)], stdin=subprocess.PIPE,
                                      stdout=subprocess.PIPE, text=True)
        self.told = []
        threading.Thread(target=self._read, daemon=True).start()
        self.port = until("it listens", lambda: self.events("port"))[0]["port"]

    def _read(self):
        for line in self.child.stdout:
            self.told.append(json.loads(line))

    def events(self, what):
        return [event for event in list(self.told) if event["what"] == what]

    def faults(self, **faults):
        before = len(self.events("faults"))
        self.child.stdin.write(json.dumps(faults) + "\n")
        self.child.stdin.flush()
        until("it knows", lambda: len(self.events("faults")) > before)

    def stop(self):
        self.child.kill()
        self.child.wait()
        self.child.stdin.close()
        self.child.stdout.close()


class SendingTest(JackfieldTest):
    SIZE = 100_000

    def setUp(self):
        super().setUp()
        if not modules():
            self.skipTest("the npm package smtp-server cannot be fetched here")
        self.server = FaultyServer(self.folder, self.SIZE)
        self.addCleanup(self.server.stop)
        os.environ["SSL_CERT_FILE"] = self.server.certificate
        self.addCleanup(os.environ.pop, "SSL_CERT_FILE")

    def start(self, login="user: support@example.com\n        password: e2e-smtp-password"):
        daemon = Jackfield(self.folder, SENDING, smtp_out=self.server.port, login=login)
        self.addCleanup(self._end, daemon)
        daemon.start(wait_ready=False)
        until("readyz", daemon._ready)
        return daemon

    def send(self, daemon, text="Hi"):
        status, message = daemon.api.call("POST", "/v1/messages", {"channel": "support-mail", "to": "mailto:ana@example.net", "subject": "Hello", "text": text})
        self.assertEqual(status, 202, message)
        return message["id"]


class Sending(SendingTest):
    def test_a_password_goes_over_starttls_and_the_connection_is_used_again(self):
        self.server.faults(password="e2e-smtp-password")
        daemon = self.start()
        for i in range(3):
            daemon.until_status(self.send(daemon, f"number {i}"), "accepted")
        self.assertEqual([(a["method"], a["good"], a["secure"]) for a in self.server.events("auth")], [("PLAIN", True, True)])
        self.assertEqual(len(self.server.events("connect")), 1)
        self.assertEqual([m["user"] for m in self.server.events("mail")], ["support@example.com"] * 3)

    def test_a_token_that_is_refused_is_replaced(self):
        tokens = TokenServer()
        self.addCleanup(tokens.stop)
        self.server.faults(token="access-2")
        daemon = self.start("user: support@example.com\n        oauth: " + json.dumps({"token_url": f"http://127.0.0.1:{tokens.port}/token", "client_id": "app",
                                                                                     "client_secret": "x"}))
        daemon.until_status(self.send(daemon), "accepted")
        self.assertEqual([(a["method"], a["good"]) for a in self.server.events("auth")], [("XOAUTH2", False), ("XOAUTH2", True)])

    def test_a_wrong_password_degrades_the_channel_and_the_mail_waits(self):
        self.server.faults(password="another")
        daemon = self.start()
        message = self.send(daemon)
        until("degraded", lambda: daemon.api.get("/v1/channels/support-mail")["state"] == "degraded")
        self.assertEqual(daemon.api.get("/v1/messages/" + message)["status"], "queued")
        self.assertNotIn("e2e-smtp-password", daemon.process.output())

    def test_a_connection_lost_after_the_last_byte_is_unknown_and_nothing_is_sent_again(self):
        self.server.faults(password="e2e-smtp-password", cut="after-data")
        daemon = self.start()
        daemon.until_status(self.send(daemon), "unknown")
        self.server.faults(password="e2e-smtp-password")
        daemon.until_status(self.send(daemon, "another"), "accepted")
        self.assertEqual(len(self.server.events("mail")), 2)

    def test_each_refusal_has_its_end(self):
        self.server.faults(password="e2e-smtp-password", rcpt=450)
        daemon = self.start()
        greylisted = self.send(daemon)
        until("it was put off", lambda: daemon.api.get("/v1/messages/" + greylisted)["errors"])
        self.server.faults(password="e2e-smtp-password")
        daemon.until_status(greylisted, "accepted")
        for fault, error in (({"rcpt": 550}, "recipient"), ({"data": 554}, "content"), ({"mail": 550}, "content")):
            with self.subTest(fault):
                self.server.faults(password="e2e-smtp-password", **fault)
                message = self.send(daemon)
                daemon.until_status(message, "failed")
                self.assertEqual(daemon.api.get("/v1/messages/" + message)["errors"][-1]["class"], error)
        self.server.faults(password="e2e-smtp-password")
        mails = len(self.server.events("mail"))
        large = self.send(daemon, "x" * 60 + ("\n" + "y" * 60) * 3000)
        daemon.until_status(large, "failed")
        self.assertIn("larger than the server takes", json.dumps(daemon.api.get("/v1/messages/" + large)["errors"]))
        self.assertEqual(len(self.server.events("mail")), mails)


class SendingMuch(SendingTest):
    SIZE = 50_000_000

    def test_a_connection_lost_amid_the_mail_is_tried_again(self):
        self.server.faults(password="e2e-smtp-password", cut="amid-data")
        daemon = self.start()
        data = b"part of a long file " * 500_000
        status, _, media = daemon.api.raw("POST", "/v1/media", data, {"Content-Type": "application/octet-stream"})
        self.assertIn(status, (200, 201), media)
        status, message = daemon.api.call("POST", "/v1/messages", {"channel": "support-mail", "to": "mailto:ana@example.net", "subject": "Long", "parts": [
            {"type": "text", "text": "see"}, {"type": "media", "id": json.loads(media)["id"], "name": "long.bin"}]})
        self.assertEqual(status, 202, message)
        message = message["id"]
        until("a cut", lambda: self.server.events("cut"))
        self.server.faults(password="e2e-smtp-password")
        daemon.until_status(message, "accepted")
        self.assertGreater(until("the mail", lambda: self.server.events("mail"))[0]["size"], len(data))


LISTENING = """
server:
  listen: 127.0.0.1:{http}
  tokens: [{{name: admin, role: admin, token: {token}}}]
store: {{url: "sqlite:{folder}/jackfield.db", media: "{folder}/media"}}
channels:
  support-mail:
    plugin: email
    settings:
      from: Support <support@example.com>
      listen: {{address: "127.0.0.1:{smtp_in}", protocol: smtp, certificate: "{folder}/cert.pem", key: "{folder}/key.pem", tls: {tls}}}
"""


class Listening(JackfieldTest):
    def listen(self, tls):
        make_certificate(self.folder)
        daemon = Jackfield(self.folder, LISTENING, tls=tls)
        self.addCleanup(self._end, daemon)
        daemon.start()
        return daemon

    def curl(self, daemon, scheme, *more):
        """Its dialogue."""
        path = os.path.join(self.folder, "mail.eml")
        write_text(path, "From: ana@example.org\r\nTo: support@example.com\r\nSubject: by curl\r\n\r\nhello\r\n")
        done = subprocess.run(["curl", "-sSv", f"{scheme}://localhost:{daemon.ports['smtp_in']}", "--cacert", os.path.join(self.folder, "cert.pem"), "--mail-from",
                               "ana@example.org", "--mail-rcpt", "support@example.com", "-T", path, *more], capture_output=True, text=True, timeout=PATIENCE)
        return done.stdout + done.stderr

    def test_no_mail_is_taken_before_starttls_where_it_is_required(self):
        daemon = self.listen("required")
        self.assertIn("530 5.7.0", self.curl(daemon, "smtp"))
        self.assertIn("250 2.0.0", self.curl(daemon, "smtp", "--ssl-reqd"))
        self.assertEqual(len(daemon.api.items("/v1/messages")), 1)

    def test_tls_is_spoken_from_the_first_byte_where_that_is_configured(self):
        daemon = self.listen("implicit")
        self.assertIn("250 2.0.0", self.curl(daemon, "smtps"))
        self.assertEqual(len(daemon.api.items("/v1/messages")), 1)


if __name__ == "__main__":
    unittest.main()
