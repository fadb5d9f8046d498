"""Figures through the whole daemon, over two days of a clock that the test moves: API, CSV, metrics, and a restart."""
import csv
import io
import unittest

from harness import *

ANA = "e2e-agent-token-of-ana"
REPORTS = CONFIG.replace("store:", "    - {{name: ana, role: agent, agent: ana, queues: [billing], token: " + ANA + "}}\nstore:", 1).replace(
    "queues: {{general: {{}}, billing: {{}}}}",
    "queues: {{general: {{}}, billing: {{service_level: {{first_response: 10m, resolution: 1d}}}}}}") + """
agents:
  ana: {{name: Ana}}
assignment: {{offer: 7d, presence: 7d}}
reports: {{timezone: Pacific/Auckland}}
"""
DAY = 86400


class Reports(JackfieldTest):
    def setUp(self):
        super().setUp()
        self.clock = os.path.join(self.folder, "clock")
        self.ahead(0)
        os.environ["JACKFIELD_TEST_CLOCK"] = self.clock
        self.addCleanup(os.environ.pop, "JACKFIELD_TEST_CLOCK", None)
        self.d = self.daemon(config=REPORTS)
        self.ana = Api(self.d.ports["http"], ANA)

    def ahead(self, seconds):
        with open(self.clock + ".new", "w") as f:
            f.write(str(seconds * 1000))
        os.replace(self.clock + ".new", self.clock)

    def done(self, method, path, body, want=200):
        status, answer = self.ana.call(method, path, body)
        self.assertEqual(status, want, answer)
        return answer

    def one(self, sender):
        return until("a conversation", lambda: [c for c in self.d.api.items("/v1/conversations") if c["contact"]["name"] == "Ana " + sender])[0]["id"]

    def rows(self, query="", api=None):
        return (api or self.d.api).get("/v1/reports" + query)["items"]

    def test_what_happened_on_two_days_is_told_as_json_csv_and_metrics_also_after_a_restart(self):
        self.done("PUT", "/v1/agents/ana/presence", {"presence": "online"})
        self.assertEqual(self.d.text("wamid.1", "33600001", "invoice, please"), 200)
        self.assertEqual(self.d.text("wamid.2", "33600002", "invoice too"), 200)
        self.assertEqual(self.d.text("wamid.3", "33600003", "hello"), 200)
        first, second = self.one("33600001"), self.one("33600002")
        self.ahead(60)
        self.done("POST", f"/v1/conversations/{first}/accept", {})
        self.done("POST", f"/v1/conversations/{first}/messages", {"text": "Here it is"}, want=202)
        self.ahead(300)
        self.done("PATCH", f"/v1/conversations/{first}", {"state": "closed"})
        self.ahead(900)  # the second is not answered in time
        until("the level is missed", lambda: self.rows("?queue=billing")[0]["service_level"]["first_response"]["missed"] == 1)
        self.ahead(DAY)
        self.done("PATCH", f"/v1/conversations/{second}", {"state": "closed"})
        self.check()
        self.d.stop()
        self.d.start()
        self.check()

    def check(self):
        row, = self.rows("?queue=billing")
        self.assertEqual((row["opened"], row["closed"], row["abandoned"], row["abandoned_percent"]), (2, 2, 1, 50))
        self.assertEqual((row["messages_in"], row["messages_out"]), (2, 1))
        self.assertEqual(row["service_level"]["first_response"], {"met": 1, "missed": 1, "percent": 50})
        for measure, least in (("wait", 60), ("first_response", 60), ("resolution", 300)):
            self.assertEqual(row[measure]["count"], 1)
            self.assertTrue(least <= row[measure]["wall"]["longest_seconds"] < least + 60, (measure, row[measure]))
            self.assertEqual(row[measure]["open"], row[measure]["wall"])
        self.assertEqual({r["queue"]: r["opened"] for r in self.rows("?by=queue")}, {"billing": 2, "general": 1})
        self.assertEqual([r["queue"] for r in self.rows("?by=queue", self.ana)], ["billing"])
        days = [(r["opened"], r["abandoned"]) for r in self.rows("?by=day&queue=billing")]
        self.assertEqual(days[0][0], 2)
        self.assertEqual(days[-1][1], 1)
        agents = {r["agent"]: r for r in self.rows("?by=agent&queue=billing")}
        self.assertEqual((agents["ana"]["first_response"]["count"], agents["ana"]["messages_out"], agents[None]["opened"]), (1, 1, 2))

        status, headers, text = self.d.api.raw("GET", "/v1/reports?by=queue&format=csv")
        self.assertEqual((status, headers["content-type"].split(";")[0]), (200, "text/csv"))
        lines = {line["queue"]: line for line in csv.DictReader(io.StringIO(text.decode()))}
        self.assertEqual((lines["billing"]["opened"], lines["billing"]["service_level_first_response_percent"]), ("2", "50"))
        self.assertEqual(float(lines["billing"]["wait_open_longest_seconds"]), row["wait"]["open"]["longest_seconds"])

        metrics = self.d.api.raw("GET", "/metrics")[2].decode()
        billing = '{queue="billing",channel="whatsapp-eu"'
        for line in ('jackfield_conversations_abandoned_total' + billing + '} 1',
                     'jackfield_service_level_total' + billing + ',level="first_response",outcome="missed"} 1',
                     'jackfield_wait_seconds_bucket' + billing + ',le="30"} 0', 'jackfield_wait_seconds_bucket' + billing + ',le="120"} 1',
                     'jackfield_queue_waiting{queue="general"} 1'):
            self.assertIn("\n" + line + "\n", metrics)


if __name__ == "__main__":
    unittest.main()
