"""The program itself: how it starts, refuses to start, is told things, and ends."""
import os
import pathlib
import re
import signal
import socket
import stat
import subprocess
import tempfile
import unittest
import urllib.request

from case import CacheryCase, eventually
from server import CACHERY, ROOT, Cachery, clean_environment
from wire import Ascii

UNAUTHENTICATED = "CLIENT_ERROR unauthenticated"  # the answer of a service that is alive


class Refusals(unittest.TestCase):
    """Whatever keeps it from serving: exit code 2, one line that says what, nothing half made."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="cachery-refusal-")
        self.addCleanup(folder.cleanup)
        self.data_dir = pathlib.Path(folder.name) / "data"

    def serve(self, *flags, data_dir=None, environment=None, program=CACHERY, user=None):
        """Starts it on free ports with little memory, unless the flags say otherwise."""
        wanted = {"--data-dir": data_dir or self.data_dir, "--memcache-port": 0, "--tls-port": 0,
                  "--http-port": 0, "--memory": "64m"}
        wanted |= dict(flag.split("=", 1) for flag in flags if "=" in flag)
        alone = [flag for flag in flags if "=" not in flag]
        return subprocess.run(
            [program, "serve", *(f"{name}={value}" for name, value in wanted.items()), *alone],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30, user=user,
            env={**clean_environment(), **(environment or {})})

    def assert_refused(self, done, *words):
        told = [line for line in done.stderr.splitlines() if line.startswith("cachery: ")]
        self.assertEqual((done.returncode, done.stdout, len(told)), (2, "", 1), done.stderr)
        for word in words:
            self.assertIn(str(word), told[0])

    def test_an_unknown_flag(self):
        self.assert_refused(self.serve("--no-such-flag"), "no-such-flag")

    def test_values_that_make_no_sense(self):
        for flag, word in (("--memory=lots", "lots"), ("--memory=1m", "1m"),
                           ("--threads=0", "threads"), ("--listen=nowhere", "nowhere"),
                           ("--memcache-port=70000", "70000"), ("--log-format=xml", "xml")):
            with self.subTest(flag):
                data_dir = self.data_dir.with_name(word)
                self.assert_refused(self.serve(flag, data_dir=data_dir), word)
                self.assertFalse(data_dir.exists(), "something half made")

    def test_a_settings_file_that_is_not_there_or_not_right(self):
        missing = self.data_dir.parent / "missing.toml"
        self.assert_refused(self.serve(f"--config={missing}"), missing)
        wrong = self.data_dir.parent / "wrong.toml"
        wrong.write_text("no-such-setting = 1\n")
        self.assert_refused(self.serve(f"--config={wrong}"), "no-such-setting")

    def test_a_setting_in_the_environment_that_makes_no_sense(self):
        done = self.serve(environment={"CACHERY_THREADS": "many"})
        self.assert_refused(done, "many")

    def test_a_port_in_use(self):
        with socket.socket() as holder:
            holder.bind(("127.0.0.1", 0))
            holder.listen()
            port = holder.getsockname()[1]
            for name in ("memcache", "tls", "http"):
                with self.subTest(name):
                    self.assert_refused(self.serve(f"--{name}-port={port}"), port)
        # What the refused ones left behind, if anything, is no obstacle.
        with Cachery(directory=self.data_dir.parent) as server:
            self.assertEqual(len(server.cli("cache", "list", "--json")), 1)

    def test_more_memory_than_the_machine_has(self):
        self.assert_refused(self.serve("--memory=60t"), "memory")

    def test_a_data_directory_that_cannot_be_made(self):
        blocked = self.data_dir.parent / "file"
        blocked.write_text("")
        self.assert_refused(self.serve(data_dir=blocked / "data"), blocked)

    @unittest.skipIf(os.getuid() != 0, "root is needed to start it as someone else")
    def test_a_data_directory_that_cannot_be_written(self):
        # Root may write anywhere, so nobody is asked; the program must be his to run too.
        with tempfile.TemporaryDirectory(prefix="cachery-nobody-") as folder:
            os.chmod(folder, 0o755)
            program = pathlib.Path(folder) / "cachery"
            program.write_bytes(CACHERY.read_bytes())
            program.chmod(0o755)
            closed = pathlib.Path(folder) / "closed"
            closed.mkdir(mode=0o755)
            done = self.serve(data_dir=closed, program=program, user="nobody")
            self.assert_refused(done, closed)
            self.assertEqual(list(closed.iterdir()), [])

    def test_a_data_directory_that_another_process_holds(self):
        with Cachery() as first:
            done = self.serve(data_dir=first.data_dir)
            self.assert_refused(done, first.data_dir, first.pid)
            with Ascii(first.address) as connection:
                self.assertEqual(connection.ask("get key"), UNAUTHENTICATED)


class Start(CacheryCase):
    def test_the_ready_line_is_all_that_it_prints(self):
        self.assertEqual(len(self.server.lines), 2)
        self.assertRegex(self.server.lines[0], r"^ready memcache=127\.0\.0\.1:\d+ "
                         r"tls=127\.0\.0\.1:\d+ http=127\.0\.0\.1:\d+$")

    def test_secrets_are_for_the_owner_only(self):
        token = self.server.data_dir / "operator.token"
        self.assertEqual(stat.S_IMODE(token.stat().st_mode), 0o600)
        self.assertEqual(stat.S_IMODE(self.server.data_dir.stat().st_mode), 0o700)

    def test_it_comes_with_one_cache_whose_variables_are_ready_for_a_shell(self):
        text = self.server.cli("cache", "env", "first")
        script = text + '\necho "$MEMCACHIER_SERVERS $MEMCACHIER_USERNAME $MEMCACHIER_PASSWORD"'
        servers, username, password = subprocess.run(
            ["/bin/sh", "-c", script], capture_output=True, text=True,
            check=True).stdout.split()
        self.assertEqual(servers, self.server.address)
        with Ascii(servers) as connection:
            self.assertEqual(connection.login(username, password), "STORED")

    def test_identifiers_look_like_the_services(self):
        cache = self.create_cache()
        self.assertIsInstance(cache["id"], int)
        self.assertRegex(cache["username"], r"^[0-9a-f]{6}$")
        self.assertRegex(cache["password"], r"^[0-9A-F]{32}$")
        self.assertEqual(cache["servers"], [self.server.address])
        self.assertEqual(cache["tls_servers"], [self.server.ready["tls"]])

    def test_no_password_is_in_the_log_or_the_database(self):
        cache = self.create_cache()
        with Ascii(self.server.address) as connection:
            connection.login(cache["username"], "0123456789ABCDEF0123456789ABCDEF")
        self.ascii(cache).set("key", b"value")
        on_disk = [path.read_bytes() for path in self.server.data_dir.rglob("*")
                   if path.is_file()]
        for data in [self.server.log().encode(), *on_disk]:
            self.assertNotIn(cache["password"].encode(), data)
            self.assertNotIn(b"0123456789ABCDEF0123456789ABCDEF", data)

    def test_metrics_are_there_for_prometheus(self):
        text = self.server.fetch("/metrics")
        self.assertIn("# HELP ", text)
        for line in text.splitlines():
            self.assertRegex(line, r"^(# (HELP|TYPE) \S+ .*|[a-zA-Z_:][^ ]*(\{.*\})? \S+)$")

    def test_help_and_version_answer_with_0(self):
        for arguments in (["--help"], ["serve", "--help"], ["version"]):
            done = self.server.cli(*arguments, check=False)
            self.assertEqual((done.returncode, done.stderr), (0, ""), arguments)
            self.assertTrue(done.stdout)

    def test_a_command_that_cannot_be_done_says_why_in_one_line(self):
        done = self.server.cli("cache", "show", "nonesuch", check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertEqual(len(done.stderr.splitlines()), 1)
        self.assertIn("nonesuch", done.stderr)


class End(unittest.TestCase):
    def test_sigterm_ends_it_in_time_with_connections_open(self):
        with Cachery() as server:
            cache = server.cli("cache", "show", "first", "--json")
            idle = [Ascii(server.address) for _ in range(20)]
            for connection in idle[:10]:
                connection.login(cache["username"], cache["password"])
            idle[0].send(b"set half 0 0 100\r\nnot all of")
            # Anything but 0 when it had to be killed, which stop() does after a while.
            self.assertEqual(server.stop(), 0)
            for connection in idle:
                self.assertTrue(connection.is_closed())
                connection.close()

    def test_sigint_ends_it_too(self):
        with Cachery() as server:
            server.child.send_signal(signal.SIGINT)
            self.assertEqual(server.child.wait(30), 0)

    def test_after_a_kill_it_starts_again_on_the_same_data(self):
        with Cachery() as server:
            before = server.cli("cache", "show", "first", "--json")
            server.child.kill()
            server.child.wait()
            server.restart()
            self.assertEqual(server.cli("cache", "show", "first", "--json"), before)


class Restart(CacheryCase):
    @staticmethod
    def without_usage(caches):
        return [{name: value for name, value in cache.items() if name != "usage"}
                for cache in caches]

    def test_caches_and_credentials_stay_and_items_go(self):
        cache = self.create_cache()
        reader = self.create_credential(cache, write=False)
        self.ascii(cache).set("key", b"value")
        before = self.without_usage(self.cli("cache", "list"))
        self.server.restart()
        self.assertEqual(self.without_usage(self.cli("cache", "list")), before)
        self.assertIsNone(self.ascii(cache).get("key"))
        self.assertEqual(self.ascii(reader).set("key", b"value"), "NOT_STORED")


class Hangup(unittest.TestCase):
    def test_sighup_takes_up_settings_without_dropping_connections(self):
        with tempfile.TemporaryDirectory() as folder:
            config = pathlib.Path(folder) / "cachery.toml"
            config.write_text('auth-timeout = "3600"\n')
            with Cachery(f"--config={config}") as server:
                cache = server.cli("cache", "show", "first", "--json")
                with Ascii(server.address) as connection:
                    connection.login(cache["username"], cache["password"])
                    config.write_text('auth-timeout = "1"\n')
                    server.child.send_signal(signal.SIGHUP)
                    self.assertTrue(eventually(lambda: "reloaded" in server.log()), server.log())
                    self.assertIsNone(connection.get("key"))
                    with Ascii(server.address) as silent:
                        self.assertTrue(silent.is_closed(), "the new time to log in holds")

    def test_a_settings_file_broken_meanwhile_changes_nothing(self):
        with tempfile.TemporaryDirectory() as folder:
            config = pathlib.Path(folder) / "cachery.toml"
            config.write_text("")
            with Cachery(f"--config={config}") as server:
                config.write_text("threads = many\n")
                server.child.send_signal(signal.SIGHUP)
                self.assertTrue(eventually(lambda: "reload_failed" in server.log()), server.log())
                with Ascii(server.address) as connection:
                    self.assertEqual(connection.ask("get key"), UNAUTHENTICATED)


class Local(unittest.TestCase):
    def test_any_credentials_and_none_are_accepted(self):
        with Cachery("--local") as server:
            with Ascii(server.address) as connection:
                self.assertEqual(connection.set("key", b"value"), "STORED")
            with Ascii(server.address) as connection:
                self.assertEqual(connection.login("abcdef", "anything"), "STORED")
                self.assertEqual(connection.get("key"), b"value")
            # A login in the form of clients that write no numbers, and a key that only looks like one.
            with Ascii(server.address) as connection:
                self.assertEqual(connection.ask("set _ _ _ 15\r\nabcdef anything"), "STORED")
                self.assertEqual(connection.get("_"), None)
                self.assertEqual(connection.set("_", b"1"), "STORED")
                self.assertEqual(connection.get("_"), b"1")

    def test_it_listens_on_loopback_only(self):
        with Cachery("--local") as server:
            for address in server.ready.values():
                self.assertEqual(address.rsplit(":", 1)[0], "127.0.0.1")
            hexadecimal = {f"{int(address.rsplit(':', 1)[1]):04X}"
                           for address in server.ready.values()}
            listening = [line.split()[1] for line in open("/proc/net/tcp")
                         if line.split()[3] == "0A"]
            ours = {each for each in listening if each.split(":")[1] in hexadecimal}
            self.assertEqual({each.split(":")[0] for each in ours}, {"0100007F"})
            self.assertEqual(len(ours), 3)

    def test_whatever_localhost_means_it_answers(self):
        with socket.socket(socket.AF_INET6) as probe:
            try:
                probe.bind(("::1", 0))
            except OSError as error:
                self.skipTest(f"this machine has no ::1: {error}")
        with Cachery("--local") as server:
            port = server.address.rsplit(":", 1)[1]
            with Ascii(f"::1:{port}") as connection:
                self.assertEqual(connection.set("key", b"value"), "STORED")
            with Ascii(server.address) as connection:
                self.assertEqual(connection.get("key"), b"value")
            http = server.ready["http"].rsplit(":", 1)[1]
            with urllib.request.urlopen(f"http://[::1]:{http}/healthz", timeout=30) as answer:
                self.assertEqual(answer.status, 200)
            self.assertIn("also memcache=[::1]:" + port, " ".join(server.lines))


class FrontDoor(unittest.TestCase):
    def test_make_run_prints_how_to_connect_and_ends_when_told(self):
        with tempfile.TemporaryDirectory() as folder:
            service = subprocess.Popen(
                [ROOT / "tools/run", CACHERY, pathlib.Path(folder) / "data"],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                text=True, env={**clean_environment(), "CACHERY_MEMCACHE_PORT": "0",
                                "CACHERY_TLS_PORT": "0", "CACHERY_HTTP_PORT": "0",
                                "CACHERY_MEMORY": "64m"})
            try:
                text = ""
                for line in service.stdout:
                    text += line
                    if "Ctrl-C" in line:
                        break
                found = dict(re.findall(r'(MEMCACHIER_\w+)=[\'"]?([^\s\'"]+)', text))
                with Ascii(found["MEMCACHIER_SERVERS"]) as connection:
                    login = found["MEMCACHIER_USERNAME"], found["MEMCACHIER_PASSWORD"]
                    self.assertEqual(connection.login(*login), "STORED")
            finally:
                service.terminate()
                code = service.wait(30)
                service.stdout.close()
            self.assertEqual(code, 0)
