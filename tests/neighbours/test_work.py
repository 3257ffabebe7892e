"""The time of a worker: few bytes that make it copy or evict much. What counts is how many requests
of a neighbour it answers meanwhile; one thread serves both."""
import threading
import unittest

from neighbour import MIB, NeighbourCase
from wire import Ascii

APPENDS = 32  # parsed together, before the first is executed
LARGE = 16 * MIB
TURNS_MIN = 10
READ_TURNS = 300  # of 64 KiB: more than sockets hold


class Work(NeighbourCase):
    flags = ("--threads=1", "--item-bytes-max=64m", "--memory=256m")

    def patient(self, cache):
        """A connection whose answers may take long, since others come in between."""
        made = self.ascii(cache)
        made.socket.settimeout(120)
        return made

    def answers_during(self, attack):
        """How many gets of a neighbour are answered while the attack is. What was sent before it has
        been read by then: a turn of the worker answers one get and reads 64 KiB or more."""
        cache = self.create_cache()
        with Ascii(self.server.address) as neighbour:
            neighbour.login(cache["username"], cache["password"])
            neighbour.set("key", b"value")
            for _ in range(READ_TURNS):
                neighbour.get("key")
            attacker = threading.Thread(target=attack, daemon=True)
            answers = 0
            attacker.start()
            while attacker.is_alive():
                self.assertEqual(neighbour.get("key"), b"value")
                answers += 1
            attacker.join()
        print(f"  {self.id()}: {answers} answers meanwhile")
        return answers

    def test_appends_to_a_large_value_take_turns_with_a_neighbour(self):
        taker = self.patient(self.create_cache("--plan", "100"))
        self.assertEqual(taker.set("large", bytes(LARGE)), "STORED")

        def attack():
            taker.send(b"append large 0 0 1 noreply\r\nx\r\n" * APPENDS + b"mn\r\n")
            self.assertEqual(taker.line(), "MN")
        self.assertGreater(self.answers_during(attack), TURNS_MIN)

    def test_a_number_padded_to_a_large_value_is_none(self):
        """Each increment would write all of it anew."""
        taker = self.ascii(self.create_cache("--plan", "100"))
        self.assertEqual(taker.set("number", b"1" + b" " * LARGE), "STORED")
        self.assertTrue(taker.ask("incr number 1").startswith("CLIENT_ERROR"))

    def test_one_large_value_among_small_ones_takes_turns_with_a_neighbour(self):
        taker = self.patient(self.create_cache("--size-mib", "20"))
        begin, part = 0, 20_000
        while taker.stats()["evictions"] == "0":
            taker.send(b"".join(b"set k%07d 0 0 1 noreply\r\nx\r\n" % number
                                for number in range(begin, begin + part)) + b"mn\r\n")
            self.assertEqual(taker.line(), "MN")
            begin += part
        size = 14 * MIB
        taker.send(b"set large 0 0 %d\r\n" % size + bytes(size))  # all but its end

        def attack():
            taker.send(b"\r\n")
            self.assertEqual(taker.line(), "STORED")
        self.assertGreater(self.answers_during(attack), TURNS_MIN)


if __name__ == "__main__":
    unittest.main()
