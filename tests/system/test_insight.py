"""What a cache's traffic tells: its flush log, live counters, introspection, how big it should be."""
import json
import re
import socket
import urllib.error
import urllib.request

from case import CacheryCase


class Insight(CacheryCase):
    def insight(self, cache, what):
        return self.server.admin(f"/caches/{cache['name']}/insight/{what}")

    def flush_by_link(self, cache):
        """As the web interface does: by the session of the cache's single sign-on address."""
        link = self.server.admin(f"/caches/{cache['name']}")["sso_path"]
        host, port = self.server.ready["http"].rsplit(":", 1)
        with socket.create_connection((host, port), timeout=20) as connection:
            connection.sendall(f"GET {link} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode())
            answer = connection.makefile("rb").read().decode()
        cookie = re.search(r"Set-Cookie: ([^;]+)", answer).group(1)
        me = json.loads(self.server.fetch("/api/admin/v1/me", Cookie=cookie))
        request = urllib.request.Request(
            f"http://{self.server.ready['http']}/api/admin/v1/caches/{cache['name']}/flush",
            method="POST", headers={"Cookie": cookie, "X-CSRF-Token": me["csrf_token"]})
        urllib.request.urlopen(request, timeout=20).close()

    def test_the_flush_log_has_each_flush_with_its_origin(self):
        cache, other = self.create_cache(), self.create_cache()
        self.assertEqual(self.ascii(cache).ask("flush_all"), "OK")
        flushes = f"/caches/{cache['name']}/flushes"
        self.assert_eventually(lambda: self.server.admin(flushes)["flushes"])
        self.flush_by_link(cache)
        status, _ = self.basic(cache, "POST", f"/api/v2/caches/{cache['id']}/flush")
        self.assertEqual(status, 204)
        self.cli("cache", "flush", cache["name"])
        log = self.server.admin(flushes)["flushes"]
        self.assertEqual([one["origin"] for one in log],
                         ["admin operation", "API", "web interface", "memcache client"])
        self.assertEqual({one["address"] for one in log}, {"127.0.0.1"})
        self.assertEqual({one["server"] for one in log}, {self.server.address})
        self.assertEqual((log[1]["credential"], log[3]["credential"]), (cache["username"],) * 2)
        self.assertEqual(self.server.admin(f"/caches/{other['name']}/flushes")["flushes"], [])

    def test_live_counters_are_followed_as_events_until_the_service_stops(self):
        cache = self.create_cache()
        connection = self.ascii(cache)
        events = self.open_events(cache)
        first = self.next_event(events)
        connection.set("key", b"value")
        second = self.next_event(events)
        self.assertGreater(second["time"], first["time"])
        self.assertEqual((first["stats"]["cmd_set"], second["stats"]["cmd_set"]), (0, 1))
        self.assertGreater(second["series"]["set_rate"], 0)
        self.server.restart()
        with self.assertRaises((OSError, ValueError)):
            while True:
                self.next_event(events)

    def open_events(self, cache):
        token = (self.server.data_dir / "operator.token").read_text().strip()
        request = urllib.request.Request(
            f"http://{self.server.ready['http']}/api/admin/v1/caches/{cache['name']}/live",
            headers={"Authorization": f"Bearer {token}", "Accept": "text/event-stream"})
        answer = self.opened.enter_context(urllib.request.urlopen(request, timeout=20))
        self.assertEqual(answer.headers["Content-Type"], "text/event-stream")
        return answer

    @staticmethod
    def next_event(events):
        line = events.readline()
        if not line.startswith(b"data: "):
            raise ValueError(f"no event but {line!r}")
        assert events.readline() == b"\n"
        return json.loads(line.removeprefix(b"data: "))

    def test_a_cache_that_is_looked_at_tells_of_its_requests_and_keys(self):
        cache, other = self.create_cache(), self.create_cache()
        connection = self.ascii(cache)
        connection.set("early", b"value")
        server = self.server.address
        self.assertEqual(self.insight(cache, "recent_requests"), {server: []}, "nobody looked")
        self.cli_watch(cache, "user:")
        for _ in range(20):
            connection.get("user:1")
        connection.set("user:1", b"value")
        for _ in range(30):
            connection.get("user:1")
        seen = self.insight(cache, "recent_requests")[server]
        self.assertEqual(len(seen), 51)
        self.assertEqual([seen[i]["status"] for i in (0, 20, 50)], ["NOT_FOUND", "OK", "OK"])
        self.assertEqual({one["key"] for one in seen}, {"user:1"})
        popular = self.insight(cache, "popular_items")
        self.assertEqual(popular["most_hit_keys"], [{"name": "user:1", "popularity": 30}])
        self.assertEqual(popular["most_missed_keys"], [{"name": "user:1", "popularity": 20}])
        (key,) = self.insight(cache, "key_stats?key=user:1")
        self.assertEqual((key["in_cache"], key["size"]), (True, 5))
        self.assertEqual(self.insight(other, "recent_requests"), {server: []}, "another's are not")

    def cli_watch(self, cache, prefix):
        status, watched = self.server.ask("POST", f"/caches/{cache['name']}/insight/prefixes",
                                          {"name": prefix})
        self.assertEqual((status, watched["name"]), (200, prefix))
        self.assertEqual(self.insight(cache, "prefixes"), [watched])

    def test_the_curve_names_the_smallest_plan_that_keeps_the_hits(self):
        cache = self.create_cache("--plan", "100")
        connection = self.ascii(cache)
        for turn in range(3):
            for i in range(2_000):
                if connection.get(f"key:{i}") is None:
                    connection.set(f"key:{i}", b"x" * 500)
        curve = self.insight(cache, "miss_ratio_curve")
        self.assertEqual(curve["limit_bytes"], cache["limit_bytes"])
        self.assertAlmostEqual(curve["hit_rate"], 2 / 3, delta=0.05)
        self.assertEqual([one["memory_bytes"] / curve["limit_bytes"] for one in curve["sizes"]],
                         [0.5, 2, 4])
        self.assertEqual(curve["smallest_plan"], "dev", curve)
        status, same = self.basic(cache, "GET",
                                  f"/api/v2/caches/{cache['id']}/insight/miss_ratio_curve")
        self.assertEqual((status, same["smallest_plan"]), (200, "dev"))
