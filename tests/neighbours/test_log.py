"""The log: clients may not fill the disk with it, and nobody waits for who reads it."""
import contextlib
import socket
import subprocess
import unittest

from neighbour import NeighbourCase
from server import Cachery, free_port
from wire import Ascii

FLUSHES = 100_000
REFUSED = 3_000
LINES_MAX = 2_000  # a thousandth of what a minute of it was


def flush(address, cache, times):
    """True: all were answered for."""
    with Ascii(address) as connection:
        assert connection.login(cache["username"], cache["password"]) == "STORED"
        for _ in range(times // 1000):
            connection.send(b"flush_all noreply\r\n" * 1000 + b"mn\r\n")
            if connection.line() != "MN":
                return False
    return True


class Flood(NeighbourCase):
    def test_flushes_without_end_make_a_few_lines(self):
        cache = self.create_cache()
        with self.neighbour() as neighbour:
            self.assertTrue(flush(self.server.address, cache, FLUSHES))
        self.assert_unharmed(neighbour)
        lines = self.server.log_path.stat().st_size, self.server.log().count("\n")
        print(f"  {FLUSHES} flushes: {lines[1]} lines, {lines[0]} bytes of log")
        self.assertLess(lines[1], LINES_MAX)


    def test_connections_that_may_not_come_make_a_few_lines(self):
        port = free_port()
        self.create_credential(self.create_cache(), own_port=port, own_port_networks="10.0.0.0/8")
        before = self.server.log().count("\n")
        for _ in range(REFUSED):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 10) as one:
                one.recv(1)
        lines = self.server.log().count("\n") - before
        print(f"  {REFUSED} refused connections: {lines} lines")
        self.assertLess(lines, REFUSED // 10)


class Unread(Cachery):
    """Its log goes to a pipe that nobody reads."""

    def spawn(self, command, **options):
        self.child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                      **options)

    def log(self):
        return ""

    def close(self):
        self.child.kill()
        self.child.stderr.close()
        super().close()


class UnreadLog(NeighbourCase):
    @classmethod
    def setUpClass(cls):
        cls.made = 0
        cls.server = Unread()
        cls.addClassCleanup(cls.server.close)
        cls.server.start()

    def test_a_log_that_nobody_reads_stops_nobody(self):
        cache = self.create_cache()
        neighbours = [self.neighbour() for _ in range(4)]  # on every worker
        for neighbour in neighbours:
            neighbour.__enter__()
        try:
            self.assertTrue(flush(self.server.address, cache, 20_000))
        finally:
            for neighbour in neighbours:
                neighbour.__exit__()
        for neighbour in neighbours:
            self.assert_unharmed(neighbour)


if __name__ == "__main__":
    unittest.main()
