"""What the hostile tests and the storms measure and do more than once: the memory of a process,
connections made to be rude with, and which ways of hearing of sockets a machine allows."""
import contextlib
import os
import pathlib
import resource
import socket
import struct
import threading
import unittest

from case import CacheryCase
from server import CACHERY, Cachery, ServerError

HEAVY = os.environ.get("HEAVY") == "1"
IS_SANITIZED = CACHERY.exists() and b"__sanitizer_" in CACHERY.read_bytes()
MIB = 1 << 20

heavy = unittest.skipUnless(HEAVY, "takes long and much of the machine: set HEAVY=1")


# A sanitizer keeps what was freed and pads what was not.
needs_true_memory = unittest.skipIf(IS_SANITIZED, "a sanitizer's memory is not the program's")


def resident_bytes(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise AssertionError(f"no memory of {pid}")


def allow_descriptors(count):
    """For this process and those it starts; False where the machine allows fewer."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < count:
        if hard < count:
            return False
        resource.setrlimit(resource.RLIMIT_NOFILE, (count, hard))
    return True


def host_port(address):
    host, port = address.rsplit(":", 1)
    return host, int(port)


def reset(connection):
    """Closes with a reset instead of a farewell."""
    linger = struct.pack("ii", 1, 0)
    connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    connection.close()


class Sender(threading.Thread):
    """Sends all of it while the test reads: neither waits for the other for ever."""

    def __init__(self, connection, data):
        super().__init__(daemon=True)
        self.connection, self.data = connection, data
        self.start()

    def run(self):
        try:
            self.connection.send(self.data)
        except OSError:
            pass  # the test sees it as a reply that is missing


class Roomy(Cachery):
    """More memory than most tests need, and `prefix`: a program that starts it, as prlimit."""

    def __init__(self, *flags, prefix=(), **options):
        super().__init__(*flags, **options)
        self.prefix = prefix

    def command(self):
        command = [word for word in super().command() if not word.startswith("--memory=")]
        return [*self.prefix, *command, "--memory=256m"]

    def close(self):
        """Ends it, and sees that it ends well: a leak is told of then."""
        code = self.stop()
        said = self.log()
        super().close()
        if code not in (0, None) or "Sanitizer" in said:
            raise ServerError(f"ended with {code}: {said[-4000:]}")


class PressureCase(CacheryCase):
    """Skipped, with the reason, where the machine forbids the class's way to hear of sockets."""

    @classmethod
    def setUpClass(cls):
        cls.made = 0
        cls.server = Roomy(*cls.flags)
        cls.addClassCleanup(cls.server.close)
        try:
            cls.server.start()
        except ServerError as error:
            if "--io=io_uring" in cls.flags and "io_uring" in str(error):
                raise unittest.SkipTest(f"no io_uring here: {error}") from error
            raise

    def server_with(self, *flags, prefix=()):
        """A server of the test's own, with the class's flags."""
        return self.opened.enter_context(Roomy(*self.flags, *flags, prefix=prefix))

    def resident(self):
        return resident_bytes(self.server.pid)

    def assert_serves(self, login=None, address=None):
        """It still answers somebody who behaves."""
        with contextlib.closing(self.ascii(login, address=address)) as polite:
            self.assertEqual(polite.set("alive", b"yes"), "STORED")
            self.assertEqual(polite.get("alive"), b"yes")
