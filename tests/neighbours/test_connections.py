"""Connections and what waits on them: of strangers, of one tenant, and ports of one account."""
import contextlib
import threading
import unittest

from neighbour import KIB, NeighbourCase
from pressure import allow_descriptors
from wire import Ascii


class ConnectionMemory(NeighbourCase):
    flags = ("--memory=128m", "--connection-memory=6m", "--threads=2")
    READERS, UPLOADS, AT_ONCE = 900, 36, 2

    def stopped_reader(self, cache):
        """Asks for more than it reads: its replies wait in the server."""
        reader = self.ascii(cache, window_bytes=4096)
        reader.send(b"get big\r\n" * 200)
        return reader

    def upload(self, cache, number, outcomes):
        value = bytes(900 * KIB)
        try:
            with Ascii(self.server.address) as connection:
                connection.login(cache["username"], cache["password"])
                connection.send(b"set up-%d 0 0 %d\r\n" % (number, len(value)))
                for begin in range(0, len(value), 100 * KIB):
                    connection.send(value[begin:begin + 100 * KIB])
                connection.send(b"\r\n")
                outcomes.append(connection.line())
        except OSError as error:
            outcomes.append(str(error))

    def test_stopped_readers_of_one_tenant_cut_off_no_upload_of_another(self):
        if not allow_descriptors(2000):
            self.skipTest("the machine allows fewer than 2,000 descriptors")
        taking, working = (self.create_cache("--plan", "100") for _ in range(2))
        self.assertEqual(self.ascii(taking).set("big", bytes(55 * KIB)), "STORED")
        readers = [self.stopped_reader(taking) for _ in range(self.READERS)]
        outcomes = []
        for begin in range(0, self.UPLOADS, self.AT_ONCE):
            threads = [threading.Thread(target=self.upload, args=(working, number, outcomes))
                       for number in range(begin, begin + self.AT_ONCE)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(60)
        self.assertEqual(outcomes, ["STORED"] * self.UPLOADS)
        shed = [line.split()[1] for line in self.server.fetch("/metrics").splitlines()
                if line.startswith("cachery_connections_shed_total ")]
        print(f"  {self.READERS} readers that stopped, {shed[0]} of them shed")


class Places(NeighbourCase):
    flags = ("--connections-max=256", "--auth-timeout=60")

    def admitted(self, cache, count=5):
        """How many of so many logins of a tenant succeed."""
        done = 0
        for _ in range(count):
            with contextlib.suppress(OSError), Ascii(self.server.address) as connection:
                done += connection.login(cache["username"], cache["password"]) == "STORED"
        return done

    def taken(self, count, login=None):
        """Connections that stay open, as long as the server lets them."""
        made = []
        for _ in range(count):
            with contextlib.suppress(OSError, TimeoutError):
                connection = self.opened.enter_context(Ascii(self.server.address))
                if login:
                    connection.login(login["username"], login["password"])
                made.append(connection)
        return made

    def test_strangers_who_never_log_in_keep_no_tenant_out(self):
        cache = self.create_cache()
        self.taken(500)
        self.assertEqual(self.admitted(cache), 5)

    def test_one_tenant_with_three_caches_keeps_no_other_out(self):
        working, taking = self.create_cache(), [self.create_cache() for _ in range(3)]
        for cache in taking:
            self.taken(200, login=cache)
        self.assertEqual(self.admitted(working), 5)


if __name__ == "__main__":
    unittest.main()
