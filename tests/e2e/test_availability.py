"""Whether somebody can answer now: over the API, for websites without a token, and on the page of the example."""
import unittest

from harness import *

ANA = "e2e-agent-token-of-ana"
EXAMPLE = os.path.join(os.path.dirname(__file__), "../../examples/availability.html")
OPEN = """
  public_availability:
    channels: [{{channel: whatsapp-eu, name: WhatsApp}}, {{channel: support-mail, name: E-mail}}]
    per_minute: 100000
  proxies: [127.0.0.1]
"""
AVAILABLE = (CONFIG.replace("server:\n", "server:" + OPEN, 1)
             .replace("store:", "    - {{name: ana, role: agent, agent: ana, token: " + ANA + "}}\nstore:", 1)
             .replace("queues: {{general: {{}}, billing: {{}}}}", "queues: {{general: {{hours: day}}, billing: {{hours: day, skills: [money]}}}}")
             .replace("{{name: billing, when:", "{{name: mail, when: {{channel: support-mail}}, to: billing}}\n  - {{name: billing, when:")) + """
hours: {{day: {{open: {{mon-sun: "09:00-17:00"}}}}}}
agents: {{ana: {{name: Ana, capacity: {{message: 1}}}}}}
assignment: {{presence: 7d}}
"""


class Availability(JackfieldTest):
    def setUp(self):
        super().setUp()
        self.clock = os.path.join(self.folder, "clock")
        self.set_clock("10:00")
        os.environ["JACKFIELD_TEST_CLOCK"] = self.clock
        self.addCleanup(os.environ.pop, "JACKFIELD_TEST_CLOCK")
        self.d = self.daemon(config=AVAILABLE)
        self.ana = Api(self.d.ports["http"], ANA)

    def set_clock(self, time_of_day):
        """A second past that time tomorrow, from now on."""
        hour, minute = map(int, time_of_day.split(":"))
        now = time.time()
        ahead = (now // 86400 + 1) * 86400 + hour * 3600 + minute * 60 + 1 - now
        with open(self.clock + ".new", "w") as f:
            f.write(str(int(ahead * 1000)))
        os.rename(self.clock + ".new", self.clock)

    def present(self, presence):
        self.assertEqual(self.ana.call("PUT", "/v1/agents/ana/presence", {"presence": presence})[0], 200)

    def public(self, path="/public/availability", **headers):
        status, got, body = Api(self.d.ports["http"], None).raw("GET", path, headers={k.replace("_", "-"): v for k, v in headers.items()})
        return status, got, json.loads(body)

    def until_state(self, state, channel="whatsapp-eu"):
        """The public page is some seconds old at most, the API's answer is of now."""
        self.assertEqual(self.d.api.get("/v1/channels/" + channel)["availability"]["state"], state)
        def shown():
            found = self.public("/public/availability/" + channel)[2]
            return found if found["state"] == state else None
        return until(f"{channel} is shown as {state}", shown)

    def test_it_follows_agents_hours_and_the_channel_itself(self):
        self.assertFalse(self.until_state("unstaffed")["answered_now"])
        self.present("online")
        found = self.until_state("open")
        self.assertTrue(found["answered_now"])
        self.assertRegex(found["closes_at"], "T17:00:00.000Z$")
        mail = self.until_state("unstaffed", "support-mail")
        self.assertEqual(mail["alternatives"], [{"channel": "whatsapp-eu", "name": "WhatsApp"}])
        self.assertEqual(self.d.api.get("/v1/channels/support-mail")["availability"]["alternatives"], ["whatsapp-eu"])

        self.d.text("wamid.1", "33600001", "hello")
        conversation = self.one_conversation(self.d, "whatsapp-eu")["id"]
        self.assertEqual(self.ana.call("POST", f"/v1/conversations/{conversation}/accept", {})[0], 200)
        busy = self.until_state("busy")
        self.assertIsNotNone(busy["expected_wait_seconds"])
        self.present("away")
        self.assertIsNone(self.until_state("unstaffed")["expected_wait_seconds"])

        self.present("online")
        self.set_clock("17:00")
        closed = self.until_state("closed")
        self.assertRegex(closed["opens_at"], "T09:00:00.000Z$")
        self.assertEqual(self.until_state("closed", "support-mail")["alternatives"], [])
        self.set_clock("16:59")
        self.until_state("busy")

    def test_a_channel_that_does_not_work_is_down(self):
        self.present("online")
        self.until_state("open")
        taken = socket.socket()
        self.addCleanup(taken.close)
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with open(self.d.config) as f:
            text = f.read()
        with open(self.d.config, "w") as f:  # the mail channel cannot listen there
            f.write(text.replace(f'"127.0.0.1:{self.d.ports["smtp_in"]}"', f'"127.0.0.1:{taken.getsockname()[1]}"'))
        self.d.process.child.send_signal(signal.SIGHUP)
        until("it fails", lambda: self.d.api.get("/v1/channels/support-mail")["state"] not in ("ready", "degraded"))
        self.assertFalse(self.until_state("down", "support-mail")["answered_now"])

    def test_what_is_public_holds_nothing_of_the_inside_and_is_asked_seldom_enough(self):
        self.present("online")
        status, headers, page = self.public(Origin="https://www.example.com")
        self.assertEqual((status, headers["access-control-allow-origin"]), (200, "*"))
        text = json.dumps(page)
        for inner in ("ana", "Ana", "general", "billing", "agent", "queue"):
            self.assertNotIn(inner, text)
        self.assertEqual(self.public("/public/availability/general")[0], 404)
        with open(self.d.config) as f:
            config = f.read()
        with open(self.d.config, "w") as f:
            f.write(config.replace("per_minute: 100000", "per_minute: 5"))
        self.d.process.child.send_signal(signal.SIGHUP)
        self.d.process.wait_line("the configuration was reloaded")
        one = {"X_Forwarded_For": "6.6.6.6, 203.0.113.1"}
        self.assertEqual([self.public(**one)[0] for _ in range(6)], [200] * 5 + [429])
        self.assertRegex(self.public(**one)[1]["retry-after"], r"^\d+$")
        self.assertEqual(self.public(X_Forwarded_For="6.6.6.6, 203.0.113.2")[0], 200, "another visitor, behind the same proxy")

    def test_the_example_page_shows_what_is_open(self):
        node = shutil.which("node")
        if not node:
            self.skipTest("needs node")
        self.present("online")
        self.until_state("open")
        with open(EXAMPLE) as f:
            script = re.search(r"<script>\n(.*?)</script>", f.read(), flags=re.S).group(1)
        program = os.path.join(self.folder, "page.cjs")
        with open(program, "w") as f:
            f.write(PAGE % {"script": script, "url": f"http://127.0.0.1:{self.d.ports['http']}"})
        done = subprocess.run([node, program], capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stdout.splitlines(), ["WhatsApp: somebody is there now", "E-mail: nobody is there at the moment"])


# Just enough of a browser for the example's script.
PAGE = """
const element = {children: [], replaceChildren(...items) { this.children = items; }, dataset: {url: "%(url)s"}};
globalThis.document = {querySelector: () => element, createElement: () => ({})};
globalThis.setInterval = () => {};
%(script)s
shown.then(() => element.children.forEach((item) => console.log(item.textContent)));
"""


if __name__ == "__main__":
    unittest.main()
