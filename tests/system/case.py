"""The base of the system tests: a server for each class, and what many of them ask for."""
import base64
import contextlib
import time
import unittest

from server import Cachery
from wire import Ascii, Binary

EVENT_SECONDS = 10  # how long a change may take on a busy machine before the test gives up


def eventually(claim, seconds=EVENT_SECONDS):
    """Polls until the claim holds; there is no event to wait for on the client's side."""
    deadline = time.monotonic() + seconds
    while True:
        if claim():
            return True
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)


class CacheryCase(unittest.TestCase):
    """One `cachery serve` for the class; each test makes caches of its own."""

    flags = ()

    @classmethod
    def setUpClass(cls):
        cls.server = Cachery(*cls.flags).start()
        cls.addClassCleanup(cls.server.close)
        cls.made = 0

    def setUp(self):
        # Closes what a test opened, whether it failed or not.
        self.opened = contextlib.ExitStack()
        self.addCleanup(self.opened.close)

    def cli(self, *arguments):
        return self.server.cli(*arguments, "--json")

    def create_cache(self, *flags):
        type(self).made += 1
        size = () if flags else ("--plan", "dev")
        return self.cli("cache", "create", "--name", f"cache{self.made}", *size, *flags)

    def create_credential(self, cache, **settings):
        return self.cli("credential", "create", cache["name"], *flags_of(settings))

    def update_credential(self, cache, credential, **settings):
        return self.cli("credential", "update", cache["name"], credential["username"],
                        *flags_of(settings))

    def basic(self, cache, method, path, body=None):
        """(status, object) as the analytics API answers the cache's own credential."""
        pair = f'{cache["username"]}:{cache["password"]}'.encode()
        proof = {"Authorization": "Basic " + base64.b64encode(pair).decode()}
        return self.server.ask(method, path, body, proof)

    def ascii(self, login=None, address=None, **options):
        """A connection, logged in when a cache or credential is given."""
        made = self.opened.enter_context(Ascii(address or self.server.address, **options))
        if login:
            self.assertEqual(made.login(login["username"], login["password"]), "STORED")
        return made

    def binary(self, login=None):
        made = self.opened.enter_context(Binary(self.server.address))
        if login:
            self.assertEqual(made.login(login["username"], login["password"])[0], 0)
        return made

    def assert_eventually(self, claim, message=None):
        self.assertTrue(eventually(claim), message)


def flags_of(settings):
    """write=False, own_port=1 -> --write false --own-port 1"""
    for name, value in settings.items():
        yield "--" + name.replace("_", "-")
        yield str(value).lower() if isinstance(value, bool) else str(value)
