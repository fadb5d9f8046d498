"""The README's first screen, pasted as it stands. Only its ports are moved, so that tests can run side by side."""
import unittest

from harness import *

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "../.."))


class Readme(JackfieldTest):
    def test_its_commands_do_what_it_says(self):
        with open(os.path.join(ROOT, "README.md")) as f:
            blocks = re.findall(r"```sh\n(.*?)```", f.read(), re.S)
        with open(os.path.join(ROOT, "examples/quickstart.yaml")) as f:
            quickstart = f.read()
        ports = {old: free_port() for old in ("8080", "2525", "2526", "9009")}

        def moved(text):
            for old, new in ports.items():
                text = text.replace("127.0.0.1:" + old, f"127.0.0.1:{new}")
            return text.replace("build/release/bin/jackfield", BINARY)

        config = os.path.join(self.folder, "quickstart.yaml")
        with open(config, "w") as f:
            f.write(moved(quickstart))
        self.assertEqual(blocks[0].strip(), "scripts/run")
        daemon = Process([BINARY, "run", "-c", config], cwd=self.folder)
        self.addCleanup(daemon.stop)
        daemon.wait_line(r"http://127\.0\.0\.1:" + str(ports["8080"]))
        api = Api(ports["8080"], "demo-admin-token-0001")
        until("ready", lambda: Api(ports["8080"], None).raw("GET", "/readyz")[0] == 200)
        self.addCleanup(lambda: subprocess.run(["pkill", "-f", f"simulate.*127.0.0.1:({ports['2526']}|{ports['9009']})"]))

        def paste(block):
            return subprocess.run(["bash", "-c", moved(block)], cwd=self.folder, capture_output=True, text=True, timeout=60).stdout

        subprocess.run(["bash", "-c", moved(blocks[1]).replace("&\n", "> sim.log 2>&1 &\n")], cwd=self.folder, timeout=60, stdin=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        paste(blocks[2])
        self.assertIn("200 OK", paste(blocks[3]))
        shown = paste(blocks[4])
        self.assertIn('"queue":"billing"', shown)
        self.assertIn('"queue":"general"', shown)
        self.assertEqual(shown.count('"status":"queued"'), 4, shown)  # two messages, each with its history
        until("both answers are on their way", lambda: sorted(m["status"] for m in api.items("/v1/messages?direction=out")) == ["accepted", "read"])
        self.assertEqual(json.loads(paste(blocks[4].splitlines()[0] + "\n" + blocks[5].splitlines()[0]))["items"][0]["direction"], "out")
        self.assertIn("message.status", paste(blocks[4].splitlines()[0] + "\n" + blocks[5].splitlines()[1]))


if __name__ == "__main__":
    unittest.main()
