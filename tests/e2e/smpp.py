"""What the tests of SMPP have in common: a daemon with one such channel, and the SMSC simulator's control calls."""
from harness import *

CONFIG = """
server:
  listen: 127.0.0.1:{{http}}
  tokens: [{{{{name: admin, role: admin, token: {{token}}}}}}]
store: {{{{url: "sqlite:{{folder}}/jackfield.db", media: "{{folder}}/media"}}}}
channels:
  sms-eu:
    plugin: sms
    {channel}
    settings:
      provider: smpp
      host: 127.0.0.1
      port: {port}
      tls: false
      system_id: jackfield
      password: secret08
      source: {{{{address: "+15550001"}}}}
      {settings}
"""


class SmppDaemon(Jackfield):
    def __init__(self, folder, port, channel="", **settings):
        lines = "\n      ".join(f"{name}: {value}" for name, value in settings.items())
        super().__init__(folder, CONFIG.format(port=port, channel=channel, settings=lines))

    def start(self, wait_ready=True):
        self.process = Process([BINARY, "run", "-c", self.config], cwd=self.folder)
        self.process.wait_line(r"http://")
        until("readyz", self._ready)
        if wait_ready:
            self.until_state("ready")
        return self

    def state(self):
        return self.api.get("/v1/channels/sms-eu")

    def until_state(self, state):
        return until(f"the channel is {state}", lambda: self.state()["state"] == state and self.state())

    def send(self, to, text):
        status, message = self.api.call("POST", "/v1/messages", {"channel": "sms-eu", "to": to, "text": text})
        assert status == 202, (status, message)
        return message["id"]

    def messages(self, direction):
        return self.api.items(f"/v1/messages?channel=sms-eu&direction={direction}")


class Smsc:
    """Our simulator, driven over its control calls."""

    def __init__(self, test, port=None, *arguments):
        self.port, http = port or free_port(), free_port()
        self.process = test.simulate("smsc", "--listen", f"127.0.0.1:{self.port}", "--http", f"127.0.0.1:{http}", "--quiet", *arguments)
        self.process.wait_line("control calls")
        self.api = Api(http, None)

    def state(self):
        return self.api.get("/state")

    def submits(self):
        return self.api.get("/submits?most=100000")["items"]

    def texts(self):
        return [bytes.fromhex(s["hex"]).decode() for s in self.submits()]

    def behave(self, **change):
        status, why = self._put(change)
        assert status == 204, why

    def _put(self, change):
        status, _, why = self.api.raw("PUT", "/behaviour", json.dumps(change))
        return status, why

    def deliver(self, text, sender="+447700900001", count=1, senders=1, **more):
        body = {"from": sender, "to": "+15550001", "text": text, "count": count, "senders": senders, **more}
        status, _, why = self.api.raw("POST", "/messages", json.dumps(body))
        assert status == 204, why

    def raw(self, text):
        status, _, why = self.api.raw("POST", "/raw", json.dumps({"hex": text}))
        assert status == 204, why

    def drop(self):
        self.api.raw("POST", "/drop", "{}")


class SmppTest(JackfieldTest):
    def smpp(self, port, channel="", **settings):
        daemon = SmppDaemon(self.folder, port, channel, **settings)
        self.addCleanup(self._end, daemon)
        return daemon.start()

    def both(self, **settings):
        smsc = Smsc(self)
        return self.smpp(smsc.port, **settings), smsc
