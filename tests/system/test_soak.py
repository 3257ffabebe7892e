"""A minute of the soak (tests/soak), and that its judge judges rightly."""
import json
import pathlib
import subprocess
import sys
import unittest

from server import CACHERY

SOAK = pathlib.Path(__file__).resolve().parents[1] / "soak"
SECONDS = 60
CACHES = 40  # two hundred want longer than a minute to be filled


class Soak(unittest.TestCase):
    def test_its_judge_judges_rightly(self):
        done = subprocess.run([sys.executable, SOAK / "model_test.py"], capture_output=True,
                              text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_a_minute_of_it_finds_nothing(self):
        done = subprocess.run(
            [SOAK / "soak", "--cachery", CACHERY, "--seconds", str(SECONDS), "--caches", str(CACHES),
             "--processes", "2"], capture_output=True, text=True, timeout=400, check=False)
        self.assertEqual(done.returncode, 0, done.stdout[-8000:] + done.stderr[-2000:])
        did = json.loads(done.stdout.splitlines()[-1])["did"]
        for what in ("text", "meta", "binary", "TLS", "dies", "slow to read", "slow to write",
                     "flush by api", "flush by protocol", "resize", "rotate", "recreate"):
            self.assertGreater(did.get(what, 0), 0, what)
