"""SMS over HTTP APIs: the real binary against the stand-ins for Twilio and Vonage, and against Twilio's own library."""
import http.server
import urllib.parse
import unittest

from harness import *

TOKEN_OF_TWILIO = "e2e-auth-token-0001"
ACCOUNT = "AC00000000000000000000000000000001"
OURS, ANA = "+15005550006", "+33612345678"

SMS = CONFIG.replace("server:\n", "server:\n  public_url: http://127.0.0.1:{http}\n").replace("queues:", """  sms:
    plugin: sms
    settings:
      provider: twilio
      account_sid: """ + ACCOUNT + """
      auth_token: [""" + TOKEN_OF_TWILIO + """, the-token-before]
      from: "+15005550006"
      api_url: http://127.0.0.1:{twilio}
      region: FR
      opt_out: {{languages: [en, fr]}}
  sms-uk:
    plugin: sms
    settings:
      provider: vonage
      api_key: abcd1234
      api_secret: e2e-api-secret
      signature_secret: e2e-signature-secret
      from: Acme
      api_url: http://127.0.0.1:{vonage}
contacts: {{join_on: [tel]}}
queues:""")


class Simulator:
    """One of `jackfield simulate twilio` and `vonage`, by its control calls."""

    def __init__(self, port):
        self.api = Api(port, None)

    def control(self, what, **call):
        status, answer = self.api.call("POST", "/_control/" + what, call)
        assert status == 200, (status, answer)
        return answer

    def says(self, sender, text, **more):
        return self.control("message", **{"from": sender, "text": text, **more})

    def sent(self):
        return self.api.get("/_control/sent")["items"]

    def file(self, data, media_type):
        status, _, answer = self.api.raw("POST", "/_control/media", data, {"Content-Type": media_type})
        assert status == 200, answer
        return json.loads(answer)["id"]


class SmsTest(JackfieldTest):
    def setUp(self):
        super().setUp()
        self.ports = {"twilio": free_port(), "vonage": free_port()}
        self.jackfield = self.daemon(config=SMS, **self.ports)
        self.api = self.jackfield.api
        self.twilio = self.simulator("twilio", "sms", "--auth-token", TOKEN_OF_TWILIO)
        self.vonage = self.simulator("vonage", "sms-uk", "--api-secret", "e2e-api-secret", "--signature-secret", "e2e-signature-secret")

    def webhook_of(self, channel):
        return f"http://127.0.0.1:{self.jackfield.ports['http']}/channels/{channel}/webhook"

    def simulator(self, provider, channel, *more):
        self.simulate(provider, "--listen", f"127.0.0.1:{self.ports[provider]}", "--webhook", self.webhook_of(channel), *more)
        return Simulator(self.ports[provider])

    def inbound(self, channel="sms"):
        return [m for m in self.api.items("/v1/messages?direction=in") if m["channel"] == channel]

    def conversation(self, channel="sms"):
        return self.one_conversation(self.jackfield, channel)

    def reply(self, text=None, expect=202, **more):
        status, message = self.api.call("POST", f"/v1/conversations/{self.conversation(**more.pop('of', {}))['id']}/messages",
                                        {"text": text} if text else more)
        self.assertEqual(status, expect, message)
        return message


class Twilio(SmsTest):
    def test_a_message_comes_in_and_its_answer_goes_out_with_receipts(self):
        self.assertEqual(self.twilio.says(ANA, "Bonjour ☺ & co")["status"], 200)
        message = self.inbound()[0]
        self.assertEqual(message["from"]["address"], "tel:" + ANA)
        self.assertEqual(message["text"], "Bonjour ☺ & co")
        answer = self.reply("Bonjour Ana, ça va ?")
        self.jackfield.until_status(answer["id"], "delivered")
        sent = self.twilio.sent()
        self.assertEqual([(s["to"], s["body"]["From"], s["body"]["Body"]) for s in sent], [(ANA, OURS, "Bonjour Ana, ça va ?")])

    def test_a_message_that_comes_twice_is_stored_once_and_receipts_may_come_twice_and_in_any_order(self):
        sid = self.twilio.says(ANA, "once")["id"]
        self.assertEqual(self.twilio.says(ANA, "once", id=sid)["status"], 200)
        self.assertEqual(len(self.inbound()), 1)
        for receipts in ("twice", "reversed", "before_answer"):
            self.twilio.control("faults", receipts=receipts)
            self.jackfield.until_status(self.reply("answer " + receipts)["id"], "delivered")

    def test_a_forged_message_is_refused_and_leaves_nothing(self):
        self.assertEqual(self.twilio.says(ANA, "forged", signature="AAAAAAAAAAAAAAAAAAAAAAAAAAA=")["status"], 401)
        self.assertEqual(self.inbound(), [])

    def test_the_answer_to_a_message_sends_nothing_to_the_customer(self):
        url, form = self.webhook_of("sms"), {"MessageSid": "SM1", "From": ANA, "To": OURS, "Body": "Hi"}
        status, headers, body = self.post(url, form, self.signature(url, form))
        self.assertEqual((status, headers["content-type"]), (200, "text/xml"))
        self.assertEqual(body, b'<?xml version="1.0" encoding="UTF-8"?><Response/>')

    def test_too_many_requests_are_waited_for_and_sent_once(self):
        self.twilio.says(ANA, "Hi")
        self.conversation()
        self.twilio.control("faults", next=[{"status": 429, "retry_after": 1}, {"status": 500}])
        self.jackfield.until_status(self.reply("patience")["id"], "delivered")
        self.assertEqual([s["body"]["Body"] for s in self.twilio.sent()], ["patience"])

    def test_what_the_provider_refuses_for_good_fails_with_its_reason(self):
        self.twilio.says(ANA, "Hi")
        self.conversation()
        self.twilio.control("faults", next=[{"status": 400, "code": 21614}])
        answer = self.reply("nobody there")
        self.jackfield.until_status(answer["id"], "failed")
        error = self.api.get("/v1/messages/" + answer["id"])["errors"][-1]
        self.assertEqual((error["class"], error["code"]), ("recipient", "21614"))

    def test_an_answer_that_was_cut_off_is_unknown_and_never_sent_again(self):
        self.twilio.says(ANA, "Hi")
        self.conversation()
        self.twilio.control("faults", receipts="none", next=[{"drop": True, "taken": True}])
        answer = self.reply("maybe")
        self.jackfield.until_status(answer["id"], "unknown")
        self.assertEqual(len(self.twilio.sent()), 1)

    def test_a_kill_while_a_send_waits_for_its_answer_ends_in_one_message_that_the_receipt_settles(self):
        self.twilio.says(ANA, "Hi")
        self.conversation()
        self.twilio.control("faults", receipts="none", next=[{"delay_ms": 60000}])
        answer = self.reply("in the middle")
        until("the provider has it", self.twilio.sent)
        self.jackfield.stop(signal.SIGKILL)
        self.jackfield.start()
        self.jackfield.until_status(answer["id"], "unknown")
        callback = self.twilio.sent()[0]["body"]["StatusCallback"]
        self.assertEqual(callback, self.webhook_of("sms") + "?message=" + answer["id"])
        self.twilio.control("status", id=self.twilio.sent()[0]["id"], status="delivered")
        self.jackfield.until_status(answer["id"], "delivered")
        self.assertEqual(len(self.twilio.sent()), 1)

    def test_a_file_goes_out_by_an_address_that_needs_no_token(self):
        self.twilio.says(ANA, "send me the plan")
        picture = os.urandom(3000)
        status, _, answer = self.api.raw("POST", "/v1/media", picture, {"Content-Type": "image/png"})
        self.assertIn(status, (200, 201), answer)
        media = json.loads(answer)["id"]
        message = self.reply(parts=[{"type": "text", "text": "Here"}, {"type": "media", "id": media}])
        self.jackfield.until_status(message["id"], "delivered")
        body = self.twilio.sent()[0]["body"]
        self.assertEqual(body["Body"], "Here")
        path = body["MediaUrl"].split(str(self.jackfield.ports["http"]), 1)[1]
        status, _, data = Api(self.jackfield.ports["http"], None).raw("GET", path)
        self.assertEqual((status, data), (200, picture))

    def opted_out(self):
        contact = self.inbound()[0]["contact"]
        return any(a.get("opted_out") for a in self.api.get("/v1/contacts/" + contact)["addresses"])

    def test_after_stop_sends_are_refused_until_start(self):
        self.twilio.says(ANA, "Bonjour")
        self.reply("one")
        self.twilio.says(ANA, "Arrêt")
        self.assertIn("Arrêt", [m["text"] for m in self.inbound()], "the word itself is delivered")
        self.assertTrue(self.opted_out())
        refused = self.reply("two", expect=409)
        self.assertIn("Arr", json.dumps(refused, ensure_ascii=False))
        self.twilio.says(ANA, "START")
        self.assertFalse(self.opted_out())
        self.jackfield.until_status(self.reply("three")["id"], "delivered")
        self.assertEqual([s["body"]["Body"] for s in self.twilio.sent()], ["one", "three"])

    def test_a_refusal_of_the_provider_opts_the_contact_out(self):
        self.twilio.says(ANA, "Bonjour")
        self.conversation()
        self.twilio.control("faults", next=[{"status": 400, "code": 21610}])
        answer = self.reply("one")
        self.jackfield.until_status(answer["id"], "failed")
        self.assertEqual(self.api.get("/v1/messages/" + answer["id"])["errors"][-1]["class"], "opted-out")
        until("the contact is opted out", self.opted_out)

    def test_a_preview_tells_encoding_segments_and_cost(self):
        self.twilio.says(ANA, "Bonjour")
        path = f"/v1/conversations/{self.conversation()['id']}/messages?dry_run=true"
        status, said = self.api.call("POST", path, {"text": "a" * 161})
        self.assertEqual((status, said["sendable"]), (200, True), said)
        told = said["connector"]
        self.assertEqual((told["encoding"], told["segments"], told["units_per_segment"]), ("gsm7", 2, 153))
        told = self.api.call("POST", path, {"text": "ç" * 70})[1]["connector"]
        self.assertEqual((told["encoding"], told["segments"], told["first_outside_gsm"]), ("ucs2", 1, "ç"))
        said = self.api.call("POST", path, {"text": "ж" * 700})[1]
        self.assertFalse(said["sendable"])
        self.assertIn("11 short messages", json.dumps(said))
        self.assertEqual(self.twilio.sent(), [])

    def test_files_come_in_and_are_kept(self):
        picture = os.urandom(5000)
        ids = [self.twilio.file(picture, "image/jpeg"), self.twilio.file(b"BEGIN:VCARD", "text/vcard")]
        self.twilio.says(ANA, "look", media=ids)
        message = self.inbound()[0]["id"]
        until("the files are there", lambda: all(p.get("state", "ready") == "ready" for p in self.api.get("/v1/messages/" + message)["parts"]))
        parts = self.api.get("/v1/messages/" + message)["parts"]
        self.assertEqual([p["type"] for p in parts], ["text", "media", "media"])
        self.assertEqual(self.api.raw("GET", "/v1/media/" + parts[1]["id"])[2], picture)
        self.assertEqual(parts[1]["media_type"], "image/jpeg")

    def test_a_message_from_a_name_or_a_short_code_keeps_it(self):
        self.twilio.says("LaPoste", "Votre colis")
        self.twilio.says("38200", "Votre code")
        self.assertEqual(sorted(m["from"]["address"] for m in self.inbound()), ["tel:38200", "tel:LaPoste"])

    def test_an_sms_and_a_whatsapp_from_one_number_are_one_contact(self):
        self.twilio.says(ANA, "by SMS")
        self.assertEqual(self.jackfield.text("wamid.1", ANA[1:], "by WhatsApp"), 200)
        contacts = {m["contact"] for m in self.api.items("/v1/messages?direction=in")}
        self.assertEqual(len(contacts), 1)
        self.twilio.says("+33699999999", "another")
        self.assertEqual(len({m["contact"] for m in self.api.items("/v1/messages?direction=in")}), 2)

    # --- Twilio's own library

    def judged(self, requests):
        """What npm twilio says of them; skips where there is no node."""
        if not shutil.which("node"):
            self.skipTest("needs node, to run Twilio's own library")
        script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "twilio_peer.cjs")
        return json.loads(subprocess.run(["node", script], input=json.dumps(requests).encode(), capture_output=True, check=True).stdout)

    def signature(self, url, form):
        data = url + "".join(k + v for k, v in sorted(form.items()))
        return base64.b64encode(hmac.new(TOKEN_OF_TWILIO.encode(), data.encode(), hashlib.sha1).digest()).decode()

    def post(self, url, form, signature, content_type="application/x-www-form-urlencoded"):
        body = form if isinstance(form, str) else urllib.parse.urlencode(form)
        path = url.split(str(self.jackfield.ports["http"]), 1)[1]
        return Api(self.jackfield.ports["http"], None).raw("POST", path, body.encode(), {"Content-Type": content_type, "X-Twilio-Signature": signature})

    def test_what_twilios_library_signs_is_taken_and_what_it_would_not_sign_is_not(self):
        forms = [{"MessageSid": f"SM{i}", "From": ANA, "To": OURS, "Body": body, "Ünknown &=": "+ %20"}
                 for i, body in enumerate(["", "plain", "a&b=c+d %41", "é☺𝄞\r\n\t", " spaces ", "x" * 1600])]
        url = self.webhook_of("sms") + "?tenant=7&x=%20y"
        requests = [{"token": TOKEN_OF_TWILIO, "url": url, "form": form} for form in forms]
        for form, made in zip(forms, self.judged(requests)):
            self.assertEqual(self.post(url, form, made["signature"])[0], 200, form)
            self.assertEqual(self.post(url, {**form, "Body": form["Body"] + "."}, made["signature"])[0], 401)
        self.assertEqual(len(self.inbound()), len(forms))

    def test_the_json_form_that_twilios_library_signs_is_taken(self):
        body = json.dumps({"MessageSid": "SM9", "From": ANA, "To": OURS, "Body": "é in JSON"}, ensure_ascii=False)
        made = self.judged([{"token": TOKEN_OF_TWILIO, "url": self.webhook_of("sms"), "body": body}])[0]
        self.assertTrue(made["valid"])
        self.assertEqual(self.post(made["url"], body, made["signature"], "application/json")[0], 200)
        self.assertEqual(self.post(made["url"], body + " ", made["signature"], "application/json")[0], 401)
        self.assertEqual([m["text"] for m in self.inbound()], ["é in JSON"])

    def test_what_the_stand_in_signs_is_taken_by_twilios_library(self):
        seen = []

        class Receiver(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                seen.append((dict(urllib.parse.parse_qsl(body, keep_blank_values=True)), self.headers["X-Twilio-Signature"]))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        url, port = f"http://127.0.0.1:{server.server_port}/hook?a=1", free_port()
        self.simulate("twilio", "--listen", f"127.0.0.1:{port}", "--webhook", url, "--auth-token", TOKEN_OF_TWILIO)
        alone = Simulator(port)
        for text in ("plain", "a&b=c+d", "é☺ ", ""):
            self.assertEqual(alone.says(ANA, text)["status"], 204)
        alone.control("status", id="SM1", status="undelivered", code=30003)
        answers = self.judged([{"token": TOKEN_OF_TWILIO, "url": url, "form": form, "signature": signature} for form, signature in seen])
        self.assertEqual([a["valid"] for a in answers], [True] * 5)


class Vonage(SmsTest):
    def test_a_message_comes_in_and_its_answer_goes_out_with_statuses(self):
        self.assertEqual(self.vonage.says("447700900001", "Hello")["status"], 200)
        self.assertEqual(self.inbound("sms-uk")[0]["from"]["address"], "tel:+447700900001")
        answer = self.reply("Hi @ €5", of={"channel": "sms-uk"})
        self.jackfield.until_status(answer["id"], "delivered")
        sent = self.vonage.sent()
        self.assertEqual([(s["to"], s["body"]["from"], s["body"]["text"]) for s in sent], [("447700900001", "Acme", "Hi @ €5")])

    def test_a_message_without_a_right_token_is_refused(self):
        self.assertEqual(self.vonage.says("447700900001", "forged", signature="e30.e30.AAAA")["status"], 401)
        self.assertEqual(self.inbound("sms-uk"), [])

    def test_an_answer_that_is_lost_is_settled_by_the_status_that_names_our_message(self):
        self.vonage.says("447700900001", "Hello")
        self.conversation("sms-uk")
        self.vonage.control("faults", receipts="none", next=[{"drop": True, "taken": True}])
        answer = self.reply("lost answer", of={"channel": "sms-uk"})
        self.jackfield.until_status(answer["id"], "unknown")
        self.vonage.control("status", id=self.vonage.sent()[0]["id"], status="delivered")
        self.jackfield.until_status(answer["id"], "delivered")

    def test_an_undeliverable_message_fails_with_the_reason(self):
        self.vonage.says("447700900001", "Hello")
        self.conversation("sms-uk")
        self.vonage.control("faults", receipts="none")
        answer = self.reply("nobody", of={"channel": "sms-uk"})
        self.jackfield.until_status(answer["id"], "accepted")
        self.vonage.control("status", id=self.vonage.sent()[0]["id"], status="undeliverable")
        self.jackfield.until_status(answer["id"], "failed")
        self.assertEqual(self.api.get("/v1/messages/" + answer["id"])["errors"][-1]["class"], "recipient")


class Docs(unittest.TestCase):
    ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")

    def check(self, text):
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
            file.write(text)
            file.flush()
            secrets_of_the_page = {name: "secret-of-the-page" for name in re.findall(r"env:([A-Z_]+)", text)}
            done = subprocess.run([BINARY, "check", "-c", file.name], capture_output=True, text=True, env={**os.environ, **secrets_of_the_page})
            return done.returncode, done.stdout + done.stderr

    def test_every_example_of_the_page_and_the_example_file_are_fine(self):
        with open(os.path.join(self.ROOT, "docs/connectors/sms.md")) as f:
            examples = re.findall(r"```yaml\n(.*?)```", f.read(), re.S)
        with open(os.path.join(self.ROOT, "examples/sms.yaml")) as f:
            examples.append(f.read())
        self.assertGreater(len(examples), 3)
        for example in examples:
            self.assertEqual(self.check(example)[0], 0, self.check(example)[1] + example)

    def test_wrong_settings_are_told_all_at_once_with_what_would_be_right(self):
        status, said = self.check("""
channels:
  sms:
    plugin: sms
    settings: {provider: twilio, account_sid: AC-1, auth_tokn: t, from: "06 12 34 56 78", region: XX, reassemble_within: 1h,
               opt_out: {languages: [xx]}}
""")
        self.assertEqual(status, 2)
        for piece in ('"auth_token" is missing', 'unknown setting "auth_tokn"', 'did you mean "auth_token"'):
            self.assertIn(piece, said)
        status, said = self.check("""
channels:
  sms:
    plugin: sms
    settings: {provider: twilio, account_sid: AC-1, auth_token: t, from: "06 12 34 56 78", region: XX, opt_out: {languages: [en, xx]}}
""")
        self.assertEqual(status, 2)
        for piece in ("must be the account's id", "must be a number with its country", '"XX" is no country', 'no words of the language "xx"'):
            self.assertIn(piece, said)
        self.assertIn('(did you mean "twilio"?)', self.check("channels: {sms: {plugin: sms, settings: {provider: twillio, account_sid: AC1, auth_token: t, from: Acme}}}")[1])


if __name__ == "__main__":
    unittest.main()
