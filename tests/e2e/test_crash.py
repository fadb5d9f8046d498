"""Promise 7: the real binary is killed with SIGKILL at random instants under load; whatever it had acknowledged is there, once and in order.

JACKFIELD_CRASH_ROUNDS=200 makes it long; JACKFIELD_CRASH_SEED repeats a run's instants.
"""
import collections
import random
import unittest

from harness import *

ROUNDS = int(os.environ.get("JACKFIELD_CRASH_ROUNDS", "20"))
SEED = int(os.environ.get("JACKFIELD_CRASH_SEED", str(random.SystemRandom().randrange(1 << 30))))


class Load:
    """Writes, mails and replies until the daemon is gone; remembers what was acknowledged and what may have been stored."""

    def __init__(self, daemon):
        self.daemon = daemon
        self.lock = threading.Lock()
        self.texts = {}     # sender -> texts acknowledged, in order
        self.mails = []     # message ids acknowledged
        self.tried = set()  # provider ids tried at all
        self.replies = {}   # message id -> text
        self.counter = 0
        self.stopping = False

    def number(self):
        with self.lock:
            self.counter += 1
            return self.counter

    def run(self, seconds, kill):
        self.stopping = False
        threads = [threading.Thread(target=self._until_gone, args=(work,)) for work in (self._texts, self._texts, self._mails, self._replies)]
        for thread in threads:
            thread.start()
        time.sleep(seconds)  # the instant of the crash, not a synchronisation
        kill()
        self.stopping = True
        for thread in threads:
            thread.join(PATIENCE)

    def _until_gone(self, work):
        while not self.stopping:
            try:
                work()
            except (OSError, EOFError, http.client.HTTPException, smtplib.SMTPException, AssertionError, ValueError):
                if not self.stopping:
                    time.sleep(0.01)

    def _texts(self):
        sender = f"336{self.number():08d}"  # of this connection alone: only one writer has an order
        connection = http.client.HTTPConnection("127.0.0.1", self.daemon.ports["http"], timeout=PATIENCE)
        try:
            while not self.stopping:
                wamid = f"wamid.{self.number()}"
                self.tried.add(wamid)
                body = whatsapp_body([(wamid, sender, wamid)])
                connection.request("POST", "/channels/whatsapp-eu/webhook", body, {"X-Hub-Signature-256": sign(body)})
                response = connection.getresponse()
                response.read()
                if response.status == 200:
                    self.texts.setdefault(sender, []).append(wamid)
        finally:
            connection.close()

    def _mails(self):
        message_id = f"m{self.number()}@example.org"
        self.tried.add(message_id)
        self.daemon.mail(message_id, "ana@example.org", "crash", "text")
        self.mails.append(message_id)

    def _replies(self):
        for conversation in self.daemon.api.get("/v1/conversations?limit=20")["items"]:
            if self.stopping:
                return
            text = f"reply {self.number()}"
            status, message = self.daemon.api.call("POST", f"/v1/conversations/{conversation['id']}/messages", {"text": text})
            if status == 202:
                self.replies[message["id"]] = text


class Crash(JackfieldTest):
    def test_nothing_acknowledged_is_lost_doubled_or_out_of_order_over_kills(self):
        print(f"JACKFIELD_CRASH_SEED={SEED} rounds={ROUNDS}")
        chance = random.Random(SEED)
        sink_http = free_port()
        daemon = self.daemon()
        self.simulate("smtp", "--listen", f"127.0.0.1:{daemon.ports['smtp_out']}", "--http", f"127.0.0.1:{sink_http}")
        self.graph(daemon)
        load = Load(daemon)
        for _ in range(ROUNDS):
            load.run(chance.uniform(0.05, 1.2), lambda: daemon.stop(signal.SIGKILL))
            daemon.start()
            self.check_inbound(daemon, load)
        self.check_outbound(daemon, load, sink_http)
        self.assertEqual(daemon.stop(), 0)
        print(f"{sum(map(len, load.texts.values()))} texts, {len(load.mails)} mails, {len(load.replies)} replies acknowledged")

    def check_inbound(self, daemon, load):
        stored = [m["provider_ids"][0] for m in reversed(daemon.api.items("/v1/messages?direction=in"))]
        self.assertEqual(len(stored), len(set(stored)), "doubled")
        self.assertEqual(set(stored) - load.tried, set(), "came from nowhere")
        place = {provider_id: i for i, provider_id in enumerate(stored)}
        for sender, acknowledged in load.texts.items():
            self.assertEqual([t for t in acknowledged if t not in place], [], "lost texts of " + sender)
            places = [place[t] for t in acknowledged]
            self.assertEqual(places, sorted(places), "out of order")
        self.assertEqual([m for m in load.mails if m not in place], [], "lost mails")

    def check_outbound(self, daemon, load, sink_http):
        def all_settled():
            return not any(m["status"] == "queued" for m in daemon.api.items("/v1/messages?direction=out"))

        until("all replies are sent or unknown", all_settled, 120)
        graph = [json.dumps(s) for s in json.loads(Api(daemon.ports["graph"], None).raw("GET", "/_control/sent")[2])["items"]]
        mails = [json.dumps(m) for m in json.loads(Api(sink_http, None).raw("GET", "/messages")[2])]
        status = {m["id"]: m["status"] for m in daemon.api.items("/v1/messages?direction=out")}
        arrivals = collections.Counter(text for one in graph + mails for text in set(re.findall(r"reply \d+", one)))
        for message_id, text in load.replies.items():
            self.assertIn(message_id, status, "a reply is lost")
            arrived = arrivals[text]
            if status[message_id] == "unknown":
                self.assertLessEqual(arrived, 1, text)
            else:
                self.assertEqual(arrived, 1, (text, status[message_id]))


if __name__ == "__main__":
    unittest.main()
