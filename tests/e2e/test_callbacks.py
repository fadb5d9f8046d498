"""Callbacks through the real binary: offered by a rule and taken up with a button, asked for over the API, due by the clock, called by
an agent, over restarts and a moved clock."""
import json
import os
import signal
import unittest

from harness import *

ANA = "e2e-agent-token-of-ana"
CALLBACKS = CONFIG.replace("store:", "    - {{name: ana, role: agent, agent: ana, token: " + ANA + "}}\nstore:", 1).replace(
    "routing:\n", "routing:\n  - name: call-me\n    when: {{text: [call]}}\n"
    "    callback: {{text: \"May we call {{number}}?\", confirm: \"We call {{number}} at {{slot}}.\"}}\n", 1) + """
agents: {{ana: {{name: Ana, capacity: {{message: 1, voice: 1}}}}}}
assignment: {{presence: 7d, offer: 7d}}
callbacks: {{slot: 30m, tries: 2, again_after: 1h, answer_within: 2h}}
"""


class Callbacks(JackfieldTest):
    def setUp(self):
        super().setUp()
        self.clock = os.path.join(self.folder, "clock")
        self.minutes = 0
        self.ahead(0)
        os.environ["JACKFIELD_TEST_CLOCK"] = self.clock
        self.addCleanup(os.environ.pop, "JACKFIELD_TEST_CLOCK", None)
        self.d = self.daemon(config=CALLBACKS)
        self.ana = Api(self.d.ports["http"], ANA)

    def ahead(self, minutes):
        self.minutes += minutes
        with open(self.clock + ".new", "w") as f:
            f.write(str(self.minutes * 60000))
        os.replace(self.clock + ".new", self.clock)

    def done(self, api, method, path, body, want=200):
        status, answer = api.call(method, path, body)
        self.assertEqual(status, want, answer)
        return answer

    def until_state(self, callback, state):
        return until(f"the callback is {state}", lambda: [c for c in [self.d.api.get("/v1/callbacks/" + callback)] if c["state"] == state])[0]

    def control(self, what, body):
        status, _, answer = Api(self.d.ports["graph"], None).raw("POST", "/_control/" + what, json.dumps(body), {"Content-Type": "application/json"})
        self.assertEqual(status, 200, answer)

    def sent(self):
        return json.loads(Api(self.d.ports["graph"], None).raw("GET", "/_control/sent")[2])["items"]

    def test_one_that_a_rule_offers_is_taken_up_with_a_button_and_called(self):
        self.graph(self.d)
        self.control("message", {"from": "33600001", "name": "Ana", "text": "please call me"})
        offer = until("the offer", lambda: self.sent())[0]["body"]["interactive"]
        self.assertIn("+33600001", offer["body"]["text"])
        button = offer["action"]["buttons"][1]["reply"]
        callback = self.d.api.items("/v1/callbacks?state=offered")[0]
        self.assertEqual((callback["number"], callback["offer"]["rule"]), ("tel:+33600001", "call-me"))
        self.d.stop(signal.SIGKILL)
        self.d.start()
        self.control("message", {"from": "33600001", "interactive": {"type": "button_reply",
                                                                     "button_reply": {"id": button["id"], "title": button["title"]}}})
        callback = self.until_state(callback["id"], "scheduled")
        self.assertEqual(callback["from"], callback["offer"]["slots"][1]["from"])
        until("it is confirmed", lambda: len(self.sent()) == 2)
        conversation = "/v1/conversations/" + callback["conversation"]
        self.assertEqual(self.d.api.get(conversation)["state"], "snoozed")
        self.done(self.ana, "PUT", "/v1/agents/ana/presence", {"presence": "online"})
        self.assertIsNone(self.d.api.get(conversation)["offered_to"])
        self.ahead(61)
        self.until_state(callback["id"], "due")
        self.assertEqual(self.d.api.get(conversation)["offered_to"], "ana")
        self.done(self.ana, "POST", conversation + "/accept", {})
        notes = [m["text"] for m in self.ana.items(conversation + "/messages") if m["direction"] == "note"]
        self.assertIn("Call +33600001", notes[-1])
        self.assertEqual(self.done(self.ana, "POST", f"/v1/callbacks/{callback['id']}/done", {"outcome": "reached"})["state"], "done")
        types = [e["type"] for e in self.d.api.events()]
        for wanted in ("callback.offered", "callback.requested", "callback.due", "callback.done"):
            self.assertEqual(types.count(wanted), 1, wanted)

    def test_one_that_is_asked_for_comes_due_over_a_restart_is_tried_again_and_missed(self):
        slots = self.d.api.get("/v1/callbacks/slots?limit=5")["items"]
        made = self.done(self.d.api, "POST", "/v1/callbacks", {"number": "+33612345678", "from": slots[2]["from"], "note": "the invoice"}, want=201)
        self.assertEqual((made["state"], made["from"]), ("scheduled", slots[2]["from"]))
        self.d.stop(signal.SIGKILL)
        self.ahead(121)  # past its slot: it is called all the same, and told as missed
        self.d.start()
        self.until_state(made["id"], "missed")
        conversation = self.d.api.get("/v1/conversations/" + made["conversation"])
        self.assertEqual((conversation["state"], conversation["priority"]), ("open", "urgent"))
        self.done(self.ana, "PUT", "/v1/agents/ana/presence", {"presence": "online"})
        again = self.done(self.ana, "POST", f"/v1/callbacks/{made['id']}/done", {"outcome": "no_answer"})
        self.assertEqual((again["state"], again["attempts"][0]["agent"]), ("scheduled", "ana"))
        self.ahead(61)
        self.until_state(made["id"], "due")
        self.assertEqual(self.done(self.ana, "POST", f"/v1/callbacks/{made['id']}/done", {"outcome": "no_answer"})["state"], "missed")
        self.assertEqual([e["data"]["callback"]["number"] for e in self.d.api.events(types="callback.due")], ["tel:+33612345678"] * 2)


if __name__ == "__main__":
    unittest.main()
