"""The other tenant: it works while somebody takes all that they can, and counts what it lost."""
import threading

from case import CacheryCase
from mail_server import MailServer
from person import Person
from wire import Ascii

KIB, MIB = 1 << 10, 1 << 20
REFUSED = (400, 403, 409, 422, 429, 503)


class Neighbour(threading.Thread):
    """Stores, reads and looks after what it stored at first, until it is told to end. Nothing but
    its own counts is judged: a machine that is busy makes them small, and none of them wrong."""

    def __init__(self, address, cache, items=200, value=bytes(2000)):
        super().__init__(daemon=True)
        self.address, self.cache, self.value, self.items = address, cache, value, items
        self.is_over = threading.Event()
        self.has_begun = threading.Event()
        self.faults = []
        self.rounds = 0

    def run(self):
        try:
            with Ascii(self.address) as connection:
                self.expect(connection.login(self.cache["username"], self.cache["password"]), "login")
                for number in range(self.items):
                    self.expect(connection.set(f"kept-{number}", self.value), "first stores")
                self.has_begun.set()
                while not self.is_over.is_set():
                    self.work(connection)
                for number in range(self.items):
                    if connection.get(f"kept-{number}") != self.value:
                        self.faults.append(f"lost: kept-{number}")
        except (OSError, AssertionError) as error:
            self.faults.append(f"cut: {error}")
        self.has_begun.set()

    def work(self, connection):
        key = f"work-{self.rounds % 100}"
        self.expect(connection.set(key, self.value), "a store")
        if connection.get(key) != self.value:
            self.faults.append(f"lost: {key}, just stored")
        if connection.get(f"kept-{self.rounds % self.items}") != self.value:
            self.faults.append(f"lost: kept-{self.rounds % self.items}")
        self.rounds += 1

    def expect(self, line, what):
        if line is None:
            raise OSError(f"connection closed at {what}")
        if line != "STORED":
            self.faults.append(f"refused, {what}: {line}")

    def __enter__(self):
        self.start()
        assert self.has_begun.wait(60), "the neighbour did not begin"
        return self

    def __exit__(self, *_):
        self.is_over.set()
        self.join(60)
        if self.is_alive():
            self.faults.append("it waits for an answer")


class NeighbourCase(CacheryCase):
    """A server of small bounds for each class, a cache that takes and a cache that works."""

    def neighbour(self, cache=None, **shape):
        return Neighbour(self.server.address, cache or self.create_cache(), **shape)

    def assert_unharmed(self, neighbour):
        self.assertEqual(neighbour.faults[:5], [], f"{len(neighbour.faults)} faults")
        self.assertGreater(neighbour.rounds, 0, "it did not work")
        print(f"  {self.id()}: {neighbour.rounds} rounds beside it")

    def fill(self, cache, mebibytes, value_bytes=100_000, keys=None):
        """Stores so much, without waiting for each answer; returns how many were refused."""
        count = mebibytes * MIB // value_bytes
        refused, part = 0, 50
        with Ascii(self.server.address) as taker:
            self.assertEqual(taker.login(cache["username"], cache["password"]), "STORED")
            value = bytes(value_bytes)
            for begin in range(0, count, part):
                numbers = range(begin, min(begin + part, count))
                taker.send(b"".join(b"set fill-%d 0 0 %d\r\n%s\r\n" % (number % (keys or count),
                                                                     value_bytes, value)
                                    for number in numbers))
                refused += sum(taker.line() != "STORED" for _ in numbers)
        return refused


class PeopleCase(NeighbourCase):
    """A service with a mail server; the one who takes and the one who works are people."""

    own_flags = ()

    @classmethod
    def setUpClass(cls):
        cls.mails = MailServer()
        cls.addClassCleanup(cls.mails.close)
        cls.flags = (*cls.mails.flags(), *cls.own_flags)
        super().setUpClass()
        cls.taker, cls.worker = cls.person("taker"), cls.person("worker")

    @classmethod
    def person(cls, name):
        made = Person(cls.server, f"{name}@example.org", f"correct horse battery {name}")
        return made.sign_up(cls.mails).sign_in()

    def teams(self, person, most):
        """The person's own and as many more as it may make, and most wants."""
        while len(teams := person.get("/teams")["teams"]) < most:
            if person.status("POST", "/teams", {"name": f"team {len(teams)}"}) != 201:
                break
        return [team["id"] for team in teams]
