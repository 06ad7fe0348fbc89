#!/usr/bin/env python3
"""Tests of the house-rule checker: each rule fires on what it forbids, and on nothing beside it."""

import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import source  # noqa: E402
import tidy  # noqa: E402

HEADER = "// What it is.\n#pragma once\n\n"


def rules(path: str, text: str) -> list[str]:
    return [finding.rule for finding in tidy.check_file(path, text)]


class Source(unittest.TestCase):
    def test_comments_and_literals_are_blanked_line_for_line(self):
        text = 'int a; // rand()\n/* x\n y */ auto s = "rand()"; auto r = R"x(\n"rand()")x"; char c = \'"\'; int n = 1\'000;\n'
        code = source.blank(text)
        self.assertNotIn("rand", code)
        self.assertEqual(code.count("\n"), text.count("\n"))
        self.assertIn("int n = 1'000;", code)

    def measure(self, text: str):
        return [(f.name, f.lines) for f in source.functions(source.blank(text))]

    def test_functions_are_measured_from_signature_to_brace(self):
        text = "namespace a {\nclass B {\n public:\n  int c(int d) const {\n    return [&] { return d; }();\n  }\n};\n}\n"
        self.assertEqual(self.measure(text), [("c", 3)])

    def test_member_initialisers_do_not_end_a_constructor(self):
        text = "B::B(int a)\n    : a_{a},\n      b_(2),\n      c_{3} {\n  f();\n}\nint g() { return 1; }\n"
        self.assertEqual(self.measure(text), [("B::B", 6), ("g", 1)])

    def test_tables_are_not_functions(self):
        self.assertEqual(self.measure("const Row kRows[] = {\n{f(1)},\n};\nauto t = make({\n1,\n});\n"), [])

    def test_gtest_cases_have_their_names(self):
        self.assertEqual(self.measure("TEST(Json, ReadsIt) {\n}\n"), [("Json.ReadsIt", 2)])


class Includes(unittest.TestCase):
    def test_downwards_is_allowed(self):
        text = HEADER + '#include "base/error.h"\nnamespace stargate::codec {}\n'
        self.assertEqual(rules("src/codec/a.h", text), [])

    def test_upwards_and_sideways_are_not(self):
        cases = [("codec", "llm/dialect.h"), ("aws", "llm/dialect.h"), ("net", "telemetry/log.h"), ("gateway", "net/x.h")]
        for room, include in cases:
            text = HEADER + f'#include "{include}"\nnamespace stargate::{room} {{}}\n'
            self.assertEqual(rules(f"src/{room}/a.h", text), ["floor"], f"{room} -> {include}")

    def test_pure_rooms_know_no_world(self):
        text = HEADER + "#include <mutex>\n#include <boost/asio.hpp>\nnamespace stargate::aws {\n"
        text += 'inline auto f() { return std::chrono::system_clock::now(), getenv("A"); }\n}\n'
        self.assertEqual(rules("src/aws/a.h", text), ["pure"] * 4)
        self.assertNotIn("pure", rules("src/net/a.h", text.replace("aws", "net")))

    def test_a_room_without_a_floor_is_refused(self):
        self.assertEqual(rules("src/cellar/a.h", HEADER + "namespace stargate::cellar {}\n"), ["floor"])


class Rest(unittest.TestCase):
    def test_sizes(self):
        body = "int f() {\n" + "g();\n" * 69 + "}\n"
        self.assertEqual(rules("bench/a.cc", body), ["size"])
        self.assertEqual(rules("bench/a.cc", body.replace("g();\n", "", 1)), [])
        self.assertEqual(rules("bench/a.cc", ";\n" * 501), ["size"])
        self.assertEqual(rules("bench/a.py", "def f():\n" + "    g()\n" * 70), ["size"])

    def test_names(self):
        self.assertIn("name", rules("src/net/socket_util.cc", "namespace stargate::net {}\n"))
        self.assertIn("name", rules("src/net/a.cc", "namespace stargate::net { class PoolManager {}; }\n"))
        self.assertIn("name", rules("src/net/a.cc", "namespace other {}\n"))
        self.assertEqual(rules("src/net/a.cc", "namespace stargate::net { struct Implicit {}; struct Impl {}; }\n"), [])

    def test_calls(self):
        for call in ("strcpy(a, b);", "sprintf(a, b);", "rand();", "system(a);", "std::regex r;", "assert(a);"):
            self.assertEqual(rules("bench/a.cc", call), ["call"], call)
        for fine in ("static_assert(a);", "snprintf(a, 1, b);", "operand();", "x.system();", "// rand()", "my_assert(a);"):
            self.assertEqual(rules("bench/a.cc", fine), [], fine)

    def test_programs_detach_nothing(self):
        text = "namespace stargate::net { void f() { spawn(detached); } }\n"
        self.assertEqual(rules("src/net/a.cc", text), ["call"])
        self.assertEqual(rules("tests/support/a.cc", text), [])

    def test_tests_do_not_sleep(self):
        self.assertEqual(rules("tests/integration/a_test.cc", "Task<void> sleep(Duration d); env.sleep(1);"), [])
        self.assertEqual(rules("tests/integration/a_test.cc", "std::this_thread::sleep_for(1s);"), ["test"])

    def test_headers(self):
        self.assertEqual(rules("bench/a.h", "int a;\n"), ["header", "header"])

    def test_the_repository_stands_alone(self):
        self.assertEqual(rules("docs/a.md", "see /wo" + "rk/x\n"), ["text"])
        self.assertEqual(rules("docs/a.md", "TO" + "DO: x\n"), ["text"])


class Tree(unittest.TestCase):
    def examine(self, files: dict[str, str]):
        with tempfile.TemporaryDirectory() as folder:
            for name, text in files.items():
                path = Path(folder, name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
            return [(finding.path, finding.rule) for finding in tidy.examine(Path(folder))[1]]

    def test_code_of_a_pure_room_is_named_by_a_test(self):
        code = {"src/aws/a.cc": "namespace stargate::aws {}\n", "src/aws/a.h": HEADER + "namespace stargate::aws {}\n"}
        self.assertEqual(self.examine(code), [("src/aws/a.cc", "tested")])
        self.assertEqual(self.examine(code | {"tests/integration/b_test.cc": '#include "aws/a.h"\n'}), [])
        self.assertEqual(self.examine(code | {"src/aws/a_test.cc": "namespace stargate::aws {}\n"}), [])

    def test_the_allow_list_needs_a_use(self):
        long = "int f() {\n" + "g();\n" * 70 + "}\n"
        allow = {"tools/tidy/allow.txt": "bench/a.cc:f size One table.\n"}
        self.assertEqual(self.examine({"bench/a.cc": long} | allow), [])
        self.assertEqual(self.examine({"bench/a.cc": "int f();\n"} | allow), [("tools/tidy/allow.txt", "allow")])


if __name__ == "__main__":
    unittest.main()
