"""The packages: what is in them, and that what they install runs. Standard library only."""
import glob
import os
import re
import shutil
import subprocess
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.abspath(os.path.join(HERE, "../.."))
sys.path.insert(0, os.path.join(ROOT, "tests/e2e"))
from harness import *  # noqa: E402


def package(name):
    newest = max(glob.glob(os.path.join(BUILD, "packages", name + "_*.deb")), key=os.path.getmtime)
    return newest


def told(*arguments, **more):
    return subprocess.run(arguments, check=True, capture_output=True, text=True, **more).stdout


def can_copy_the_system():
    """May this process lay a file system over this one?"""
    if os.geteuid() != 0 or not shutil.which("unshare"):
        return False
    script = "mount -t tmpfs t /mnt && mkdir /mnt/u /mnt/w /mnt/m && mount -t overlay o -o lowerdir=/,upperdir=/mnt/u,workdir=/mnt/w /mnt/m"
    return subprocess.run(["unshare", "-m", "sh", "-c", script], capture_output=True).returncode == 0


class Packages(JackfieldTest):
    def test_each_has_its_files_and_no_others(self):
        def files(name):
            return sorted(line.split()[5] for line in told("dpkg-deb", "-c", package(name)).splitlines() if not line.split()[5].endswith("/"))

        host = files("jackfield")
        for expected in ("./usr/bin/jackfield", "./usr/lib/jackfield/plugins/email.so", "./usr/lib/jackfield/plugins/whatsapp.so",
                         "./usr/lib/systemd/system/jackfield.service", "./etc/jackfield/jackfield.yaml", "./usr/share/doc/jackfield/copyright"):
            self.assertIn(expected, host)
        sdk = files("jackfield-sdk-dev")
        for expected in ("./usr/include/jackfield/jackfield.h", "./usr/bin/jackfield-testkit", "./usr/lib/cmake/Jackfield/JackfieldConfig.cmake",
                         "./usr/lib/pkgconfig/jackfield.pc", "./usr/share/jackfield/schema/manifest.json"):
            self.assertIn(expected, sdk)
        self.assertEqual(set(host) & set(sdk), set())
        for line in told("dpkg-deb", "-c", package("jackfield")).splitlines():
            self.assertRegex(line, r"^\S+ root/root ")
            self.assertNotRegex(line.split()[0], r"^.{5}w|^.{8}w", line)  # the host refuses connectors that others may write

    def test_what_they_need_is_named_by_what_is_linked(self):
        info = told("dpkg-deb", "--info", package("jackfield"))
        depends = re.search(r"Depends: (.*)", info)[1]
        for library in ("libc6", "libsqlite3-0", "libssl3", "libboost-json1.81.0", "libgmime-3.0-0", "adduser"):
            self.assertIn(library, depends)
        self.assertRegex(info, r"conffiles")
        self.assertEqual(told("dpkg-deb", "-I", package("jackfield"), "conffiles"), "/etc/jackfield/jackfield.yaml\n")

    def test_unpacked_anywhere_it_runs_with_its_own_connectors(self):
        told("dpkg-deb", "-x", package("jackfield"), self.folder)
        listed = told(self.folder + "/usr/bin/jackfield", "plugins")
        for name in ("email", "whatsapp"):
            self.assertIn(f"{self.folder}/usr/lib/jackfield/plugins/{name}.so", listed)

    @unittest.skipUnless(can_copy_the_system(), "needs root and mount namespaces")
    def test_installed_on_a_copy_of_this_system_it_takes_a_message(self):
        """dpkg runs as on a real one: it looks at dependencies, makes the user, and its removal leaves the messages."""
        port = free_port()
        script = INSTALLED.format(copy=self.folder, host=package("jackfield"), sdk=package("jackfield-sdk-dev"), port=port)
        done = subprocess.run(["unshare", "-m", "--propagation", "private", "bash", "-c", script], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, timeout=200)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn("fine: configuration", done.stdout)
        self.assertRegex(done.stdout, r"token: 640 root:jackfield")
        self.assertRegex(done.stdout, r"HTTP/1.1 200 OK")
        self.assertIn('"text":"from a package"', done.stdout)
        self.assertRegex(done.stdout, r"([1-9]\d*) of \1 cases passed")
        self.assertRegex(done.stdout, r"messages are left: .*jackfield\.db .*media")


# Runs in a mount namespace of its own: nothing of it is seen outside, and it is gone with its last process.
INSTALLED = r"""
set -euo pipefail
mount -t tmpfs tmpfs {copy}
mkdir {copy}/upper {copy}/work {copy}/root
mount -t overlay overlay -o lowerdir=/,upperdir={copy}/upper,workdir={copy}/work {copy}/root
mount -t proc proc {copy}/root/proc
mount --rbind /dev {copy}/root/dev
cp {host} {sdk} {copy}/root/root/
cat > {copy}/root/root/inside << 'INSIDE'
set -euo pipefail
dpkg -i /root/jackfield_*.deb /root/jackfield-sdk-dev_*.deb
/usr/bin/jackfield check -c /etc/jackfield/jackfield.yaml && echo fine: configuration
stat -c 'token: %a %U:%G' /etc/jackfield/admin-token
[ "$(getent passwd jackfield | cut -d: -f6)" = /var/lib/jackfield ]

# an author's connector, built against what is installed, beside the ones of the package
cd /root
jackfield plugin new acme --language c > /dev/null
cmake -S acme -B acme/build > /dev/null
cmake --build acme/build > /dev/null
ctest --test-dir acme/build -V
cmake --install acme/build --prefix /usr > /dev/null

# as the unit would start it
install -d -o jackfield -g jackfield -m 700 /var/lib/jackfield
sed -i -e 's/127.0.0.1:8080/127.0.0.1:{port}/' -e 's/^channels: .*/channels: {{acme: {{plugin: acme, settings: {{api_url: "http:\/\/127.0.0.1:9", api_token: t, webhook_token: token-of-the-provider}}}}}}/' \
  /etc/jackfield/jackfield.yaml
cd /var/lib/jackfield
setpriv --reuid jackfield --regid jackfield --clear-groups --no-new-privs --inh-caps=-all jackfield run -c /etc/jackfield/jackfield.yaml &
daemon=$!
trap 'kill $daemon || true' EXIT
curl -sS --retry 30 --retry-all-errors --retry-delay 1 --fail http://127.0.0.1:{port}/readyz
curl -sS -i http://127.0.0.1:{port}/channels/acme/webhook -H 'Authorization: Bearer token-of-the-provider' -d '{{"id": "m1", "from": "ana", "text": "from a package"}}'
curl -sS -H "Authorization: Bearer $(cat /etc/jackfield/admin-token)" http://127.0.0.1:{port}/v1/messages
kill $daemon
wait $daemon
trap - EXIT

dpkg --purge jackfield-sdk-dev jackfield
[ ! -e /etc/jackfield/jackfield.yaml ] && [ ! -e /etc/jackfield/admin-token ]
echo messages are left: $(ls /var/lib/jackfield)
INSIDE
exec chroot {copy}/root bash /root/inside
"""


if __name__ == "__main__":
    unittest.main()
