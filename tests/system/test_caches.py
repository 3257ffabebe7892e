"""What an operator does to a cache is in force for clients that are connected."""
import urllib.error

from case import CacheryCase

MIB = 1 << 20


class Caches(CacheryCase):
    def fill(self, connection, count, value=bytes(100_000)):
        for turn in range(count):
            self.assertEqual(connection.set(f"key{turn}", value), "STORED")

    def test_resizing_up_keeps_everything(self):
        cache = self.create_cache("--size-mib", "5")
        connection = self.ascii(cache)
        self.fill(connection, 30)
        self.cli("cache", "resize", cache["name"], "--size-mib", "20")
        self.assert_eventually(
            lambda: connection.stats()["limit_maxbytes"] == str(20 * MIB * 11 // 10))
        self.fill(connection, 100)
        self.assertEqual(connection.stats()["evictions"], "0")
        self.assertEqual(connection.stats()["curr_items"], "100")

    def test_resizing_down_evicts_to_the_new_limit(self):
        cache = self.create_cache("--size-mib", "20")
        connection = self.ascii(cache)
        self.fill(connection, 100)
        self.cli("cache", "resize", cache["name"], "--size-mib", "5")
        limit = 5 * MIB * 11 // 10
        self.assert_eventually(lambda: int(connection.stats()["bytes"]) <= limit)
        stats = connection.stats()
        self.assertEqual(int(stats["limit_maxbytes"]), limit)
        self.assertGreater(int(stats["evictions"]), 0)
        self.assertGreater(int(stats["curr_items"]), 0)
        self.assertEqual(connection.set("new", b"value"), "STORED")

    def test_never_holds_more_than_its_limit(self):
        cache = self.create_cache("--size-mib", "5")
        connection = self.ascii(cache)
        for bytes_each, count in ((50, 60_000), (1_000_000, 20), (50, 60_000)):
            request = b"".join(b"set k%d 0 0 %d noreply\r\n%s\r\n"
                               % (turn, bytes_each, bytes(bytes_each)) for turn in range(count))
            connection.send(request)
            stats = connection.stats()
            self.assertLessEqual(int(stats["bytes"]), int(stats["limit_maxbytes"]))
            self.assertEqual(stats["store_no_memory"], "0")
            self.assertEqual(connection.get(f"k{count - 1}"), bytes(bytes_each))

    def test_a_flush_by_the_operator_is_seen_at_once(self):
        cache = self.create_cache()
        connection = self.ascii(cache)
        connection.set("key", b"value")
        self.cli("cache", "flush", cache["name"])
        self.assertIsNone(connection.get("key"))
        self.assertEqual(connection.stats()["curr_items"], "0")

    def test_a_promoted_credential_is_the_one_that_is_shown(self):
        cache = self.create_cache()
        second = self.create_credential(cache)
        self.cli("credential", "promote", cache["name"], second["username"])
        shown = self.cli("cache", "show", cache["name"])
        self.assertEqual(shown["username"], second["username"])
        self.assertEqual(self.ascii(cache).ask("get key"), "END", "the first still opens it")

    def test_the_admin_api_wants_the_operators_token(self):
        for headers in ({}, {"Authorization": "Bearer " + "0" * 64}):
            with self.assertRaises(urllib.error.HTTPError) as refused:
                self.server.fetch("/api/admin/v1/caches", **headers)
            self.assertEqual(refused.exception.code, 401)
            refused.exception.close()
