#!/usr/bin/python3
"""What bench/compare makes of its runs: which it drops, and how it comes to its ratios."""
import importlib.machinery
import importlib.util
import pathlib
import sys
import unittest

sys.dont_write_bytecode = True
LOADER = importlib.machinery.SourceFileLoader(
    "compare", str(pathlib.Path(__file__).with_name("compare")))
compare = importlib.util.module_from_spec(importlib.util.spec_from_loader("compare", LOADER))
sys.modules["compare"] = compare
LOADER.exec_module(compare)

LOAD = compare.Load("gets", "--pipeline 1", 1.5)


def run(server, keys, before=175, after=175, **report):
    return compare.Run("gets", server, before, after, {
        "keys_per_second": keys, "p50_us": 1, "p99_us": 1000 / keys, "p999_us": 3,
        "cpu_us_a_key": 50 / keys, "errors": 0, "wrong_values": 0, "connections_lost": 0, **report})


class Rows(unittest.TestCase):
    def test_a_ratio_is_of_medians(self):
        runs = [run("memcached", keys) for keys in (90, 100, 500)]
        runs += [run("cachery", keys) for keys in (1, 200, 210)]
        row, = compare.rows_of([LOAD], runs)
        self.assertEqual((row["ratio"], row["p99_ratio"], row["cpu_ratio"], row["cores"]),
                         (2, 0.5, 2, "far"))

    def test_a_run_in_which_the_cores_moved_is_dropped(self):
        runs = [run("memcached", 100), run("cachery", 200), run("cachery", 900, 26, 175),
                run("cachery", 1, 175, 26)]
        row, = compare.rows_of([LOAD], runs)
        self.assertEqual((row["ratio"], row["cachery"]["runs"]), (2, 1))
        self.assertIn("2 dropped", compare.markdown([row], runs, ()))

    def test_a_load_of_which_every_run_was_dropped_is_named(self):
        runs = [run("cachery", 900, 26, 175)]
        self.assertEqual(list(compare.rows_of([LOAD], runs)), [])
        self.assertIn("gets: no run", compare.markdown([], runs, ()))

    def test_the_two_states_are_never_mixed(self):
        runs = [run("memcached", 100), run("cachery", 150), run("memcached", 100, 26, 27),
                run("cachery", 170, 30, 25)]
        rows = {row["cores"]: row["ratio"] for row in compare.rows_of([LOAD], runs)}
        self.assertEqual(rows, {"near": 1.7, "far": 1.5})

    def test_without_a_peer_a_figure_stands_alone(self):
        row, = compare.rows_of([LOAD], [run("cachery", 200)])
        self.assertNotIn("ratio", row)
        self.assertIn("not measured", compare.markdown([row], [run("cachery", 200)], ()))

    def test_a_wrong_value_makes_a_run_unsound(self):
        self.assertTrue(run("cachery", 1).is_sound)
        for kind in ("errors", "wrong_values", "connections_lost"):
            self.assertFalse(run("cachery", 1, **{kind: 1}).is_sound)


class Tables(unittest.TestCase):
    def test_every_load_has_its_servers(self):
        for load in compare.LOADS:
            self.assertIn(load.variant, compare.MEMCACHED_FLAGS)
        self.assertEqual(len({load.name for load in compare.LOADS}), len(compare.LOADS))


if __name__ == "__main__":
    unittest.main()
