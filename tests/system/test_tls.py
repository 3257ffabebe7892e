"""TLS as clients of the service use it: their own, or stunnel in front of one that has none."""
import pathlib
import shutil
import ssl
import subprocess
import tempfile
import unittest

from case import CacheryCase, eventually
from server import ROOT, Process, free_port
from wire import Ascii

VENV_PYTHON = ROOT / "build/clients/python/venv/bin/python"

STUNNEL = """
foreground = yes
pid =
syslog = no
[cachery]
client = yes
accept = 127.0.0.1:{port}
connect = {tls}
CAfile = {ca}
verifyChain = yes
{check}
"""

BMEMCACHED = """
import ssl, sys, bmemcached
server, username, password, ca = sys.argv[1:]
context = ssl.create_default_context(cafile=ca)
context.check_hostname = False
client = bmemcached.Client([server], username, password, tls_context=context)
assert client.set("key", "over tls") and client.get("key") == "over tls"
"""


class Tls(CacheryCase):
    def setUp(self):
        super().setUp()
        folder = self.opened.enter_context(tempfile.TemporaryDirectory(prefix="tls-"))
        self.folder = pathlib.Path(folder)
        self.ca = self.folder / "ca.pem"
        self.ca.write_text(self.server.cli("tls", "ca"))
        self.cache = self.create_cache()

    def context(self, **limits):
        context = ssl.create_default_context(cafile=str(self.ca))
        for name, value in limits.items():
            setattr(context, name, value)
        return context

    def connect(self, context):
        return self.ascii(self.cache, address=self.server.ready["tls"], tls=context)

    def test_the_load_generator_finds_every_value_in_batches_of_many_records(self):
        for threads in ("1", "2"):  # by io_uring where it is to be had, and by epoll
            report = self.server.cli(
                "bench", "--server", self.server.ready["tls"], "--tls-ca", str(self.ca),
                "--username", self.cache["username"], "--password", self.cache["password"],
                "--threads", threads, "--connections", "4", "--keys", "200", "--value-bytes",
                "40000", "--pipeline", "16", "--prefill", "--requests", "1000", "--json")
            self.assertEqual((report["misses"], report["errors"], report["wrong_values"],
                              report["connections_lost"]), (0, 0, 0, 0), report)
            self.assertGreater(report["hits"], 0)

    def test_the_printed_authority_verifies_the_server_by_name_and_address(self):
        for name in ("localhost", "127.0.0.1"):
            connection = self.ascii(self.cache, address=self.server.ready["tls"],
                                    tls=self.context(), server_name=name)
            self.assertEqual(connection.set("key", b"value"), "STORED")

    def test_versions_1_2_and_1_3_are_spoken(self):
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            context = self.context(minimum_version=version, maximum_version=version)
            self.assertIsNone(self.connect(context).get("missing"))

    def test_nothing_older_is(self):
        context = self.context()
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
        with self.assertRaises((ssl.SSLError, ConnectionError)):
            self.connect(context)

    def test_a_client_without_the_authority_refuses_the_server(self):
        with self.assertRaises(ssl.SSLCertVerificationError):
            self.connect(ssl.create_default_context())

    def test_a_value_of_a_megabyte_comes_back_whole(self):
        connection = self.connect(self.context())
        value = bytes(range(256)) * 4000
        self.assertEqual(connection.set("large", value), "STORED")
        self.assertEqual(connection.get("large"), value)

    def test_plain_bytes_on_the_tls_port_get_no_answer_of_memcache(self):
        connection = self.ascii(address=self.server.ready["tls"])
        self.assertNotEqual(connection.ask("version"), "VERSION")
        self.assertEqual(self.connect(self.context()).ask("version").split()[0], "VERSION")

    def test_a_server_name_stands_for_a_login_where_a_credential_says_so(self):
        self.create_credential(self.cache, tls_server_name="shop.example", write=False)
        context = self.context()
        context.check_hostname = False  # no certificate has that name
        for name, answer in (("shop.example", "NOT_STORED"),
                             ("other.example", "CLIENT_ERROR unauthenticated")):
            connection = self.ascii(address=self.server.ready["tls"], tls=context,
                                    server_name=name)
            self.assertEqual(connection.ask("add key 0 0 1", b"x"), answer)

    def open_stunnel(self, check):
        port = free_port()
        settings = self.folder / f"stunnel{port}.conf"
        settings.write_text(STUNNEL.format(port=port, tls=self.server.ready["tls"], ca=self.ca,
                                           check=check))
        tunnel = Process(self.folder / f"stunnel{port}.log")
        tunnel.spawn([shutil.which("stunnel4"), str(settings)], stdout=subprocess.DEVNULL)
        self.opened.callback(tunnel.stop)
        self.assertTrue(eventually(lambda: "Configuration successful" in tunnel.log()),
                        tunnel.log())
        return f"127.0.0.1:{port}"

    @unittest.skipUnless(shutil.which("stunnel4"), "stunnel4 is not installed")
    def test_a_plain_client_comes_in_through_stunnel(self):
        through = self.ascii(self.cache, address=self.open_stunnel("checkIP = 127.0.0.1"))
        self.assertEqual(through.set("key", b"through the tunnel"), "STORED")
        self.assertEqual(self.ascii(self.cache).get("key"), b"through the tunnel")

    @unittest.skipUnless(shutil.which("stunnel4"), "stunnel4 is not installed")
    def test_stunnel_refuses_a_server_of_another_name(self):
        address = self.open_stunnel("checkHost = other.example")
        with Ascii(address) as through:
            self.assertTrue(through.ask("version") is None)

    @unittest.skipUnless(VENV_PYTHON.exists(), "python-binary-memcached is not prepared")
    def test_python_binary_memcached_speaks_it_itself(self):
        done = subprocess.run(
            [VENV_PYTHON, "-c", BMEMCACHED, self.server.ready["tls"], self.cache["username"],
             self.cache["password"], str(self.ca)], capture_output=True, text=True, timeout=60)
        self.assertEqual((done.returncode, done.stderr), (0, ""))


class TlsRequired(CacheryCase):
    flags = ("--tls-required=true",)

    def test_no_login_succeeds_without_it(self):
        cache = self.create_cache()
        try:
            line = self.ascii().login(cache["username"], cache["password"])
        except ConnectionError:
            line = None
        self.assertNotEqual(line, "STORED")


