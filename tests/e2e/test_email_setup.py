"""The examples of the email connector's pages are configurations that the daemon takes."""
import unittest

from harness import *

PAGES = os.path.join(os.path.dirname(__file__), "../../docs/connectors")


class Examples(JackfieldTest):
    def test_every_example_of_the_pages_is_a_good_configuration(self):
        checked = 0
        for page in ("email.md", "email-setup.md"):
            with open(os.path.join(PAGES, page)) as f:
                examples = re.findall(r"```yaml\n(channels:.*?)```", f.read(), re.DOTALL)
            for example in examples:
                with self.subTest(page=page, example=example):
                    path = os.path.join(self.folder, "jackfield.yaml")
                    with open(path, "w") as f:
                        f.write(f"server: {{listen: '127.0.0.1:0'}}\nstore: {{url: 'sqlite:{self.folder}/x.db', media: '{self.folder}/media'}}\n{example}")
                    secrets_named = {name: "some-secret" for name in re.findall(r"\$\{env:(\w+)\}", example)}
                    done = subprocess.run([BINARY, "check", "-c", path], env={**os.environ, **secrets_named}, capture_output=True, text=True, timeout=PATIENCE)
                    self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
                    checked += 1
        self.assertGreaterEqual(checked, 5)

    def test_a_secret_does_not_leave_in_the_clear_and_a_login_is_one_of_two(self):
        path = os.path.join(self.folder, "jackfield.yaml")
        with open(path, "w") as f:
            f.write("server: {listen: '127.0.0.1:0'}\n" f"store: {{url: 'sqlite:{self.folder}/x.db', media: '{self.folder}/media'}}\n" "channels:\n  mail:\n    plugin: email\n    settings:\n      from: support@example.com\n"
                    "      imap:\n        url: imap://mail.example.com\n        user: me\n        tls: opportunistic\n        password: x\n        oauth: {command: [a]}\n")
        done = subprocess.run([BINARY, "check", "-c", path], capture_output=True, text=True, timeout=PATIENCE)
        self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
        self.assertIn("must be required", done.stdout + done.stderr)
        self.assertIn("exclude each other", done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main()
