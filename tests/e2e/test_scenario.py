"""`jackfield scenario` from outside: what it says of a story that is not so, and of a file that is no story; the manual's example."""
import unittest

from harness import *

HERE = os.path.dirname(__file__)
PAGE = os.path.join(HERE, "../../docs/scenarios.md")
STORY = """scenario: {name}
configuration:
  channels: {{sms: {{plugin: sms}}}}
  queues: {{general: {{}}, billing: {{}}}}
  routing: [{{name: invoices, when: {{text: [invoice]}}, to: billing}}]
start: 2026-03-23 09:00 Europe/Paris
people: {{maria: {{sms: "+33612345678"}}}}
story:
  - writes: {{who: maria, on: sms, text: "My invoice"}}
  - expect: {{conversation: {{of: maria, queue: {queue}}}}}
"""


class Scenario(JackfieldTest):
    def file(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w") as f:
            f.write(text)
        return path

    def play(self, *arguments):
        done = subprocess.run([BINARY, "scenario", *arguments], capture_output=True, text=True, timeout=120)
        return done.returncode, done.stdout, done.stderr

    def test_a_story_that_is_so_is_told_in_a_line(self):
        code, out, err = self.play(self.file("fine.yaml", STORY.format(name="Invoices go to billing", queue="billing")))
        self.assertEqual((code, out, err), (0, "ok    Invoices go to billing (2 steps, 1 expectations)\n", ""))

    def test_what_is_not_so_is_told_with_its_place_and_the_decision(self):
        path = self.file("wrong.yaml", STORY.format(name="Invoices stay", queue="general"))
        code, out, err = self.play(path)
        self.assertEqual(code, 1)
        self.assertTrue(out.startswith("FAIL  Invoices stay"))
        self.assertIn(f"{path}:10:47: conversation of maria: queue\n    expected  general\n    seen      billing\n", err)
        self.assertIn('because   queue billing: rule "invoices" sends it there', err)
        self.assertIn('because   rule invoices fits, text has "invoice"', err)

    def test_every_mistake_of_a_file_is_told_at_its_place(self):
        wrong = STORY.format(name="Wrong", queue="bilings").replace("on: sms", "onn: sms") + (
            "  - {at: noon, wait: 5}\n  - {acepts: {agent: ana, of: maria}}\n  - {wait: 1m, closes: maria}\n  - {presence: {zoe: here}}\n"
            "  - {expect: {conversation: {of: nobody-known, priority: hgh, messages: many}}}\n")
        path = self.file("mistakes.yaml", wrong)
        code, out, err = self.play(path)
        self.assertEqual((code, out), (2, ""))
        for place, what in (("9:26", 'unknown key "onn" in writes'), ("9:13", 'lacks "on"'), ("10:47", 'there is no queue "bilings" (did you mean "billing"?)'),
                            ("11:10", "expected a time as in 09:05"), ("11:22", "expected a duration"), ("12:6", '"acepts" (did you mean "accepts"?)'),
                            ("13:16", "one thing a step"), ("14:17", 'there is no agent "zoe"'), ("14:22", "expected online, away or offline"),
                            ("15:34", 'there is no person or label "nobody-known"'), ("15:58", '(did you mean "high"?)'), ("15:73", "expected a number")):
            self.assertRegex(err, re.escape(f"{path}:{place}: error: ") + ".*" + re.escape(what), what)

    def test_a_mistake_of_the_configuration_is_told_in_its_own_file(self):
        config = self.file("centre.yaml", "queues: {general: {}}\nchannels: {sms: {plugin: smms}}\nrouting: [{to: nowhere}]\n")
        text = re.sub(r"configuration:\n(  .*\n)+", "configuration: centre.yaml\n", STORY.format(name="x", queue="general"))
        code, _, err = self.play(self.file("story.yaml", text))
        self.assertEqual(code, 2)
        self.assertIn(f'{config}:2:26: error: there is no connector "smms" (did you mean "sms"?)', err)
        self.assertIn(f"{config}:3:16: error: there is no queue", err)

    def test_a_folder_is_played_against_another_configuration_and_written_as_junit(self):
        os.mkdir(os.path.join(self.folder, "stories"))
        for name, queue in (("a", "billing"), ("b", "general")):
            self.file(f"stories/{name}.yaml", STORY.format(name=f"It is {queue} & <fine>", queue=queue))
        other = self.file("other.yaml", "channels: {sms: {plugin: sms}}\nqueues: {general: {}, billing: {}}\n")
        report = os.path.join(self.folder, "report.xml")
        code, out, _ = self.play("-c", other, "--junit", report, os.path.join(self.folder, "stories"))
        self.assertEqual(code, 1)
        self.assertIn("FAIL  It is billing", out)
        self.assertIn("ok    It is general", out)
        self.assertIn("2 stories: 1 failed, 0 cannot be played", out)
        import xml.etree.ElementTree as xml
        cases = xml.parse(report).getroot().findall("testcase")
        self.assertEqual([(c.get("name"), c.find("failure") is not None) for c in cases],
                         [("It is billing & <fine>", True), ("It is general & <fine>", False)])

    def test_a_configuration_in_service_needs_no_secrets_for_it(self):
        config = self.file("service.yaml", "server: {tokens: [{name: a, role: admin, token: '${env:NOT_THERE_AT_ALL}'}]}\nchannels:\n  sms: {plugin: sms,"
                           " settings: {auth_token: '${env:NOT_THERE_EITHER}'}}\nqueues: {billing: {}}\n")
        code, _, err = self.play("-c", config, self.file("s.yaml", STORY.format(name="x", queue="billing")))
        self.assertEqual((code, err), (0, ""))

    def test_the_manuals_example_is_played_and_fails_as_it_says(self):
        with open(PAGE) as f:
            text = f.read()
        blocks = re.findall(r"^```(\w*)\n(.*?)^```$", text, flags=re.S | re.M)
        example, *told = [block for _, block in blocks]
        path = self.file("invoice.yaml", example)
        code, out, err = self.play(path)
        self.assertEqual((code, err), (0, ""))
        self.assertEqual(told[0].split("\n", 1)[1], out)
        self.file("invoice.yaml", example.replace("text: [invoice]", "text: [facture]"))
        code, out, err = self.play(path)
        self.assertEqual((out + err).replace(self.folder + "/", ""), told[1])


if __name__ == "__main__":
    unittest.main()
