"""The log and the standard streams: no client, and nobody who reads them, can stop the service."""
import os
import re
import subprocess
import unittest

from case import CacheryCase
from server import Cachery
from wire import Ascii

FLUSHES = 20_000


def count_of(log, event):
    """(lines, events) of a log: a line without times= is one event."""
    lines = [line for line in log.splitlines() if re.search(rf" {event}( |$)", line)]
    times = [re.search(r" times=(\d+)", line) for line in lines]
    return len(lines), sum(int(found[1]) if found else 1 for found in times)


class Repeated(CacheryCase):
    def flush_without_end(self, cache):
        connection = self.ascii(cache)
        connection.send(b"flush_all noreply\r\n" * FLUSHES + b"mn\r\n")
        self.assertEqual(connection.line(), "MN")

    def test_a_client_that_flushes_without_end_writes_a_line_a_second(self):
        for cache in (self.create_cache(), self.create_cache()):
            self.flush_without_end(cache)
        wrong = [Ascii(self.server.address) for _ in range(30)]
        for connection in wrong:
            connection.send(b"set abcdef 0 0 32\r\n0123456789ABCDEF0123456789ABCDEF\r\n")
        for connection in wrong:
            connection.is_closed()
            connection.close()
        self.assertEqual(self.server.stop(), 0)
        lines, flushes = count_of(self.server.log(), "flush")
        self.assertEqual(flushes, 2 * FLUSHES)
        self.assertLess(lines, FLUSHES // 100)
        lines, failures = count_of(self.server.log(), "authentication_failed")
        self.assertEqual(failures, 30)
        self.assertLess(lines, 30)


class NotUnderstood(CacheryCase):
    def test_a_login_that_is_none_is_told_as_what_it_is(self):
        connection = self.binary()
        for mechanism, message in ((b"CRAM-MD5", b"abcdef"), (b"PLAIN", b"without the two NULs")):
            self.assertEqual(connection.ask(connection.AUTH, mechanism, message)[0], 0x20)
        self.assert_eventually(lambda: "authentication_not_understood" in self.server.log())
        self.assertIn("mechanism=CRAM-MD5", self.server.log())
        self.assertNotIn("authentication_failed", self.server.log())
        metrics = self.server.fetch("/metrics").splitlines()
        self.assertIn("cachery_authentications_not_understood_total 2", metrics)
        self.assertIn("cachery_authentication_failures_total 0", metrics)


class Unread(unittest.TestCase):
    def test_a_log_that_nobody_reads_keeps_nobody_waiting(self):
        unread, ours = os.pipe()
        self.addCleanup(os.close, unread)
        os.set_blocking(ours, False)
        try:
            while True:
                os.write(ours, b"." * 4096)
        except BlockingIOError:
            pass  # full: not a line fits
        os.set_blocking(ours, True)
        with LoggingTo(ours) as server:
            os.close(ours)
            with Ascii(server.address) as flusher, Ascii(server.address) as other:
                flusher.send(b"flush_all noreply\r\n" * FLUSHES + b"mn\r\n")
                self.assertEqual(flusher.line(), "MN")
                self.assertEqual(other.set("key", b"value"), "STORED")
            self.assertEqual(server.stop(), 0)


class LoggingTo(Cachery):
    """Logs to a descriptor of the test's."""

    def __init__(self, descriptor):
        super().__init__("--local", "--log-level=debug")
        self.descriptor = descriptor

    def spawn(self, command, **options):
        self.child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=self.descriptor,
                                      **options)


class ClosedStreams(unittest.TestCase):
    def test_closed_standard_streams_are_no_files_or_sockets_of_the_service(self):
        for closed in ("2>&-", "<&- 2>&-"):
            with self.subTest(closed), StartedWith(closed) as server:
                for stream in (0, 2):
                    link = os.readlink(f"/proc/{server.pid}/fd/{stream}")
                    self.assertEqual(link, "/dev/null", f"{stream} with {closed}")
                with Ascii(server.address) as connection:
                    connection.send(b"flush_all\r\n")  # which says a line
                    connection.line()
                for path in server.data_dir.rglob("*"):
                    self.assertNotIn(b"authentication", path.read_bytes() if path.is_file() else b"")


class StartedWith(Cachery):
    """By a shell that redirects its streams."""

    def __init__(self, redirections):
        super().__init__()
        self.redirections = redirections

    def spawn(self, command, **options):
        script = f'exec "$@" {self.redirections}'
        super().spawn(["sh", "-c", script, "sh", *command], **options)


if __name__ == "__main__":
    unittest.main()
