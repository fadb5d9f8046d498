"""SIGHUP: what is new takes effect, what is unchanged does not notice, and what is wrong changes nothing."""
import unittest

from harness import *

OLD_SECRET = APP_SECRET
OTHER_TOKEN = "e2e-admin-token-000002"


def sign_with(secret, body):
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


class Reload(JackfieldTest):
    def edit(self, daemon, *changes):
        with open(daemon.config) as f:
            text = f.read()
        for old, new in changes:
            self.assertIn(old, text)
            text = text.replace(old, new)
        with open(daemon.config, "w") as f:
            f.write(text)

    def hang_up(self, daemon, answer):
        """SIGHUP, and the log's next answer to it."""
        seen = len([line for line in daemon.process.lines if line and re.search(answer, line)])
        daemon.process.child.send_signal(signal.SIGHUP)
        until(answer, lambda: len([line for line in daemon.process.lines if line and re.search(answer, line)]) > seen)

    def reload(self, daemon, *changes):
        self.edit(daemon, *changes)
        self.hang_up(daemon, "the configuration was reloaded")

    def channel(self, daemon, name):
        return daemon.api.get("/v1/channels/" + name)

    def test_unchanged_channels_keep_their_sessions_while_the_rest_takes_its_new_values(self):
        with open(os.path.join(self.folder, "secret"), "w") as f:
            f.write(OLD_SECRET + "\n")
        daemon = self.daemon(app_secret="${file:" + self.folder + "/secret}")
        self.simulate("smtp", "--listen", f"127.0.0.1:{daemon.ports['smtp_out']}", "--fault", "slow=1s")
        daemon.mail("first@x", "ana@example.org", "Question", "hello")
        conversation = self.one_conversation(daemon, "support-mail")["id"]
        before = self.channel(daemon, "support-mail")

        # A mail half said, and a reply half sent, on the channel that stays as it is.
        session = smtplib.SMTP("127.0.0.1", daemon.ports["smtp_in"], timeout=PATIENCE)
        session.ehlo("client")
        session.mail("ben@example.org")
        session.rcpt("support@example.com")
        status, reply = daemon.api.call("POST", f"/v1/conversations/{conversation}/messages", {"text": "under way"})
        self.assertEqual(status, 202)

        with open(os.path.join(self.folder, "secret"), "w") as f:
            f.write("another-app-secret\n")  # the file that a setting names; the configuration itself says the same
        self.reload(daemon, (TOKEN, OTHER_TOKEN), ("queues: {general: {}, billing: {}}", "queues: {general: {}, billing: {}, urgent: {}}"),
                    ("  - {name: rest", "  - {name: hurry, when: {text: {any: [urgent]}}, to: urgent}\n  - {name: rest"))

        self.assertEqual(daemon.api.call("GET", "/v1/queues")[0], 401, "the old token")
        daemon.api.token = OTHER_TOKEN
        self.assertEqual(len(daemon.api.items("/v1/queues")), 3)
        body = whatsapp_body([("wamid.1", "33600000001", "urgent please")])
        self.assertEqual(until("the new secret", lambda: (lambda s: s if s != 401 else None)(daemon.webhook(body, sign_with("another-app-secret", body)))), 200)
        self.assertEqual(daemon.webhook(body, sign_with(OLD_SECRET, body)), 401)
        self.assertEqual(self.one_conversation(daemon, "whatsapp-eu")["queue"], "urgent")

        code, _ = session.data("From: ben@example.org\r\nTo: support@example.com\r\nSubject: Half said\r\nMessage-ID: <half@x>\r\n\r\nand now all\r\n")
        self.assertEqual(code, 250)
        session.quit()
        daemon.until_status(reply["id"], "accepted")
        after = self.channel(daemon, "support-mail")
        self.assertEqual(after["state_since"], before["state_since"])
        self.assertEqual(daemon.stop(), 0)

    def test_a_wrong_file_changes_nothing_and_says_where(self):
        daemon = self.daemon()
        with open(daemon.config) as f:
            good = f.read()
        self.edit(daemon, (TOKEN, OTHER_TOKEN), ("plugin: whatsapp", "plugin: whatsap"), ("to: general}", "to: generl}"), ('phone_number_id: "1000001"', "phone_number: 1"))
        with open(daemon.config) as f:
            line = next(n for n, text in enumerate(f, 1) if "to: generl" in text)
        self.hang_up(daemon, "the configuration was not reloaded")
        daemon.process.wait_line(rf"jackfield\.yaml:{line}:\d+: error: there is no queue")
        self.assertEqual(self.channel(daemon, "whatsapp-eu")["state"], "ready")
        self.assertEqual(daemon.text("wamid.1", "33600000001", "hello"), 200)

        with open(daemon.config, "w") as f:
            f.write("server: [")
        self.hang_up(daemon, "the configuration was not reloaded")
        self.assertEqual(daemon.text("wamid.2", "33600000001", "hello"), 200)

        # What a channel's own connector finds wrong is told with its place as well.
        with open(daemon.config, "w") as f:
            f.write(good.replace('phone_number_id: "1000001"', 'phone_numbr_id: "1000001"'))
        self.hang_up(daemon, "the configuration was not reloaded")
        daemon.process.wait_line(r"jackfield\.yaml:\d+:\d+: error: settings/phone_numbr_id: unknown setting")
        self.assertEqual(daemon.text("wamid.3", "33600000001", "hello"), 200)

    def test_channels_come_and_go_and_what_needs_a_restart_is_said(self):
        daemon = self.daemon()
        with open(daemon.config) as f:
            good = f.read()
        self.assertEqual(daemon.text("wamid.1", "33600000001", "hello"), 200)
        self.edit(daemon, ("  whatsapp-eu:", "  whatsapp-us:"), (f"listen: 127.0.0.1:{daemon.ports['http']}", "listen: 127.0.0.1:1"),
                  (f"{self.folder}/jackfield.db", f"{self.folder}/elsewhere.db"))
        self.hang_up(daemon, "the configuration was reloaded")
        daemon.process.wait_line("server.listen cannot change while the daemon runs")
        daemon.process.wait_line("store.url cannot change while the daemon runs")
        until("the new channel", lambda: daemon.api.call("GET", "/v1/channels/whatsapp-us")[0] == 200)
        until("its webhook", lambda: daemon.webhook(whatsapp_body([("wamid.2", "33600000001", "over there")]), channel="whatsapp-us") == 200)
        self.assertEqual(daemon.text("wamid.3", "33600000001", "gone"), 404)
        self.assertEqual([c["name"] for c in daemon.api.items("/v1/channels")], ["support-mail", "whatsapp-us"])
        with open(daemon.config, "w") as f:
            f.write(good)
        self.hang_up(daemon, "the configuration was reloaded")
        until("its webhook is back", lambda: daemon.text("wamid.3", "33600000001", "back") == 200)

    def test_a_follower_is_cut_off_when_its_token_goes_and_the_others_follow_on(self):
        daemon = self.daemon()
        gone, stays = WebSocket(daemon.ports["http"], "/v1/stream"), WebSocket(daemon.ports["http"], "/v1/stream", "e2e-integration-token-01")
        self.addCleanup(gone.close)
        self.addCleanup(stays.close)
        self.reload(daemon, (TOKEN, OTHER_TOKEN))
        self.assertEqual(daemon.text("wamid.1", "33600000001", "hello"), 200)
        self.assertTrue(stays.next()["type"])
        with self.assertRaises((EOFError, ConnectionError)):
            while True:
                gone.next()


CONFIG_WITH_PLUGINS = "plugins: {{path: [\"{plugins}\"]}}\n" + CONFIG


class Upgrade(JackfieldTest):
    def install(self, name, more=b""):
        """Another content of the same connector, put there by a rename."""
        path = os.path.join(self.folder, "plugins", name + ".so")
        with open(os.path.join(BUILD, "plugins", name + ".so"), "rb") as f:
            content = f.read()
        with open(path + ".new", "wb") as f:
            f.write(content + more)
        os.chmod(path + ".new", 0o755)
        os.rename(path + ".new", path)

    def upgrade_under_traffic(self, isolation):
        os.mkdir(os.path.join(self.folder, "plugins"))
        self.install("email")
        self.install("whatsapp")
        daemon = self.daemon(config=CONFIG_WITH_PLUGINS, plugins=os.path.join(self.folder, "plugins"), whatsapp_more=f"    isolation: {isolation}")
        self.graph(daemon)
        answers, stopping, lock = [], threading.Event(), threading.Lock()

        def post(number):
            for count in range(10**6):
                if stopping.is_set():
                    return
                wamid = f"wamid.{number}.{count}"
                status = daemon.text(wamid, f"3360000000{number}", wamid)
                with lock:
                    answers.append((wamid, status))

        threads = [threading.Thread(target=post, args=(number,)) for number in range(2)]
        for thread in threads:
            thread.start()
        replies = []
        try:
            until("traffic", lambda: len(answers) > 20)
            conversation = self.one_conversation(daemon, "whatsapp-eu")["id"]
            for round_ in range(3):
                self.install("whatsapp", b"\n" * (round_ + 1))
                process = daemon.process
                seen = len([line for line in process.lines if line and "gives way to" in line])
                process.child.send_signal(signal.SIGHUP)
                until("the upgrade", lambda: len([line for line in process.lines if line and "gives way to" in line]) > seen)
                status, reply = daemon.api.call("POST", f"/v1/conversations/{conversation}/messages", {"text": f"reply {round_}"})
                self.assertEqual(status, 202)
                replies.append(reply["id"])
                with lock:
                    seen = len(answers)
                until("traffic goes on", lambda: len(answers) > seen + 20)
                until("the old one has gone", lambda: len(self.mapped(daemon)) == 1 if isolation == "process" else True)
            # A file that does not load leaves the running one where it is.
            with open(os.path.join(self.folder, "plugins", "whatsapp.so"), "wb") as f:
                f.write(b"no connector")
            daemon.process.child.send_signal(signal.SIGHUP)
            problem = until("the problem is shown", lambda: daemon.api.get("/v1/channels/whatsapp-eu")["upgrade_problem"])
            self.assertIn("cannot be loaded", problem)
            daemon.process.wait_line("channel/whatsapp-eu: goes on with the connector as it was")
        finally:
            stopping.set()
            for thread in threads:
                thread.join(PATIENCE)
        self.assertEqual([(wamid, status) for wamid, status in answers if status != 200], [])
        for reply in replies:
            daemon.until_status(reply, "read")
        texts = [m["text"] for c in daemon.api.items("/v1/conversations") for m in daemon.api.items(f"/v1/conversations/{c['id']}/messages") if m["direction"] == "in"]
        self.assertEqual(sorted(texts), sorted(wamid for wamid, _ in answers), "nothing lost, nothing twice")
        self.assertEqual(daemon.stop(), 0)

    def mapped(self, daemon):
        """The connector's processes of that channel."""
        found = []
        for entry in os.listdir("/proc"):
            try:
                with open(f"/proc/{entry}/cmdline", "rb") as f:
                    words = f.read().split(b"\0")
                with open(f"/proc/{entry}/stat") as f:
                    ppid = f.read().rsplit(")", 1)[1].split()[1]
            except (OSError, IndexError):
                continue
            if ppid == str(daemon.process.child.pid) and b"isolated-plugin" in words and b"whatsapp-eu" in words:
                found.append(entry)
        return found

    def test_a_newer_connector_in_this_process_takes_over_under_traffic(self):
        self.upgrade_under_traffic("none")

    def test_a_newer_connector_in_a_process_of_its_own_takes_over_under_traffic(self):
        self.upgrade_under_traffic("process")


if __name__ == "__main__":
    unittest.main()
