"""Agents at work over the API: presence, offers, what comes back, and what a restart keeps."""
import unittest

from harness import *

ANA, BEN = "e2e-agent-token-of-ana", "e2e-agent-token-of-ben"
AGENTS = CONFIG.replace("store:", "    - {{name: ana, role: agent, agent: ana, token: " + ANA + "}}\n"
                        "    - {{name: ben, role: agent, agent: ben, token: " + BEN + "}}\nstore:", 1) + """
agents:
  ana: {{name: Ana, skills: [money], capacity: {{message: 1}}}}
  ben: {{name: Ben, skills: [money], capacity: {{message: 1}}}}
assignment: {{offer: 1h, presence: 2s}}
"""


class Agents(JackfieldTest):
    def setUp(self):
        super().setUp()
        self.d = self.daemon(config=AGENTS)
        self.ana, self.ben = (Api(self.d.ports["http"], token) for token in (ANA, BEN))

    def conversation(self, sender):
        return until("a conversation", lambda: [c for c in self.d.api.items("/v1/conversations") if c["contact"]["name"] == "Ana " + sender])[0]

    def present(self, api, name, presence="online"):
        return self.done(api, "PUT", f"/v1/agents/{name}/presence", {"presence": presence})

    def done(self, api, method, path, body, want=200):
        status, answer = api.call(method, path, body)
        self.assertEqual(status, want, answer)
        return answer

    def test_an_offer_is_taken_answered_and_given_back(self):
        self.present(self.ana, "ana")
        self.assertEqual(self.d.text("wamid.1", "33600001", "invoice, please"), 200)
        c = self.conversation("33600001")
        self.assertEqual(c["offered_to"], "ana")
        self.done(self.ben, "POST", f"/v1/conversations/{c['id']}/accept", {}, want=409)
        self.assertEqual(self.done(self.ana, "POST", f"/v1/conversations/{c['id']}/accept", {})["assignee"], "ana")
        decision = self.d.api.get(f"/v1/conversations/{c['id']}/decision")
        self.assertEqual(decision["assignment"]["agent"], "ana")
        queue = [q for q in self.d.api.items("/v1/queues") if q["name"] == "billing"][0]
        self.assertEqual((queue["agents_online"], queue["waiting"]), (1, 0))
        self.assertIsNotNone(queue["expected_wait_seconds"])
        types = [e["type"] for e in self.d.api.items("/v1/events")]
        for wanted in ("agent.presence", "conversation.offered", "conversation.assigned"):
            self.assertIn(wanted, types)

    def test_an_agent_who_vanishes_gives_back_what_waits_also_over_a_restart(self):
        self.present(self.ana, "ana")
        self.d.text("wamid.1", "33600001", "invoice, please")
        c = self.conversation("33600001")
        self.done(self.ana, "POST", f"/v1/conversations/{c['id']}/accept", {})
        self.d.stop(signal.SIGKILL)
        self.d.start()
        until("ana is taken for gone", lambda: self.d.api.get("/v1/agents/ana")["presence"] == "offline")
        self.assertIsNone(self.d.api.get(f"/v1/conversations/{c['id']}")["assignee"])
        self.present(self.ben, "ben")
        self.assertEqual(self.d.api.get(f"/v1/conversations/{c['id']}")["offered_to"], "ben")

    def test_a_lapse_of_capacity_and_of_the_right_to_speak_for_others(self):
        self.present(self.ana, "ana")
        self.d.text("wamid.1", "33600001", "one")
        self.d.text("wamid.2", "33600002", "two")
        first, second = self.conversation("33600001"), self.conversation("33600002")
        self.assertEqual((first["offered_to"], second["offered_to"]), ("ana", None))
        self.done(self.ana, "PUT", "/v1/agents/ben/presence", {"presence": "online"}, want=403)
        self.present(self.ben, "ben")
        self.assertEqual(self.d.api.get(f"/v1/conversations/{second['id']}")["offered_to"], "ben")


if __name__ == "__main__":
    unittest.main()
