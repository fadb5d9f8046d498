"""Hostile days: a slow disk, clocks that jump, no descriptors left, clients that dribble, floods, providers that answer
garbage, name servers that do not answer. Each time: nothing acknowledged is lost, memory stays flat, the others go on,
and the operator is told what is wrong."""
import resource
import unittest

from harness import *

DISTURB = os.path.join(BUILD, "tests/disturb.so")
SANITIZED = bool(os.environ.get("JACKFIELD_SANITIZE"))
MEBI = 1 << 20


class Disturbed(Jackfield):
    """A daemon whose disk, clock and name servers the test has in its hands."""

    def __init__(self, folder, **more):
        super().__init__(folder, **more)
        self.wanted = os.path.join(folder, "disturb")
        self.disturb()

    def disturb(self, sync_ms=0, clock_ms=0):
        with open(self.wanted, "r+b" if os.path.exists(self.wanted) else "wb") as f:
            f.write(struct.pack("<qq", sync_ms, clock_ms))

    def start(self, wait_ready=True):
        env = {"LD_PRELOAD": DISTURB, "JACKFIELD_DISTURB": self.wanted}
        options = os.environ.get("ASAN_OPTIONS", "")
        env["ASAN_OPTIONS"] = (options + ":" if options else "") + "verify_asan_link_order=0"
        self.process = Process([BINARY, "run", "-c", self.config], cwd=self.folder, env=env)
        self.process.wait_line(r"http://")
        if wait_ready:
            until("readyz", lambda: self._ready())
            self.process.wait_line(r"support-mail.*(ready|failed)")
        return self


class HostileTest(JackfieldTest):
    def disturbed(self, **more):
        made = Disturbed(self.folder, **more)
        made.start()
        self.addCleanup(self._end, made)
        return made

    def assert_flat(self, daemon, before, most=48 * MEBI):
        if not SANITIZED:  # their quarantines and shadows grow by design
            self.assertLess(resident(daemon) - before, most)

    def assert_all_there(self, daemon, acknowledged):
        stored = [m["provider_ids"][0] for m in daemon.api.items("/v1/messages?direction=in")]
        self.assertEqual(sorted(set(acknowledged) - set(stored)), [])
        self.assertEqual(len(stored), len(set(stored)))


def resident(daemon):
    with open(f"/proc/{daemon.process.child.pid}/statm") as f:
        return int(f.read().split()[1]) * resource.getpagesize()


def cpu_seconds(daemon):
    with open(f"/proc/{daemon.process.child.pid}/stat") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def metric(daemon, name):
    text = daemon.api.raw("GET", "/metrics")[2].decode()
    return float(re.search(rf"^jackfield_{name} (\S+)$", text, re.M).group(1))


class Flood:
    """Posts texts on many connections until stopped; remembers every answer."""

    def __init__(self, daemon, threads=64, size=2000):
        self.daemon, self.size, self.stopping = daemon, size, False
        self.lock, self.counter, self.acknowledged, self.codes, self.slowest = threading.Lock(), 0, [], {}, 0.0
        self.threads = [threading.Thread(target=self._run, daemon=True) for _ in range(threads)]
        for thread in self.threads:
            thread.start()

    def _run(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.daemon.ports["http"], timeout=PATIENCE)
        while not self.stopping:
            with self.lock:
                self.counter += 1
                number = self.counter
            wamid = f"wamid.flood.{number}"
            body = whatsapp_body([(wamid, f"336{number % 500:06d}", "x" * self.size)])
            begun = time.monotonic()
            try:
                connection.request("POST", "/channels/whatsapp-eu/webhook", body, {"X-Hub-Signature-256": sign(body)})
                response = connection.getresponse()
                response.read()
                code = response.status
            except (OSError, http.client.HTTPException):
                connection.close()
                code = None
            with self.lock:
                self.codes[code] = self.codes.get(code, 0) + 1
                self.slowest = max(self.slowest, time.monotonic() - begun)
                if code == 200:
                    self.acknowledged.append(wamid)
        connection.close()

    def stop(self):
        self.stopping = True
        for thread in self.threads:
            thread.join(PATIENCE * 2)


class SlowDisk(HostileTest):
    def test_a_disk_that_takes_its_time_slows_writers_only_and_is_told_of(self):
        daemon = self.disturbed()
        self.assertEqual(daemon.text("wamid.before", "336", "x"), 200)
        daemon.disturb(sync_ms=1500)
        flood = Flood(daemon, threads=32)
        daemon.process.wait_line(r"the disk is slow")
        for path in ("/healthz", "/v1/messages", "/v1/channels", "/metrics"):
            begun = time.monotonic()
            self.assertEqual(daemon.api.raw("GET", path)[0], 200)
            self.assertLess(time.monotonic() - begun, 1.0, f"{path} waits for the disk")
        self.assertGreaterEqual(metric(daemon, "store_slow_commits_total"), 1)
        flood.stop()
        self.assertLessEqual(set(flood.codes), {200, 429, 503})
        daemon.disturb()
        until("it is as fast as before", lambda: daemon.text("wamid.after", "336", "x") == 200)
        self.assert_all_there(daemon, flood.acknowledged + ["wamid.before", "wamid.after"])


class Floods(HostileTest):
    @unittest.skipIf(os.environ.get("JACKFIELD_SANITIZE") == "thread", "a Python program cannot flood it and be answered in time")
    def test_what_is_too_much_is_told_to_come_back_and_memory_stays_flat(self):
        """The disk is made so slow that what a Python program posts is far more than can be stored."""
        daemon = self.disturbed()
        self.assertEqual(daemon.text("wamid.before", "336", "x"), 200)
        daemon.disturb(sync_ms=300)
        first = Flood(daemon, threads=96, size=60_000)
        until("the flood is there", lambda: len(first.acknowledged) > 300)
        before = resident(daemon)
        count = len(first.acknowledged)
        until("it goes on", lambda: len(first.acknowledged) > count + 600, patience=90)
        self.assert_flat(daemon, before)
        first.stop()
        self.assertLessEqual(set(first.codes), {200, 429, 503})
        self.assertLess(first.slowest, 30, "what is taken is answered in bounded time")
        daemon.disturb()
        self.assert_all_there(daemon, first.acknowledged)


class Clocks(HostileTest):
    def test_a_clock_that_jumps_neither_loses_nor_doubles_and_ids_go_on(self):
        daemon = self.disturbed()
        graph = self.graph(daemon)
        self.assertEqual(daemon.text("wamid.0", "336", "x"), 200)
        conversation = self.one_conversation(daemon, "whatsapp-eu")["id"]
        wamids = ["wamid.0"]
        for clock_ms in (3_600_000, -7_200_000, 10 * 3_600_000, 0):  # within WhatsApp's window of a day
            daemon.disturb(clock_ms=clock_ms)
            wamid = f"wamid.at.{clock_ms}"
            self.assertEqual(daemon.text(wamid, "336", "x"), 200)
            self.assertEqual(daemon.text(wamids[-1], "336", "x"), 200)  # a redelivery
            wamids.append(wamid)
            status, message = daemon.api.call("POST", f"/v1/conversations/{conversation}/messages", {"text": f"at {clock_ms}"})
            self.assertEqual(status, 202, message)
            daemon.until_status(message["id"], "read")
        stored = [m for m in daemon.api.items(f"/v1/conversations/{conversation}/messages") if m["direction"] == "in"]
        self.assertEqual([m["provider_ids"][0] for m in stored], wamids, "in the order in which they came")
        events = daemon.api.events()
        self.assertEqual(events, sorted(events, key=lambda e: e["id"]))
        self.assertEqual(len({e["id"] for e in events}), len(events))
        self.assertEqual(daemon.stop(), 0)
        daemon.disturb(clock_ms=-86_400_000)
        daemon.start()
        self.assertEqual(daemon.text("wamid.last", "336", "x"), 200)
        self.assert_all_there(daemon, wamids + ["wamid.last"])

    def test_a_retry_set_before_the_clock_went_back_over_a_restart_is_not_put_off_either(self):
        daemon = self.disturbed()
        daemon.disturb(clock_ms=10 * 3_600_000)
        self.assertEqual(daemon.text("wamid.0", "336", "x"), 200)
        conversation = self.one_conversation(daemon, "whatsapp-eu")["id"]
        status, message = daemon.api.call("POST", f"/v1/conversations/{conversation}/messages", {"text": "soon"})
        self.assertEqual(status, 202)
        until("it was tried", lambda: daemon.api.get("/v1/messages/" + message["id"])["errors"])
        self.assertEqual(daemon.stop(), 0)
        daemon.disturb()
        self.graph(daemon)
        daemon.start()
        daemon.until_status(message["id"], "read")

    def test_a_retry_set_before_the_clock_went_back_is_not_put_off_by_as_much(self):
        daemon = self.disturbed()
        daemon.disturb(clock_ms=10 * 3_600_000)
        daemon.process.wait_line(r"the clock was set forward by 3\d{4} s")
        self.assertEqual(daemon.text("wamid.0", "336", "x"), 200)
        conversation = self.one_conversation(daemon, "whatsapp-eu")["id"]
        status, message = daemon.api.call("POST", f"/v1/conversations/{conversation}/messages", {"text": "soon"})  # nobody is there to take it
        self.assertEqual(status, 202)
        until("it was tried", lambda: daemon.api.get("/v1/messages/" + message["id"])["errors"])
        daemon.disturb()
        self.graph(daemon)
        daemon.process.wait_line(r"the clock was set back by 3[56]\d{3} s")
        daemon.until_status(message["id"], "read")


@unittest.skipIf("undefined" in os.environ.get("JACKFIELD_SANITIZE", ""), "UBSan needs descriptors of its own to look at an object")
class Descriptors(HostileTest):
    def test_without_descriptors_it_neither_spins_nor_dies_and_says_so(self):
        daemon = self.daemon()
        self.assertEqual(daemon.text("wamid.before", "336", "x"), 200)
        pid = daemon.process.child.pid
        kept = http.client.HTTPConnection("127.0.0.1", daemon.ports["http"], timeout=PATIENCE)  # it has its descriptor already
        kept.request("GET", "/healthz")
        kept.getresponse().read()
        self.addCleanup(kept.close)
        limits = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        used = max(int(fd) for fd in os.listdir(f"/proc/{pid}/fd"))
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (used + 8, limits[1]))
        many = [socket.create_connection(("127.0.0.1", daemon.ports["http"])) for _ in range(100)]
        many += [socket.create_connection(("127.0.0.1", daemon.ports["smtp_in"])) for _ in range(20)]
        daemon.process.wait_line(r"cannot accept connections: too many open files")

        begun, cpu = time.monotonic(), cpu_seconds(daemon)
        body = whatsapp_body([("wamid.during", "336", "x")])
        kept.request("POST", "/channels/whatsapp-eu/webhook", body, {"X-Hub-Signature-256": sign(body)})
        answer = kept.getresponse()
        answer.read()
        self.assertIn(answer.status, (200, 503))
        time.sleep(1)  # what is measured is the time that nothing happens in
        busy = (cpu_seconds(daemon) - cpu) / (time.monotonic() - begun)
        self.assertLess(busy, 0.5, "it spins")
        self.assertLess(len([line for line in daemon.process.lines if "cannot accept" in (line or "")]), 5, "one line, not one a try")

        for one in many:
            one.close()
        resource.prlimit(pid, resource.RLIMIT_NOFILE, limits)
        until("it accepts again", lambda: daemon._ready())
        self.assertEqual(daemon.text("wamid.after", "336", "x"), 200)
        daemon.mail("after@example.org", "ana@example.org", "s", "t")
        acknowledged = ["wamid.before", "wamid.after", "after@example.org"] + (["wamid.during"] if answer.status == 200 else [])
        self.assert_all_there(daemon, acknowledged)


class SlowClients(HostileTest):
    def test_clients_that_dribble_are_cut_and_hold_nobody_up(self):
        daemon = self.daemon()
        before = resident(daemon)
        dribbling = []
        for i in range(300):
            one = socket.create_connection(("127.0.0.1", daemon.ports["http"]))
            one.sendall(b"POST /channels/whatsapp-eu/webhook HTTP/1.1\r\nHost: x\r\nX-Header: ")
            dribbling.append(one)
        for i in range(8):  # below what one address may have
            one = socket.create_connection(("127.0.0.1", daemon.ports["smtp_in"]))
            one.sendall(b"EH")
            dribbling.append(one)
        begun = time.monotonic()
        cut = []
        number = 0
        while len(cut) < 300:
            self.assertLess(time.monotonic() - begun, PATIENCE, f"{len(cut)} of 300 were cut")
            for one in dribbling[:300]:
                try:
                    one.sendall(b"x")
                except OSError:
                    pass
            readable, _, _ = select.select([one for one in dribbling[:300] if one not in cut], [], [], 0)
            cut += readable
            number += 1
            asked = time.monotonic()
            self.assertEqual(daemon.text(f"wamid.{number}", "336", "x"), 200)
            self.assertLess(time.monotonic() - asked, 2.0)
        daemon.mail("meanwhile@example.org", "ana@example.org", "s", "t")
        self.assertEqual(dribbling[0].recv(12), b"HTTP/1.1 408")
        self.assertGreaterEqual(metric(daemon, "http_timeouts_total"), 300)
        self.assert_flat(daemon, before)
        for one in dribbling:
            one.close()

    def test_more_mail_connections_than_its_bound_are_turned_away_and_told_of(self):
        daemon = self.daemon(protocol="smtp, max_connections: 8")
        held = [socket.create_connection(("127.0.0.1", daemon.ports["smtp_in"])) for _ in range(8)]
        for one in held:
            self.assertTrue(one.recv(100).startswith(b"220"))
        with socket.create_connection(("127.0.0.1", daemon.ports["smtp_in"]), timeout=PATIENCE) as late:
            self.assertEqual(late.recv(100), b"")
        daemon.process.wait_line(r"cannot accept connections: all 8 are in use")
        self.assertEqual(daemon.text("wamid.1", "336", "x"), 200)
        for one in held:
            one.close()
        def again():
            try:
                daemon.mail("again@example.org", "ana@example.org", "s", "t")
                return True
            except (OSError, smtplib.SMTPException):
                return False
        until("mail is taken again", again)


class Garbage:
    """A provider that answers anything but what it should, by turns."""

    ANSWERS = [b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Type: application/json\r\n\r\n\xff\xfe{]\0",
               b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
               b"HTTP/1.1 200 OK\r\nContent-Length: 30\r\n\r\n" + b'{"messages":[{"id":17}],"a":1}',
               b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"messages\":",
               b"\x16\x03\x01garbage\r\n\r\n",
               b"HTTP/1.1 999 \xff\r\n\r\n",
               b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
               b"HTTP/1.1 200 OK\r\n" + b"X-Large: " + b"y" * 400_000 + b"\r\n\r\n",
               b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
               b"HTTP/1.1 500 No\r\nContent-Length: 6\r\n\r\n<html>",
               b"HTTP/1.1 400 No\r\nContent-Length: 12\r\n\r\n{\"error\":[1]",
               b""]

    def __init__(self, port):
        self.asked = 0
        self.server = socket.create_server(("127.0.0.1", port))
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        while True:
            try:
                peer, _ = self.server.accept()
            except OSError:
                return
            with peer:
                try:
                    peer.settimeout(5)
                    peer.recv(65536)
                    peer.sendall(self.ANSWERS[self.asked % len(self.ANSWERS)])
                except OSError:
                    pass
            self.asked += 1

    def stop(self):
        self.server.shutdown(socket.SHUT_RDWR)
        self.server.close()


class WrongProviders(HostileTest):
    def test_a_provider_that_answers_garbage_leaves_no_reply_without_an_end_it_can_be_told_of(self):
        daemon = self.daemon()
        garbage = Garbage(daemon.ports["graph"])
        self.addCleanup(garbage.stop)
        before = resident(daemon)
        messages = []
        for i in range(24):
            self.assertEqual(daemon.text(f"wamid.{i}", f"336{i:06d}", "x"), 200)
        for conversation in daemon.api.items("/v1/conversations"):
            status, message = daemon.api.call("POST", f"/v1/conversations/{conversation['id']}/messages", {"text": "hello"})
            self.assertEqual(status, 202)
            messages.append(message["id"])

        def told(message):
            now = daemon.api.get("/v1/messages/" + message)
            return now["status"] in ("unknown", "failed") or bool(now["errors"])

        until("every reply has met its garbage", lambda: all(told(message) for message in messages), patience=60)
        for message in messages:
            now = daemon.api.get("/v1/messages/" + message)
            self.assertIn(now["status"], ("queued", "unknown", "failed"), now)
            self.assertTrue(now["errors"] and all(error["class"] for error in now["errors"]), now)
        daemon.mail("others@example.org", "ana@example.org", "s", "t")
        self.assert_flat(daemon, before)

    def test_names_that_no_server_answers_for_hold_nobody_up(self):
        daemon = self.disturbed(graph="1")
        with open(daemon.config) as f:
            text = f.read().replace("http://127.0.0.1:1", "http://hangs.test")
        self.assertEqual(daemon.stop(), 0)
        with open(daemon.config, "w") as f:
            f.write(text)
        daemon.start()
        self.simulate("smtp", "--listen", f"127.0.0.1:{daemon.ports['smtp_out']}")
        daemon.text("wamid.0", "336", "x")
        conversation = self.one_conversation(daemon, "whatsapp-eu")["id"]
        status, stuck = daemon.api.call("POST", f"/v1/conversations/{conversation}/messages", {"text": "to nowhere"})
        self.assertEqual(status, 202)
        daemon.mail("goes@example.org", "ana@example.org", "s", "t")
        mails = until("the mail's conversation", lambda: [c for c in daemon.api.items("/v1/conversations") if "support-mail" in c["channels"]])[0]
        status, reply = daemon.api.call("POST", f"/v1/conversations/{mails['id']}/messages", {"text": "an answer"})
        self.assertEqual(status, 202)
        until("mail leaves", lambda: daemon.api.get("/v1/messages/" + reply["id"])["status"] in ("accepted", "sent", "delivered"))
        errors = until("it is told of", lambda: daemon.api.get("/v1/messages/" + stuck["id"])["errors"])
        self.assertRegex(json.dumps(errors).lower(), r"resol|timed out|timeout")
        begun = time.monotonic()
        self.assertEqual(daemon.stop(), 0)
        self.assertLess(time.monotonic() - begun, 25, "its end waits for a name")


if __name__ == "__main__":
    unittest.main()
