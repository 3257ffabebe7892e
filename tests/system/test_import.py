"""`cachery import` copies what a real memcached holds: values, flags, times to live."""
import os
import pathlib
import ssl
import tempfile
import time
import unittest

from case import CacheryCase
from old_server import OldServer, make_certificate
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

    def test_keys_with_a_tab(self):
        self.store("a\tb", b"tab")
        self.assertEqual(self.run_import("--cache", self.cache["name"])["copied"], 1)
        self.assertEqual(self.ascii(self.cache).get("a\tb"), b"tab")

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


class Dialects(CacheryCase):
    """How versions tell their keys; what takes long of it is in src/moving/key_list_test.cc."""

    def copied(self, *dumps):
        old = OldServer({"a": "1", "b\tc": "2"}, dumps=dumps)
        self.addCleanup(old.close)
        cache = self.create_cache()
        done = self.cli("import", "--from", old.address, "--cache", cache["name"])
        self.assertEqual((done["keys"], done["copied"], done["list_is_whole"]), (2, 2, True))
        new = self.ascii(cache)
        self.assertEqual((new.get("a"), new.get("b\tc")), (b"1", b"2"))

    def test_an_ok_before_the_keys(self):
        """memcached 1.6.43 and newer."""
        self.copied("OK\r\nkey=a exp=-1 la=1\r\nkey=b%09c exp=-1 la=1\r\nEND\r\n")

    def test_no_end_behind_the_keys(self):
        """1.4.31 to 1.5.3."""
        self.copied("key=a exp=-1 la=1 cas=1 fetch=no\nkey=b%09c exp=-1 la=1 cas=2 fetch=no\n")

    def test_a_crawler_that_is_busy(self):
        self.copied("BUSY currently processing crawler request\r\n",
                    "key=a exp=-1 la=1\nkey=b%09c exp=-1 la=1\nEND\r\n")

    def test_a_value_that_names_more_bytes_than_there_can_be(self):
        old = OldServer({}, dumps=["key=a exp=-1 la=1\nEND\r\n"])
        old.answer_to_get = f"VALUE a 0 {2**64 - 2}\r\nx\r\nEND\r\n"
        self.addCleanup(old.close)
        done = self.server.cli("import", "--from", old.address, "--cache",
                               self.create_cache()["name"], check=False)
        self.assertIn("answered a get with: VALUE a 0 18446744073709551614", done.stderr)


class OverTls(CacheryCase):
    """`-Z` of a real memcached, whose certificate is its own authority."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        path = pathlib.Path(folder.name)
        path.chmod(0o755)
        cls.certificate, key = make_certificate(path)
        cls.source = Memcached(
            "-Z", "-o", f"ssl_chain_cert={cls.certificate},ssl_key={key}").start()
        cls.addClassCleanup(cls.source.close)
        trusting = ssl.create_default_context(cafile=cls.certificate)
        with Ascii(cls.source.address, tls=trusting) as old:
            for number in range(300):
                old.set(f"key-{number}", b"x" * number)

    def run_import(self, *flags, check=True):
        self.cache = self.create_cache()
        return self.server.cli("import", "--from", self.source.address, "--cache",
                               self.cache["name"], "--json", *flags, check=check)

    def assert_copied(self, done):
        self.assertEqual(done["copied"], 300)
        self.assertEqual(self.ascii(self.cache).get("key-299"), b"x" * 299)

    def test_with_the_authority_that_was_named(self):
        self.assert_copied(self.run_import("--from-tls", "--from-ca", str(self.certificate)))

    def test_with_any_certificate_where_that_is_wanted(self):
        self.assert_copied(self.run_import("--from-unverified"))

    def test_not_with_a_certificate_that_nobody_vouches_for(self):
        done = self.run_import("--from-tls", check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("certificate verify failed", done.stderr)
        self.assertIn("self-signed", done.stderr)

    def test_not_without_tls(self):
        self.assertNotEqual(self.run_import(check=False).returncode, 0)

    def test_not_where_nobody_speaks_tls(self):
        plain = Memcached().start()
        self.addCleanup(plain.close)
        done = self.server.cli("import", "--from", plain.address, "--from-unverified", "--cache",
                               self.create_cache()["name"], check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("TLS with", done.stderr)

    def test_a_file_that_holds_no_certificate(self):
        done = self.run_import("--from-ca", "/dev/null", check=False)
        self.assertEqual(done.returncode, 2)
        self.assertIn("cannot read certificates from /dev/null", done.stderr)


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
