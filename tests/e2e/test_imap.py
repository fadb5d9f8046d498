"""A mailbox behind Jackfield: Dovecot, with all that goes wrong between the two."""
import unittest

from mail_peers import *

MAILBOX = """
server:
  listen: 127.0.0.1:{http}
  tokens: [{{name: admin, role: admin, token: {token}}}]
store: {{url: "sqlite:{folder}/jackfield.db", media: "{folder}/media"}}
channels:
  support-mail:
    plugin: email
    settings:
      from: Support <support@example.com>
      imap:
        url: imap://127.0.0.1:{imap}
        user: support@example.com
        {login}
        tls: {tls}
        {more}
      smtp: {{url: "smtp://127.0.0.1:{smtp_out}", tls: none}}
"""


def mail(number, text="Hello", sender="ana@example.org", headers=""):
    return (f"From: Ana <{sender}>\r\nTo: support@example.com\r\nSubject: Mail {number}\r\nMessage-ID: <{number}@example.org>\r\n"
            f"Date: Sat, 21 Nov 2026 10:00:00 +0000\r\n{headers}Content-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n")


@unittest.skipUnless(shutil.which("dovecot") and os.geteuid() == 0, "Dovecot is not installed, or this is not root")
class Mailbox(JackfieldTest):
    def dovecot(self, **more):
        made = Dovecot(self.folder, **more)
        self.addCleanup(made.stop)
        return made

    def follow(self, imap_port, login=f"password: {Dovecot.PASSWORD}", tls="none", more="", **values):
        daemon = Jackfield(self.folder, MAILBOX, imap=imap_port, login=login, tls=tls, more=more, **values)
        self.addCleanup(self._end, daemon)
        daemon.start(wait_ready=False)
        until("readyz", daemon._ready)
        return daemon

    def ids(self, daemon):
        return [m["provider_ids"][0] for m in daemon.api.items("/v1/messages?direction=in")]

    def until_taken(self, daemon, expected, patience=PATIENCE):
        try:
            until("all mails", lambda: len(self.ids(daemon)) >= len(expected), patience)
        except AssertionError as failed:
            raise AssertionError(f"{failed}: {len(self.ids(daemon))} of {len(expected)}\n{daemon.process.output()}") from None
        self.assertEqual(sorted(self.ids(daemon)), sorted(expected))

    def until_state(self, daemon, state):
        try:
            return until(state, lambda: (lambda c: c if c["state"] == state else None)(daemon.api.get("/v1/channels/support-mail")))
        except AssertionError as failed:
            raise AssertionError(f"{failed}: {daemon.api.get('/v1/channels/support-mail')}\n{daemon.process.output()}") from None

    def test_a_mail_that_arrives_is_taken_at_once_and_marked_as_read(self):
        dovecot = self.dovecot()
        dovecot.deliver(mail(1))
        daemon = self.follow(dovecot.ports["imap"])
        self.until_taken(daemon, ["1@example.org"])
        until("it is marked", lambda: dovecot.flags() == (1, 1))
        self.until_state(daemon, "ready")
        began = time.monotonic()
        dovecot.deliver(mail(2))
        self.until_taken(daemon, ["1@example.org", "2@example.org"])
        self.assertLess(time.monotonic() - began, 10)  # IDLE told; polling would take a minute
        until("it is marked", lambda: dovecot.flags() == (2, 2))

    def test_five_thousand_mails_wait_at_the_first_start_and_the_archive_stays_where_it_is(self):
        dovecot = self.dovecot()
        dovecot.put([mail(f"old-{i}") for i in range(20)], place="cur")
        dovecot.put([mail(i) for i in range(5000)])
        daemon = self.follow(dovecot.ports["imap"])
        expected = [f"{i}@example.org" for i in range(5000)]
        self.until_taken(daemon, expected, patience=180)
        until("all are marked", lambda: dovecot.flags() == (5020, 5020))
        with open(f"/proc/{daemon.process.child.pid}/status") as f:
            print("\nRSS after 5000 mails:", re.search(r"VmHWM:\s+(\d+) kB", f.read()).group(1), "kB")
        daemon.stop()
        dovecot.deliver(mail("next"))
        daemon.start(wait_ready=False)
        self.until_taken(daemon, expected + ["next@example.org"])


if __name__ == "__main__":
    unittest.main()
