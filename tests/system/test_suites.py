"""Other people's test suites pass, but for tests listed here with the reason."""
import os
import pathlib
import tempfile
import unittest

import suites
from server import Cachery, Memcached

# What upstream memcached itself fails, or what tests the client and not the server.
NPM_WITHOUT = {
    "memcached": {
        "Memcached connections": "reconnecting of the client, to ports where nobody listens",
    },
    "memcache-plus": {
        "Client items": "it waits for slab classes in `stats items`, and here are none",
        "Client set and get compression get for key that should be compressed but is not":
            "random text now and then looks like a zlib header, which the client takes ill",
    },
}
# The newest memcached answers `delete KEY NUMBER` as we do, and these want what 1.6.18 said.
MEMCCAPABLE_WITHOUT = {"ascii delete", "ascii delete noreply"}
# Without a TLS port: these have nothing to talk to.
PYMEMCACHE_TLS = {f"test_tls[socket-{client}]"
                  for client in ("Client", "PooledClient", "HashClientSingle")}
NPM_TLS = {"Client initialization with TLS enabled": "wants TLS, which this server has not"}


class SuiteCase(unittest.TestCase):
    """`serve --local`, which is what a developer runs in memcached's place; or upstream."""

    on_upstream = True
    maxDiff = None

    def open_server(self):
        is_upstream = os.environ.get("SYSTEM_WORLD") == "upstream"
        server = Memcached() if is_upstream else Cachery("--local")
        self.addCleanup(server.close)
        return server.start()

    def assert_all_pass(self, outcomes, least, but=frozenset()):
        failed = {name: why for name, why in outcomes.items() if why and name not in but}
        self.assertEqual(failed, {})
        self.assertGreaterEqual(len(outcomes), least, "the suite ran fewer tests than it has")

    def tls_of(self, server):
        """(address, authority's PEM), both None where there is no TLS."""
        if isinstance(server, Memcached):
            return None, None
        return server.ready["tls"], server.cli("tls", "ca")


class Memccapable(SuiteCase):
    def test_passes_all_that_the_newest_memcached_passes(self):
        outcomes = suites.memccapable(self.open_server().address)
        self.assert_all_pass(outcomes, least=54, but=MEMCCAPABLE_WITHOUT)


class Pymemcache(SuiteCase):
    def test_its_integration_suite_passes(self):
        server = self.open_server()
        tls_address, ca = self.tls_of(server)
        outcomes = suites.pymemcache(server.address, tls_address, ca)
        self.assert_all_pass(outcomes, least=49, but=set() if tls_address else PYMEMCACHE_TLS)


@unittest.skipUnless((suites.NPM.parent / "npm/prepared").exists(),
                     "the npm suites are not prepared: tools/setup_clients says why")
class Npm(SuiteCase):
    def test_the_suite_inside_memcached_passes(self):
        addresses = [self.open_server().address for _ in range(3)]
        outcomes = suites.npm("memcached", addresses, NPM_WITHOUT["memcached"])
        self.assert_all_pass(outcomes, least=35)

    def test_the_suite_inside_memcache_plus_passes(self):
        server = self.open_server()
        tls_address, ca = self.tls_of(server)
        without = NPM_WITHOUT["memcache-plus"] | ({} if tls_address else NPM_TLS)
        with tempfile.TemporaryDirectory() as folder:
            ca_file = pathlib.Path(folder) / "ca.pem"
            ca_file.write_text(ca or "")
            outcomes = suites.npm("memcache-plus", [server.address, tls_address or "none:0"],
                                  without, str(ca_file) if ca else None)
        self.assert_all_pass(outcomes, least=103)
