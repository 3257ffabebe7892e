"""What a credential may do, and that a change acts on connections that are already open."""
import socket

from case import CacheryCase
from server import free_port
from wire import Binary

WRONG = "0123456789ABCDEF0123456789ABCDEF"


class Login(CacheryCase):
    def test_nothing_is_answered_before_it_in_ascii(self):
        cache = self.create_cache()
        connection = self.ascii()
        self.assertEqual(connection.ask("get key"), "CLIENT_ERROR unauthenticated")
        self.assertEqual(connection.login(cache["username"], cache["password"]), "STORED")
        self.assertIsNone(connection.get("key"))

    def test_upstreams_form_of_it_works_too(self):
        cache = self.create_cache()
        both = f"{cache['username']} {cache['password']}".encode()
        connection = self.ascii()
        self.assertEqual(connection.set("any", both), "STORED")
        self.assertIsNone(connection.get("key"))

    def test_a_wrong_password_is_refused_and_closed(self):
        cache = self.create_cache()
        connection = self.ascii()
        self.assertEqual(connection.login(cache["username"], WRONG),
                         "CLIENT_ERROR authentication failure")
        self.assertTrue(connection.is_closed())

    def test_an_unknown_user_is_refused_with_the_same_words(self):
        connection = self.ascii()
        self.assertEqual(connection.login("ffffff", WRONG), "CLIENT_ERROR authentication failure")
        self.assertTrue(connection.is_closed())

    def test_binary_answers_0x20_before_it_and_to_a_wrong_one(self):
        cache = self.create_cache()
        connection = self.binary()
        self.assertEqual(connection.ask(Binary.GET, b"key")[0], 0x20)
        self.assertEqual(self.binary().login(cache["username"], WRONG)[0], 0x20)
        self.assertEqual(self.binary().login(cache["username"], cache["password"])[0], 0)


class SlowLogin(CacheryCase):
    flags = ("--auth-timeout=1",)

    def test_a_connection_that_never_logs_in_is_closed(self):
        self.assertTrue(self.ascii().is_closed())


class Capabilities(CacheryCase):
    def setUp(self):
        super().setUp()
        self.cache = self.create_cache()
        self.owner = self.ascii(self.cache)
        self.owner.set("key", b"value")

    def test_without_write_nothing_changes(self):
        reader = self.ascii(self.create_credential(self.cache, write=False))
        for command, value in (("set key 0 0 1", b"x"), ("add new 0 0 1", b"x"),
                               ("replace key 0 0 1", b"x"), ("append key 0 0 1", b"x"),
                               ("prepend key 0 0 1", b"x"), ("incr key 1", None),
                               ("touch key 10", None)):
            self.assertEqual(reader.ask(command, value), "NOT_STORED", command)
        reader.ask("delete key")
        self.assertEqual(reader.get("key"), b"value")

    def test_without_flush_nothing_is_lost(self):
        guest = self.create_credential(self.cache, flush=False)
        self.assertEqual(self.ascii(guest).ask("flush_all"), "CLIENT_ERROR flush not permitted")
        self.assertEqual(self.binary(guest).ask(Binary.FLUSH)[0], 0x20)
        self.assertEqual(self.owner.get("key"), b"value")

    def test_write_taken_away_acts_on_an_open_connection(self):
        credential = self.create_credential(self.cache)
        connection = self.ascii(credential)
        self.assertEqual(connection.set("key", b"1"), "STORED")
        self.update_credential(self.cache, credential, write=False)
        self.assert_eventually(lambda: connection.set("key", b"2") == "NOT_STORED")
        self.update_credential(self.cache, credential, write=True)
        self.assert_eventually(lambda: connection.set("key", b"3") == "STORED")

    def test_flush_taken_away_acts_on_an_open_connection(self):
        credential = self.create_credential(self.cache)
        connection = self.ascii(credential)
        self.assertEqual(connection.ask("flush_all"), "OK")
        self.update_credential(self.cache, credential, flush=False)
        refusal = "CLIENT_ERROR flush not permitted"
        self.assert_eventually(lambda: connection.ask("flush_all") == refusal)

    def test_a_deleted_credential_closes_its_connections_and_no_others(self):
        credential = self.create_credential(self.cache)
        connection = self.ascii(credential)
        self.cli("credential", "delete", self.cache["name"], credential["username"])
        self.assertTrue(connection.is_closed())
        self.assertEqual(self.owner.get("key"), b"value")
        self.assertEqual(self.ascii().login(credential["username"], credential["password"]),
                         "CLIENT_ERROR authentication failure")

    def test_a_disabled_cache_closes_its_connections_until_it_is_enabled(self):
        other = self.ascii(self.create_cache())
        self.cli("cache", "disable", self.cache["name"])
        self.assertTrue(self.owner.is_closed())
        login = self.cache["username"], self.cache["password"]
        self.assertNotEqual(self.ascii().login(*login), "STORED")
        self.cli("cache", "enable", self.cache["name"])
        self.assert_eventually(lambda: self.ascii().login(*login) == "STORED")
        self.assertIsNone(other.get("key"))

    def test_a_deleted_cache_closes_its_connections(self):
        self.cli("cache", "delete", self.cache["name"], "--yes")
        self.assertTrue(self.owner.is_closed())


class Namespaces(CacheryCase):
    def test_a_key_prefix_is_added_and_taken_off_unseen(self):
        cache = self.create_cache()
        owner = self.ascii(cache)
        guest = self.ascii(self.create_credential(cache, key_prefix="web:"))
        self.assertEqual(guest.set("key", b"of the guest"), "STORED")
        self.assertEqual(guest.get("key"), b"of the guest")
        self.assertIsNone(owner.get("key"))
        self.assertEqual(owner.get("web:key"), b"of the guest")

    def test_flush_and_stats_are_refused_to_it(self):
        cache = self.create_cache()
        owner = self.ascii(cache)
        owner.set("key", b"value")
        guest = self.ascii(self.create_credential(cache, key_prefix="web:"))
        self.assertEqual(guest.ask("flush_all"), "CLIENT_ERROR flush not permitted")
        self.assertEqual(guest.ask("stats"), "CLIENT_ERROR stats not permitted")
        self.assertEqual(owner.get("key"), b"value")


class OwnPort(CacheryCase):
    def setUp(self):
        super().setUp()
        self.cache = self.create_cache()
        self.port = free_port()

    def open_port(self, networks, **settings):
        return self.create_credential(self.cache, own_port=self.port, own_port_networks=networks,
                                      **settings)

    def test_no_login_is_needed_on_it(self):
        self.open_port("127.0.0.0/8")
        connection = self.ascii(address=f"127.0.0.1:{self.port}")
        self.assertEqual(connection.set("key", b"value"), "STORED")
        self.assertEqual(self.ascii(self.cache).get("key"), b"value")

    def test_the_credentials_capabilities_hold_on_it(self):
        self.open_port("127.0.0.0/8", write=False)
        connection = self.ascii(address=f"127.0.0.1:{self.port}")
        self.assertEqual(connection.set("key", b"value"), "NOT_STORED")

    def test_an_empty_sasl_login_is_none(self):
        """Zabbix' agent sends one wherever a server offers SASL."""
        self.open_port("127.0.0.0/8")
        connection = self.opened.enter_context(Binary(f"127.0.0.1:{self.port}"))
        self.assertEqual(connection.login("", "")[0], 0)
        self.assertEqual(connection.ask(Binary.SET, b"key", b"value", Binary.SET_EXTRAS)[0], 0)
        self.assertEqual(self.ascii(self.cache).get("key"), b"value")
        self.assertEqual(connection.login("", "a password")[0], 0x20)
        self.assertEqual(self.binary().login("", "")[0], 0x20)

    def test_who_is_not_on_the_list_gets_nothing(self):
        self.open_port("10.0.0.0/8")
        connection = self.ascii(address=f"127.0.0.1:{self.port}")
        self.assertNotEqual(connection.ask("get key"), "END")

    def test_it_is_gone_with_its_credential(self):
        credential = self.open_port("127.0.0.0/8")
        self.ascii(address=f"127.0.0.1:{self.port}").set("key", b"value")
        self.cli("credential", "delete", self.cache["name"], credential["username"])

        def is_refused():
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", self.port)) != 0

        self.assert_eventually(is_refused)


class ConnectionLimit(CacheryCase):
    """The dev plan allows 500 connections."""

    LIMIT = 500

    def test_one_too_many_hears_why_and_is_closed(self):
        cache, other = self.create_cache(), self.create_cache()
        held = [self.ascii(cache) for _ in range(self.LIMIT)]
        late = self.ascii()
        self.assertEqual(late.login(cache["username"], cache["password"]),
                         "SERVER_ERROR too many connections")
        self.assertTrue(late.is_closed())
        self.assertNotEqual(self.binary().login(cache["username"], cache["password"])[0], 0)
        self.assertIsNone(held[0].get("key"), "who was there first is not disturbed")
        self.assertIsNone(self.ascii(other).get("key"), "nor is another cache")

    def test_a_place_given_back_can_be_taken(self):
        cache = self.create_cache()
        held = [self.ascii(cache) for _ in range(self.LIMIT)]
        held[0].close()
        login = cache["username"], cache["password"]
        self.assert_eventually(lambda: self.ascii().login(*login) == "STORED")
