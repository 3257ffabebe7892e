"""`stats` is exact: it says what a client that counts for itself has counted."""
import os
import random
import unittest

from case import CacheryCase, eventually
from server import Memcached
from wire import Ascii

ROUNDS = 4000
KEYS = 60


class Counter:
    """A client with a model of the cache, which tells for each command what must be counted."""

    def __init__(self, connection, dice):
        self.connection = connection
        self.dice = dice
        self.model = {}
        self.counts = {}

    def count(self, *names):
        for name in names:
            self.counts[name] = self.counts.get(name, 0) + 1

    def step(self):
        act = self.dice.choice((self.get, self.get, self.multi_get, self.set, self.set, self.add,
                                self.replace, self.append, self.delete, self.incr, self.decr,
                                self.touch, self.gat, self.cas))
        act(f"key{self.dice.randrange(KEYS)}")

    def expect(self, command, wanted, value=None):
        line = self.connection.ask(command, value)
        if line != wanted:
            raise AssertionError(f"{command}: got {line}, wanted {wanted}")

    def number(self):
        # Far from a power of ten, so that neither incr nor decr changes its length.
        return str(self.dice.randrange(5000, 6000)).encode()

    def looked_up(self, key):
        self.count("cmd_get", "get_hits" if key in self.model else "get_misses")

    def get(self, key):
        self.looked_up(key)
        if self.connection.get(key) != self.model.get(key):
            raise AssertionError(f"get {key}: another value")

    def multi_get(self, key):
        keys = [key, "never", key + "0", f"key{self.dice.randrange(KEYS)}"]
        wanted = []
        for each in keys:
            self.looked_up(each)
            if each in self.model:
                wanted += [f"VALUE {each} 0 {len(self.model[each])}", self.model[each].decode()]
        line = self.connection.ask("get " + " ".join(keys))
        got = []
        while line != "END":
            got.append(line)
            line = self.connection.line()
        if got != wanted:
            raise AssertionError(f"get {keys}: got {got}, wanted {wanted}")

    def stored(self, key, value):
        self.model[key] = value
        self.count("total_items")

    def store(self, command, key, value, will_store):
        self.count("cmd_set")
        self.expect(f"{command} {key} 0 0 {len(value)}",
                    "STORED" if will_store else "NOT_STORED", value)
        return will_store

    def set(self, key):
        value = self.number()
        self.store("set", key, value, True)
        self.stored(key, value)

    def add(self, key):
        value = self.number()
        if self.store("add", key, value, key not in self.model):
            self.stored(key, value)

    def replace(self, key):
        value = self.number()
        if self.store("replace", key, value, key in self.model):
            self.stored(key, value)

    def append(self, key):
        # Short enough that the value stays a number that incr takes.
        room = key in self.model and len(self.model[key]) < 12
        if room or key not in self.model:
            if self.store("append", key, b"7", room):
                self.stored(key, self.model[key] + b"7")

    def delete(self, key):
        is_there = self.model.pop(key, None) is not None
        self.count("cmd_delete", "delete_hits" if is_there else "delete_misses")
        self.expect(f"delete {key}", "DELETED" if is_there else "NOT_FOUND")

    def incr(self, key):
        self.arithmetic("incr", key, int(self.model.get(key, b"0")) + 3, 3)

    def decr(self, key):
        self.arithmetic("decr", key, int(self.model.get(key, b"0")) - 3, 3)

    def arithmetic(self, verb, key, result, delta):
        is_there = key in self.model
        self.count(f"{verb}_hits" if is_there else f"{verb}_misses")
        self.expect(f"{verb} {key} {delta}", str(result) if is_there else "NOT_FOUND")
        if is_there:
            self.model[key] = str(result).encode()

    def touch(self, key):
        is_there = key in self.model
        self.count("cmd_touch", "touch_hits" if is_there else "touch_misses")
        self.expect(f"touch {key} 0", "TOUCHED" if is_there else "NOT_FOUND")

    def gat(self, key):
        is_there = key in self.model
        # As upstream counts it: a get-and-touch is a touch that answers with the value.
        self.count("cmd_touch", "touch_hits" if is_there else "touch_misses")
        if not is_there:
            return self.expect(f"gat 0 {key}", "END")
        self.expect(f"gat 0 {key}", f"VALUE {key} 0 {len(self.model[key])}")
        self.connection.line()
        return self.connection.line()

    def cas(self, key):
        self.count("cmd_set")
        if key not in self.model:
            self.count("cas_misses")
            return self.expect(f"cas {key} 0 0 1 1", "NOT_FOUND", b"1")
        self.looked_up(key)
        token = int(self.connection.ask(f"gets {key}").split()[4])
        self.connection.line()
        self.connection.line()
        value = self.number()
        command = f"cas {key} 0 0 {len(value)}"
        if self.dice.random() < 0.3:
            self.count("cas_badval")
            return self.expect(f"{command} {token + 1}", "EXISTS", value)
        self.count("cas_hits")
        self.expect(f"{command} {token}", "STORED", value)
        return self.stored(key, value)


NAMES = ("cmd_get get_hits get_misses cmd_set cmd_touch touch_hits touch_misses delete_hits "
         "delete_misses incr_hits incr_misses decr_hits decr_misses cas_hits cas_misses "
         "cas_badval total_items").split()


def differences(counted, names, before, after):
    grown = {name: int(after[name]) - int(before[name]) for name in names}
    return {name: f"stats say {grown[name]}, the client counted {counted.get(name, 0)}"
            for name in names if grown[name] != counted.get(name, 0)}


def seeded():
    seed = int(os.environ.get("SEED", random.randrange(1 << 32)))
    print(f"test_counters: SEED={seed}", flush=True)
    return random.Random(seed)


class CountersOfUpstream(unittest.TestCase):
    """Proves the model that the next class holds Cachery to."""

    on_upstream = True

    def test_count_what_the_client_counted(self):
        with Memcached() as server, Ascii(server.address) as connection:
            client = Counter(connection, seeded())
            before = connection.stats()
            for _ in range(ROUNDS):
                client.step()
            after = connection.stats()
            # An incr that meets upstream's LRU maintainer on its item stores a new one.
            names = [name for name in NAMES if name != "total_items"]
            self.assertEqual(differences(client.counts, names, before, after), {})
            self.assertEqual(int(after["curr_items"]), len(client.model))


class Counters(CacheryCase):
    def setUp(self):
        super().setUp()
        self.cache = self.create_cache()
        self.connection = self.ascii(self.cache)
        self.client = Counter(self.connection, seeded())

    def test_count_what_the_client_counted(self):
        before = self.connection.stats()
        for _ in range(ROUNDS):
            self.client.step()
        after = self.connection.stats()
        names = [*NAMES, "cmd_delete"]
        self.assertEqual(differences(self.client.counts, names, before, after), {})
        self.assertEqual(int(after["curr_items"]), len(self.client.model))

    def test_are_the_sum_over_connections(self):
        before = self.connection.stats()
        second = Counter(self.ascii(self.cache), self.client.dice)
        second.model = self.client.model
        for _ in range(ROUNDS // 4):
            self.client.step()
            second.step()
        after = self.connection.stats()
        both = {name: self.client.counts.get(name, 0) + second.counts.get(name, 0)
                for name in NAMES}
        self.assertEqual(differences(both, NAMES, before, after), {})
        self.assertEqual(after["curr_connections"], "2")

    def test_bytes_are_those_on_the_wire(self):
        before = self.connection.stats()
        request = b"get 0123456789\r\n" * 50
        self.connection.send(request)
        for _ in range(50):
            self.assertEqual(self.connection.line(), "END")
        after = self.connection.stats()
        read = int(after["bytes_read"]) - int(before["bytes_read"])
        # The second `stats` itself is read before it is answered; the first's answer is written
        # after it was made.
        self.assertEqual(read, len(request) + len(b"stats\r\n"))
        written = int(after["bytes_written"]) - int(before["bytes_written"])
        answer = sum(len(f"STAT {name} {value}\r\n") for name, value in before.items())
        self.assertEqual(written, answer + len(b"END\r\n") * 51)

    def test_logins_and_what_was_refused_are_counted(self):
        before = self.connection.stats()
        self.ascii().login(self.cache["username"], "0" * 32)
        reader = self.ascii(self.create_credential(self.cache, write=False, flush=False))
        self.assertEqual(reader.set("key", b"value"), "NOT_STORED")
        reader.ask("flush_all")
        self.assertEqual(self.connection.set("big", bytes((1 << 20) + 1)),
                         "SERVER_ERROR object too large for cache")
        after = self.connection.stats()
        wanted = {"auth_cmds": 2, "auth_errors": 1, "refused_write": 1, "refused_flush": 1,
                  "store_too_large": 1, "total_connections": 1}
        self.assertEqual(differences(wanted, wanted, before, after), {})

    def test_expired_items_are_counted_apart_from_evictions(self):
        for turn in range(10):
            self.connection.set(f"short{turn}", b"value", seconds=-1)
        self.connection.set("soon", b"value", seconds=1)
        self.assertTrue(eventually(lambda: self.connection.get("soon") is None))
        stats = self.connection.stats()
        self.assertGreaterEqual(int(stats["expired"]), 1)
        self.assertEqual(stats["evictions"], "0")

    def test_reset_sets_what_grows_to_nothing_and_leaves_levels(self):
        self.connection.set("key", b"value")
        self.assertEqual(self.connection.ask("stats reset"), "RESET")
        stats = self.connection.stats()
        self.assertEqual((stats["cmd_set"], stats["get_hits"]), ("0", "0"))
        self.assertEqual((stats["curr_items"], stats["limit_maxbytes"]), ("1", "28835840"))

    def test_the_operator_sees_the_same(self):
        for _ in range(100):
            self.client.step()
        on_wire = self.connection.stats()
        in_api = self.server.admin(f"/caches/{self.cache['id']}/stats")["stats"]
        for name in [*NAMES, "curr_items", "bytes", "limit_maxbytes", "curr_connections"]:
            self.assertEqual(int(on_wire[name]), in_api[name], name)
