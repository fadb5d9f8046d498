"""SMPP against others' implementations: the npm package smpp as SMSC, and Kannel's bearerbox bound to our simulator.

The package comes from npm when the test is set up; without it, or without Kannel (Debian's package), those tests are skipped.
"""
import functools
import http.server
import urllib.parse
import urllib.request

from smpp import *

PACKAGE = "smpp@0.5.1"


@functools.cache
def npm_folder():
    """Where the package is; None when it cannot be had."""
    folder = os.path.join(BUILD, "npm")
    if os.path.isdir(os.path.join(folder, "node_modules", "smpp")):
        return folder
    if not shutil.which("npm"):
        return None
    os.makedirs(folder, exist_ok=True)
    done = subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--prefix", folder, PACKAGE], capture_output=True, timeout=120)
    return folder if done.returncode == 0 else None


class NpmSmsc:
    def __init__(self, test):
        folder = npm_folder()
        if not folder:
            test.skipTest("the npm package smpp cannot be fetched here")
        script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "smpp_smsc.mjs")
        self.child = subprocess.Popen(["node", script, folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        test.addCleanup(self._end)
        self.heard = []
        threading.Thread(target=self._read, daemon=True).start()
        self.port = until("it listens", lambda: self.what("listening"))[0]

    def _read(self):
        for line in self.child.stdout:
            self.heard.append(json.loads(line))

    def _end(self):
        self.child.kill()
        self.child.wait()
        self.child.stdin.close()
        self.child.stdout.close()

    def what(self, name):
        return [each[name] for each in list(self.heard) if name in each]

    def tell(self, line):
        self.child.stdin.write(line + "\n")
        self.child.stdin.flush()


class NpmPackage(SmppTest):
    def test_bind_submit_deliver_and_receipts(self):
        smsc = NpmSmsc(self)
        daemon = self.smpp(smsc.port)
        self.assertEqual([("jackfield", "secret08")], [(e["bound"], e["password"]) for e in smsc.heard if "bound" in e])
        smsc.tell("deliver Grüße @ home")
        until("it is answered", lambda: smsc.what("answered") == [0])
        self.assertEqual(["Grüße @ home"], [m["text"] for m in daemon.messages("in")])
        texts = ["Hello €", "Привет 😀", "long " * 60]
        for text in texts:
            daemon.until_status(daemon.send("tel:+447700900002", text), "delivered")
        taken = smsc.what("taken")
        self.assertEqual(texts, [taken[0], taken[1], "".join(taken[2:])])
        self.assertEqual(2, len(taken[2:]))
        daemon.stop()
        until("it took leave", lambda: smsc.what("unbound"))

    def test_throttled_and_cut_in_the_middle_of_a_window(self):
        smsc = NpmSmsc(self)
        daemon = self.smpp(smsc.port, window=8)
        smsc.tell("throttle 2")
        first = [daemon.send(f"tel:+4477009{n:05d}", f"text {n}") for n in range(10)]
        for message in first:
            daemon.until_status(message, "delivered")
        self.assertEqual(2, len(smsc.what("throttled")))
        smsc.tell("drop 4")
        for n in range(10, 30):
            daemon.send(f"tel:+4477009{n:05d}", f"text {n}")
        until("all settled", lambda: all(m["status"] in ("delivered", "unknown") for m in daemon.messages("out")))
        unknown = {m["text"] for m in daemon.messages("out") if m["status"] == "unknown"}
        unanswered = {e["taken"] for e in smsc.heard if e.get("answered") is False and "taken" in e}
        self.assertTrue(unanswered <= unknown and len(unknown) <= 8, (unanswered, unknown))
        self.assertEqual(30 - len(unknown), len({e["taken"] for e in smsc.heard if "taken" in e and e["answered"]}))


KANNEL = """
group = core
admin-port = {admin}
admin-password = bar
smsbox-port = {box}
log-file = {folder}/bearerbox.log
log-level = 0
box-allow-ip = 127.0.0.1
sms-resend-freq = 1
store-type = file
store-location = {folder}/kannel.store

group = smsc
smsc = smpp
smsc-id = SIM
host = 127.0.0.1
port = {smpp}
transceiver-mode = true
smsc-username = kannel
smsc-password = secret
system-type = ""
max-pending-submits = 10
msg-id-type = 0x00

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = {send}
log-file = {folder}/smsbox.log

group = sendsms-user
username = tester
password = foobar

group = sms-service
keyword = default
catch-all = true
max-messages = 0
get-url = "http://127.0.0.1:{heard}/in?from=%p&to=%P&text=%a"
"""


class Listener(http.server.ThreadingHTTPServer):
    """Keeps what Kannel calls it with."""

    def __init__(self):
        self.calls = calls = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                url = urllib.parse.urlsplit(self.path)
                calls.append((url.path, {k: v[0] for k, v in urllib.parse.parse_qs(url.query).items()}))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()


@unittest.skipUnless(os.path.exists("/usr/sbin/bearerbox"), "Kannel is not installed (Debian's package kannel)")
class Kannel(SmppTest):
    """A client that carriers know finds in our simulator an SMSC it can work with: so what it proves is worth something."""

    def setUp(self):
        super().setUp()
        self.smsc, self.listener = Smsc(self, None, "--system-id", "kannel", "--password", "secret"), Listener()
        self.addCleanup(self.listener.server_close)
        self.addCleanup(self.listener.shutdown)
        self.send_port, box_port = free_port(), free_port()
        config = os.path.join(self.folder, "kannel.conf")
        with open(config, "w") as f:
            f.write(KANNEL.format(admin=free_port(), box=box_port, folder=self.folder, smpp=self.smsc.port, send=self.send_port,
                                  heard=self.listener.server_address[1]).lstrip())
        self.run_box("bearerbox", config)
        until("Kannel is bound", lambda: self.smsc.state()["bound"] == 1)
        until("bearerbox listens", lambda: self.listens(box_port))
        self.run_box("smsbox", config)

    def run_box(self, name, config):
        process = Process(["/usr/sbin/" + name, config], cwd=self.folder)
        self.addCleanup(process.stop, signal.SIGKILL)

    def listens(self, port):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return True
        except OSError:
            return False

    def submit(self, text):
        report = f"http://127.0.0.1:{self.listener.server_address[1]}/dlr?type=%d&answer=%A"
        query = urllib.parse.urlencode({"username": "tester", "password": "foobar", "from": "15550001", "to": "+447700900001", "text": text,
                                        "charset": "UTF-8", "dlr-mask": "3", "dlr-url": report})
        with urllib.request.urlopen(f"http://127.0.0.1:{self.send_port}/cgi-bin/sendsms?{query}", timeout=PATIENCE) as answer:
            return answer.status

    def calls(self, path):
        return [query for at, query in list(self.listener.calls) if at == path]

    def test_sends_and_gets_its_receipts(self):
        self.smsc.behave(ids="decimal", next_id=500_000_001)
        until("smsbox takes it", lambda: self._taken("Hello from Kannel"))
        self.assertEqual(["Hello from Kannel"], until("it is here", self.smsc.texts))
        self.assertEqual("1", until("the receipt", lambda: self.calls("/dlr"))[0]["type"])

    def _taken(self, text):
        try:
            return self.submit(text) == 202
        except OSError:
            return False

    def test_gets_messages(self):
        until("smsbox is up", lambda: self._taken("first"))
        self.smsc.deliver("To Kannel", sender="+447700900009")
        call = until("the message", lambda: self.calls("/in"))[0]
        self.assertEqual(("+447700900009", "To Kannel"), (call["from"], call["text"]))
        until("all is answered", lambda: self.smsc.state()["messages"]["open"] == 0)

    def test_slows_down_when_throttled_and_comes_back_after_a_cut(self):
        until("smsbox is up", lambda: self._taken("first"))
        self.smsc.behave(throttle=1)
        self.submit("throttled")
        until("it came again", lambda: "throttled" in self.smsc.texts())
        self.smsc.drop()
        until("it is bound again", lambda: self.smsc.state()["binds"] == 2)


if __name__ == "__main__":
    unittest.main()
