"""`jackfield token`, hashes in the configuration, tokens over the API, and that no token is kept anywhere."""
import unittest

from strangers import *


def token_verb(*arguments, stdin=""):
    return subprocess.run([BINARY, "token", *arguments], input=stdin, capture_output=True, text=True, timeout=60)


def printed(name, text):
    return re.search(rf'^{name}: "?([^"\n]+)"?$', text, flags=re.M).group(1)


class Verb(unittest.TestCase):
    def test_it_makes_another_token_every_time_with_the_hash_that_it_has(self):
        first, second = token_verb(), token_verb()
        self.assertEqual(first.returncode, 0, first.stderr)
        token = printed("token", first.stdout)
        self.assertNotEqual(token, printed("token", second.stdout))
        self.assertEqual(printed("token_hash", first.stdout), "sha256:" + hashlib.sha256(token.encode()).hexdigest())
        self.assertEqual(token_verb("--hash", stdin=token + "\n").stdout, f'token_hash: "{printed("token_hash", first.stdout)}"\n')
        self.assertNotIn(token, first.stderr)

    def test_what_is_no_token_is_refused_without_being_shown(self):
        for wrong in ("tiny-one", "with some spaces in it"):
            done = token_verb("--hash", stdin=wrong + "\n")
            self.assertEqual(done.returncode, 2)
            self.assertNotIn(wrong, done.stdout + done.stderr)


class Tokens(JackfieldTest):
    def setUp(self):
        super().setUp()
        made = token_verb().stdout
        self.hashed = printed("token", made)
        line = "    - {{name: hashed, role: integration, token_hash: \"" + printed("token_hash", made) + "\"}}\n"
        self.d = self.daemon(config=CONFIG.replace("store:", line + "store:", 1))

    def make(self, **body):
        status, answer = self.d.api.call("POST", "/v1/tokens", body)
        self.assertEqual(status, 201, answer)
        return answer

    def status(self, token, path="/v1/queues"):
        return Api(self.d.ports["http"], token).raw("GET", path)[0]

    def stop_and_look(self):
        """All that the daemon wrote: its files and its log."""
        process = self.d.process
        self.d.stop()
        out = process.output().encode()
        for folder, _, files in os.walk(self.folder):
            for name in files:
                with open(os.path.join(folder, name), "rb") as f:
                    out += f.read()
        return out

    def test_a_token_of_which_the_file_knows_the_hash_lets_in_and_the_hash_does_not(self):
        self.assertEqual(self.status(self.hashed), 200)
        self.assertEqual(self.status("sha256:" + hashlib.sha256(self.hashed.encode()).hexdigest()), 401)
        self.assertEqual(self.status(hashlib.sha256(self.hashed.encode()).hexdigest()), 401)

    def test_one_made_over_the_api_outlives_a_restart_and_is_in_no_file_and_no_log(self):
        made = self.make(name="reports", role="integration")
        self.assertEqual(self.status(made["token"]), 200)
        self.d.api.raw("GET", "/v1/nothing/" + made["token"])
        kept = self.stop_and_look()
        self.assertIn(hashlib.sha256(made["token"].encode()).hexdigest().encode(), kept)
        self.assertNotIn(made["token"].encode(), kept)
        self.assertNotIn(self.hashed.encode(), kept)
        self.d.start()
        self.assertEqual(self.status(made["token"]), 200)
        listed = {t["name"]: t for t in self.d.api.items("/v1/tokens")}
        self.assertEqual(sorted(listed), ["admin", "crm", "hashed", "reports"])
        self.assertIsNotNone(listed["reports"]["last_used_at"])
        self.assertEqual(self.d.api.call("DELETE", "/v1/tokens/" + made["id"])[0], 204)
        self.assertEqual(self.status(made["token"]), 401)
        self.assertNotIn(hashlib.sha256(made["token"].encode()).hexdigest().encode(), self.stop_and_look(), "nor is its hash any more")

    def test_who_follows_with_one_is_cut_off_at_once_when_it_goes(self):
        made = self.make(name="reports", role="integration")
        socket_, stream = WebSocket(self.d.ports["http"], "/v1/stream", made["token"]), EventSource(self.d.ports["http"], "/v1/events", made["token"])
        stays = WebSocket(self.d.ports["http"], "/v1/stream")
        for one in (socket_, stays):
            self.addCleanup(one.close)
        self.assertEqual(self.d.api.call("DELETE", "/v1/tokens/" + made["id"])[0], 204)
        for one in (socket_, stream):
            with self.assertRaises((EOFError, ConnectionError)):
                while True:
                    one.next()
        self.assertEqual(self.d.text("wamid.1", "33600000001", "hello"), 200)
        self.assertTrue(stays.next()["type"])

    def test_a_deleted_agents_tokens_die(self):
        self.assertEqual(self.d.api.call("PUT", "/v1/agents/eva", {})[0], 200)
        made = self.make(name="eva", role="agent", agent="eva")
        eva = Api(self.d.ports["http"], made["token"])
        self.assertEqual(eva.call("PUT", "/v1/agents/eva/presence", {"presence": "online"})[0], 200)
        self.assertEqual(self.d.api.call("DELETE", "/v1/agents/eva")[0], 204)
        self.assertEqual(eva.call("GET", "/v1/queues")[0], 401)

    def test_a_wrong_hash_is_told_with_its_place(self):
        path = os.path.join(self.folder, "wrong.yaml")
        with open(path, "w") as f:
            f.write("server:\n  tokens:\n    - {name: a, role: admin, token_hash: \"sha256:0123\"}\n    - {name: b, role: admin}\n")
        done = subprocess.run([BINARY, "check", "-c", path], capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 2)
        self.assertRegex(done.stderr, r"wrong\.yaml:3:42: error: a token_hash is \"sha256:\"")
        self.assertRegex(done.stderr, r"wrong\.yaml:4:7: error: this token has neither token nor token_hash")


if __name__ == "__main__":
    unittest.main()
