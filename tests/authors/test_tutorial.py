"""The tutorial of docs/writing-a-connector.md, pasted as it stands into one shell. Only its ports are moved."""
import re

from author import *


class Tutorial(AuthorTest):
    def test_its_steps_lead_from_an_empty_folder_to_a_running_channel(self):
        with open(os.path.join(ROOT, "docs/writing-a-connector.md")) as f:
            tutorial = re.search(r"## From an empty folder.*?(?=\n## )", f.read(), re.S)[0]
        blocks = re.findall(r"```sh\n(.*?)```", tutorial, re.S)
        self.assertGreaterEqual(len(blocks), 5)
        ports = {old: str(free_port()) for old in ("8080", "9010")}

        def moved(text):
            for old, new in ports.items():
                text = text.replace("127.0.0.1:" + old, "127.0.0.1:" + new)
            return text.replace("build/release", BUILD)

        move_ports = " ".join(f"-e s/127.0.0.1:{old}/127.0.0.1:{new}/" for old, new in ports.items())
        script = ["set -euo pipefail", "trap 'jobs -p | xargs -r kill; wait' EXIT"]
        for block in blocks:
            script.append(moved(block))
            if "plugin new" in block:
                script.append(f"sed -i {move_ports} jackfield.yaml")
        told = self.run_well("bash", "-c", "\n".join(script), env={**os.environ, "HOME": self.folder}, timeout=300)
        self.assertRegex(told, r"([1-9]\d*) of \1 cases passed")
        self.assertIn("channel my-channel (pingpong): ready", told)
        self.assertIn("HTTP/1.1 200 OK", told)
        self.assertRegex(told, r'"text":"Hello"')
        self.assertRegex(told, r'"text":"Hello Ana"')
        self.assertNotIn("FAIL", told)


if __name__ == "__main__":
    unittest.main()
