"""`cachery import` copies what a real memcached holds: values, flags, times to live."""
import os
import pathlib
import tempfile
import time
import unittest

from case import CacheryCase
from server import Cachery, Memcached
from wire import Ascii

ITEMS = 1200  # a dozen batches


class ImportCase(CacheryCase):
    def setUp(self):
        super().setUp()
        self.source = Memcached()
        self.addCleanup(self.source.close)
        self.source.start()
        self.old = self.opened.enter_context(Ascii(self.source.address))
        self.cache = self.create_cache()

    def run_import(self, *flags):
        return self.server.cli("import", "--from", self.source.address, *flags, "--json")

    def store(self, key, value, flags=0, exptime=0):
        self.assertEqual(self.old.ask(f"set {key} {flags} {exptime} {len(value)}", value), "STORED")


class Copies(ImportCase):
    def test_values_and_flags_of_every_item(self):
        values = {f"key-{number}": os.urandom(number % 700) for number in range(ITEMS)}
        for number, (key, value) in enumerate(values.items()):
            self.store(key, value, flags=number)
        done = self.run_import("--cache", self.cache["name"], "--rate", "0")
        self.assertEqual((done["keys"], done["copied"]), (ITEMS, ITEMS))
        self.assertEqual(done["bytes"], sum(map(len, values.values())))
        new = self.ascii(self.cache)
        for key, value in values.items():
            self.assertEqual(new.get(key), value)
        self.assertEqual(new.ask("mg key-77 f"), "HD f77")

    def test_the_time_that_an_item_has_left(self):
        self.store("soon", b"1", exptime=500)
        self.store("never", b"2")
        self.run_import("--cache", self.cache["name"])
        new = self.ascii(self.cache)
        left = int(new.ask("mg soon t").removeprefix("HD t"))
        self.assertTrue(490 <= left <= 500, left)
        self.assertEqual(new.ask("mg never t"), "HD t-1")

    def test_leaves_what_is_there_unless_told_to_overwrite(self):
        self.store("key", b"old")
        new = self.ascii(self.cache)
        new.set("key", b"new")
        self.assertEqual(self.run_import("--cache", self.cache["name"])["kept"], 1)
        self.assertEqual(new.get("key"), b"new")
        done = self.run_import("--cache", self.cache["name"], "--overwrite")
        self.assertEqual(done["copied"], 1)
        self.assertEqual(new.get("key"), b"old")

    def test_to_an_address_with_a_login(self):
        self.store("key", b"value")
        done = self.run_import("--to", self.server.address, "--to-user", self.cache["username"],
                               "--to-password", self.cache["password"])
        self.assertEqual(done["copied"], 1)
        self.assertEqual(self.ascii(self.cache).get("key"), b"value")

    def test_keys_that_need_encoding_and_an_empty_source(self):
        self.assertEqual(self.run_import("--cache", self.cache["name"])["keys"], 0)
        self.store("a%b:c/d?e", b"odd")
        self.assertEqual(self.run_import("--cache", self.cache["name"])["copied"], 1)
        self.assertEqual(self.ascii(self.cache).get("a%b:c/d?e"), b"odd")

    def test_not_faster_than_the_rate(self):
        for number in range(300):
            self.store(f"key-{number}", b"x")
        begin = time.monotonic()
        done = self.run_import("--cache", self.cache["name"], "--rate", "300")
        # Three batches of a hundred, two pauses: a bound from below, which no load can break.
        self.assertGreaterEqual(time.monotonic() - begin, 0.6)
        self.assertEqual(done["copied"], 300)

    def test_counts_what_is_too_large_for_the_cache(self):
        big = Memcached("-I", "4m")
        self.addCleanup(big.close)
        self.source = big.start()
        self.old = self.opened.enter_context(Ascii(big.address))
        self.store("big", b"x" * (1 << 21))
        self.store("small", b"y")
        done = self.run_import("--cache", self.cache["name"])
        self.assertEqual((done["too_large"], done["copied"]), (1, 1))


class Refusals(ImportCase):
    def refused(self, *flags):
        done = self.server.cli("import", *flags, check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertEqual(len(done.stderr.strip().splitlines()), 1, done.stderr)
        return done.stderr

    def test_a_wrong_login_costs_the_source_nothing(self):
        before = self.old.stats()["cmd_get"]
        why = self.refused("--from", self.source.address, "--to", self.server.address,
                           "--to-user", self.cache["username"], "--to-password", "wrong")
        self.assertIn("authentication failure", why)
        self.assertEqual(self.old.stats()["cmd_get"], before)

    def test_a_source_that_cannot_tell_its_keys(self):
        other = Cachery("--local")
        self.addCleanup(other.close)
        other.start()
        why = self.refused("--from", other.address, "--cache", self.cache["name"])
        self.assertIn("does not tell its keys", why)

    def test_nobody_at_home_and_no_target(self):
        self.source.stop()
        self.assertIn("cannot connect", self.refused("--from", self.source.address, "--cache",
                                                     self.cache["name"]))
        self.assertIn("--cache NAME or --to", self.refused("--from", self.source.address))


class WithLogin(ImportCase):
    def test_logs_in_to_a_source_that_wants_it(self):
        with tempfile.TemporaryDirectory() as folder:
            passwords = pathlib.Path(folder) / "passwords"
            passwords.parent.chmod(0o755)
            passwords.write_text("ann:secret\n")
            self.source = Memcached("-Y", str(passwords))
            self.addCleanup(self.source.close)
            self.source.start()
            old = self.opened.enter_context(Ascii(self.source.address))
            self.assertEqual(old.ask("set login 0 0 10", b"ann secret"), "STORED")
            self.assertEqual(old.ask("set key 0 0 5", b"value"), "STORED")
            done = self.run_import("--user", "ann", "--password", "secret", "--cache",
                                   self.cache["name"])
        self.assertEqual(done["copied"], 1)


if __name__ == "__main__":
    unittest.main()
