"""What the tests of this folder share: the outside tests' harness, and an SDK installed into a folder of its own."""
import os
import sys

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
sys.path.insert(0, os.path.join(ROOT, "tests/e2e"))
from harness import *  # noqa: E402,F401,F403
from harness import BINARY, BUILD, JackfieldTest, shutil, subprocess  # noqa: E402

CMAKE = os.environ.get("JACKFIELD_CMAKE") or shutil.which("cmake")


class AuthorTest(JackfieldTest):
    def run_well(self, *arguments, **more):
        done = subprocess.run(arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **{"cwd": self.folder, **more})
        self.assertEqual(done.returncode, 0, done.stdout)
        return done.stdout

    def install_sdk(self):
        prefix = os.path.join(self.folder, "prefix")
        self.run_well(CMAKE, "--install", BUILD, "--component", "sdk", "--prefix", prefix)
        return prefix

    def plugin_new(self, *arguments):
        return subprocess.run([BINARY, "plugin", "new", *arguments], cwd=self.folder, capture_output=True, text=True)
