"""Records survive whatever happens to the process, the disk and the database's server."""
import json
import os
import random
import resource
import signal
import sqlite3
import threading
import time
import unittest
import urllib.error
import urllib.request

import postgresql
from case import CacheryCase
from server import Cachery, ServerError
from wire import Ascii

CHANGES = 200
CHANGES_A_KILL_MAX = 20
SEED = int(os.environ.get("SEED") or random.randrange(1 << 32))


class Admin:
    """The admin API of a server, as (status, object); status None when no answer came."""

    def __init__(self, server):
        self.server = server

    def ask(self, method, path, body=None):
        token = (self.server.data_dir / "operator.token").read_text().strip()
        request = urllib.request.Request(
            f"http://{self.server.ready['http']}/api/admin/v1{path}", method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read() or b"null")
        except (OSError, ValueError):
            return None, None


def records(admin):
    """{name: (plan, {usernames})} as the service has them."""
    status, answer = admin.ask("GET", "/caches")
    assert status == 200, (status, answer)
    caches = answer["caches"] if isinstance(answer, dict) else answer
    return {one["name"]: (one["plan"], {c["username"] for c in one["credentials"]})
            for one in caches}


class KillAtRandom:
    """kill -9 while changes are made: each that was acknowledged is there afterwards."""

    flags = ()

    def test_acknowledged_changes_survive_kill_9(self):
        print(f"SEED={SEED}")
        chance = random.Random(SEED)
        server = Cachery(*self.flags).start()
        self.addCleanup(server.close)
        admin = Admin(server)
        known = records(admin)
        done = kills = 0
        while done < CHANGES:
            done += self.change_until_killed(server, admin, chance, known)
            server.stop()
            kills += 1
            server.start()
            known = self.reconcile(known, records(admin))
        print(f"{done} changes acknowledged over {kills} kills")
        self.assertGreaterEqual(kills, CHANGES // CHANGES_A_KILL_MAX)
        self.check_consistency(server)

    def change_until_killed(self, server, admin, chance, known):
        """Makes changes and notes in `known` what was acknowledged; the one without an answer
        stays in self.doubtful. The last may fall into the kill, or not."""
        self.doubtful = None
        last = chance.randrange(1, CHANGES_A_KILL_MAX + 1)
        for count in range(last):
            name, method, path, body, effect = self.pick_change(chance, known)
            if count == last - 1:
                killer = threading.Timer(chance.uniform(0, 0.01), server.child.kill)
                killer.start()
                self.addCleanup(killer.join)
            status, answer = admin.ask(method, path, body)
            if status is None:
                self.doubtful = name
                return count
            self.assertLess(status, 300, answer)
            effect(answer)
        server.child.kill()
        return last
    def pick_change(self, chance, known):
        names = sorted(known)
        kind = chance.choice(["create", "create", "resize", "credential", "remove"])
        if kind == "create" or len(names) < 3:
            name = f"cache-{chance.randrange(1 << 40):x}"
            return name, "POST", "/caches", {"name": name, "plan": "dev"}, lambda answer: (
                known.__setitem__(name, ("dev", {answer["credentials"][0]["username"]})))
        name = chance.choice(names)
        if kind == "resize":
            plan = chance.choice(["dev", "100"])
            return name, "PATCH", f"/caches/{name}", {"plan": plan}, lambda _: (
                known.__setitem__(name, (plan, known[name][1])))
        if kind == "credential":
            return name, "POST", f"/caches/{name}/credentials", {}, lambda answer: (
                known[name][1].add(answer["username"]))
        return name, "DELETE", f"/caches/{name}", None, lambda _: known.pop(name)

    def reconcile(self, known, present):
        """Only the cache of the change without an answer may differ, and then by one whole change."""
        for name in set(known) | set(present):
            if name != self.doubtful:
                self.assertEqual(present.get(name), known.get(name), name)
        before, after = known.get(self.doubtful), present.get(self.doubtful)
        if before and after:
            self.assertLessEqual(before[1], after[1])
            self.assertLessEqual(len(after[1] - before[1]), 1)
        for _, usernames in present.values():
            self.assertTrue(usernames, "a cache without its credential is half a change")
        return present


class KillOnSqlite(KillAtRandom, unittest.TestCase):
    def check_consistency(self, server):
        with sqlite3.connect(server.data_dir / "cachery.db") as database:
            self.assertEqual(database.execute("PRAGMA integrity_check").fetchall(), [("ok",)])
            self.assertEqual(database.execute("PRAGMA foreign_key_check").fetchall(), [])


@unittest.skipIf(postgresql.programs() is None, "PostgreSQL is not installed")
class KillOnPostgresql(KillAtRandom, unittest.TestCase):
    def setUp(self):
        self.database = postgresql.Postgresql().start()
        self.addCleanup(self.database.close)
        self.flags = ("--database", self.database.address)

    def check_consistency(self, server):
        self.assertEqual(self.database.ask(
            "SELECT count(*) FROM credentials WHERE cache_id NOT IN (SELECT id FROM caches)"), "0")
        self.assertEqual(self.database.ask(
            "SELECT count(*) FROM caches WHERE id NOT IN "
            "(SELECT cache_id FROM credentials WHERE is_primary = 1)"), "0")


@unittest.skipIf(postgresql.programs() is None, "PostgreSQL is not installed")
class VanishedServer(unittest.TestCase):
    def test_requests_fail_with_503_caches_go_on_and_all_is_well_after_its_return(self):
        database = postgresql.Postgresql().start()
        self.addCleanup(database.close)
        server = Cachery("--database", database.address).start()
        self.addCleanup(server.close)
        admin = Admin(server)
        cache = server.cli("cache", "create", "--name", "shop", "--plan", "dev", "--json")
        client = self.enterContext(Ascii(server.address))
        self.assertEqual(client.login(cache["username"], cache["password"]), "STORED")
        for number in (signal.SIGINT, signal.SIGQUIT):
            before = records(admin)
            database.stop(number)
            self.assertEqual(client.set("key", b"value"), "STORED")
            status, answer = admin.ask("POST", "/caches", {"name": "refused", "plan": "dev"})
            self.assertEqual(status, 503, answer)
            self.assertIn("the server runs", answer["error"]["message"])
            self.assertEqual(admin.ask("GET", "/caches")[0], 503)
            self.assertIsNone(server.child.poll())
            database.start()
            self.assertEqual(records(admin), before)
            status, answer = admin.ask("POST", "/caches", {"name": f"n{number}", "plan": "dev"})
            self.assertLess(status, 300, answer)


class Trouble(CacheryCase):
    """A database that cannot be written: 503 with what to do, and the caches never notice."""

    def assert_refused_while_caches_go_on(self, advice):
        admin, before = Admin(self.server), records(Admin(self.server))
        started = time.monotonic()
        asked = threading.Thread(target=lambda: self.answers.append(
            admin.ask("POST", "/caches", {"name": "refused", "plan": "dev"})))
        self.answers = []
        asked.start()
        slowest, count = 0, 0
        while asked.is_alive() or count < 100:
            begun = time.monotonic()
            self.assertEqual(self.connection.set(f"key{count}", b"value"), "STORED")
            slowest, count = max(slowest, time.monotonic() - begun), count + 1
        asked.join()
        status, answer = self.answers[0]
        self.assertEqual(status, 503, answer)
        self.assertIn(advice, answer["error"]["message"])
        self.assertEqual(records(admin), before)
        print(f"{count} sets in {time.monotonic() - started:.1f} s, the slowest {slowest:.3f} s")

    def setUp(self):
        super().setUp()
        self.cache = self.create_cache()
        self.connection = self.ascii(self.cache)

    def test_full_disk(self):
        unlimited = resource.prlimit(self.server.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(self.server.pid, resource.RLIMIT_FSIZE, (4096, unlimited[1]))
        try:
            self.assert_refused_while_caches_go_on("disk")
        finally:
            resource.prlimit(self.server.pid, resource.RLIMIT_FSIZE, unlimited)
        self.create_cache()

    def test_locked_by_another_process(self):
        holder = sqlite3.connect(self.server.data_dir / "cachery.db", isolation_level=None)
        self.addCleanup(holder.close)
        holder.execute("BEGIN IMMEDIATE")
        self.assert_refused_while_caches_go_on("try again")
        holder.execute("ROLLBACK")
        self.create_cache()


class HangingDatabase:
    """A database that does not answer: probes are answered at once, and the end comes in time."""

    PROBES = 20
    PROBE_SECONDS_MAX = 1.0  # promised are 0.1: the machine of a test is busy
    END_SECONDS_MAX = 5.0

    def test_probes_are_answered_and_sigterm_ends_it(self):
        server = self.start()
        self.addCleanup(server.close)
        admin = Admin(server)
        self.assertEqual(admin.ask("POST", "/caches", {"name": "a", "plan": "dev"})[0], 201)
        self.hang(server)
        askers = [threading.Thread(target=admin.ask,
                                   args=("POST", "/caches", {"name": f"b{i}", "plan": "dev"}))
                  for i in range(8)]
        for asker in askers:
            asker.start()
        time.sleep(0.3)  # until they wait for the database
        longest = 0.0
        for _ in range(self.PROBES):
            for path in ("/healthz", "/readyz"):
                begun = time.monotonic()
                with urllib.request.urlopen(f"http://{server.ready['http']}{path}", timeout=30) as answer:
                    self.assertEqual(answer.status, 200)
                longest = max(longest, time.monotonic() - begun)
        begun = time.monotonic()
        self.assertEqual(server.stop(), 0)
        end = time.monotonic() - begun
        print(f"longest probe {longest:.3f} s, end {end:.2f} s")
        self.assertLess(longest, self.PROBE_SECONDS_MAX)
        self.assertLess(end, self.END_SECONDS_MAX)
        for asker in askers:
            asker.join()


class HangingSqlite(HangingDatabase, unittest.TestCase):
    def start(self):
        return Cachery().start()

    def hang(self, server):
        holder = sqlite3.connect(server.data_dir / "cachery.db", isolation_level=None,
                                 check_same_thread=False)
        self.addCleanup(holder.close)
        holder.execute("BEGIN EXCLUSIVE")


class HangingPostgresql(HangingDatabase, unittest.TestCase):
    def start(self):
        if not postgresql.programs():
            self.skipTest("there is no PostgreSQL on this machine: see tools/setup")
        self.database = postgresql.Postgresql()
        self.addCleanup(self.database.close)
        self.database.start()
        return Cachery(f"--database={self.database.address}").start()

    def hang(self, server):
        """Every process of the server, which still accepts connections: the kernel does."""
        of_server = self.database.processes()
        for number in of_server:
            os.kill(number, signal.SIGSTOP)
        self.addCleanup(lambda: [os.kill(number, signal.SIGCONT) for number in of_server])


class Backup(CacheryCase):
    def test_a_backup_of_a_running_service_is_restored_when_it_is_stopped(self):
        kept = self.create_cache()
        file = self.server.data_dir / "backup"
        self.server.cli("backup", str(file))
        self.create_cache()
        running = self.server.cli("restore", str(file), check=False)
        self.assertEqual(running.returncode, 1)
        self.assertIn(f"process {self.server.pid}", running.stderr)
        self.server.stop()
        self.assertIn("master.key", self.server.cli("restore", str(file)))
        self.server.start()
        self.assertIn(kept["name"], records(Admin(self.server)))
        self.assertEqual(len(records(Admin(self.server))), 2)  # the first one and this one
        self.assertEqual(self.ascii(kept).set("key", b"value"), "STORED")


class MasterKey(CacheryCase):
    """Another master key: nobody's password changes, and what was cut short is finished."""

    def key_file(self):
        return self.server.data_dir / "master.key"

    def put_sealed_password(self, cache, sealed):
        """The one that was there."""
        database = sqlite3.connect(self.server.data_dir / "cachery.db")
        with database:
            before, = database.execute(
                "SELECT sealed_password FROM credentials WHERE cache_id = ?",
                (cache["id"],)).fetchone()
            database.execute("UPDATE credentials SET sealed_password = ? WHERE cache_id = ?",
                             (sealed, cache["id"]))
        database.close()
        return before

    def test_is_changed_while_the_service_is_stopped(self):
        cache = self.create_cache()
        before = self.key_file().read_text()
        running = self.server.cli("master-key", "rotate", check=False)
        self.assertEqual(running.returncode, 1)
        self.assertIn(f"process {self.server.pid}", running.stderr)
        self.assertEqual(self.key_file().read_text(), before)

        self.server.stop()
        self.assertIn("master.key", self.server.cli("master-key", "rotate"))
        self.assertNotEqual(self.key_file().read_text(), before)
        self.assertEqual(self.key_file().stat().st_mode & 0o777, 0o600)
        self.server.start()
        self.assertEqual(self.cli("cache", "show", cache["name"])["password"], cache["password"])
        self.assertEqual(self.ascii(cache).set("key", b"value"), "STORED")

    def test_one_that_was_cut_short_is_finished_by_the_next(self):
        cache = self.create_cache()
        self.server.stop()
        before = self.key_file().read_text()
        self.server.cli("master-key", "rotate")
        # As after a crash just before the new key took the old one's place.
        self.key_file().rename(self.key_file().with_name("master.key.next"))
        self.key_file().write_text(before)
        with self.assertRaisesRegex(ServerError, "ended with 2"):
            self.server.start()
        self.assertIn("cachery master-key rotate", self.server.log())
        self.server.stop()
        self.server.cli("master-key", "rotate")
        self.assertFalse(self.key_file().with_name("master.key.next").exists())
        self.server.start()
        self.assertEqual(self.cli("cache", "show", cache["name"])["password"], cache["password"])

    def test_another_one_is_refused_and_seals_nothing(self):
        cache = self.create_cache()
        right = self.key_file().read_text()
        file = self.server.data_dir / "backup"
        self.server.cli("backup", str(file))
        self.server.stop()
        self.key_file().write_text("3d" * 32 + "\n")
        with self.assertRaisesRegex(ServerError, "ended with 2"):
            self.server.start()
        self.assertIn("the master key does not open this database", self.server.log())
        self.server.stop()
        for command in (["master-key", "rotate"], ["restore", str(file)]):
            refused = self.server.cli(*command, check=False)
            self.assertEqual(refused.returncode, 1, command)
            self.assertIn("the master key does not open this database", refused.stderr)
        self.assertFalse(self.key_file().with_name("master.key.next").exists())
        self.key_file().write_text(right)
        # As a change leaves it that was cut short before the database was changed, or that failed.
        next_key = self.key_file().with_name("master.key.next")
        next_key.write_text("4c" * 32 + "\n")
        self.server.start()
        self.assertIn("master_key_change_dropped", self.server.log())
        self.assertFalse(next_key.exists())
        self.assertEqual(self.cli("cache", "show", cache["name"])["password"], cache["password"])

    def test_a_change_that_fails_leaves_the_old_one_alone(self):
        cache = self.create_cache()
        self.server.stop()
        before = self.key_file().read_text()
        good = self.put_sealed_password(cache, b"damaged")
        refused = self.server.cli("master-key", "rotate", check=False)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("credentials.sealed_password", refused.stderr)
        self.assertEqual(self.key_file().read_text(), before)
        self.assertFalse(self.key_file().with_name("master.key.next").exists())
        self.server.start()
        listed = {one["name"]: one["password"] for one in self.cli("cache", "list")}
        self.assertEqual(listed[cache["name"]], "")
        self.assertEqual(len(listed["first"]), 32)
        self.assertIn("sealed_value_unreadable", self.server.log())
        self.put_sealed_password(cache, good)
        self.assertEqual(self.cli("cache", "show", cache["name"])["password"], cache["password"])

    def test_of_the_environment_is_kept_nowhere_and_changed_by_its_owner(self):
        server = Cachery()
        self.addCleanup(server.close)
        first, second = "1f" * 32, "2e" * 32
        server.environment = {"CACHERY_MASTER_KEY": first}
        server.start()
        shown = server.cli("cache", "show", "first", "--json")["password"]
        self.assertFalse((server.data_dir / "master.key").exists())
        server.restart()
        self.assertEqual(server.cli("cache", "show", "first", "--json")["password"], shown)

        server.stop()
        server.environment["CACHERY_MASTER_KEY_NEXT"] = second
        self.assertIn("CACHERY_MASTER_KEY_NEXT", server.cli("master-key", "rotate"))
        server.environment = {"CACHERY_MASTER_KEY": second}
        server.start()
        self.assertEqual(server.cli("cache", "show", "first", "--json")["password"], shown)
        server.stop()
        server.environment = {"CACHERY_MASTER_KEY": first}
        with self.assertRaisesRegex(ServerError, "ended with 2"):
            server.start()
        self.assertIn("does not open this database", server.log())
        server.stop()
        server.environment = {"CACHERY_MASTER_KEY": "not a key"}
        with self.assertRaisesRegex(ServerError, "ended with 2"):
            server.start()
        self.assertIn("64 hex digits", server.log())


if __name__ == "__main__":
    unittest.main()
