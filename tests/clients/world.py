"""Where a client is tried: which server, and how it gets in.

Each client has a server of its own, since one of the checks restarts it. `credential`: Cachery
with a username and password. `port`: Cachery, a credential's own port for those that cannot
log in. `local`: `cachery serve --local`, any credentials or none. `upstream`: memcached itself,
set up to ask for what the client can give; it tells whether a failure is ours or the client's.
"""
import pathlib
import socket
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "system"))
from server import ROOT, Cachery, Memcached, Process, ServerError, free_port  # noqa: E402,F401

ROOT_BUILD = ROOT / "build/clients"

CACHERY_WORLDS = {"sasl": ("credential", "local"), "ascii": ("credential", "local"),
                  "upstream ascii": ("credential", "local"), "none": ("port", "local")}


class World:
    """One server and what a client must know to reach it."""

    server = None

    def close(self):
        self.server.close()

    def tls(self):
        """The TLS port, and the authority that a client must trust."""
        authority = self.server.data_dir.parent / "ca.pem"
        authority.write_text(self.server.cli("tls", "ca"))
        return {"NATIVE_TLS_SERVERS": self.server.ready["tls"], "TLS_CA": str(authority)}


class CredentialWorld(World):
    """A cache with a credential that may do everything and one that may only read."""

    def __init__(self):
        self.server = Cachery().start()
        self.cache = self.server.cli("cache", "create", "--name", "clients", "--plan", "dev",
                                     "--json")
        self.reader = self.server.cli("credential", "create", "clients", "--write", "false",
                                      "--flush", "false", "--json")

    def environment(self):
        return {"MEMCACHIER_SERVERS": self.server.address,
                "MEMCACHIER_USERNAME": self.cache["username"],
                "MEMCACHIER_PASSWORD": self.cache["password"],
                "READONLY_USERNAME": self.reader["username"],
                "READONLY_PASSWORD": self.reader["password"],
                "WRONG_PASSWORD": "0123456789ABCDEF0123456789ABCDEF", **self.tls()}


class PortWorld(World):
    """The same cache, reached without a login through two ports of their own."""

    def __init__(self):
        self.server = Cachery().start()
        self.cache = self.server.cli("cache", "create", "--name", "clients", "--plan", "dev",
                                     "--json")
        self.port = self.open_port(write="true")
        self.reader_port = self.open_port(write="false")

    def open_port(self, write):
        port = free_port()
        self.server.cli("credential", "create", "clients", "--write", write, "--own-port",
                        str(port), "--own-port-networks", "127.0.0.0/8", "--json")
        return port

    def environment(self):
        return {"MEMCACHIER_SERVERS": f"127.0.0.1:{self.port}",
                "READONLY_SERVERS": f"127.0.0.1:{self.reader_port}"}


class LocalWorld(World):
    def __init__(self, login):
        self.login = login
        self.server = Cachery("--local").start()

    def environment(self):
        names = {} if self.login == "none" else {"MEMCACHIER_USERNAME": "any",
                                                 "MEMCACHIER_PASSWORD": "thing"}
        return {"MEMCACHIER_SERVERS": self.server.address, **names, **self.tls()}


class UpstreamWorld(World):
    """memcached with SASL, with its ASCII password file, or open, as the client needs it."""

    def __init__(self, login):
        self.login = login
        self.files = tempfile.TemporaryDirectory(prefix="memcached-auth-")
        flags, environment = getattr(self, login.split()[-1])(pathlib.Path(self.files.name))
        self.server = Memcached(*flags, environment=environment).start()

    def sasl(self, files):
        files.chmod(0o755)
        database = files / "sasldb"
        (files / "memcached.conf").write_text(f"mech_list: plain\nsasldb_path: {database}\n")
        subprocess.run(
            ["/usr/sbin/saslpasswd2", "-p", "-c", "-a", "memcached", "-u", socket.gethostname(),
             "-f", str(database), "any"], input=b"thing\n", check=True)
        database.chmod(0o644)
        return ("-S",), {"SASL_CONF_PATH": str(files)}

    def ascii(self, files):
        files.chmod(0o755)
        (files / "passwords").write_text("any:thing\n")
        return ("-Y", str(files / "passwords")), {}

    def none(self, _):
        return (), {}

    def close(self):
        super().close()
        self.files.cleanup()

    def environment(self):
        # Upstream's ASCII login wants both words in the value, whatever the key.
        before = "any " if self.login == "ascii" else ""
        names = {} if self.login == "none" else {"MEMCACHIER_USERNAME": "any",
                                                 "MEMCACHIER_PASSWORD": before + "thing",
                                                 "WRONG_PASSWORD": before + "other"}
        return {"MEMCACHIER_SERVERS": self.server.address, **names}


def open_world(kind, login):
    if kind == "credential":
        return CredentialWorld()
    if kind == "port":
        return PortWorld()
    return LocalWorld(login) if kind == "local" else UpstreamWorld(login)
