"""Clients that are slow, rude or broken: each harms itself at most, and costs little memory."""
import pathlib
import re
import resource
import socket
import ssl

from pressure import (MIB, IS_SANITIZED, PressureCase, Sender, allow_descriptors, heavy, host_port,
                      needs_true_memory, reset, resident_bytes)
from wire import Ascii

ANNOUNCERS = 400
SLOW_READERS = 100


def metric(server, name):
    lines = server.fetch("/metrics").splitlines()
    return int(next(line for line in lines if line.startswith(name + " ")).split()[1])


def open_connections(server):
    return metric(server, "cachery_connections")


class Epoll(PressureCase):
    """By epoll; below, all of it once more by io_uring."""

    flags = ("--io=epoll",)

    def setUp(self):
        super().setUp()
        # Of a plan that allows the crowd of connections.
        self.cache = self.create_cache("--plan", "100")

    def test_a_command_that_comes_a_byte_at_a_time_keeps_nobody_else_waiting(self):
        slow, quick = self.ascii(self.cache), self.ascii(self.cache)
        for at, byte in enumerate(b"set slow 0 0 5\r\nvalue\r\n"):
            slow.send(bytes([byte]))
            self.assertEqual(quick.set(f"quick{at}", b"x"), "STORED")
        self.assertEqual(slow.line(), "STORED")
        self.assertEqual(quick.get("slow"), b"value")

    def test_a_value_in_packets_of_one_byte_arrives_whole(self):
        connection = self.ascii(self.cache)
        value = bytes(at % 251 for at in range(20_000))
        connection.send(b"set tiny 0 0 %d\r\n" % len(value))
        for byte in value + b"\r\n":
            connection.send(bytes([byte]))
        self.assertEqual(connection.line(), "STORED")
        self.assertEqual(connection.get("tiny"), value)

    @heavy
    def test_a_megabyte_in_packets_of_one_byte_arrives_whole(self):
        connection = self.ascii(self.cache)
        value = bytes(at % 251 for at in range(MIB - 3))
        connection.send(b"set one 0 0 %d\r\n" % len(value))
        for byte in value + b"\r\n":
            connection.send(bytes([byte]))
        self.assertEqual(connection.line(), "STORED")
        self.assertEqual(connection.get("one"), value)

    def test_who_closes_only_his_writing_side_gets_every_reply(self):
        value = bytes(range(256)) * 40
        self.ascii(self.cache).set("key", value)
        reply = b"VALUE key 0 %d\r\n%s\r\nEND\r\n" % (len(value), value)
        count = 2000  # 20 MB of replies: far more than sockets hold
        for _ in range(5):
            connection = self.ascii(self.cache)
            connection.send(b"get key\r\n" * count + b"version\r\n")
            connection.socket.shutdown(socket.SHUT_WR)
            for at in range(count):
                self.assertEqual(connection.read(len(reply)), reply, f"reply {at} of {count}")
            self.assertTrue(connection.line().startswith("VERSION "))
            self.assertTrue(connection.is_closed())

    def test_requests_that_wait_behind_a_slow_reader_over_tls_are_answered_too(self):
        trusting = ssl.create_default_context()
        trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
        connection = self.ascii(self.cache, address=self.server.ready["tls"], tls=trusting)
        value = bytes(1000)
        connection.set("key", value)
        reply = b"VALUE key 0 1000\r\n%s\r\nEND\r\n" % value
        count = 20_000  # 180 kB of requests, 20 MB of replies, and not a byte more is sent
        connection.send(b"get key\r\n" * count)
        for at in range(count):
            self.assertEqual(connection.read(len(reply)), reply, f"reply {at} of {count}")

    def test_a_reset_in_the_middle_of_a_value_stores_nothing(self):
        for at in range(50):
            connection = self.ascii(self.cache)
            connection.send(b"set cut%d 0 0 1000000\r\n" % at + bytes(20_000 * at))
            reset(connection)
        other = self.ascii(self.cache)
        self.assertEqual(other.get("cut49"), None)
        self.assertEqual(other.stats()["curr_items"], "0")
        self.assert_eventually(lambda: other.stats()["curr_connections"] == "1")

    def test_a_reset_while_replies_wait_harms_nobody(self):
        owner = self.ascii(self.cache)
        owner.set("big", bytes(900_000))
        for _ in range(20):
            connection = self.ascii(self.cache)
            connection.send(b"get big big big big big\r\n" * 3)
            connection.read(1000)
            reset(connection)
        self.assert_serves(self.cache)
        self.assert_eventually(lambda: owner.stats()["curr_connections"] == "1")

    @needs_true_memory
    def test_readers_that_stop_hold_one_reply_each_and_no_more(self):
        owner = self.ascii(self.cache)
        for at in range(20):
            self.assertEqual(owner.set(f"big{at}", bytes(MIB - 100)), "STORED")
        before = self.resident()
        keys = b" ".join(b"big%d" % at for at in range(20))
        readers = [self.ascii(self.cache) for _ in range(SLOW_READERS)]
        for reader in readers:
            reader.send(b"get " + keys + b"\r\n")
        for reader in readers:
            self.assertTrue(reader.read(1))  # the replies have begun
        self.assert_serves(self.cache)
        grown = self.resident() - before
        print(f"  {SLOW_READERS} readers of 20 MB that stopped: {grown / MIB:.0f} MiB more")
        # Were the 20 MB of each kept, it would be 2,000.
        self.assertLess(grown, SLOW_READERS * MIB * 5 // 2)
        reader = readers[0]
        for at in range(20):  # and who reads on misses nothing
            reader.line()
            self.assertEqual(reader.read(MIB - 98), bytes(MIB - 100) + b"\r\n")
        self.assertEqual(reader.line(), "END")

    def test_a_length_that_is_announced_costs_nothing(self):
        server = self.server_with("--item-bytes-max=64m")
        cache = server.cli("cache", "create", "--name", "large", "--plan", "100", "--json")
        before = resident_bytes(server.pid)
        held = [self.ascii(cache, address=server.address) for _ in range(ANNOUNCERS)]
        for connection in held:
            connection.send(b"set key 0 0 67000000\r\n")
        self.assert_serves(cache, address=server.address)
        grown = resident_bytes(server.pid) - before
        print(f"  {ANNOUNCERS} connections that announced 64 MB: {grown / MIB:.1f} MiB more")
        self.assertLess(grown, ANNOUNCERS * (200_000 if IS_SANITIZED else 20_000))

    @needs_true_memory
    def test_a_get_of_a_million_keys_is_answered(self):
        connection = self.ascii(self.cache)
        connection.set("hit", b"1")
        before = self.resident()
        sender = Sender(connection, b"get" + b" missing-key" * 999_000 + b" hit" * 1000 + b"\r\n")
        for _ in range(1000):
            self.assertEqual((connection.line(), connection.line()), ("VALUE hit 0 1", "1"))
        self.assertEqual(connection.line(), "END")
        sender.join(5)
        grown = self.resident() - before
        print(f"  a get of a million keys (12 MB): {grown / MIB:.1f} MiB more")
        self.assertLess(grown, 8 * MIB)
        self.assertEqual(connection.get("hit"), b"1")

    def test_http_to_the_memcache_port_and_garbage_to_the_http_port_end_in_an_error(self):
        lost = self.ascii()
        lost.send(b"GET / HTTP/1.1\r\nHost: cache\r\n\r\n")
        self.assertRegex(lost.line() or "", "^(CLIENT_)?ERROR")
        for garbage in (b"\x80\x01" + bytes(200), b"set a 0 0 1\r\nx\r\n", b"\x16\x03\x01\x02",
                        b"A" * 100_000, b"GET / HTTP/9.9\r\n\r\n",
                        b"POST /api/admin/v1/caches HTTP/1.1\r\nContent-Length: -1\r\n\r\n"):
            with Ascii(self.server.ready["http"]) as confused:
                try:
                    confused.send(garbage)
                    confused.socket.shutdown(socket.SHUT_WR)
                    confused.socket.recv(1000)
                except OSError:
                    pass  # cut off while it still sent
        self.assertIn("cachery", self.server.fetch("/metrics"))
        self.assert_serves(self.cache)

    def test_garbage_on_the_memcache_port_ends_its_own_connection_only(self):
        for garbage in (bytes(range(256)) * 100, b"\x80" * 5000, b"\x80\xff" + b"\xff" * 22,
                        b"\x16\x03\x01\x02\x00\x01", b"\n" * 3000, b"get " + b"k" * 5000):
            for login in (None, self.cache):
                connection = self.ascii(login)
                try:
                    connection.send(garbage)
                    connection.socket.shutdown(socket.SHUT_WR)
                    while connection.socket.recv(65536):
                        pass
                except OSError:
                    pass  # cut off while it still sent
        self.assert_serves(self.cache)

    def test_who_logs_in_a_byte_at_a_time_has_no_more_time_than_others(self):
        server = self.server_with("--auth-timeout=1")
        slow = self.ascii(address=server.address)
        slow.socket.settimeout(0.1)
        for _ in range(100):
            try:
                slow.send(b"s")
                if slow.socket.recv(1) == b"":
                    return
            except TimeoutError:
                continue
            except OSError:
                return
        self.fail("still open after ten seconds")

    def test_idle_connections_cost_little_and_are_given_back(self):
        self.hold_idle(1000)

    @heavy
    def test_ten_thousand_idle_connections_cost_little(self):
        self.hold_idle(10_000)

    def hold_idle(self, count):
        if not allow_descriptors(2 * count):
            self.skipTest(f"the machine allows fewer than {2 * count} descriptors")
        server = self.server_with("--auth-timeout=3600")
        before = resident_bytes(server.pid)
        held = [socket.create_connection(host_port(server.address)) for _ in range(count)]
        for one in held:
            one.sendall(b"get x\r\n")
        for one in held:
            self.assertTrue(one.recv(100).startswith(b"CLIENT_ERROR"))
        each = (resident_bytes(server.pid) - before) / count
        print(f"  {count} idle connections: {each:.0f} bytes each")
        for one in held:
            one.close()
        if not IS_SANITIZED:
            # Buffers that all share are touched for the first time meanwhile.
            self.assertLess(each, 4096 + 8 * MIB / count)
        owner = self.ascii(address=server.address)
        self.assertEqual(owner.ask("get x"), "CLIENT_ERROR unauthenticated")
        owner.close()
        self.assert_eventually(lambda: open_connections(server) == 0)


    def test_a_crowd_of_slow_senders_does_not_cut_off_another_tenants_upload(self):
        server = self.server_with("--connection-memory=1m")  # four of the largest items a worker
        crowded = server.cli("cache", "create", "--name", "crowded", "--plan", "dev", "--json")
        cache = server.cli("cache", "show", "first", "--json")
        upload = self.ascii(cache, address=server.address)
        value = bytes(range(250)) * 3600
        upload.send(b"set long 0 0 %d\r\n" % len(value) + value[:400_000])
        for _ in range(200):
            slow = self.ascii(crowded, address=server.address)
            slow.send(b"set slow 0 0 100000\r\n" + bytes(60_000))
        self.assert_eventually(lambda: metric(server, "cachery_connections_shed_total") > 0)
        upload.send(value[400_000:] + b"\r\n")
        self.assertEqual(upload.line(), "STORED")
        self.assertEqual(upload.get("long"), value)

    @needs_true_memory
    def test_memory_that_the_system_refuses_ends_one_connection_and_not_the_service(self):
        server = self.server_with("--item-bytes-max=64m", "--connection-memory=1g")
        cache = server.cli("cache", "show", "first", "--json")
        owner = self.ascii(cache, address=server.address)
        greedy = [self.ascii(cache, address=server.address) for _ in range(16)]
        status = pathlib.Path(f"/proc/{server.pid}/status").read_text()
        size = int(re.search(r"VmSize:\s+(\d+) kB", status)[1]) * 1024
        resource.prlimit(server.pid, resource.RLIMIT_AS, (size + 64 * MIB,) * 2)
        for connection in greedy:
            connection.send(b"set long 0 0 60000000\r\n" + bytes(100_000))
        # The reset that follows, for what was not read, may take the answer along.
        self.assertIn(greedy[-1].line(), ("SERVER_ERROR out of memory", None))
        self.assertTrue(greedy[-1].is_closed())
        self.assertEqual(owner.set("key", b"value"), "STORED")
        self.assertEqual(owner.get("key"), b"value")

    def test_places_that_all_clients_gave_back_can_be_taken(self):
        server = self.server_with("--connections-max=4")
        cache = server.cli("cache", "show", "first", "--json")
        for _ in range(2):
            held = [self.ascii(cache, address=server.address) for _ in range(4)]
            late = self.ascii(address=server.address)
            self.assertEqual(late.line(), "SERVER_ERROR too many connections")
            for one in held:
                one.close()
            self.assert_eventually(lambda: open_connections(server) == 0)

    def test_strangers_make_room_for_who_logs_in(self):
        server = self.server_with("--connections-max=8")  # half of them for strangers
        cache = server.cli("cache", "show", "first", "--json")
        strangers = [self.ascii(address=server.address) for _ in range(4)]
        for one in strangers:
            self.assertEqual(one.ask("get x"), "CLIENT_ERROR unauthenticated")
        owner = self.ascii(cache, address=server.address)
        self.assertEqual(owner.set("key", b"value"), "STORED")
        self.assertTrue(strangers[0].is_closed())
        for _ in range(8):
            self.ascii(address=server.address)
        self.assertEqual(owner.get("key"), b"value")

    def test_one_tenant_does_not_keep_another_from_logging_in(self):
        server = self.server_with("--connections-max=128")
        greedy = server.cli("cache", "create", "--name", "greedy", "--plan", "dev", "--json")
        cache = server.cli("cache", "show", "first", "--json")
        crowd = [self.ascii(greedy, address=server.address) for _ in range(126)]
        late = self.ascii(address=server.address)
        self.assertEqual(late.login(greedy["username"], greedy["password"]),
                         "SERVER_ERROR too many connections")
        owner = self.ascii(cache, address=server.address)
        self.assertEqual(owner.set("key", b"value"), "STORED")
        self.assert_eventually(lambda: crowd[0].stats()["rejected_connections"] == "2",
                               "one for the login that was refused, one for the place given up")
        self.assertEqual(owner.stats()["rejected_connections"], "0")

    def test_refused_connections_are_counted_without_logins_too(self):
        server = self.server_with("--local", "--connections-max=4")
        held = [self.ascii(address=server.address) for _ in range(4)]
        self.assertEqual(held[0].set("key", b"value"), "STORED")
        for _ in range(3):
            late = self.ascii(address=server.address)
            self.assertEqual(late.line(), "SERVER_ERROR too many connections")
        self.assert_eventually(lambda: held[0].stats()["rejected_connections"] == "3")


class Uring(Epoll):
    flags = ("--io=io_uring",)
