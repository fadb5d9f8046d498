"""What mails mean, end to end: answers that prove themselves, strangers, bounces, absences, and two of us answering each other."""
import email
import email.utils

from harness import *

CONVERSATION = "where is it"


class MailMeaning(JackfieldTest):
    def setUp(self):
        super().setUp()
        self.it = self.daemon()
        port = free_port()
        self.simulate("smtp", "--listen", f"127.0.0.1:{self.it.ports['smtp_out']}", "--http", f"127.0.0.1:{port}")
        self.sink = Api(port, None)
        self.it.mail("first@example.net", "ana@example.net", CONVERSATION, "Where is my parcel?")
        self.conversation = until("a conversation", lambda: self.it.api.items("/v1/conversations"))[0]["id"]

    def answered(self):
        """Our reply: its id and the mail that left."""
        status, message = self.it.api.call("POST", f"/v1/conversations/{self.conversation}/messages", {"text": "It left on Monday."})
        self.assertEqual(status, 202)
        self.it.until_status(message["id"], "accepted")
        return message["id"], email.message_from_string(self.sink.get("/messages")[-1]["raw"])

    def messages(self):
        return self.it.api.items(f"/v1/conversations/{self.conversation}/messages")

    def conversations(self):
        return {c["id"] for c in self.it.api.items("/v1/conversations")}

    def test_a_signed_address_joins_whoever_writes_and_a_known_message_id_does_not(self):
        _, mail = self.answered()
        self.assertRegex(mail["Reply-To"], r"support\+[0-9a-z]+\.[0-9a-f]{16}@example\.com")
        self.it.mail("colleague@example.net", "bob@example.net", "A word from Bob", "Bob here.", to=email.utils.parseaddr(mail["Reply-To"])[1])
        until("Bob in the conversation", lambda: any(m["text"] == "Bob here." for m in self.messages()))
        self.it.mail("stranger@example.net", "mallory@example.net", "Re: " + CONVERSATION, "Let me in.",
                     headers=f"In-Reply-To: {mail['Message-ID']}\r\nReferences: {mail['Message-ID']}\r\n")
        forged = re.sub(r"\.[0-9a-f]{16}@", ".0123456789abcdef@", email.utils.parseaddr(mail["Reply-To"])[1])
        self.it.mail("stranger2@example.net", "mallory@example.net", "Re: " + CONVERSATION, "Let me in too.", to=forged)
        until("Mallory elsewhere", lambda: len(self.conversations()) >= 2)
        self.assertFalse([m for m in self.messages() if "Let me in" in m["text"]])

    def test_a_bounce_fails_the_right_message_and_opens_nothing(self):
        sent, mail = self.answered()
        report = ("From: MAILER-DAEMON@mx.example.net\r\nTo: support@example.com\r\nMessage-ID: <dsn@mx.example.net>\r\nSubject: Undelivered\r\n"
                  "MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n\r\nSorry.\r\n--b\r\n"
                  "Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.net\r\n\r\nFinal-Recipient: rfc822; ana@example.net\r\n"
                  "Action: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 no such user\r\n--b\r\nContent-Type: text/rfc822-headers\r\n\r\n"
                  f"Message-ID: {mail['Message-ID']}\r\n--b--\r\n")
        with smtplib.SMTP("127.0.0.1", self.it.ports["smtp_in"], timeout=PATIENCE) as client:
            client.sendmail("", ["support@example.com"], report)
        self.it.until_status(sent, "failed")
        error = self.it.api.get("/v1/messages/" + sent)["errors"][-1]
        self.assertEqual((error["class"], error["code"]), ("recipient", "5.1.1"))
        self.assertEqual(self.conversations(), {self.conversation})

    def test_an_absence_joins_what_it_answers_and_is_no_work(self):
        _, mail = self.answered()
        routed = len(self.it.api.events(types="conversation.routed"))
        self.it.mail("away@example.net", "ana@example.net", "Automatic reply: " + CONVERSATION, "I am away.",
                     headers=f"Auto-Submitted: auto-replied\r\nIn-Reply-To: {mail['Message-ID']}\r\n")
        away = until("the absence", lambda: [m for m in self.messages() if m["text"] == "I am away."])[0]
        self.assertEqual(away["automatic"], "reply")
        self.assertEqual(len(self.it.api.events(types="conversation.routed")), routed)

    def test_a_forwarded_mail_is_a_conversation_of_its_own(self):
        _, mail = self.answered()
        self.it.mail("forward@example.net", "ana@example.net", "Fwd: " + CONVERSATION, "See below.", headers=f"References: {mail['Message-ID']}\r\n")
        self.it.mail("answer@example.net", "ana@example.net", "Re: " + CONVERSATION, "Still nothing.", headers=f"References: {mail['Message-ID']}\r\n")
        until("the answer", lambda: any(m["text"] == "Still nothing." for m in self.messages()))
        forwarded = until("the forwarded one", lambda: [m for m in self.it.api.items("/v1/messages?direction=in") if m["text"] == "See below."])[0]
        self.assertNotEqual(forwarded["conversation"], self.conversation)

    def test_machines_are_answered_by_people_only(self):
        self.it.mail("news@example.net", "shop@example.net", "News", "Buy!", headers="List-Unsubscribe: <mailto:u@example.net>\r\n")
        news = until("the news", lambda: [c for c in self.it.api.items("/v1/conversations") if c["subject"] == "News"])[0]["id"]
        status, problem = self.it.api.call("POST", f"/v1/conversations/{news}/messages", {"text": "Thanks!", "automatic": True})
        self.assertEqual(status, 409, problem)
        self.assertEqual(self.it.api.call("POST", f"/v1/conversations/{news}/messages", {"text": "Stop it."})[0], 202)


class Trust(JackfieldTest):
    def test_a_sender_that_nobody_vouches_for_is_somebody_else(self):
        it = self.daemon(config=CONFIG.replace("from: Support <support@example.com>", "from: Support <support@example.com>\n      authserv_id: mx.example.com"))
        vouched = "Authentication-Results: mx.example.com; dmarc=pass header.from=example.net\r\n"
        it.mail("first@example.net", "ana@example.net", "My order", "It is me.", headers=vouched)
        forged = "Authentication-Results: mx.evil.example; dmarc=pass header.from=example.net\r\nIn-Reply-To: <first@example.net>\r\n"
        it.mail("forged@example.net", "ana@example.net", "Re: My order", "Send it to me.", headers=forged)
        it.mail("second@example.net", "ana@example.net", "Re: My order", "Me again.", headers=vouched + "In-Reply-To: <first@example.net>\r\n")
        until("three mails", lambda: len(it.api.items("/v1/messages?direction=in")) == 3)
        by_text = {m["text"]: m for m in it.api.items("/v1/messages?direction=in")}
        self.assertEqual(by_text["Me again."]["conversation"], by_text["It is me."]["conversation"])
        self.assertNotEqual(by_text["Send it to me."]["conversation"], by_text["It is me."]["conversation"])
        self.assertNotEqual(by_text["Send it to me."]["contact"], by_text["It is me."]["contact"])
        self.assertFalse(by_text["Send it to me."]["extra"]["authentication"]["sender_proven"])


class TwoOfUs(JackfieldTest):
    def machine(self, name, **ports):
        folder = os.path.join(self.folder, name)
        os.mkdir(folder)
        made = Jackfield(folder, config=CONFIG.replace("support@example.com", f"support@{name}.example"), **ports).start()
        self.addCleanup(self._end, made)
        return made

    def test_two_machines_that_answer_everything_stop_at_once(self):
        a_in, b_in = free_port(), free_port()
        a = self.machine("a", smtp_in=a_in, smtp_out=b_in)
        b = self.machine("b", smtp_in=b_in, smtp_out=a_in)
        status, first = a.api.call("POST", "/v1/messages", {"channel": "support-mail", "to": "support@b.example", "subject": "Hello", "text": "One"})
        self.assertEqual(status, 202, first)

        def answer_all(it):
            """What a responder does: answers whatever came in, by itself. How many answers were taken."""
            taken = 0
            for message in it.api.items("/v1/messages?direction=in"):
                taken += it.api.call("POST", f"/v1/conversations/{message['conversation']}/messages", {"text": "We got it.", "automatic": True, "reply_to": message["id"]},
                                     Idempotency_Key="answer-" + message["id"])[0] == 202
            return taken

        until("the mail at b", lambda: b.api.items("/v1/messages?direction=in"))
        self.assertEqual(answer_all(b), 1)
        back = until("b's answer at a", lambda: a.api.items("/v1/messages?direction=in"))[0]
        self.assertEqual(back["automatic"], "reply")
        self.assertEqual(answer_all(a), 0)
        self.assertEqual(len(b.api.items("/v1/messages?direction=in")), 1)


if __name__ == "__main__":
    unittest.main()
