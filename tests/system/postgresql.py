"""A real PostgreSQL of the distribution for one test, on a Unix socket in a temporary directory.

It refuses to run as root, so root runs it as the user postgres.
"""
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time

START_SECONDS = 60


def programs():
    """The directory of the newest one installed; None where there is none."""
    found = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return found[-1].parent if found else None


class Postgresql:
    def __init__(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="cachery-test-pg-"))
        self.user = "postgres" if os.geteuid() == 0 else None
        if self.user:
            shutil.chown(self.directory, self.user)
        self.child = None
        subprocess.run([programs() / "initdb", "-D", self.data, "-U", "cachery", "-A", "trust",
                        "--no-sync", "-E", "UTF8", "--locale=C.UTF-8"], check=True, cwd="/",
                       user=self.user, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    @property
    def data(self):
        return self.directory / "data"

    @property
    def address(self):
        return f"postgresql:///postgres?user=cachery&host={self.directory}"

    def ask(self, sql):
        """What psql answers, as one text."""
        return subprocess.run([programs() / "psql", "-XAtq", self.address, "-c", sql], check=True,
                              capture_output=True, text=True).stdout.strip()

    def start(self):
        with open(self.directory / "log", "ab") as log:
            self.child = subprocess.Popen(
                [programs() / "postgres", "-D", self.data, "-k", self.directory,
                 "-c", "listen_addresses="], cwd="/", user=self.user, stdout=log, stderr=log)
        deadline = time.monotonic() + START_SECONDS
        while subprocess.run([programs() / "pg_isready", "-q", "-d", self.address]).returncode:
            if self.child.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError((self.directory / "log").read_text(errors="replace")[-400:])
            time.sleep(0.05)
        return self

    def processes(self):
        """Its first one and those that it started."""
        children = pathlib.Path(f"/proc/{self.child.pid}/task/{self.child.pid}/children")
        return [self.child.pid, *map(int, children.read_text().split())]

    def stop(self, number=signal.SIGINT):
        """SIGINT cuts its clients off; SIGQUIT is a crash, with recovery at the next start."""
        if self.child:
            self.child.send_signal(number)
            self.child.wait(30)
        self.child = None

    def close(self):
        self.stop()
        shutil.rmtree(self.directory, ignore_errors=True)
