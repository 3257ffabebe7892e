"""`cachery import --follow` reads through to an old server: a real memcached, and one that a test
holds by the hand for what happens while a value is fetched."""
import contextlib
import json
import pathlib
import random
import socket
import ssl
import struct
import subprocess
import tempfile
import threading
import unittest

from case import CacheryCase
from old_server import OldServer, make_certificate
from server import CACHERY, Cachery, Memcached, Process, clean_environment
from wire import Ascii, Binary


SASLPASSWD = pathlib.Path("/usr/sbin/saslpasswd2")


@contextlib.contextmanager
def sasl_memcached(username, password):
    """A memcached that takes this login by SASL, and no text."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        folder.chmod(0o755)
        database = folder / "sasldb"
        (folder / "memcached.conf").write_text(f"mech_list: plain\nsasldb_path: {database}\n")
        subprocess.run([SASLPASSWD, "-p", "-c", "-a", "memcached", "-u", socket.gethostname(), "-f",
                        database, username], input=password.encode() + b"\n", check=True)
        database.chmod(0o644)
        server = Memcached("-S", environment={"SASL_CONF_PATH": name})
        try:
            yield server.start()
        finally:
            server.close()


class Follower(Process):
    """The command beside a test; `close` returns its summary."""

    def __init__(self, server, folder, *arguments):
        super().__init__(pathlib.Path(folder) / "log")
        self.lines, self.ready = [], {}
        self.spawn([str(CACHERY), "import", "--json", *arguments], stdout=subprocess.PIPE,
                   env={**clean_environment(), "CACHERY_DATA_DIR": str(server.data_dir)})
        self.ready = Cachery.wait_ready(self)
        self.address = self.ready["memcache"]

    def close(self):
        if self.child is None:
            return None
        self.child.terminate()
        said, _ = self.child.communicate(timeout=30)
        self.child = None
        return json.loads(said)


class FollowCase(CacheryCase):
    def setUp(self):
        super().setUp()
        self.cache = self.create_cache()

    def follow(self, address, *flags, patience=30000):
        folder = self.opened.enter_context(tempfile.TemporaryDirectory())
        follower = Follower(self.server, folder, "--follow", address, "--cache",
                            self.cache["name"], "--patience", str(patience), *flags)
        self.addCleanup(follower.close)
        return follower

    def client(self, follower):
        return self.ascii(self.cache, follower.address)

    def held(self, items, **how):
        old = OldServer(items, **how)
        self.addCleanup(old.close)
        return old


class ReadsThrough(FollowCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # One for all, since it takes a second to end while somebody is connected.
        cls.source = Memcached().start()
        cls.addClassCleanup(cls.source.close)

    def setUp(self):
        super().setUp()
        self.old = self.opened.enter_context(Ascii(self.source.address))
        self.follower = self.follow(f"memcache://{self.source.address}/")
        self.app = self.client(self.follower)

    def store(self, key, value, flags=0, exptime=0):
        self.addCleanup(self.forget, key)
        self.assertEqual(self.old.ask(f"set {key} {flags} {exptime} {len(value)}", value), "STORED")

    def forget(self, key):
        with Ascii(self.source.address) as old:
            old.ask(f"delete {key}")

    def test_a_miss_is_answered_with_the_old_value_and_copied(self):
        self.store("key", b"value", flags=5, exptime=500)
        self.assertEqual(self.app.ask("get key"), "VALUE key 5 5")
        self.assertEqual((self.app.read(7), self.app.line()), (b"value\r\n", "END"))
        direct = self.ascii(self.cache)
        words = direct.ask("mg key f t").split()
        self.assertEqual(words[:2], ["HD", "f5"])
        self.assertTrue(400 < int(words[2].removeprefix("t")) <= 500, words)
        self.assertIsNone(self.app.get("neither has it"))

    def test_what_never_ends_never_ends(self):
        self.store("key", b"value")
        self.app.get("key")
        self.assertEqual(self.ascii(self.cache).ask("mg key t"), "HD t-1")

    def test_in_every_protocol(self):
        for key in ("meta", "binary"):
            self.store(key, b"value")
        self.assertEqual(self.app.ask("mg meta s"), "HD s5")
        binary = self.opened.enter_context(Binary(self.follower.address))
        self.assertEqual(binary.login(self.cache["username"], self.cache["password"])[0], 0)
        self.assertEqual(binary.ask(Binary.GET, b"binary"), (0, b"value"))

    def test_a_get_of_many_keys_in_their_order(self):
        names = [f"key-{number}" for number in range(300)]
        for number, name in enumerate(names):
            if number % 3:
                self.store(name, name.encode())
        self.app.set("key-0", b"own")
        self.app.send(("get " + " ".join(names) + "\r\n").encode())
        found = {}
        for line in iter(self.app.line, "END"):
            _, key, _, size = line.split()
            found[key] = self.app.read(int(size) + 2)[:-2]
        wanted = {name: name.encode() for number, name in enumerate(names) if number % 3}
        self.assertEqual(found, {"key-0": b"own", **wanted})

    def test_is_one_get_and_one_hit_of_the_cache(self):
        self.store("key", b"value")
        before = self.ascii(self.cache).stats()
        self.app.get("key")
        after = self.ascii(self.cache).stats()
        grown = [int(after[name]) - int(before[name]) for name in ("cmd_get", "get_misses")]
        self.assertEqual(grown, [1, 0])

    def test_verbs_that_need_the_item_find_it(self):
        for key in ("count", "text", "taken", "touched"):
            self.store(key, b"10")
        self.assertEqual(self.app.ask("incr count 5"), "15")
        self.assertEqual(self.app.ask("append text 0 0 1", b"x"), "STORED")
        self.assertEqual(self.app.get("text"), b"10x")
        self.assertEqual(self.app.ask("add taken 0 0 3", b"new"), "NOT_STORED")
        self.assertEqual(self.app.ask("touch touched 100"), "TOUCHED")

    def test_what_the_application_wrote_is_its_own(self):
        for key in ("deleted", "written", "ended"):
            self.store(key, b"old")
        self.app.ask("delete deleted")
        self.app.set("written", b"new")
        self.app.set("ended", b"new", seconds=-1)
        self.assertEqual([self.app.get(key) for key in ("deleted", "written", "ended")],
                         [None, b"new", None])
        # Nor does a second follower bring it back: it is deleted where the first found it.
        self.assertEqual(self.follower.close()["undeleted"], 0)
        self.assertEqual([self.old.get(key) for key in ("deleted", "written", "ended")], [None] * 3)

    def test_nothing_comes_back_after_a_flush(self):
        self.store("key", b"old")
        self.assertEqual(self.app.ask("flush_all"), "OK")
        self.assertIsNone(self.app.get("key"))
        self.assertEqual(self.follower.close()["flushes"], 1)

    def test_a_large_value_and_one_that_is_too_large_pass(self):
        large = random.Random(1).randbytes(900_000)
        self.store("large", large)
        self.assertEqual(self.app.get("large"), large)
        self.assertEqual(self.app.set("own", large), "STORED")
        self.assertEqual(self.app.get("own"), large)
        self.assertIn("too large", self.app.set("huge", bytes(3 << 20)))
        self.assertEqual(self.app.get("own"), large)

    def test_the_old_server_may_go_and_come_back(self):
        self.store("key", b"old")
        self.source.stop()
        self.assertIsNone(self.app.get("key"))
        self.assertEqual(self.app.set("own", b"new"), "STORED")
        self.source.start()
        with Ascii(self.source.address) as old:
            old.set("again", b"old")
        self.assert_eventually(lambda: self.app.get("again") == b"old")
        done = self.follower.close()
        self.assertGreaterEqual(done["late"] + done["unavailable"], 1)
        self.assertEqual(done["undeleted"], 1)

    def test_a_wrong_password_is_refused_as_ever(self):
        self.store("key", b"old")
        stranger = self.ascii(address=self.follower.address)
        self.assertNotEqual(stranger.login(self.cache["username"], "wrong"), "STORED")

    def test_nobody_ever_sees_what_was_deleted(self):
        """Four readers beside one that deletes: a get that began after a delete was answered."""
        keys = [f"key-{number}" for number in range(300)]
        for key in keys:
            self.store(key, b"old")
        deleted, seen, is_over = set(), [], threading.Event()

        def read(seed):
            choice = random.Random(seed)
            with Ascii(self.follower.address) as app:
                app.login(self.cache["username"], self.cache["password"])
                while not is_over.is_set():
                    key = choice.choice(keys)
                    was_deleted = key in deleted
                    if app.get(key) is not None and was_deleted:
                        seen.append(key)

        readers = [threading.Thread(target=read, args=(seed,)) for seed in range(4)]
        for reader in readers:
            reader.start()
        for key in random.Random(9).sample(keys, len(keys)):
            self.app.ask(f"delete {key}")
            deleted.add(key)
        is_over.set()
        for reader in readers:
            reader.join()
        self.assertEqual(seen, [])
        self.assertEqual([key for key in keys if self.app.get(key) is not None], [])
        self.assertGreater(self.follower.close()["copied"], 0, "the readers met no old value")


class Verbs(FollowCase):
    """What only the old server holds is found, changed and deleted as if it were here."""

    TALK = (
        "delete deleted", "get deleted", "delete deleted",
        "md meta-deleted", "mg meta-deleted v", "md meta-quiet q", "mg meta-quiet v",
        "delete silent noreply", "get silent", "md invalidated I", "mg invalidated s",
        "touch touched 900", "mg touched s", "gat 900 got", "mg met T900 s v",
        "incr up 5", "decr down 3", "ma counted v", "get up down counted",
        "append after 0 0 1\r\nx", "prepend before 0 0 1\r\nx", "get after before",
        "add added 0 0 1\r\nx", "replace replaced 0 0 1\r\nx", "get added replaced",
        "cas compared 0 0 1 1\r\nx", "ms meta-compared 1 C1\r\nx",
        "ms meta-appended 1 MA\r\nx", "ms meta-added 1 ME\r\nx", "mg meta-appended s v",
    )

    def test_are_answered_as_by_the_old_server(self):
        old, twin = Memcached().start(), Memcached().start()
        for server in (old, twin):
            self.addCleanup(server.close)
            with Ascii(server.address) as writer:
                for key in {word for line in self.TALK for word in line.split()[1:]
                            if len(word) > 1 and not word.isdigit()}:
                    writer.ask(f"set {key} 7 500 2", b"10")
        app = self.client(self.follow(old.address))
        direct = self.opened.enter_context(Ascii(twin.address))
        for line in self.TALK:
            answers = []
            for connection in (app, direct):
                connection.send(line.encode() + b"\r\nmn\r\n")
                answers.append(list(iter(connection.line, "MN")))
            with self.subTest(line):
                self.assertEqual(answers[0], answers[1])
                self.assertNotIn("ERROR", answers[1])

    def test_and_so_they_are_in_binary(self):
        old = self.held({"deleted": "10"})
        binary = self.opened.enter_context(Binary(self.follow(old.address).address))
        self.assertEqual(binary.login(self.cache["username"], self.cache["password"])[0], 0)
        self.assertEqual(binary.ask(0x04, b"deleted")[0], 0)
        self.assertEqual(binary.ask(0x04, b"deleted")[0], 1)


class WhileAValueIsFetched(FollowCase):
    def between(self, command):
        """What a get finds when another connection does something while its value is fetched."""
        old = self.held({"key": "old"}, holds_one=True)
        follower = self.follow(old.address)
        reader, writer = self.client(follower), self.client(follower)
        old.may_answer.clear()
        reader.send(b"get key\r\n")
        self.assertTrue(old.is_asked.wait(30))
        # The writer's own questions to the old server go by other connections and are answered.
        self.assertIn(writer.ask(*command), ("DELETED", "STORED", "OK"))
        old.may_answer.set()
        first = reader.line()
        if first != "END":
            reader.read(int(first.split()[3]) + 2)
            self.assertEqual(reader.line(), "END")
        return first, writer.get("key"), follower.close()

    def test_a_delete_is_not_undone(self):
        first, later, done = self.between(["delete key"])
        self.assertEqual((first, later), ("END", None))
        self.assertEqual((done["copied"], done["kept"]), (1, 1))  # copied for the delete to find

    def test_a_set_is_not_undone(self):
        first, later, done = self.between(["set key 0 0 3", b"new"])
        self.assertEqual((first, later), ("VALUE key 0 3", b"new"))
        self.assertEqual(done["copied"], 0)

    def test_a_flush_is_not_undone(self):
        first, later, done = self.between(["flush_all"])
        self.assertEqual((first, later), ("END", None))
        self.assertEqual((done["copied"], done["flushes"]), (0, 1))


class OldServers(FollowCase):
    def test_one_that_cannot_tell_times_gives_those_that_were_named(self):
        follower = self.follow(self.held({"key": "old"}, knows_meta=False).address, "--ttl", "600")
        self.assertEqual(self.client(follower).get("key"), b"old")
        words = self.ascii(self.cache).ask("mg key f t").split()
        self.assertEqual(words[:2], ["HD", "f7"])
        self.assertTrue(500 < int(words[2].removeprefix("t")) <= 600, words)

    def test_one_that_does_not_answer_costs_its_patience_and_no_more(self):
        old = self.held({"key": "old"})
        follower = self.follow(old.address, patience=50)
        app = self.client(follower)
        old.may_answer.clear()
        self.assertIsNone(app.get("key"))
        self.assertEqual(app.set("key", b"new"), "STORED")
        self.assertEqual(app.get("key"), b"new")
        self.assertEqual(follower.close()["late"], 1)

    def test_one_that_is_not_there_is_no_reason_not_to_begin(self):
        old = self.held({})
        old.close()
        follower = self.follow(old.address)
        self.assertEqual(self.client(follower).set("key", b"new"), "STORED")
        self.assertIn("does not answer yet", follower.log())

    def test_one_that_takes_the_password_under_the_username(self):
        old = self.held({"key": "old"}, login=("ann", "secret"))
        follower = self.follow(f"memcache://ann:secret@{old.address}")
        self.assertEqual(self.client(follower).get("key"), b"old")

    def test_one_behind_sasl_that_speaks_binary_alone(self):
        if not SASLPASSWD.exists():
            self.skipTest(f"{SASLPASSWD} is missing: tools/setup_clients installs sasl2-bin")
        old = self.opened.enter_context(sasl_memcached("ann", "secret"))
        with Binary(old.address) as writer:
            writer.login("ann", "secret")
            for key in (b"key", b"gone", b"large"):
                value = b"old" * (100_000 if key == b"large" else 1)
                self.assertEqual(writer.ask(Binary.SET, key, value, struct.pack(">II", 9, 0))[0], 0)
        follower = self.follow(old.address, "--user", "ann", "--password", "secret", "--ttl", "600")
        app = self.client(follower)
        app.send(b"get absent key\r\n")
        self.assertEqual((app.line(), app.read(5), app.line()), ("VALUE key 9 3", b"old\r\n", "END"))
        self.assertEqual(app.get("large"), b"old" * 100_000)
        app.ask("delete gone")
        self.assertIsNone(app.get("gone"))
        self.assertEqual(self.ascii(self.cache).ask("mg key t").split()[0], "HD")
        self.assertEqual(follower.close()["undeleted"], 0)
        with Binary(old.address) as reader:
            reader.login("ann", "secret")
            self.assertEqual(reader.ask(Binary.GET, b"gone")[0], 1)

    def test_not_more_items_than_the_rate(self):
        follower = self.follow(self.held({f"k{n}": "x" for n in range(20)}).address, "--rate", "5")
        app = self.client(follower)
        app.send(b"get " + b" ".join(b"k%d" % n for n in range(20)) + b"\r\n")
        hits = [line for line in iter(app.line, "END") if line.startswith("VALUE")]
        # Five are allowed from the start; time may add some, never all.
        self.assertGreaterEqual(len(hits), 5)
        self.assertEqual(follower.close()["over_rate"], 20 - len(hits))

    def test_one_that_is_asked_only_for_so_long(self):
        old = self.held({"key": "old", "later": "old"})
        follower = self.follow(old.address, "--for", "1s")
        app = self.client(follower)
        self.assert_eventually(lambda: "are over" in follower.log())
        self.assertIsNone(app.get("later"))
        self.assertEqual(app.set("own", b"new"), "STORED")
        self.assertEqual(app.get("own"), b"new")


class OverTls(FollowCase):
    def test_an_old_server_that_speaks_tls(self):
        folder = pathlib.Path(self.opened.enter_context(tempfile.TemporaryDirectory()))
        folder.chmod(0o755)
        certificate, key = make_certificate(folder)
        old = Memcached("-Z", "-o", f"ssl_chain_cert={certificate},ssl_key={key}").start()
        self.addCleanup(old.close)
        trusting = ssl.create_default_context(cafile=certificate)
        large = random.Random(2).randbytes(900_000)
        with Ascii(old.address, tls=trusting) as writer:
            writer.set("key", b"old")
            writer.set("large", large)
        follower = self.follow(old.address, "--from-tls", "--from-ca", str(certificate))
        app = self.client(follower)
        self.assertEqual((app.get("key"), app.get("large")), (b"old", large))
        self.assertEqual(app.ask("delete key"), "DELETED")
        with Ascii(old.address, tls=trusting) as reader:
            self.assertIsNone(reader.get("key"))


class Refusals(FollowCase):
    def refused(self, *flags):
        done = self.server.cli("import", *flags, check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertEqual(len(done.stderr.strip().splitlines()), 1, done.stderr)
        return done.stderr

    def test_what_cannot_be_followed(self):
        name = self.cache["name"]
        self.assertIn("--from HOST:PORT or --follow", self.refused("--cache", name))
        self.assertIn("ADDRESS:PORT", self.refused("--follow", "127.0.0.1:1", "--cache", name,
                                                   "--listen", "nowhere"))
        self.assertIn("is no HOST:PORT", self.refused("--follow", "nowhere", "--cache", name))
        self.assertIn("authentication failure", self.refused(
            "--follow", "127.0.0.1:1", "--to", self.server.address, "--to-user",
            self.cache["username"], "--to-password", "wrong"))


if __name__ == "__main__":
    unittest.main()
