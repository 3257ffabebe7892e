#!/usr/bin/python3
"""What tools/check_docs finds, and what it lets pass."""
import importlib.machinery
import importlib.util
import pathlib
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
LOADER = importlib.machinery.SourceFileLoader(
    "check_docs", str(pathlib.Path(__file__).with_name("check_docs")))
check_docs = importlib.util.module_from_spec(importlib.util.spec_from_loader("check_docs", LOADER))
LOADER.exec_module(check_docs)


class CheckDocs(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="check-docs-")
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        self.problems = []

    def report(self, is_right, problem):
        if not is_right:
            self.problems.append(problem)

    def write(self, name, text):
        (self.root / name).write_text(text)
        return self.root / name

    def links_of(self, text):
        self.write("other.md", "# Other\n\n## What `it` is, in short\n")
        check_docs.check_links(self.report, self.root, [self.write("page.md", text)])
        return self.problems

    def table_of(self, names, text):
        self.write("page.md", text)
        check_docs.check_tables(self.report, self.root, [("word", names, "page.md", "`{}`")])
        return self.problems

    def test_links_to_a_file_to_a_heading_and_to_the_web_pass(self):
        self.assertEqual(self.links_of("# A b\n[a](other.md) [b](other.md#what-it-is-in-short) "
                                       "[c](#a-b) [d](https://example.org/x)"), [])

    def test_a_link_to_no_file_is_found(self):
        self.assertEqual(self.links_of("[a](missing.md)"),
                         ["page.md: the link missing.md leads nowhere"])

    def test_a_link_to_no_heading_is_found(self):
        self.assertEqual(self.links_of("[a](other.md#nothing)"),
                         ["page.md: the link other.md#nothing leads nowhere"])

    def test_a_name_that_the_page_lacks_is_found(self):
        self.assertEqual(self.table_of(["one", "two"], "| `one` |"),
                         ["page.md: the word two is missing"])

    def test_a_pattern_that_finds_nothing_is_found(self):
        self.assertEqual(len(self.table_of([], "")), 1)


if __name__ == "__main__":
    unittest.main()
