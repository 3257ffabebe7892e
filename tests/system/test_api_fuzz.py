"""Fifty seconds of property-based tests of the HTTP API (tests/system/api_fuzz.py), the same ones
each time: a change is judged by what it changed. `make fuzz-api` looks for new ones."""
import os

import api_fuzz
from case import CacheryCase

SECONDS = 50


class ApiFuzz(CacheryCase):
    flags = ("--log-level=error",)

    def test_a_short_run_finds_nothing(self):
        reason = api_fuzz.why_not()
        if reason:
            self.skipTest(reason)
        seed = int(os.environ.get("SEED", "11"))
        found = api_fuzz.fuzz(self.server, SECONDS, seed)
        self.assertEqual(found, {}, "\n".join([f"SEED={seed}", *found.values()])[-12000:])
