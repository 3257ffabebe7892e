#!/usr/bin/python3
"""The sums of tools/run_tests: what it reads from logs, and that nothing passes by saying nothing."""
import importlib.machinery
import importlib.util
import pathlib
import sys
import unittest

PATH = pathlib.Path(__file__).with_name("run_tests")
LOADER = importlib.machinery.SourceFileLoader("run_tests", str(PATH))
run_tests = importlib.util.module_from_spec(importlib.util.spec_from_loader("run_tests", LOADER))
sys.modules["run_tests"] = run_tests
sys.dont_write_bytecode = True
LOADER.exec_module(run_tests)
Counts, Step, judge = run_tests.Counts, run_tests.Step, run_tests.judge

CTEST = """
1: [==========] Running 5 tests from 2 test suites.
1: [  FAILED  ] Shard.Loses (0 ms)
1: [==========] 5 tests from 2 test suites ran. (3 ms total)
1: [  PASSED  ] 3 tests.
1: [  SKIPPED ] 1 test, listed below:
1: [  SKIPPED ] Shard.NeedsMore
1: [  FAILED  ] 1 test, listed below:
1: [  FAILED  ] Shard.Loses
1/4 Test #1: store ............................***Failed    0.10 sec
2: [==========] 4 tests from 1 test suite ran. (1 ms total)
2: [  PASSED  ] 4 tests.
 2/4 Test  #2: base .............................   Passed    0.02 sec
3: 7 passed, 0 failed, 2 skipped
3/4 Test  #3: ascii_parse_fuzz .................   Passed    0.02 sec
4/4 Test  #4: plain ............................***Exception: SegFault  0.02 sec
"""


class Sums(unittest.TestCase):
    def test_ctest_counts_cases_sums_and_bare_programs(self):
        self.assertEqual(run_tests.read_ctest(CTEST), Counts(3 + 4 + 7, 1 + 1, 1 + 2))

    def test_the_last_sum_line_counts(self):
        log = "1 passed, 0 failed, 0 skipped\nmore\n54 passed, 1 failed, 2 skipped\n"
        self.assertEqual(run_tests.read_sum(log), Counts(54, 1, 2))

    def test_unittest_counts_failures_errors_and_skips(self):
        log = "Ran 9 tests in 1.2s\n\nFAILED (failures=1, errors=2, skipped=3)\n"
        self.assertEqual(run_tests.read_unittest(log), Counts(3, 3, 3))


class Order(unittest.TestCase):
    build = Step("build", "true", after=(), fills_cores=True)
    other_build = Step("other", "true", after=(), fills_cores=True)
    test = Step("test", "true", after=("build",))

    def test_a_step_waits_for_those_it_stands_on(self):
        self.assertIsNone(run_tests.next_step([self.test], [self.build]))
        self.assertIs(run_tests.next_step([self.test, self.build], []), self.build)
        self.assertIs(run_tests.next_step([self.test], []), self.test)

    def test_only_one_step_fills_the_cores(self):
        waiting = [self.other_build, self.test]
        self.assertIsNone(run_tests.next_step([self.other_build], [self.build]))
        self.assertIs(run_tests.next_step(waiting, [Step("x", "true")]), self.other_build)

    def test_each_step_stands_on_steps_before_or_beside_it(self):
        names = {step.name for step in run_tests.STEPS}
        for step in run_tests.STEPS:
            self.assertLessEqual(set(step.after), names, step.name)

    def test_all_steps_come_to_run(self):
        waiting, order = list(run_tests.STEPS), []
        while step := run_tests.next_step(waiting, []):
            waiting.remove(step)
            order.append(step.name)
        self.assertEqual(waiting, [])


class Judging(unittest.TestCase):
    step = Step("x", "true")

    def test_a_step_that_states_no_count_has_failed(self):
        self.assertEqual(judge(self.step, 0, "all fine\n"), Counts(failed=1))

    def test_a_non_zero_exit_fails_whatever_the_counts_say(self):
        self.assertEqual(judge(self.step, 1, "3 passed, 0 failed, 0 skipped"), Counts(3, 1, 0))

    def test_a_failed_count_stands_whatever_the_exit_code_says(self):
        self.assertEqual(judge(self.step, 0, "3 passed, 2 failed, 0 skipped"), Counts(3, 2, 0))

    def test_a_broken_build_is_one_failure(self):
        self.assertEqual(judge(Step("b", "false", counts="none"), 1, ""), Counts(failed=1))

    def test_every_step_has_a_name_of_its_own_and_a_known_reader(self):
        names = [step.name for step in run_tests.STEPS]
        self.assertEqual(len(names), len(set(names)))
        self.assertTrue(all(step.counts in run_tests.READERS for step in run_tests.STEPS))


if __name__ == "__main__":
    unittest.main()
