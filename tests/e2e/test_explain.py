"""jackfield explain: what would become of a message, told beside a running daemon and without writing anything."""
import sqlite3
import unittest

from harness import *

SETTINGS = CONFIG + """
hours: {{always: {{open: {{mon-sun: "00:00-24:00"}}}}}}
agents: {{ana: {{}}}}
"""


class Explain(JackfieldTest):
    def explain(self, *arguments, want=0, config=None):
        done = subprocess.run([BINARY, "explain", "-c", config or self.d.config, *arguments], capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, want, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def message(self, **message):
        path = os.path.join(self.folder, "message.json")
        with open(path, "w") as f:
            json.dump(message, f)
        return "--message", path

    def rows(self):
        with sqlite3.connect(f"file:{self.folder}/jackfield.db?mode=ro", uri=True) as db:
            return {t: db.execute(f"SELECT count(*) FROM {t}").fetchone()[0] for t in ("messages", "contacts", "conversations", "events", "outbox", "timers")}

    def setUp(self):
        super().setUp()
        self.d = self.daemon(config=SETTINGS)

    def test_it_tells_the_whole_way_and_writes_nothing(self):
        self.d.text("wamid.1", "33600001", "hello")
        before = self.rows()
        told = self.explain(*self.message(channel="whatsapp-eu", **{"from": "whatsapp:33600009", "text": "my invoice, please"}))
        for wanted in ("contact       new, whatsapp:33600009", 'rule          billing (line', 'text has "invoice" -> billing', "conversation  new, because it is new",
                       'queue         billing: rule "billing" sends it there', "priority      high", "nobody would be asked now"):
            self.assertIn(wanted, told)
        known = json.loads(self.explain("--json", *self.message(channel="whatsapp-eu", **{"from": "whatsapp:33600001", "text": "again"})))
        self.assertEqual((known["contact"]["new"], known["conversation"]["new"]), (False, False))
        self.d.api.call("PUT", "/v1/agents/ana/presence", {"presence": "online"})
        self.assertIn("ana would be asked", self.explain(*self.message(channel="whatsapp-eu", **{"from": "whatsapp:33600009", "text": "hi"})))
        after = self.rows()
        self.assertEqual({k: after[k] for k in ("messages", "contacts", "conversations", "outbox")}, {k: before[k] for k in ("messages", "contacts", "conversations", "outbox")})
        self.assertEqual(self.d.text("wamid.2", "33600001", "the daemon goes on"), 200)

    def test_recorded_messages_are_replayed_through_a_changed_configuration(self):
        self.d.text("wamid.1", "33600001", "hello")
        self.d.text("wamid.2", "33600002", "an invoice")
        self.assertIn("0 of 2 routed messages would go elsewhere", self.explain("--recorded", "100"))
        changed = os.path.join(self.folder, "changed.yaml")
        with open(self.d.config) as old, open(changed, "w") as new:
            new.write(old.read().replace("[facture, invoice]", "[hello]"))
        told = self.explain("--recorded", "100", config=changed)
        self.assertIn("2 of 2 routed messages would go elsewhere", told)
        self.assertRegex(told, r"general -> billing  \(billing\)  hello")
        self.assertRegex(told, r"billing -> general  \(rest\)  an invoice")

    def test_what_is_wrong_is_told(self):
        self.assertIn("no channel is called", self.explain(*self.message(channel="no-such", **{"from": "whatsapp:1", "text": "x"}), want=2))
        self.assertIn("which channel?", self.explain(*self.message(**{"from": "whatsapp:1", "text": "x"}), want=2))
        self.assertIn("--message FILE or --recorded N", self.explain(want=2))
        self.assertIn("is no JSON object", self.explain("--message", self.d.config, want=2))


if __name__ == "__main__":
    unittest.main()
