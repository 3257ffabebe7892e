"""The node's memory, in four ways: by plan, by flushing, by tiny caches, and more than there is."""
import unittest

from neighbour import KIB, NeighbourCase, PeopleCase
from wire import Ascii

VALUE = bytes(10 * KIB)


def stored(address, cache, count, value=VALUE):
    """How many of so many stores a cache took, and how many of those it has at the end."""
    with Ascii(address) as connection:
        assert connection.login(cache["username"], cache["password"]) == "STORED"
        took = [f"key-{number}" for number in range(count)
                if connection.set(f"key-{number}", value) == "STORED"]
        return len(took), sum(connection.get(key) == value for key in took)


class Oversold(NeighbourCase):
    """Operators may sell more than the node has. Whoever is below their share is served."""

    flags = ("--memory=64m",)

    def test_a_new_cache_holds_something_while_two_others_hold_all(self):
        for _ in range(2):
            self.fill(self.create_cache("--size-mib", "60"), 70)
        new = self.create_cache()
        self.assertEqual(stored(self.server.address, new, 200), (200, 200))

    def test_a_cache_below_its_share_loses_nothing_to_one_that_takes_all(self):
        working, taking = self.create_cache(), self.create_cache("--size-mib", "60")
        with self.neighbour(working, items=1000, value=VALUE) as neighbour:
            for _ in range(3):
                self.fill(taking, 70)
        self.assert_unharmed(neighbour)


class ByPlan(PeopleCase):
    own_flags = ("--memory=64m",)

    def test_a_stranger_gets_no_more_than_a_stranger_may_have(self):
        """A plan larger than the node is refused; so is more than a bound for all of a person's."""
        taken = []
        for plan in ("20000", "10000", "1000", "100", "100", "dev", "dev"):
            status, made = self.taker.ask("POST", "/caches", {
                "name": f"mine{plan}-{len(taken)}", "plan": plan})
            if status == 201:
                taken.append(plan)
                self.fill(made, min(made["plan"]["size_mib"] if isinstance(made["plan"], dict)
                                    else 100, 120))
            else:
                self.assertIn(status, range(400, 500))
        self.assertNotIn("20000", taken)
        new = self.create_cache()
        self.assertEqual(stored(self.server.address, new, 200), (200, 200))


class Flushing(NeighbourCase):
    flags = ("--memory=64m",)
    ROUNDS, ITEMS = 40, 60  # 24 MB in all, of 66 that the neighbour may have

    def test_a_cache_that_fills_and_flushes_in_turn_evicts_nothing_of_another(self):
        working, taking = self.create_cache("--size-mib", "60"), self.create_cache()
        neighbour, taker = self.ascii(working), self.ascii(taking)
        value = bytes(200_000)
        fill = b"".join(b"set fill-%d 0 0 %d noreply\r\n%s\r\n" % (number, len(value), value)
                        for number in range(120))
        for turn in range(self.ROUNDS):
            taker.send(fill + b"flush_all\r\n")
            self.assertEqual(taker.line(), "OK")
            for number in range(self.ITEMS):
                self.assertEqual(neighbour.set(f"key-{turn}-{number}", VALUE), "STORED")
        lost = sum(neighbour.get(f"key-{turn}-{number}") != VALUE
                   for turn in range(self.ROUNDS) for number in range(self.ITEMS))
        self.assertEqual((lost, neighbour.stats()["evictions"]), (0, "0"))


class TinyCaches(NeighbourCase):
    flags = ("--memory=64m",)
    COUNT = 500

    def test_hundreds_of_caches_of_one_item_leave_the_node_to_others(self):
        self.fill(self.create_cache("--size-mib", "60"), 42)
        working = self.create_cache("--plan", "dev")
        for number in range(self.COUNT):
            status, made = self.server.ask("POST", "/caches", {"name": f"t{number}", "plan": "dev"})
            self.assertEqual(status, 201, made)
            with Ascii(self.server.address) as tiny:
                self.assertEqual(tiny.login(made["username"], made["password"]), "STORED")
                tiny.set("k", b"x")
        self.assertEqual(stored(self.server.address, working, 200), (200, 200))


if __name__ == "__main__":
    unittest.main()
