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
    isolation: {isolation}
    settings:
      from: Support <support@example.com>
      max_size: {max_size}
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


class MailboxTest(JackfieldTest):
    def dovecot(self, **more):
        made = Dovecot(self.folder, **more)
        self.addCleanup(made.stop)
        return made

    def follow(self, imap_port, login=f"password: {Dovecot.PASSWORD}", tls="none", more="", **values):
        daemon = Jackfield(self.folder, MAILBOX, imap=imap_port, login=login, tls=tls, more=more, **{"max_size": "25MiB", "isolation": "none", **values})
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


@unittest.skipUnless(shutil.which("dovecot") and os.geteuid() == 0, "Dovecot is not installed, or this is not root")
class Mailbox(MailboxTest):
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

    def test_a_connector_in_a_process_of_its_own_reads_and_answers_and_starts_no_programs(self):
        dovecot = self.dovecot()
        dovecot.deliver(mail(1))
        daemon = self.follow(dovecot.ports["imap"], isolation="process")
        self.until_taken(daemon, ["1@example.org"])
        until("it is marked", lambda: dovecot.flags() == (1, 1))
        daemon.stop()
        write_text(daemon.config, read_text(daemon.config).replace("password: " + Dovecot.PASSWORD, "oauth: {command: [echo, token]}"))
        daemon.start(wait_ready=False)
        self.assertIn("may not start programs", json.dumps(self.until_state(daemon, "degraded")))

    def test_five_thousand_mails_wait_at_the_first_start_and_the_archive_stays_where_it_is(self):
        dovecot = self.dovecot()
        dovecot.put([mail(f"old-{i}") for i in range(20)], place="cur")
        dovecot.put([mail(i) for i in range(5000)])
        daemon = self.follow(dovecot.ports["imap"])
        expected = [f"{i}@example.org" for i in range(5000)]
        self.until_taken(daemon, expected, patience=180)
        until("all are marked", lambda: dovecot.flags() == (5020, 5020))
        with open(f"/proc/{daemon.process.child.pid}/status") as f:
            self.assertLess(int(re.search(r"VmHWM:\s+(\d+) kB", f.read()).group(1)), (2000 if os.environ.get("JACKFIELD_SANITIZE") else 120) * 1024)
        daemon.stop()
        dovecot.deliver(mail("next"))
        daemon.start(wait_ready=False)
        self.until_taken(daemon, expected + ["next@example.org"])

    def test_a_connection_cut_amid_a_mail_loses_and_doubles_nothing(self):
        dovecot = self.dovecot()
        proxy = CuttingProxy(dovecot.ports["imap"])
        self.addCleanup(proxy.stop)
        dovecot.put([mail(i, "line\r\n" * 3000) for i in range(60)])
        proxy.cut_after = 700_000  # amid the literal of a mail of the first batch, then of others
        daemon = self.follow(proxy.port)
        until("a cut", lambda: proxy.cuts >= 3)
        proxy.cut_after = None
        expected = [f"{i}@example.org" for i in range(60)]
        self.until_taken(daemon, expected)
        until("all are marked", lambda: dovecot.flags() == (60, 60))
        self.until_state(daemon, "ready")

    def test_a_server_that_restarts_is_come_back_to(self):
        dovecot = self.dovecot()
        daemon = self.follow(dovecot.ports["imap"])
        self.until_state(daemon, "ready")
        dovecot.stop()
        state = self.until_state(daemon, "degraded")
        self.assertIn("mailbox INBOX", json.dumps(state))
        dovecot.put([mail(i) for i in range(3)])
        dovecot.start()
        self.until_taken(daemon, [f"{i}@example.org" for i in range(3)])
        self.until_state(daemon, "ready")

    def test_a_daemon_that_is_killed_amid_the_mails_goes_on_where_it_was(self):
        dovecot = self.dovecot()
        dovecot.put([mail(i, "line\r\n" * 300) for i in range(600)])
        daemon = self.follow(dovecot.ports["imap"], more="after: move")
        until("some", lambda: len(self.ids(daemon)) > 100)
        daemon.stop(signal.SIGKILL)
        daemon.start(wait_ready=False)
        self.until_taken(daemon, [f"{i}@example.org" for i in range(600)])
        until("all are moved", lambda: dovecot.flags() == (0, 0) and dovecot.flags("Jackfield")[0] == 600)

    def test_new_numbers_of_a_folder_lose_and_double_nothing(self):
        dovecot = self.dovecot()
        dovecot.put([mail(i) for i in range(30)])
        daemon = self.follow(dovecot.ports["imap"])
        expected = [f"{i}@example.org" for i in range(30)]
        self.until_taken(daemon, expected)
        daemon.stop()
        dovecot.put([mail(f"meanwhile-{i}") for i in range(3)])
        dovecot.doveadm("mailbox", "update", "-u", "support@example.com", "--uid-validity", "77777", "INBOX")
        daemon.start(wait_ready=False)
        expected += [f"meanwhile-{i}@example.org" for i in range(3)]
        self.until_taken(daemon, expected)
        daemon.process.wait_line("UIDVALIDITY")
        dovecot.deliver(mail("after"))
        self.until_taken(daemon, expected + ["after@example.org"])

    def test_a_mail_that_is_too_large_is_told_by_its_header(self):
        dovecot = self.dovecot()
        dovecot.put([mail("big", "x" * 70 + ("\r\n" + "y" * 70) * 3000, headers="Return-Path: <ana@example.org>\r\n"), mail("small")])
        daemon = self.follow(dovecot.ports["imap"], max_size="100KiB")
        self.until_taken(daemon, ["big@example.org", "small@example.org"])
        big = [m for m in daemon.api.items("/v1/messages") if m["subject"] == "Mail big"][0]
        self.assertIn("too large", big["text"])

    def test_folders_are_followed_side_by_side_and_taken_mails_are_deleted(self):
        dovecot = self.dovecot()
        dovecot.doveadm("mailbox", "create", "-u", "support@example.com", "Søk & finn")
        dovecot.deliver(mail(1))
        daemon = self.follow(dovecot.ports["imap"], more='folder: [INBOX, "Søk & finn"]\n        after: delete')
        self.until_taken(daemon, ["1@example.org"])
        client = dovecot.look()
        client.append('"S&APg-k &- finn"', None, None, mail(2).encode())
        client.logout()
        self.until_taken(daemon, ["1@example.org", "2@example.org"])
        until("both are deleted", lambda: dovecot.flags() == (0, 0) and dovecot.flags("S&APg-k &- finn") == (0, 0))

    def test_a_wrong_password_is_told_and_not_tried_in_a_hurry(self):
        dovecot = self.dovecot()
        daemon = self.follow(dovecot.ports["imap"], login="password: wrong-e2e-password")
        state = self.until_state(daemon, "degraded")
        self.assertIn("login refused", json.dumps(state))
        self.assertNotIn("wrong-e2e-password", daemon.process.output())

    def test_without_tls_nothing_is_said_where_it_is_required_and_a_stranger_is_no_server(self):
        dovecot = self.dovecot()
        daemon = self.follow(dovecot.ports["imap"], tls="required")
        self.assertIn("certificate", json.dumps(self.until_state(daemon, "degraded")))
        self.assertEqual(self.ids(daemon), [])

    def test_mails_come_over_starttls_and_over_tls_from_the_start(self):
        dovecot = self.dovecot()
        dovecot.deliver(mail(1))
        os.environ["SSL_CERT_FILE"] = os.path.join(dovecot.folder, "cert.pem")
        self.addCleanup(os.environ.pop, "SSL_CERT_FILE")
        daemon = self.follow(dovecot.ports["imap"], tls="required")
        self.until_taken(daemon, ["1@example.org"])
        daemon.stop()
        write_text(daemon.config, read_text(daemon.config).replace(f"imap://127.0.0.1:{dovecot.ports['imap']}", f"imaps://localhost:{dovecot.ports['imaps']}"))
        dovecot.deliver(mail(2))
        daemon.start(wait_ready=False)
        self.until_taken(daemon, ["1@example.org", "2@example.org"])

    def tokens(self):
        made = TokenServer()
        self.addCleanup(made.stop)
        return made

    def oauth(self, tokens, **more):
        keys = {"token_url": f"http://127.0.0.1:{tokens.port}/token", "client_id": "app", "client_secret": "e2e-client-secret", **more}
        return "oauth: " + json.dumps({k: v for k, v in keys.items() if v})

    def opens_with_a_token(self, mechanisms):
        tokens = self.tokens()
        dovecot = self.dovecot(tokens_port=tokens.port, mechanisms=mechanisms)
        dovecot.deliver(mail(1))
        daemon = self.follow(dovecot.ports["imap"], login=self.oauth(tokens, refresh_token="refresh-0"))
        self.until_taken(daemon, ["1@example.org"])
        daemon.stop()
        dovecot.deliver(mail(2))
        daemon.start(wait_ready=False)
        self.until_taken(daemon, ["1@example.org", "2@example.org"])
        self.assertNotEqual(tokens.asked[-1]["refresh_token"], "refresh-0")

    def test_a_mailbox_is_opened_with_xoauth2_and_a_new_refresh_token_survives_a_restart(self):
        self.opens_with_a_token("plain xoauth2 oauthbearer")

    def test_a_mailbox_is_opened_with_oauthbearer_where_that_is_all_there_is(self):
        self.opens_with_a_token("plain oauthbearer")

    def test_a_token_that_is_refused_is_replaced_and_a_dead_one_is_told(self):
        tokens = self.tokens()
        dovecot = self.dovecot(tokens_port=tokens.port)
        daemon = self.follow(dovecot.ports["imap"], login=self.oauth(tokens))
        self.until_state(daemon, "ready")
        tokens.good.clear()  # revoked: the connection lives until it is cut
        dovecot.stop()
        dovecot.start()
        dovecot.deliver(mail(1))
        self.until_taken(daemon, ["1@example.org"])
        self.assertGreater(len(tokens.asked), 1)
        self.assertEqual({form["grant_type"] for form in tokens.asked}, {"client_credentials"})
        self.assertNotIn("e2e-client-secret", daemon.process.output())

    def test_a_refresh_token_that_is_dead_is_told(self):
        tokens = self.tokens()
        dovecot = self.dovecot(tokens_port=tokens.port)
        daemon = self.follow(dovecot.ports["imap"], login=self.oauth(tokens, refresh_token="dead-e2e-token"))
        self.assertIn("invalid_grant", json.dumps(self.until_state(daemon, "degraded")))
        self.assertNotIn("dead-e2e-token", daemon.process.output())

    def test_a_command_gives_the_token(self):
        tokens = self.tokens()
        tokens.good["from-a-command"] = "support@example.com"
        dovecot = self.dovecot(tokens_port=tokens.port)
        dovecot.deliver(mail(1))
        daemon = self.follow(dovecot.ports["imap"], login="oauth: {command: [echo, from-a-command]}")
        self.until_taken(daemon, ["1@example.org"])


@unittest.skipUnless(shutil.which("dovecot") and shutil.which("postfix") and os.geteuid() == 0, "Dovecot or Postfix is not installed, or this is not root")
class Circle(MailboxTest):
    """Postfix carries, Dovecot keeps, Jackfield reads and answers."""

    def setUp(self):
        super().setUp()
        self.mailbox = self.dovecot()
        self.greylist = Greylist("slow@example.org")
        self.addCleanup(self.greylist.stop)
        self.postfix = Postfix(self.folder, TO_DOVECOT.format(lmtp=self.mailbox.ports["lmtp"], greylist=self.greylist.port))
        self.addCleanup(self.postfix.stop)

    def daemon(self, **more):
        return self.follow(self.mailbox.ports["imap"], smtp_out=self.postfix.port, **more)

    def reply(self, daemon, conversation, text, **more):
        status, message = daemon.api.call("POST", f"/v1/conversations/{conversation}/messages", {"text": text, **more})
        self.assertEqual(status, 202, message)
        return message["id"]

    def test_a_mail_is_answered_and_the_answer_threads_on_both_sides(self):
        daemon = self.daemon()
        self.postfix.send("ana@example.org", "support@example.com", mail("c1", "It does not shine."))
        conversation = self.one_conversation(daemon, "support-mail")["id"]
        first = self.reply(daemon, conversation, "We send a new one.")
        answer = until("the answer in Ana's mailbox", lambda: self.mailbox.mails("ana@example.org"))[0]
        self.assertEqual(answer["In-Reply-To"], "<c1@example.org>")
        self.assertEqual(answer["References"].split()[-1], "<c1@example.org>")
        self.assertEqual(answer["Subject"], "Re: Mail c1")
        self.postfix.send("ana@example.org", "support@example.com", mail("c2", "Thank you!", headers=(
            f"In-Reply-To: {answer['Message-ID']}\r\nReferences: <c1@example.org> {answer['Message-ID']}\r\n")))
        messages = until("the second mail", lambda: (lambda m: m if len(m) == 3 else None)(daemon.api.items(f"/v1/conversations/{conversation}/messages")))
        self.assertEqual(messages[2]["reply_to"], first)
        self.reply(daemon, conversation, "You are welcome.")
        second = until("the second answer", lambda: (lambda m: m if len(m) == 2 else None)(self.mailbox.mails("ana@example.org")))[1]
        self.assertEqual(second["In-Reply-To"], "<c2@example.org>")
        self.assertEqual(second["References"].split(), ["<c1@example.org>", answer["Message-ID"], "<c2@example.org>"])
        self.assertEqual(len(daemon.api.items("/v1/conversations")), 1)

    def test_a_copy_of_what_is_sent_is_kept_in_the_folder_for_it(self):
        daemon = self.daemon(more="sent: auto")
        status, message = daemon.api.call("POST", "/v1/messages", {"channel": "support-mail", "to": "mailto:ana@example.org", "subject": "Hello", "text": "Hi"})
        self.assertEqual(status, 202, message)
        copy = until("the copy", lambda: self.mailbox.mails("support@example.com", "Sent Mail"))[0]
        self.assertEqual(copy["Message-ID"], until("the mail", lambda: self.mailbox.mails("ana@example.org"))[0]["Message-ID"])

    def test_a_bounce_that_postfix_writes_comes_back_to_its_message(self):
        daemon = self.daemon()
        status, message = daemon.api.call("POST", "/v1/messages", {"channel": "support-mail", "to": "mailto:gone@example.net", "subject": "Hello", "text": "Are you there?"})
        self.assertEqual(status, 202, message)
        daemon.until_status(message["id"], "failed")
        self.assertIn("5.1.1", json.dumps(daemon.api.get("/v1/messages/" + message["id"])["errors"]))
        self.assertEqual(len(daemon.api.items("/v1/conversations")), 1)

    def test_a_recipient_that_is_put_off_gets_the_mail_later_and_holds_nobody_up(self):
        daemon = self.daemon()
        ids = {}
        for name in ("slow", "ana"):
            status, message = daemon.api.call("POST", "/v1/messages", {"channel": "support-mail", "to": f"mailto:{name}@example.org", "subject": "Hello", "text": "Hi"})
            self.assertEqual(status, 202, message)
            ids[name] = message["id"]
        daemon.until_status(ids["ana"], "accepted")
        self.assertEqual(daemon.api.get("/v1/messages/" + ids["slow"])["status"], "queued")
        until("it was put off twice", lambda: self.greylist.put_off >= 2)
        self.greylist.recipients.clear()
        daemon.until_status(ids["slow"], "accepted")


if __name__ == "__main__":
    unittest.main()
