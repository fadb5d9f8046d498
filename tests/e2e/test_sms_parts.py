"""Long messages in parts, over SMPP: in any order, with duplicates, over a kill, and what is done when one never comes."""
import unittest

from smpp import *


class Parts(SmppTest):
    def part(self, smsc, text, number, total, reference=42):
        before = smsc.state()["messages"]["delivered"]
        header = bytes([5, 0, 3, reference, total, number])
        smsc.deliver("", hex=(header + text.encode()).hex(), esm_class=0x40, coding=0)
        until("the part is answered", lambda: smsc.state()["messages"]["delivered"] > before)

    def test_parts_in_any_order_with_duplicates_over_a_kill_are_one_message(self):
        daemon, smsc = self.both()
        self.part(smsc, "three", 3, 3)
        self.part(smsc, "one ", 1, 3)
        self.part(smsc, "three", 3, 3)
        daemon.stop(signal.SIGKILL)
        daemon.start()
        self.assertEqual(daemon.messages("in"), [])
        self.part(smsc, "two ", 2, 3)
        message = until("the message", lambda: daemon.messages("in"))[0]
        self.assertEqual(message["text"], "one two three")
        self.part(smsc, "one ", 1, 3)
        self.assertEqual(len(daemon.messages("in")), 1)

    def test_what_is_not_complete_in_time_is_delivered_and_says_what_is_missing_also_after_a_kill(self):
        daemon, smsc = self.both(reassemble_within="3s")
        self.part(smsc, "one ", 1, 3)
        daemon.stop(signal.SIGKILL)
        daemon.start()
        message = until("the message", lambda: daemon.messages("in"))[0]
        self.assertEqual(message["text"], "one […]")
        self.assertEqual(message["extra"]["parts"], {"total": 3, "missing": [2, 3]})


if __name__ == "__main__":
    unittest.main()
