"""The connector in Rust: built without the network, and held to the same cases as the ones in C and C++."""
import re

from author import *

CARGO = shutil.which("cargo")


class Rust(AuthorTest):
    @unittest.skipUnless(CARGO, "cargo is not here")
    def test_a_connector_in_rust_passes_the_same_cases_and_runs(self):
        project = shutil.copytree(os.path.join(ROOT, "examples/rust-connector"), os.path.join(self.folder, "rust"),
                                  ignore=shutil.ignore_patterns("target", "Cargo.lock"))
        environment = {**os.environ, "CARGO_TARGET_DIR": project + "/target", "RUSTFLAGS": "-D warnings"}
        self.run_well(CARGO, "build", "--offline", "--release", cwd=project, env=environment)
        library = project + "/target/release/librust_echo.so"
        exported = self.run_well("nm", "-D", "--defined-only", library).split()[2::3]
        self.assertEqual(exported, ["jackfield_plugin_v0"])
        told = self.run_well(os.path.join(BUILD, "bin/jackfield-testkit"), library, os.path.join(ROOT, "tests/abi/testdata"))
        self.assertRegex(told, r"([1-9]\d*) of \1 cases passed")
        self.run_in_the_host(library)

    def run_in_the_host(self, library):
        os.mkdir(self.folder + "/plugins")
        shutil.copy(library, self.folder + "/plugins/rust-echo.so")
        port = free_port()
        with open(self.folder + "/jackfield.yaml", "w") as f:
            f.write(f"server: {{listen: '127.0.0.1:{port}', tokens: [{{name: me, role: admin, token: {TOKEN}}}]}}\n"
                    f"plugins: {{path: [{self.folder}/plugins]}}\nchannels: {{echo: {{plugin: rust-echo}}}}\n")
        daemon = Process([BINARY, "run", "-c", "jackfield.yaml"], cwd=self.folder)
        self.addCleanup(daemon.stop)
        daemon.wait_line("channel echo .*ready")
        api = Api(port)
        self.assertEqual(api.raw("POST", "/channels/echo/webhook", b'{"id":"m1","from":"ana","text":"from Rust"}')[0], 200)
        self.assertEqual(api.raw("POST", "/channels/echo/webhook", b'\xff\x00')[0], 400)
        self.assertEqual([m["text"] for m in api.items("/v1/messages")], ["from Rust"])


if __name__ == "__main__":
    unittest.main()
