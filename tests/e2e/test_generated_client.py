"""A client that is generated from docs/openapi.json, in another language, against the real daemon."""
import unittest

from generate_client import generate
from strangers import *


class GeneratedClient(JackfieldTest):
    def test_a_client_made_from_the_document_alone_does_a_desktops_work(self):
        here = os.path.dirname(os.path.abspath(__file__))
        module = os.path.join(self.folder, "jackfield.mjs")
        with open(os.path.join(here, "../../docs/openapi.json")) as document, open(module, "w") as out:
            out.write(generate(json.load(document)))
        daemon = self.daemon()
        self.graph(daemon)
        daemon.text("wamid.1", "33612345678", "Bonjour, ma facture ?")
        self.one_conversation(daemon, "whatsapp-eu")
        ran = subprocess.run(["node", os.path.join(here, "stranger.mjs"), module, f"http://127.0.0.1:{daemon.ports['http']}", TOKEN],
                             capture_output=True, text=True, timeout=60)
        self.assertEqual(ran.returncode, 0, ran.stderr)
        got = json.loads(ran.stdout)
        self.assertEqual(got["customer"], "whatsapp:33612345678")
        self.assertEqual(got["asked"], ["Bonjour, ma facture ?"])
        self.assertTrue(got["same"])
        self.assertEqual(got["tags"], ["vip"])
        self.assertEqual(got["problem"], [404, "not_found"])
        self.assertTrue(got["secret"])
        self.assertIn("message.received", got["types"])


if __name__ == "__main__":
    unittest.main()
