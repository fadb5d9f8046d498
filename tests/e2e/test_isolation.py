"""A connector in a process of its own is killed under load: nothing acknowledged is lost, and it is back within a second."""
import unittest

from harness import *

ROUNDS = 4


def child_of(daemon, channel="whatsapp-eu"):
    """The process id of the channel's connector, or None."""
    parent = str(daemon.process.child.pid)
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            with open(f"/proc/{entry}/cmdline", "rb") as f:
                words = f.read().split(b"\0")
            with open(f"/proc/{entry}/stat") as f:
                ppid = f.read().rsplit(")", 1)[1].split()[1]
        except OSError:
            continue
        if ppid == parent and b"isolated-plugin" in words and channel.encode() in words:
            return int(entry)
    return None


class Isolation(JackfieldTest):
    def test_killed_under_load_it_is_back_within_a_second_and_nothing_acknowledged_is_lost(self):
        daemon = self.daemon(whatsapp_more="    isolation: process")
        self.assertEqual(daemon.api.get("/v1/channels/whatsapp-eu")["state"], "ready")
        acknowledged, refused, stopping = [], [], threading.Event()
        lock = threading.Lock()

        def post(number):
            count = 0
            while not stopping.is_set():
                wamid = f"wamid.{number}.{count}"
                count += 1
                status = daemon.text(wamid, f"3360000000{number}", wamid)
                with lock:
                    (acknowledged if status == 200 else refused).append((wamid, time.monotonic()))
                self.assertIn(status, (200, 503))

        threads = [threading.Thread(target=post, args=(number,)) for number in range(3)]
        for thread in threads:
            thread.start()
        times = []
        try:
            for _ in range(ROUNDS):
                before = len(acknowledged)
                until("webhooks are acknowledged", lambda: len(acknowledged) > before + 20)
                pid = until("the connector's process", lambda: child_of(daemon))
                killed = time.monotonic()
                os.kill(pid, signal.SIGKILL)
                until("another process", lambda: child_of(daemon) not in (None, pid))
                with lock:
                    seen = len(acknowledged)
                until("webhooks are acknowledged again", lambda: len(acknowledged) > seen + 3)
                with lock:
                    times.append(acknowledged[seen][1] - killed)
        finally:
            stopping.set()
            for thread in threads:
                thread.join(PATIENCE)
        print(f"\n{len(acknowledged)} acknowledged, {len(refused)} answered 503; back after "
              + ", ".join(f"{t * 1000:.0f}" for t in times) + " ms")
        self.assertLess(sorted(times)[len(times) // 2], 1.0)
        texts = {m["text"] for c in daemon.api.items("/v1/conversations") for m in daemon.api.items(f"/v1/conversations/{c['id']}/messages")}
        self.assertEqual([wamid for wamid, _ in acknowledged if wamid not in texts], [])
        self.assertEqual(daemon.stop(), 0)

    def test_a_connector_that_crashes_on_and_on_is_quarantined_and_restarted_by_hand(self):
        daemon = self.daemon(whatsapp_more="    isolation: process")
        pid = None
        for _ in range(5):
            pid = until("the next process", lambda: (lambda now: now if now not in (None, pid) else None)(child_of(daemon)))
            os.kill(pid, signal.SIGKILL)
        state = until("quarantined", lambda: (lambda c: c if (c["detail"] or "").startswith("quarantined") else None)(daemon.api.get("/v1/channels/whatsapp-eu")))
        self.assertEqual(state["state"], "failed")
        self.assertIn("quarantined after 5 crashes: the connector's process was ended by signal 9", state["detail"])
        self.assertEqual(daemon.text("wamid.1", "33600000001", "down"), 503)
        self.assertEqual(daemon.api.get("/v1/channels/support-mail")["state"], "ready")

        self.assertEqual(daemon.api.call("POST", "/v1/channels/whatsapp-eu/restart")[0], 202)
        until("ready", lambda: daemon.api.get("/v1/channels/whatsapp-eu")["state"] == "ready")
        self.assertEqual(daemon.text("wamid.2", "33600000001", "up"), 200)
        self.assertEqual(daemon.api.call("POST", "/v1/channels/whatsapp-eu/restart")[0], 409)


if __name__ == "__main__":
    unittest.main()
