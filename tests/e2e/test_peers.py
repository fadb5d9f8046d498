"""Real peers: curl and swaks send, Postfix carries mails in (LMTP) and out (SMTP), with the thread kept in both directions."""
import unittest

from mail_peers import *

class Clients(JackfieldTest):
    def test_curl_sends_a_mail(self):
        daemon = self.daemon()
        path = os.path.join(self.folder, "mail.eml")
        with open(path, "w") as f:
            f.write("From: Ana <ana@example.org>\nTo: support@example.com\nSubject: by curl\nMessage-ID: <curl@example.org>\n\nHello from curl.\n")
        subprocess.run(["curl", "-sS", "--crlf", f"smtp://127.0.0.1:{daemon.ports['smtp_in']}", "--mail-from", "ana@example.org", "--mail-rcpt",
                        "support@example.com", "-T", path], check=True, timeout=PATIENCE)
        message = daemon.api.items("/v1/messages")[0]
        self.assertEqual((message["subject"], message["text"].strip()), ("by curl", "Hello from curl."))

    @unittest.skipUnless(shutil.which("swaks"), "swaks is not installed")
    def test_swaks_sends_a_mail_with_an_attachment_and_a_stranger_is_told_550(self):
        daemon = self.daemon()
        path = os.path.join(self.folder, "list.csv")
        with open(path, "w") as f:
            f.write("a,b\n1,2\n")
        common = ["swaks", "--server", "127.0.0.1", "--port", str(daemon.ports["smtp_in"]), "--from", "ana@example.org"]
        subprocess.run(common + ["--to", "support+x@example.com", "--header", "Subject: by swaks", "--body", "see attached", "--attach", "@" + path],
                       check=True, capture_output=True, timeout=PATIENCE)
        message = daemon.api.items("/v1/messages")[0]
        media = [p for p in message["parts"] if p["type"] == "media"][0]
        status, headers, body = daemon.api.raw("GET", "/v1/media/" + media["id"])
        self.assertEqual((status, body.replace(b"\r", b"")), (200, b"a,b\n1,2\n"))
        refused = subprocess.run(common + ["--to", "nobody@example.com"], capture_output=True, text=True, timeout=PATIENCE)
        self.assertIn("550", refused.stdout)


@unittest.skipUnless(shutil.which("postfix") and os.geteuid() == 0, "Postfix is not installed, or this is not root")
class ThroughPostfix(JackfieldTest):
    def test_mails_and_replies_thread_in_both_directions(self):
        relay_port = free_port()
        daemon = self.daemon(protocol="lmtp", smtp_out=relay_port)
        postfix = Postfix(self.folder, TO_LMTP.format(lmtp=daemon.ports["smtp_in"]))
        self.addCleanup(postfix.stop)
        # The daemon's outgoing server is Postfix: same port, taken over by a restart with its address.
        with open(daemon.config) as f:
            text = f.read().replace(f"smtp://127.0.0.1:{relay_port}", f"smtp://127.0.0.1:{postfix.port}")
        with open(daemon.config, "w") as f:
            f.write(text)
        daemon.stop()
        daemon.start()

        def customer_sends(message_id, subject, text, headers=""):
            data = (f"From: Ana <ana@example.org>\r\nTo: support@example.com\r\nSubject: {subject}\r\nMessage-ID: <{message_id}>\r\n{headers}\r\n{text}\r\n")
            with smtplib.SMTP("127.0.0.1", postfix.port, timeout=PATIENCE) as client:
                client.sendmail("ana@example.org", ["support@example.com"], data.encode())

        customer_sends("c1@example.org", "Broken lamp", "It does not shine.")
        conversation = self.one_conversation(daemon, "support-mail")
        status, message = daemon.api.call("POST", f"/v1/conversations/{conversation['id']}/messages", {"text": "We send a new one."})
        self.assertEqual(status, 202, message)
        try:
            answer = until("the answer in the customer's mailbox", postfix.mails)[0]
        except AssertionError as failed:
            raise AssertionError(f"{failed}\n{postfix.log()}\n{daemon.process.output()}") from None
        self.assertEqual(answer["In-Reply-To"], "<c1@example.org>")
        self.assertIn("<c1@example.org>", answer["References"])
        self.assertEqual(answer["Subject"], "Re: Broken lamp")
        self.assertIn("We send a new one.", answer.get_body().get_content())

        customer_sends("c2@example.org", "Re: Broken lamp", "Thank you!", f"In-Reply-To: {answer['Message-ID']}\r\nReferences: <c1@example.org> {answer['Message-ID']}\r\n")
        messages = until("the second mail", lambda: (lambda m: m if len(m) == 3 else None)(daemon.api.items(f"/v1/conversations/{conversation['id']}/messages")))
        self.assertEqual(messages[2]["reply_to"], message["id"])
        self.assertEqual(len(daemon.api.items("/v1/conversations")), 1)


if __name__ == "__main__":
    unittest.main()
