"""A real server process for one test: started on free ports, stopped by its pid, cleaned up.

Cachery and upstream memcached look alike to a test: `start`, `stop`, `restart` (same port),
`address`. Ports are taken by the server itself (port 0) wherever it can; upstream cannot name
a port it picked, so there a free one is looked for and the start tried again if it was lost.
Nothing here is imported by the product; Python 3.11 standard library only.
"""
import json
import os
import pathlib
import select
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
CACHERY = pathlib.Path(os.environ.get("CACHERY", ROOT / "build/release/cachery"))
START_SECONDS = 30
STOP_SECONDS = 10  # twice what Cachery promises, for a machine that is busy with other tests


class ServerError(Exception):
    """A server that did not start, stop or answer its command line as it should."""


def port_of(address):
    return int(address.rsplit(":", 1)[1])


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def clean_environment():
    """Without the settings that whoever runs the tests may have for a service of his own."""
    return {name: value for name, value in os.environ.items() if not name.startswith("CACHERY_")}


class Process:
    """What both kinds of server share: a child with its log in a file."""

    def __init__(self, log_path):
        self.log_path = pathlib.Path(log_path)
        self.child = None

    def spawn(self, command, **options):
        with open(self.log_path, "ab") as log:
            self.child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=log, **options)

    @property
    def pid(self):
        return self.child.pid

    def log(self):
        return self.log_path.read_text(errors="replace")

    def stop(self):
        """Ends the process politely and returns its exit code, "killed" when it did not obey."""
        if self.child is None:
            return None
        if self.child.poll() is None:
            self.child.send_signal(signal.SIGTERM)
        try:
            code = self.child.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
            code = "killed"
        if self.child.stdout:
            self.child.stdout.close()
        self.child = None
        return code


class Cachery(Process):
    """`cachery serve` on a temporary data directory, and its command line against it."""

    def __init__(self, *flags, directory=None):
        self.own_directory = None
        if directory is None:
            self.own_directory = tempfile.TemporaryDirectory(prefix="cachery-test-")
            directory = self.own_directory.name
        self.data_dir = pathlib.Path(directory) / "data"
        super().__init__(pathlib.Path(directory) / "log")
        self.flags = list(flags)
        self.environment = {}  # of the service and of its command line
        self.ports = {"memcache": 0, "tls": 0, "http": 0}
        self.ready = {}
        self.lines = []

    def command(self):
        ports = [f"--{name}-port={port}" for name, port in self.ports.items()]
        said = {flag.split("=")[0] for flag in self.flags}
        small = [flag for flag in ("--memory=128m", "--threads=2") if flag.split("=")[0] not in said]
        return [str(CACHERY), "serve", f"--data-dir={self.data_dir}", *ports, *small, *self.flags]

    def start(self):
        self.lines.clear()
        self.spawn(self.command(), stdout=subprocess.PIPE,
                   env={**clean_environment(), **self.environment})
        self.ready = self.wait_ready()
        # A restart comes back where the clients look for it.
        self.ports |= {name: port_of(address) for name, address in self.ready.items()
                       if address != "none"}
        return self

    def wait_ready(self):
        deadline = time.monotonic() + START_SECONDS
        pending = b""
        while time.monotonic() < deadline:
            if not select.select([self.child.stdout], [], [], 0.2)[0]:
                continue
            chunk = os.read(self.child.stdout.fileno(), 65536)
            if not chunk:
                raise ServerError(f"ended with {self.child.wait()}: {self.log()[-400:]}")
            pending += chunk
            *whole, pending = pending.split(b"\n")
            self.lines += [line.decode() for line in whole]
            for line in self.lines:
                if line.startswith("ready "):
                    return dict(word.split("=", 1) for word in line.split()[1:])
        raise ServerError(f"no ready line in {START_SECONDS} s: {self.log()[-400:]}")

    def restart(self):
        self.stop()
        return self.start()

    @property
    def address(self):
        return self.ready["memcache"]

    def cli(self, *arguments, check=True):
        """Runs `cachery ARGUMENTS` against this server; with --json the answer is parsed."""
        done = subprocess.run(
            [str(CACHERY), *arguments], capture_output=True, text=True, timeout=30,
            env={**clean_environment(), **self.environment,
                 "CACHERY_DATA_DIR": str(self.data_dir)})
        if not check:
            return done
        if done.returncode != 0:
            raise ServerError(f"cachery {' '.join(arguments)}: {done.stderr.strip()}")
        return json.loads(done.stdout) if "--json" in arguments else done.stdout

    def fetch(self, path, **headers):
        """What its HTTP port answers to GET, as text."""
        request = urllib.request.Request(f"http://{self.ready['http']}{path}", headers=headers)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.read().decode()

    def admin(self, path):
        """What the admin API answers to GET."""
        return json.loads(self.fetch(f"/api/admin/v1{path}", **self.operator()))

    def operator(self):
        token = (self.data_dir / "operator.token").read_text().strip()
        return {"Authorization": f"Bearer {token}"}

    def ask(self, method, path, body=None, headers=None):
        """(status, object) as the HTTP port answers; a path below the admin API when it is none of
        its own, asked by the operator."""
        if not path.startswith("/api/"):
            path, headers = f"/api/admin/v1{path}", self.operator()
        request = urllib.request.Request(
            f"http://{self.ready['http']}{path}", method=method, headers=headers or {},
            data=None if body is None else json.dumps(body).encode())
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read() or b"null")

    def reload(self):
        self.child.send_signal(signal.SIGHUP)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.stop()
        if self.own_directory:
            self.own_directory.cleanup()


class Memcached(Process):
    """Upstream memcached, to develop the tests against and to know what it fails itself."""

    def __init__(self, *flags, environment=None):
        self.own_directory = tempfile.TemporaryDirectory(prefix="memcached-test-")
        super().__init__(pathlib.Path(self.own_directory.name) / "log")
        self.flags = list(flags)
        self.environment = environment or {}
        self.program = os.environ.get("MEMCACHED", "/usr/bin/memcached")
        self.port = 0

    def start(self):
        wanted = self.port
        for _ in range(5):
            self.port = wanted or free_port()
            self.spawn([self.program, "-u", "nobody", "-l", "127.0.0.1", "-p", str(self.port),
                        "-U", "0", "-t", "1", *self.flags],
                       env={**os.environ, **self.environment})
            if self.is_listening():
                return self
            self.stop()
        raise ServerError(f"memcached did not start: {self.log()[-400:]}")

    def is_listening(self):
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.child.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return self.child.poll() is None
            except OSError:
                time.sleep(0.02)
        return False

    restart = Cachery.restart

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def close(self):
        self.stop()
        self.own_directory.cleanup()

    __enter__ = Cachery.__enter__
    __exit__ = Cachery.__exit__
