"""Two caches of one service share nothing that a client can see or do."""
from case import CacheryCase


class Isolation(CacheryCase):
    def setUp(self):
        super().setUp()
        self.a, self.b = self.create_cache(), self.create_cache()
        self.in_a, self.in_b = self.ascii(self.a), self.ascii(self.b)

    def test_the_same_key_holds_another_value_in_each(self):
        self.assertEqual(self.in_a.set("key", b"of a"), "STORED")
        self.assertIsNone(self.in_b.get("key"))
        self.assertEqual(self.in_b.set("key", b"of b"), "STORED")
        self.assertEqual(self.in_a.get("key"), b"of a")
        self.assertEqual(self.in_b.ask("delete key"), "DELETED")
        self.assertEqual(self.in_a.get("key"), b"of a")

    def test_a_flush_empties_only_its_own_cache(self):
        self.in_a.set("key", b"of a")
        self.in_b.set("key", b"of b")
        self.assertEqual(self.in_b.ask("flush_all"), "OK")
        self.assertEqual(self.in_a.get("key"), b"of a")
        self.assertIsNone(self.in_b.get("key"))

    def test_flush_by_the_operator_empties_only_the_named_cache(self):
        self.in_a.set("key", b"of a")
        self.in_b.set("key", b"of b")
        self.cli("cache", "flush", self.b["name"])
        self.assertEqual(self.in_a.get("key"), b"of a")
        self.assertIsNone(self.in_b.get("key"))

    def test_stats_count_only_their_own_cache(self):
        before = self.in_a.stats()
        for turn in range(20):
            self.in_b.set(f"key{turn}", b"of b")
            self.in_b.get("missing")
        after = self.in_a.stats()
        for name in ("cmd_get", "cmd_set", "get_misses", "curr_items", "bytes", "total_items",
                     "curr_connections", "cmd_flush"):
            self.assertEqual(after[name], before[name], name)
        self.assertEqual(self.in_b.stats()["cmd_set"], "20")

    def test_stats_reset_touches_only_its_own_cache(self):
        self.in_a.set("key", b"of a")
        self.assertEqual(self.in_b.ask("stats reset"), "RESET")
        self.assertEqual(self.in_a.stats()["cmd_set"], "1")

    def test_one_cache_full_evicts_nothing_of_the_other(self):
        self.in_a.set("precious", b"of a")
        value = bytes(100_000)
        for turn in range(600):  # 60 MB into 27.5 MiB
            self.assertEqual(self.in_b.set(f"key{turn}", value), "STORED")
        self.assertGreater(int(self.in_b.stats()["evictions"]), 0)
        self.assertEqual(self.in_a.stats()["evictions"], "0")
        self.assertEqual(self.in_a.get("precious"), b"of a")

    def test_credentials_of_one_do_not_open_the_other(self):
        stranger = self.ascii()
        self.assertEqual(stranger.login(self.a["username"], self.b["password"]),
                         "CLIENT_ERROR authentication failure")
        self.assertTrue(stranger.is_closed())

    def test_a_connection_stays_with_its_cache(self):
        self.in_a.set("key", b"of a")
        line = self.in_a.login(self.b["username"], self.b["password"])
        if line == "STORED":  # an ordinary key by now: it went into cache a
            self.assertEqual(self.in_a.get("key"), b"of a")
            self.assertIsNone(self.in_b.get(self.b["username"]))
