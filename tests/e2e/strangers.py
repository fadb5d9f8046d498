"""What others use beside the API's requests: a reader of server-sent events, a receiver of webhooks, and the
configuration that names them."""
import base64
import hashlib
import hmac
import http.client
import http.server
import json
import threading
import time

from harness import *

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ORIGIN = "https://desk.example.com"
AGENT = "e2e-agent-token-000001"  # sees the queue billing
INTEGRATION = "e2e-integration-token-01"

STRANGERS = CONFIG.replace("server:\n", f"server:\n  cors: [{ORIGIN}]\n  public_availability: {{{{channels: [whatsapp-eu, {{{{channel: support-mail, name: E-mail}}}}], per_minute: 20}}}}\n").replace(
    "store:", "    - {{name: ana, role: agent, agent: ana, queues: [billing], token: " + AGENT + "}}\nstore:", 1) + """
agents: {{cleo: {{skills: [rare]}}}}
webhooks:
  - {{name: crm, url: "http://127.0.0.1:{receiver}/events", secret: """ + SECRET + """, types: [message.received]}}
"""


class EventSource:
    """Server-sent events as the HTML standard reads them, without the coming back."""

    def __init__(self, port, path, token=TOKEN, last=None):
        headers = {"Accept": "text/event-stream"}
        if token:
            headers["Authorization"] = "Bearer " + token
        if last:
            headers["Last-Event-ID"] = last
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        self.connection.request("GET", path, headers=headers)
        self.response = self.connection.getresponse()
        self.status = self.response.status
        self.last = last

    def next(self):
        """The next event's JSON; EOFError at the end, however it came."""
        data, event = [], None
        while True:
            try:
                line = self.response.readline()
            except (ConnectionError, http.client.HTTPException):
                raise EOFError from None
            if not line:
                raise EOFError
            line = line.decode().rstrip("\n")
            name, _, value = line.partition(": ")
            if name == "id":
                self.last = value
            elif name == "event":
                event = value
            elif name == "data":
                data.append(value)
            elif not line and data:
                made = json.loads("\n".join(data))
                assert made["type"] == event and made["id"] == self.last, made
                return made

    def close(self):
        self.connection.close()


def verify(headers, body, secret=SECRET):
    """The rule of Standard Webhooks; AssertionError when it is not kept."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    want = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert want in headers["webhook-signature"].split(" "), "a wrong signature"
    assert abs(time.time() - int(headers["webhook-timestamp"])) < 300, "an old timestamp"


class Receiver:
    """Takes webhooks on that port; status_of(event) says how it answers, and may take its time."""

    def __init__(self, port, status_of=lambda event: 204):
        self.taken, self.seen, self.broken = [], [], []  # answered 2xx; all; what was wrong with them
        self._lock = threading.Lock()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                event = json.loads(body)
                try:
                    verify(self.headers, body)
                except AssertionError as wrong:
                    outer.broken.append(str(wrong))
                status = status_of(event)
                with outer._lock:
                    outer.seen.append(event)
                    if status < 300:
                        outer.taken.append(event)
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            allow_reuse_address = True

        self.server = Server(("127.0.0.1", port), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def texts(self):
        """Per conversation, what was taken, each where it came first."""
        out = {}
        with self._lock:
            for event in self.taken:
                texts = out.setdefault(event["subject"], [])
                text = event["data"]["message"]["text"]
                if text not in texts:
                    texts.append(text)
        return out

    def close(self):
        self.server.shutdown()
        self.server.server_close()
