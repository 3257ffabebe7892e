"""Fifty seconds of property-based tests of the HTTP API (tests/system/api_fuzz.py)."""
import os
import random

import api_fuzz
from case import CacheryCase

SECONDS = 50


class ApiFuzz(CacheryCase):
    flags = ("--log-level=error",)

    def test_a_short_run_finds_nothing(self):
        reason = api_fuzz.why_not()
        if reason:
            self.skipTest(reason)
        seed = int(os.environ.get("SEED", random.randrange(1 << 30)))
        found = api_fuzz.fuzz(self.server, SECONDS, seed)
        self.assertEqual(found, {}, "\n".join([f"SEED={seed}", *found.values()])[-12000:])
