"""The WhatsApp simulator against somebody else's reading of Meta: the npm package whatsapp-api-js verifies and understands what it posts.

The package (MIT) comes from npm when the test is set up; without it the test is skipped.
"""
import functools
import json
import os
import shutil
import subprocess
import threading
import unittest

from harness import ACCESS_TOKEN, APP_SECRET, BUILD, Api, JackfieldTest, free_port, until

PACKAGE = "whatsapp-api-js@6.3.0"


@functools.cache
def npm_folder():
    """Where the package is; None when it cannot be had."""
    folder = os.path.join(BUILD, "npm-whatsapp")
    if os.path.isdir(os.path.join(folder, "node_modules", "whatsapp-api-js")):
        return folder
    if not shutil.which("npm"):
        return None
    os.makedirs(folder, exist_ok=True)
    done = subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", folder, PACKAGE], capture_output=True, timeout=120)
    return folder if done.returncode == 0 else None


class Verifier(JackfieldTest):
    def setUp(self):
        super().setUp()
        folder = npm_folder()
        if not folder:
            self.skipTest("the npm package whatsapp-api-js cannot be fetched here")
        script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "whatsapp_verifier.mjs")
        self.child = subprocess.Popen(["node", script, folder, APP_SECRET], stdout=subprocess.PIPE, text=True)
        self.addCleanup(self.end)
        self.heard = []
        threading.Thread(target=self.read, daemon=True).start()
        port = until("it listens", lambda: [e["listening"] for e in self.heard if "listening" in e])[0]
        self.port = free_port()
        self.simulate("whatsapp", "--listen", f"127.0.0.1:{self.port}", "--app-secret", APP_SECRET, "--access-token", ACCESS_TOKEN,
                      "--webhook", f"http://127.0.0.1:{port}/")

    def read(self):
        for line in self.child.stdout:
            self.heard.append(json.loads(line))

    def end(self):
        self.child.kill()
        self.child.wait()
        self.child.stdout.close()

    def post(self, what, call):
        count = len(self.heard)
        Api(self.port, None).raw("POST", "/_control/" + what, json.dumps(call), {"Content-Type": "application/json"})
        return until("it is heard", lambda: self.heard[count:])[0]

    def test_what_the_simulator_signs_is_verified_and_understood(self):
        heard = self.post("message", {"from": "33600001", "user_id": "FR.1", "name": "Ana", "text": "Grüße / 😀 \\ \"quoted\""})
        self.assertEqual((heard["verified"], heard["text"], heard["from"]), (True, "Grüße / 😀 \\ \"quoted\"", "33600001"))
        heard = self.post("message", {"user_id": "US.134", "name": "Ana", "text": "no phone"})
        self.assertEqual((heard["verified"], heard["text"]), (True, "no phone"))
        heard = self.post("status", {"id": "wamid.X", "status": "failed", "code": 131047})
        self.assertEqual((heard["verified"], heard["status"]), (True, "failed"))

    def test_a_wrong_signature_is_told(self):
        heard = self.post("message", {"from": "33600001", "text": "forged", "signature": "sha256=" + "0" * 64})
        self.assertEqual(heard["verified"], False)


if __name__ == "__main__":
    unittest.main()
