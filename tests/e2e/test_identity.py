"""One person on every channel: merged and split by hand, exported, and erased without a trace, also over a restart."""
import unittest

from harness import *

SECRET = "my-very-secret-words"


class Identity(JackfieldTest):
    def setUp(self):
        super().setUp()
        self.d = self.daemon()
        self.graph(self.d)

    def done(self, method, path, body=None, want=200):
        status, answer = self.d.api.call(method, path, body)
        self.assertEqual(status, want, answer)
        return answer

    def contact_of(self, address):
        return until(address, lambda: self.d.api.items("/v1/contacts?address=" + address))[0]["id"]

    def found_on_disk(self, words):
        found = []
        for folder, _, files in os.walk(self.folder):
            for name in files:
                try:
                    with open(os.path.join(folder, name), "rb") as file:
                        found += [name] if words.encode() in file.read() else []
                except FileNotFoundError:  # went meanwhile
                    pass
        return found

    def test_a_person_on_two_channels_is_one_contact_until_it_is_undone(self):
        self.d.text("wamid.1", "33600001", "Bonjour")
        self.d.mail("m1@example.org", "ana@example.org", "Hello", "by mail")
        ana, mail = self.contact_of("whatsapp:33600001"), self.contact_of("mailto:ana@example.org")
        merge = self.done("POST", f"/v1/contacts/{ana}/merge", {"from": mail}, 201)
        self.assertEqual(self.d.api.get("/v1/contacts/" + mail)["id"], ana)
        self.assertEqual(len(self.d.api.items("/v1/conversations?contact=" + ana)), 2)
        self.d.stop(signal.SIGKILL)
        self.d.start()
        self.assertEqual({m["contact"] for m in self.d.api.items("/v1/messages")}, {ana})
        self.done("POST", f"/v1/merges/{merge['id']}/undo")
        self.done("POST", f"/v1/merges/{merge['id']}/undo", want=409)
        self.assertEqual({m["contact"] for m in self.d.api.items("/v1/messages")}, {ana, mail})
        types = [e["type"] for e in self.d.api.items("/v1/events")]
        self.assertIn("contact.merged", types)
        self.assertIn("contact.split", types)

    def test_what_was_erased_is_in_no_file_and_does_not_come_back(self):
        body = whatsapp_body([("wamid.1", "33600001", SECRET)])
        self.assertEqual(self.d.webhook(body), 200)
        self.d.text("wamid.2", "33600002", "of somebody else")
        ana = self.contact_of("whatsapp:33600001")
        conversation = self.d.api.items("/v1/conversations?contact=" + ana)[0]["id"]
        answer = self.done("POST", f"/v1/conversations/{conversation}/messages", {"text": "a-" + SECRET}, 202)["id"]
        self.d.until_status(answer, "read")
        letter = f"the mail of {SECRET}"
        self.d.mail("m1@example.org", "ana@example.org", "about " + SECRET, letter)
        mail = self.contact_of("mailto:ana@example.org")
        self.done("POST", f"/v1/contacts/{ana}/merge", {"from": mail}, 201)
        export = self.d.api.get(f"/v1/contacts/{ana}/export")
        self.assertEqual(len(export["messages"]), 3)
        self.assertIn(letter, json.dumps(export))
        self.assertTrue(self.found_on_disk(SECRET))

        self.done("DELETE", "/v1/contacts/" + mail, want=204)  # under either id
        self.erased(ana, conversation)
        self.assertEqual(self.d.webhook(body), 200)  # again, as providers do
        self.d.mail("m1@example.org", "ana@example.org", "about " + SECRET, letter)
        self.erased(ana, conversation)
        self.d.stop(signal.SIGKILL)
        self.d.start()
        self.erased(ana, conversation)

    def erased(self, contact, conversation):
        self.assertEqual(self.d.api.call("GET", "/v1/contacts/" + contact)[0], 404)
        self.assertEqual([c["name"] for c in self.d.api.items("/v1/contacts")], ["Ana 33600002"])
        self.assertEqual(self.d.api.items(f"/v1/conversations/{conversation}/messages"), [])
        self.assertEqual(self.d.api.get("/v1/conversations/" + conversation)["state"], "closed")
        log = json.dumps(self.d.api.items("/v1/events"))
        for words in (SECRET, "33600001", "ana@example.org"):
            self.assertNotIn(words, log)
            until(words + " is in no file", lambda: not self.found_on_disk(words))
        self.assertTrue(self.found_on_disk("33600002"))

    def test_a_list_is_imported_once(self):
        def bring():
            status, _, answer = self.d.api.raw("POST", "/v1/contacts/import", LIST.encode(), {"Content-Type": "text/csv"})
            self.assertEqual(status, 200, answer)
            return json.loads(answer)
        first = bring()
        self.assertEqual((first["made"], [r["line"] for r in first["refused"]]), (1, [3]))
        self.assertEqual(bring()["unchanged"], 1)


LIST = "name,language,tier,tags,addresses\nAna,fr,gold,vip,whatsapp:33600001;mailto:ana@example.org\nBen,de,,,\n"

if __name__ == "__main__":
    unittest.main()
