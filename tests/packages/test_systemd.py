"""What the daemon tells systemd, heard by a socket that stands in for it; and the unit itself."""
import os
import re
import shutil
import socket
import subprocess
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.abspath(os.path.join(HERE, "../.."))
sys.path.insert(0, os.path.join(ROOT, "tests/e2e"))
from harness import *  # noqa: E402

CONFIG = """
server: {{listen: "127.0.0.1:{port}", tokens: [{{name: me, role: admin, token: {token}}}]}}
store: {{url: "sqlite:{folder}/jackfield.db", media: "{folder}/media"}}
"""


class Systemd(JackfieldTest):
    def setUp(self):
        super().setUp()
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(self.socket.close)
        self.socket.settimeout(PATIENCE)
        self.port = free_port()
        self.config = os.path.join(self.folder, "jackfield.yaml")
        with open(self.config, "w") as f:
            f.write(CONFIG.format(port=self.port, token=TOKEN, folder=self.folder))

    def run_under_systemd(self, address, **more):
        self.socket.bind(address)
        name = address.replace("\0", "@")
        daemon = Process([BINARY, "run", "-c", self.config], cwd=self.folder, env={"NOTIFY_SOCKET": name, **more})
        self.addCleanup(daemon.stop)
        return daemon

    def hear(self, wanted):
        while True:
            told = self.socket.recv(4096).decode().splitlines()
            if wanted in told:
                return told

    def test_it_is_ready_when_readyz_says_so_and_says_when_it_stops(self):
        daemon = self.run_under_systemd(os.path.join(self.folder, "notify"))
        self.assertIn(f"STATUS=listening on http://127.0.0.1:{self.port}", self.hear("READY=1"))
        self.assertEqual(Api(self.port).raw("GET", "/readyz")[0], 200)
        daemon.child.send_signal(signal.SIGTERM)
        self.hear("STOPPING=1")

    def test_it_says_when_it_reloads_and_when_it_has(self):
        daemon = self.run_under_systemd(os.path.join(self.folder, "notify"))
        self.hear("READY=1")
        daemon.child.send_signal(signal.SIGHUP)
        self.assertTrue(any(line.startswith("MONOTONIC_USEC=") for line in self.hear("RELOADING=1")))
        self.assertIn(f"STATUS=listening on http://127.0.0.1:{self.port}", self.hear("READY=1"))
        with open(self.config, "a") as f:
            f.write("nonsense: 1\n")
        daemon.child.send_signal(signal.SIGHUP)
        self.hear("RELOADING=1")
        self.assertTrue(any("the last reload was refused" in line for line in self.hear("READY=1")))

    def test_it_pings_the_watchdog_in_half_the_time(self):
        self.run_under_systemd("\0jackfield-systemd-" + os.path.basename(self.folder), WATCHDOG_USEC="400000")
        self.hear("READY=1")
        begun = time.monotonic()
        for _ in range(5):
            self.hear("WATCHDOG=1")
        self.assertLess(time.monotonic() - begun, 10)

    def test_the_watchdog_of_another_process_is_left_alone(self):
        daemon = self.run_under_systemd(os.path.join(self.folder, "notify"), WATCHDOG_USEC="10000", WATCHDOG_PID="1")
        self.hear("READY=1")
        daemon.child.send_signal(signal.SIGTERM)
        self.assertEqual(self.hear("STOPPING=1"), ["STOPPING=1"])
        daemon.stop()
        self.socket.setblocking(False)
        with self.assertRaises(BlockingIOError):
            self.socket.recv(4096)

    @unittest.skipUnless(shutil.which("systemd-analyze"), "systemd-analyze is not here")
    def test_the_unit_is_right_and_takes_away_what_is_not_needed(self):
        with open(os.path.join(ROOT, "packaging/jackfield.service")) as f:
            unit = f.read()
        file = os.path.join(self.folder, "jackfield.service")
        with open(file, "w") as f:
            f.write(unit.replace("/usr/bin/jackfield", BINARY))
        done = subprocess.run(["systemd-analyze", "verify", "--man=no", file], capture_output=True, text=True)
        self.assertEqual([line for line in done.stderr.splitlines() if "jackfield.service" in line], [])
        done = subprocess.run(["systemd-analyze", "security", "--offline=yes", "--no-pager", file], capture_output=True, text=True)
        exposure = re.search(r"Overall exposure level for \S+ ([\d.]+)", done.stdout)
        if exposure:  # of systemd's own measure, 10 is worst
            self.assertLess(float(exposure[1].rstrip(":")), 3.0, done.stdout)


if __name__ == "__main__":
    unittest.main()
