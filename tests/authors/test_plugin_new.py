"""`jackfield plugin new`: what it makes builds without a warning and passes its tests against the installed SDK."""
import re

from author import *


class PluginNew(AuthorTest):
    def test_a_new_project_builds_and_passes_its_own_tests(self):
        prefix = self.install_sdk()
        for language in ("cpp", "c"):
            with self.subTest(language):
                name = "acme-sms-" + language
                self.assertEqual(self.plugin_new(name, "--language", language).returncode, 0)
                project = os.path.join(self.folder, name)
                flags = "-Wall -Wextra -Wpedantic -Werror -Wno-missing-field-initializers"
                self.run_well(CMAKE, "-S", project, "-B", project + "/build", f"-DCMAKE_PREFIX_PATH={prefix}", f"-DCMAKE_C_FLAGS={flags}",
                              f"-DCMAKE_CXX_FLAGS={flags}")
                self.run_well(CMAKE, "--build", project + "/build")
                told = self.run_well(os.path.join(os.path.dirname(CMAKE), "ctest"), "--test-dir", project + "/build", "-V")
                self.assertRegex(told, r"([1-9]\d*) of \1 cases passed")
                self.run_well(CMAKE, "--install", project + "/build", "--prefix", self.folder + "/out")
                self.assertTrue(os.path.exists(f"{self.folder}/out/lib/jackfield/plugins/{name}.so"))

    def test_the_name_stands_wherever_it_has_to(self):
        self.assertEqual(self.plugin_new("acme-sms").returncode, 0)
        project = os.path.join(self.folder, "acme-sms")
        files = sorted(os.path.relpath(os.path.join(at, name), project) for at, _, names in os.walk(project) for name in names)
        for expected in (".gitignore", "CMakeLists.txt", "README.md", "connector.cpp", "jackfield.yaml", "manifest.hpp", "testdata/receive.json"):
            self.assertIn(expected, files)
        for name in files:
            with open(os.path.join(project, name)) as f:
                text = f.read()
            self.assertIsNone(re.search("new-connector|NewConnector", text), name)
        with open(os.path.join(project, "connector.cpp")) as f:
            self.assertIn("JACKFIELD_CONNECTOR(AcmeSms, kManifest)", f.read())

    def test_what_cannot_be_a_name_is_refused(self):
        for name in ("Acme", "1acme", "-acme", "acme-", "ac me", "acme_sms", "../acme", "", "a" * 33, "test", "install"):
            with self.subTest(name):
                done = self.plugin_new("--", name)
                self.assertEqual(done.returncode, 2, done.stdout)
                self.assertEqual(os.listdir(self.folder), [])
        self.assertIn("begins with a letter", self.plugin_new("Acme").stderr)

    def test_what_is_there_already_is_left_alone(self):
        os.mkdir(os.path.join(self.folder, "acme"))
        done = self.plugin_new("acme")
        self.assertEqual((done.returncode, done.stderr), (2, "jackfield: acme is there already; name another with --folder\n"))
        self.assertEqual(os.listdir(os.path.join(self.folder, "acme")), [])
        self.assertEqual(self.plugin_new("acme", "--folder", "elsewhere/acme").returncode, 0)
        self.assertTrue(os.path.exists(os.path.join(self.folder, "elsewhere/acme/connector.cpp")))

    def test_other_languages_are_refused(self):
        done = self.plugin_new("acme", "--language", "perl")
        self.assertEqual(done.returncode, 2)
        self.assertIn("perl", done.stderr)


if __name__ == "__main__":
    unittest.main()
