"""Connectors of every SDK that there has been, built with the headers they were written for. Standard library only.

Each folder MAJOR_MINOR has sdk/ (the headers as they were), and a folder a connector with its source and its cases. What was
built for the host's own ABI must load and pass; before 1.0, what was built for another minor must be refused by name.
"""
import os
import re
import shutil
import subprocess
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.abspath(os.path.join(HERE, "../../.."))
sys.path.insert(0, os.path.join(ROOT, "tests/e2e"))
from harness import *  # noqa: E402

INCLUDE = os.path.join(ROOT, "sdk/include")
MAP = os.path.join(ROOT, "sdk/cmake/jackfield-connector.map")
TESTKIT = os.path.join(BUILD, "bin/jackfield-testkit")

CONFIG = """
server:
  listen: 127.0.0.1:{port}
  tokens: [{{name: me, role: admin, token: {token}}}]
store: {{url: "sqlite:{folder}/jackfield.db", media: "{folder}/media"}}
plugins: {{path: ["{folder}"]}}
channels:
  echo: {{plugin: echo}}
  wide: {{plugin: wide, settings: {{token: token-of-wide-0001}}}}
"""


def host_version():
    with open(os.path.join(INCLUDE, "jackfield/jackfield.h")) as f:
        text = f.read()
    return tuple(int(re.search(rf"#define JF_ABI_{part} (\d+)u", text)[1]) for part in ("MAJOR", "MINOR"))


def exhibits():
    """(version, name, folder) of every connector here."""
    out = []
    for entry in sorted(os.listdir(HERE)):
        if not re.fullmatch(r"\d+_\d+", entry):
            continue
        version = tuple(map(int, entry.split("_")))
        names = [name for name in sorted(os.listdir(os.path.join(HERE, entry))) if name != "sdk"]
        out += [(version, name, os.path.join(HERE, entry, name)) for name in names]
    return out


def build(folder, out, include=None):
    """One connector against the headers it was written for, or against others."""
    include = include or os.path.join(os.path.dirname(folder), "sdk")
    source = next(name for name in os.listdir(folder) if name.startswith("connector."))
    language = ["gcc", "-std=c11"] if source.endswith(".c") else ["g++", "-std=c++20", "-fno-gnu-unique"]
    subprocess.run([*language, "-O1", "-g", "-shared", "-fPIC", "-fvisibility=hidden", f"-I{include}", "-o", out, os.path.join(folder, source),
                    f"-Wl,--version-script={MAP}", "-Wl,-z,defs,-z,now,-z,nodelete"], check=True)


def is_ours(version):
    major, minor = host_version()
    return version == (major, minor) if major == 0 else version[0] == major and version[1] <= minor


class Museum(JackfieldTest):
    def test_there_is_an_exhibit_of_todays_boundary(self):
        self.assertIn(host_version(), [version for version, _, _ in exhibits()])

    def test_connectors_of_its_abi_pass_their_cases_and_others_are_refused_by_name(self):
        for version, name, folder in exhibits():
            with self.subTest(name, version=version):
                file = os.path.join(self.folder, name + ".so")
                build(folder, file)
                done = subprocess.run([TESTKIT, file, os.path.join(folder, "cases")], capture_output=True, text=True)
                listed = subprocess.run([BINARY, "plugins", "-c", self.config(0)], capture_output=True, text=True).stdout
                os.remove(file)
                if is_ours(version):
                    self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
                    self.assertRegex(listed, rf"(?m)^{name} .* ABI {version[0]}\.{version[1]} ")
                else:
                    self.assertRegex(done.stderr, rf"was built for ABI {version[0]}\.{version[1]}")
                    self.assertRegex(listed, rf"{name}\.so: cannot be loaded: .*(built for ABI|does not export|no such symbol)")

    def test_todays_host_runs_them(self):
        for version, name, folder in exhibits():
            if is_ours(version):
                build(folder, os.path.join(self.folder, name + ".so"))
        port = free_port()
        daemon = Process([BINARY, "run", "-c", self.config(port)], cwd=self.folder)
        self.addCleanup(daemon.stop)
        daemon.wait_line("channel echo .*ready")
        daemon.wait_line("channel wide .*ready")
        api = Api(port)
        said = b'{"id":"m1","from":"ana","text":"from the past"}'
        self.assertEqual(api.raw("POST", "/channels/echo/webhook", said)[0], 200)
        event = b'{"type":"message","id":"m2","from":{"address":"wide:ben"},"parts":[{"type":"text","text":"and another"}]}'
        self.assertEqual(api.raw("POST", "/channels/wide/webhook", event, {"x-token": "token-of-wide-0001"})[0], 200)
        self.assertEqual(sorted(m["text"] for m in api.items("/v1/messages")), ["and another", "from the past"])

    def config(self, port):
        file = os.path.join(self.folder, "jackfield.yaml")
        with open(file, "w") as f:
            f.write(CONFIG.format(port=port or 1, token=TOKEN, folder=self.folder))
        return file

    @unittest.skipUnless(shutil.which("abidiff"), "abidiff is not here")
    def test_abidiff_sees_no_change_since_then(self):
        for version, name, folder in exhibits():
            if version == host_version():
                old, new = (os.path.join(self.folder, f"{name}-{age}.so") for age in ("old", "new"))
                build(folder, old)
                build(folder, new, INCLUDE)
                # the boundary is what jackfield_plugin_v0 leads to; what the wrapper has inside may change
                done = subprocess.run(["abidiff", "--no-show-locs", "--headers-dir1", os.path.join(os.path.dirname(folder), "sdk"),
                                       "--headers-dir2", INCLUDE, old, new], capture_output=True, text=True)
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main()
