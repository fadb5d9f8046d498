"""Every YAML example of the operators' pages is a configuration that `jackfield check` takes, with no more than warnings."""
import unittest

from harness import *

DOCS = os.path.join(os.path.dirname(__file__), "../../docs")
PAGES = ("routing.md", "configuration.md")
# What an excerpt leaves out.
REST = {"queues": "queues: {general: {}, billing: {}}\n",
        "server": "server: {tokens: [{name: admin, role: admin, token: 0123456789abcdef}]}\n"}
SECRETS = {"CRM_WEBHOOK_SECRET": "whsec_" + base64.b64encode(b"0123456789abcdef01234567").decode(), "JACKFIELD_ADMIN_TOKEN": "0123456789abcdef-admin",
           "ANA_TOKEN": "0123456789abcdef-ana", "WHATSAPP_TOKEN": "token", "WHATSAPP_SECRET": "secret"}


def examples(page):
    with open(os.path.join(DOCS, page)) as f:
        return re.findall(r"^```yaml\n(.*?)^```", f.read(), flags=re.S | re.M)


class Docs(JackfieldTest):
    def test_every_example_is_a_configuration(self):
        seen = 0
        for page in PAGES:
            for number, example in enumerate(examples(page)):
                whole = example + "".join(text for key, text in REST.items() if not re.search(rf"^{key}:", example, flags=re.M))
                path = os.path.join(self.folder, f"{page}-{number}.yaml")
                with open(path, "w") as f:
                    f.write(whole)
                done = subprocess.run([BINARY, "check", "-c", path], capture_output=True, text=True, env={**os.environ, **SECRETS}, timeout=60)
                self.assertEqual(done.returncode, 0, f"{page}, example {number + 1}:\n{whole}\n{done.stderr}")
                seen += 1
        self.assertGreater(seen, 6)


if __name__ == "__main__":
    unittest.main()
