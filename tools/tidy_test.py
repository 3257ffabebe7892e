#!/usr/bin/python3
"""Each rule of tools/tidy from both sides: what it lets through and what it stops."""
import importlib.machinery
import importlib.util
import pathlib
import sys
import unittest

sys.dont_write_bytecode = True
PATH = pathlib.Path(__file__).with_name("tidy")
LOADER = importlib.machinery.SourceFileLoader("tidy", str(PATH))
tidy = importlib.util.module_from_spec(importlib.util.spec_from_loader("tidy", LOADER))
sys.modules["tidy"] = tidy
LOADER.exec_module(tidy)

HEAD = "// What it is for,\n// and why.\n#pragma once\n"


def problems_of(path, text, *others, ratchet=None):
    files = [tidy.File(path, text), *(tidy.File(*other) for other in others)]
    return [problem.text for problem in tidy.check(files, ratchet or {}) if problem.path == path]


class Rules(unittest.TestCase):
    def assert_clean(self, path, text, *others, ratchet=None):
        self.assertEqual(problems_of(path, text, *others, ratchet=ratchet), [])

    def assert_stopped(self, words, path, text, *others, ratchet=None):
        problems = problems_of(path, text, *others, ratchet=ratchet)
        self.assertEqual(len(problems), 1, problems)
        self.assertIn(words, problems[0])


class Includes(Rules):
    def test_a_folder_sees_itself_base_and_what_the_table_names(self):
        self.assert_clean("src/serve/a.cc", '#include "serve/a.h"\n#include "base/error.h"\n'
                                            '#include "protocol/request.h"\n#include <vector>\n')

    def test_a_folder_does_not_see_what_the_table_does_not_name(self):
        self.assert_stopped("serve may not include store", "src/serve/a.cc",
                            '#include "store/shard.h"\n')
        self.assert_stopped("base may not include net", "src/base/a.cc", '#include "net/loop.h"\n')
        self.assert_stopped("proxy may not include store", "src/proxy/a.cc",
                            '#include "store/shard.h"\n')

    def test_the_database_is_a_folder_of_its_own(self):
        self.assert_clean("src/control/db/a.cc", '#include "control/plans.h"\n')
        self.assert_stopped("may not include control/db", "src/api/a.cc",
                            '#include "control/db/sqlite.h"\n')
        self.assert_stopped("control may not include control/db", "src/control/a.cc",
                            '#include "control/db/sqlite.h"\n')

    def test_a_test_of_the_control_plane_may_use_the_real_database(self):
        self.assert_clean("src/api/a_test.cc", '#include "control/db/sqlite.h"\n',
                          ("src/api/CMakeLists.txt", "a_test.cc"))

    def test_apps_see_all(self):
        self.assert_clean("apps/cachery/main.cc", '#include "store/shard.h"\n#include "main.h"\n')

    def test_a_folder_that_the_table_does_not_know_is_said(self):
        self.assert_stopped("not in MAY_INCLUDE", "src/news/a.cc", '#include "base/error.h"\n')

    def test_foreign_headers_have_homes(self):
        self.assert_clean("src/net/a.cc", "#include <sys/epoll.h>\n#include <openssl/ssl.h>\n")
        self.assert_stopped("sys/epoll.h", "src/serve/a.cc", "#include <sys/epoll.h>\n")
        self.assert_stopped("openssl/ssl.h", "src/api/a.cc", "#include <openssl/ssl.h>\n")
        self.assert_clean("src/api/a.cc", "#include <boost/json.hpp>\n")
        self.assert_stopped("boost/asio.hpp", "src/api/a.cc", "#include <boost/asio.hpp>\n")
        self.assert_stopped("boost/json.hpp", "src/store/a.cc", "#include <boost/json.hpp>\n")
        self.assert_stopped("sqlite3.h", "src/control/a.cc", "#include <sqlite3.h>\n")


class Lengths(Rules):
    def test_a_line_may_have_100_columns_and_no_more(self):
        self.assert_clean("src/base/a.cc", "// " + "x" * 97 + "\n")
        self.assert_stopped("101 columns", "src/base/a.cc", "// " + "x" * 98 + "\n")

    def test_a_file_may_have_500_lines_or_what_the_ratchet_says(self):
        self.assert_clean("src/base/a.cc", "int a;\n" * 500)
        self.assert_stopped("501, 500 at most", "src/base/a.cc", "int a;\n" * 501)
        ratchet = {"file_lines": {"src/base/a.cc": 600}}
        self.assert_clean("src/base/a.cc", "int a;\n" * 600, ratchet=ratchet)
        self.assert_stopped("601, 600 at most", "src/base/a.cc", "int a;\n" * 601, ratchet=ratchet)

    def test_an_entry_of_the_ratchet_that_could_be_lower_must_be(self):
        files = [tidy.File("src/base/a.cc", "int a;\n" * 550)]
        ratchet = {"file_lines": {"src/base/a.cc": 600, "src/base/gone.cc": 700}}
        self.assertEqual(len(tidy.check(files, ratchet)), 2)
        self.assertEqual(tidy.shrink(files, ratchet), {"file_lines": {"src/base/a.cc": 550}})

    def test_shrinking_never_lets_an_entry_grow(self):
        files = [tidy.File("src/base/a.cc", "int a;\n" * 650)]
        ratchet = {"file_lines": {"src/base/a.cc": 600}}
        self.assertEqual(tidy.shrink(files, ratchet), ratchet)

    def test_past_800_lines_the_head_says_why_it_is_one_piece(self):
        ratchet = {"file_lines": {"src/base/a.cc": 900}}
        self.assert_stopped("one piece", "src/base/a.cc", "int a;\n" * 900, ratchet=ratchet)
        text = "// A table; one piece because ...\n" + "int a;\n" * 899
        self.assert_clean("src/base/a.cc", text, ratchet=ratchet)

    def test_a_function_may_have_70_lines(self):
        def function(lines):
            return "int f(int a) {\n" + "  a++;\n" * (lines - 2) + "}\n"
        self.assert_clean("src/base/a.cc", function(70))
        self.assert_stopped("src/base/a.cc f: 71", "src/base/a.cc", function(71))

    def test_functions_are_found_by_their_braces(self):
        text = """
namespace a {
// not (this) {
constexpr char kBrace[] = "(){";
const int kTable[] = {
  1, 2,
};
struct B {
  explicit B(int c) : c_{c}, d_(c) {
    if (c) { run([&](int e) { return e; }); }
  }
  bool operator==(const B& b) const {
    return true;
  }
  char c_ = '{';
};
#define M(x) { x
int digits() { return 1'000'000; }
TEST(Thing, Holds) {
  EXPECT_TRUE(R"({ ( )");
}
}
"""
        self.assertEqual([(name, lines) for name, _, lines in tidy.functions(text)],
                         [("B", 1), ("B", 3), ("operator==", 3), ("digits", 1),
                          ("TEST(Thing, Holds)", 3)])


class Words(Rules):
    def test_banned_words_are_stopped_where_they_are_banned(self):
        self.assert_stopped("using namespace std", "src/base/a.cc", "using namespace std;\n")
        self.assert_stopped("std::cout", "src/base/a.cc", "std::cout << 1;\n")
        self.assert_clean("apps/cachery/a.cc", "std::cout << 1;\n")
        self.assert_stopped("TODO", "docs/a.md", "# A\nTODO later\n")
        self.assert_stopped("sleep_for", "src/base/a_test.cc", "std::this_thread::sleep_for(1s);\n",
                            ("src/base/CMakeLists.txt", "a_test.cc"))
        self.assert_clean("src/base/a.cc", "std::this_thread::sleep_for(1s);\n")

    def test_paths_of_one_machine_are_stopped(self):
        self.assert_stopped("path of one machine", "Makefile", "X = /" + "work/here\n")
        self.assert_clean("Makefile", "X = build/work/here\nY = work/\n")


class Shapes(Rules):
    def test_a_header_has_a_head_comment_and_pragma_once(self):
        self.assert_clean("src/base/a.h", HEAD)
        self.assert_stopped("head_comment", "src/base/a.h", "// Short.\n#pragma once\n")
        self.assert_stopped("pragma once", "src/base/a.h", "// What it is for,\n// and why.\n")
        problems = problems_of("src/base/a.h", "// A\n// B\n#ifndef A_H\n#define A_H\n#endif\n")
        self.assertEqual(len(problems), 2)

    def test_a_test_must_be_named_by_a_build_file_above_it(self):
        self.assert_stopped("never be built", "src/base/a_test.cc", "int a;\n")
        self.assert_stopped("never be built", "src/base/a_test.cc", "int a;\n",
                            ("src/net/CMakeLists.txt", "a_test.cc"))
        self.assert_stopped("never be built", "src/base/a_test.cc", "int a;\n",
                            ("src/base/CMakeLists.txt", "data_test.cc"))
        for build in ("src/base/CMakeLists.txt", "src/CMakeLists.txt", "CMakeLists.txt"):
            self.assert_clean("src/base/a_test.cc", "int a;\n", (build, "SOURCES a_test.cc)"))

    def test_a_page_starts_with_its_title(self):
        self.assert_clean("docs/a.md", "# A\n")
        self.assert_stopped("title", "docs/a.md", "A\n")

    def test_a_file_is_named_for_what_it_holds(self):
        for name in ("util.h", "string_utils.h", "common.h", "cache_manager.h", "test_helpers.h"):
            self.assert_stopped("says nothing", "src/base/" + name, HEAD)
        self.assert_clean("src/base/commons_licence.h", HEAD)


class Tables(unittest.TestCase):
    def test_the_direction_of_includes_has_no_circle(self):
        def reaches(folder, seen=()):
            self.assertNotIn(folder, seen)
            for other in tidy.MAY_INCLUDE[folder]:
                reaches(other, (*seen, folder))
        for folder in tidy.MAY_INCLUDE:
            reaches(folder)

    def test_the_ratchet_holds_the_kinds_that_are_measured(self):
        import json
        ratchet = json.loads(PATH.with_name("tidy_ratchet.json").read_text())
        self.assertEqual(set(ratchet), set(tidy.BOUNDS))


if __name__ == "__main__":
    unittest.main()
