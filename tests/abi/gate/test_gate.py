"""The boundary is as it was written down, and every way to break it would be seen. Standard library only."""
import os
import re
import shutil
import subprocess
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.abspath(os.path.join(HERE, "../../.."))
INCLUDE = os.path.join(ROOT, "sdk/include")
STANDARDS = {"gcc": "c11", "g++": "c++20", "clang": "c11", "clang++": "c++20"}


def version():
    with open(os.path.join(INCLUDE, "jackfield/jackfield.h")) as f:
        text = f.read()
    return tuple(int(re.search(rf"#define JF_ABI_{part} (\d+)u", text)[1]) for part in ("MAJOR", "MINOR"))


def compile_asserts(compiler, include=INCLUDE):
    """The compiler's complaints; empty when every assert holds."""
    standard = STANDARDS[compiler]
    source = f'#include "gate.h"\n#include "asserts_{version()[0]}_{version()[1]}.h"\n'
    done = subprocess.run([compiler, f"-std={standard}", "-x", "c++" if "+" in standard else "c", "-fsyntax-only", "-Wall", "-Wextra", "-Werror",
                           f"-I{include}", f"-I{HERE}", "-"], input=source, capture_output=True, text=True)
    return "" if done.returncode == 0 else done.stderr


class Gate(unittest.TestCase):
    def test_every_compiler_sees_the_boundary_as_it_is_written_down(self):
        found = [compiler for compiler in STANDARDS if shutil.which(compiler)]
        self.assertIn("gcc", found)
        for compiler in found:
            with self.subTest(compiler):
                self.assertEqual(compile_asserts(compiler), "")

    def test_what_is_written_down_is_all_of_the_boundary(self):
        done = subprocess.run([os.path.join(ROOT, "scripts/abi-asserts"), "--check"], capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def broken(self, header, old, new):
        """A copy of the headers with one change."""
        folder = tempfile.mkdtemp(prefix="jackfield-gate-")
        self.addCleanup(shutil.rmtree, folder)
        shutil.copytree(INCLUDE, os.path.join(folder, "include"))
        file = os.path.join(folder, "include/jackfield", header)
        with open(file) as f:
            text = f.read()
        changed = re.sub(old, new, text, count=1, flags=re.S)
        self.assertNotEqual(text, changed, f"{old} is not in {header} any more")
        with open(file, "w") as f:
            f.write(changed)
        return os.path.join(folder, "include")

    def test_it_names_what_breaks_connectors_that_are_built_already(self):
        cases = {
            "place of jf_send.token": ("jackfield.h", r"(uint64_t token; [^\n]*\n)( *uint64_t timeout_ms;)", r"uint64_t added;\n\1\2"),
            "size of jf_send_result": ("jackfield.h", r"(jf_str detail; [^\n]*\n)(\} jf_send_result)", r"\1jf_str added;\n\2"),
            "type of jf_send.attempt": ("jackfield.h", r"uint32_t attempt;", "int32_t attempt;"),
            "type of jf_host_api.log": ("jackfield.h", r"\(\*log\)\(void \*host, uint32_t level,", "(*log)(void *host, uint64_t level,"),
            "place of jf_error.message": ("jackfield.h", r"char code\[64\];", "char code[32];"),
            "type jf_status": ("jackfield.h", r"typedef int32_t jf_status;", "typedef uint32_t jf_status;"),
            "type jf_sink": ("jackfield.h", r"\(\*jf_sink\)\(void \*user, jf_str bytes\)", "(*jf_sink)(jf_str bytes, void *user)"),
            "value of JF_OUTCOME_RETRY": ("jackfield.h", r"#define JF_OUTCOME_RETRY 1u", "#define JF_OUTCOME_RETRY 2u"),
            "place of jf_stream_api.write": ("extensions.h", r"( *jf_status \(\*read\).*?;\n)(.*?)( *jf_status \(\*write\).*?;\n)", r"\3\2\1"),
            "text of JF_EXT_BLOB": ("extensions.h", r"jackfield.blob/1\"", 'jackfield.blob/2"'),
        }
        for complaint, change in cases.items():
            include = self.broken(*change)
            for compiler in STANDARDS:
                if shutil.which(compiler) and not (complaint.startswith("text") and STANDARDS[compiler] == "c11"):
                    with self.subTest(complaint, compiler=compiler):
                        self.assertIn(complaint, compile_asserts(compiler, include))

    def test_what_is_added_has_to_be_written_down_too(self):
        for header, old, new in (("jackfield.h", r"#define JF_CONFLICT 10", "#define JF_ADDED 11\n#define JF_CONFLICT 10"),
                                 ("extensions.h", r"(typedef struct jf_offload_api \{)", r"typedef struct jf_added { uint32_t size; } jf_added;\n\1")):
            include = self.broken(header, old, new)
            done = subprocess.run([os.path.join(ROOT, "scripts/abi-asserts"), "--check", "--include", include], capture_output=True, text=True)
            self.assertIn("is not what the headers say", done.stderr)


if __name__ == "__main__":
    unittest.main()
