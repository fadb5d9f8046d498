"""Drives the real binary from outside, as its users would. Standard library only."""
import base64
import hashlib
import hmac
import http.client
import json
import os
import re
import secrets
import select
import shutil
import signal
import smtplib
import socket
import struct
import subprocess
import tempfile
import threading
import time
import unittest

BUILD = os.environ.get("JACKFIELD_BUILD", os.path.join(os.path.dirname(__file__), "../../build/release"))
BINARY = os.path.join(BUILD, "bin/jackfield")
PATIENCE = 30.0  # seconds: how long a test waits for what must come
TOKEN = "e2e-admin-token-000001"
APP_SECRET = "e2e-app-secret"
ACCESS_TOKEN = "e2e-access-token"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def until(what, condition, patience=PATIENCE):
    """Asks until the condition holds; for what has no event to wait on. Returns what it returned."""
    end = time.monotonic() + patience
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"waited {patience} s in vain: {what}")
        time.sleep(0.02)


class Process:
    """A child whose output is kept line by line."""

    def __init__(self, arguments, cwd=None, env=None):
        self.lines = []
        self._changed = threading.Condition()
        self.child = subprocess.Popen(arguments, cwd=cwd, env={**os.environ, **(env or {})}, stdin=subprocess.DEVNULL,
                                      stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self.child.stdout:
            with self._changed:
                self.lines.append(line.rstrip("\n"))
                self._changed.notify_all()
        with self._changed:
            self.lines.append(None)
            self._changed.notify_all()

    def wait_line(self, pattern, patience=PATIENCE):
        end = time.monotonic() + patience
        at = 0
        with self._changed:
            while True:
                while at < len(self.lines):
                    if self.lines[at] is None:
                        raise AssertionError(f"ended before {pattern!r}:\n" + self.output())
                    found = re.search(pattern, self.lines[at])
                    if found:
                        return found
                    at += 1
                if not self._changed.wait(max(0.0, end - time.monotonic())):
                    raise AssertionError(f"no line like {pattern!r}:\n" + self.output())

    def output(self):
        return "\n".join(line for line in self.lines if line is not None)

    def stop(self, sig=signal.SIGTERM, patience=35):
        if self.child.poll() is None:
            self.child.send_signal(sig)
        try:
            self.child.wait(patience)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
            raise AssertionError("did not stop:\n" + self.output())
        self._reader.join(5)
        self.child.stdout.close()
        found = re.search(r"(Address|Leak|Thread)Sanitizer.*|.*runtime error: .*", self.output())
        if found:
            raise AssertionError(found[0] + "\n" + self.output())
        return self.child.returncode


class Api:
    def __init__(self, port, token=TOKEN):
        self.port, self.token = port, token

    def raw(self, method, path, body=None, headers=None, timeout=70):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            sent = dict(headers or {})
            if self.token:
                sent.setdefault("Authorization", "Bearer " + self.token)
            connection.request(method, path, body=body, headers=sent)
            response = connection.getresponse()
            return response.status, dict((k.lower(), v) for k, v in response.getheaders()), response.read()
        finally:
            connection.close()

    def call(self, method, path, body=None, **headers):
        named = {k.replace("_", "-"): v for k, v in headers.items()}
        data = None
        if body is not None:
            data = json.dumps(body)
            named.setdefault("Content-Type", "application/json")
        status, _, answer = self.raw(method, path, data, named)
        return status, json.loads(answer) if answer else None

    def get(self, path):
        status, body = self.call("GET", path)
        assert status == 200, (status, path, body)
        return body

    def items(self, path):
        """All items of a list, page by page."""
        out, cursor = [], None
        joiner = "&" if "?" in path else "?"
        while True:
            page = self.get(path + joiner + "limit=500" + ("&cursor=" + cursor if cursor else ""))
            out += page["items"]
            cursor = page["next"]
            if not cursor:
                return out

    def events(self, after="", types=""):
        out = []
        while True:
            page = self.get(f"/v1/events?after={after}&limit=500" + (f"&types={types}" if types else ""))
            out += page["items"]
            if not page["items"] or not page["next"]:
                return out
            after = page["items"][-1]["id"]


class WebSocket:
    """Just enough of RFC 6455 to follow the event stream."""

    def __init__(self, port, path, token=TOKEN):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        key = base64.b64encode(secrets.token_bytes(16)).decode()
        self.socket.sendall((f"GET {path} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                             f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n" + (f"Authorization: Bearer {token}\r\n" if token else "") + "\r\n").encode())
        self.buffer = b""
        while b"\r\n\r\n" not in self.buffer:
            self.buffer += self._receive()
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        self.status = int(head.split()[1])

    def _receive(self):
        data = self.socket.recv(65536)
        if not data:
            raise EOFError
        return data

    def _take(self, n):
        while len(self.buffer) < n:
            self.buffer += self._receive()
        out, self.buffer = self.buffer[:n], self.buffer[n:]
        return out

    def next(self):
        """The next text frame as JSON; answers pings."""
        while True:
            first, second = self._take(2)
            length = second & 127
            if length == 126:
                length = struct.unpack(">H", self._take(2))[0]
            elif length == 127:
                length = struct.unpack(">Q", self._take(8))[0]
            payload = self._take(length)
            if first & 15 == 1:
                return json.loads(payload)
            if first & 15 == 8:
                raise EOFError
            if first & 15 == 9:
                mask = b"\0\0\0\0"
                self.socket.sendall(bytes([0x8A, 0x80 | len(payload)]) + mask + payload)

    def close(self):
        self.socket.close()


CONFIG = """
server:
  listen: 127.0.0.1:{http}
  tokens:
    - {{name: admin, role: admin, token: {token}}}
    - {{name: crm, role: integration, token: e2e-integration-token-01}}
store: {{url: "sqlite:{folder}/jackfield.db", media: "{folder}/media"}}
channels:
  support-mail:
    plugin: email
    settings:
      from: Support <support@example.com>
      listen: {{address: "127.0.0.1:{smtp_in}", protocol: {protocol}}}
      smtp: {{url: "smtp://127.0.0.1:{smtp_out}", tls: none}}
  whatsapp-eu:
    plugin: whatsapp
{whatsapp_more}
    settings:
      phone_number_id: "1000001"
      access_token: {access_token}
      app_secret: {app_secret}
      verify_token: e2e-verify-token
      api_url: http://127.0.0.1:{graph}
queues: {{general: {{}}, billing: {{}}}}
routing:
  - {{name: billing, when: {{text: {{any: [facture, invoice]}}}}, set: {{priority: high, tags: [money]}}, to: billing}}
  - {{name: rest, to: general}}
"""


def sign(body):
    return "sha256=" + hmac.new(APP_SECRET.encode(), body, hashlib.sha256).hexdigest()


def whatsapp_body(messages=(), statuses=(), account="1000001"):
    """A webhook as Meta posts it: messages are (id, from, text)."""
    value = {"messaging_product": "whatsapp", "metadata": {"display_phone_number": "15550001111", "phone_number_id": account}}
    if messages:
        value["contacts"] = [{"profile": {"name": "Ana " + sender}, "wa_id": sender} for _, sender, _ in messages]
        value["messages"] = [{"from": sender, "id": wamid, "timestamp": str(int(time.time())), "type": "text", "text": {"body": text}}
                             for wamid, sender, text in messages]
    if statuses:
        value["statuses"] = [{"id": wamid, "status": status, "timestamp": str(int(time.time())), "recipient_id": "336"} for wamid, status in statuses]
    return json.dumps({"object": "whatsapp_business_account", "entry": [{"id": "WABA1", "changes": [{"field": "messages", "value": value}]}]}).encode()


class Jackfield:
    """A daemon in a folder of its own, on ports that stay the same over restarts."""

    def __init__(self, folder, config=CONFIG, **more):
        self.folder = folder
        self.ports = {name: free_port() for name in ("http", "smtp_in", "smtp_out", "graph")}
        values = {**self.ports, "folder": folder, "token": TOKEN, "app_secret": APP_SECRET, "access_token": ACCESS_TOKEN, "protocol": "smtp",
                  "whatsapp_more": "", **more}
        self.ports.update({k: v for k, v in more.items() if k in self.ports})
        self.config = os.path.join(folder, "jackfield.yaml")
        with open(self.config, "w") as f:
            f.write(config.format(**values))
        self.api = Api(self.ports["http"])
        self.process = None

    def start(self, wait_ready=True):
        self.process = Process([BINARY, "run", "-c", self.config], cwd=self.folder)
        self.process.wait_line(r"http://")
        if wait_ready:
            until("readyz", lambda: self._ready())
            self.process.wait_line(r"support-mail.*(ready|failed)")
        return self

    def _ready(self):
        try:
            return Api(self.ports["http"], None).raw("GET", "/readyz", timeout=5)[0] == 200
        except OSError:
            return False

    def stop(self, sig=signal.SIGTERM):
        code = self.process.stop(sig)
        self.process = None
        return code

    def webhook(self, body, signature=None, channel="whatsapp-eu", timeout=70):
        headers = {"Content-Type": "application/json", "X-Hub-Signature-256": sign(body) if signature is None else signature}
        if signature == "":
            del headers["X-Hub-Signature-256"]
        return Api(self.ports["http"], None).raw("POST", f"/channels/{channel}/webhook", body, headers, timeout)[0]

    def text(self, wamid, sender, text):
        return self.webhook(whatsapp_body([(wamid, sender, text)]))

    def mail(self, message_id, sender, subject, text, headers="", to="support@example.com"):
        data = (f"From: Ana <{sender}>\r\nTo: {to}\r\nSubject: {subject}\r\nMessage-ID: <{message_id}>\r\n"
                f"Date: Sat, 21 Nov 2026 10:00:00 +0000\r\n{headers}Content-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n").encode()
        with smtplib.SMTP("127.0.0.1", self.ports["smtp_in"], timeout=PATIENCE) as client:
            return client.sendmail(sender, [to], data)

    def until_status(self, message, status):
        try:
            return until(f"{message} is {status}", lambda: self.api.get("/v1/messages/" + message)["status"] == status)
        except AssertionError as failed:
            raise AssertionError(f"{failed}; it is {self.api.get('/v1/messages/' + message)}") from None


class JackfieldTest(unittest.TestCase):
    """One folder a test, removed afterwards; children are stopped whatever happens."""

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="jackfield-e2e-")
        self.addCleanup(shutil.rmtree, self.folder, True)

    def daemon(self, **more):
        made = Jackfield(self.folder, **more)
        made.start()
        self.addCleanup(self._end, made)
        return made

    def _end(self, daemon):
        if daemon.process is None:
            return
        if daemon.process.child.poll() is None:
            daemon.process.stop(signal.SIGKILL)
        if os.environ.get("JACKFIELD_E2E_LOG"):
            print(daemon.process.output())

    def simulate(self, provider, *arguments):
        process = Process([BINARY, "simulate", provider, *arguments])
        self.addCleanup(lambda: process.child.poll() is None and process.stop(signal.SIGKILL))
        process.wait_line(r"127\.0\.0\.1:\d+")
        return process

    def graph(self, daemon, *more):
        """The WhatsApp simulator on the daemon's port."""
        return self.simulate("whatsapp", "--listen", f"127.0.0.1:{daemon.ports['graph']}", "--app-secret", APP_SECRET, "--access-token", ACCESS_TOKEN,
                             "--webhook", f"http://127.0.0.1:{daemon.ports['http']}/channels/whatsapp-eu/webhook", *more)

    def one_conversation(self, daemon, channel):
        return until("a conversation", lambda: [c for c in daemon.api.items("/v1/conversations") if channel in c["channels"]])[0]
