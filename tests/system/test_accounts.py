"""People from outside: sign-up by mail, teams, roles, tokens, second factors, operators, support."""
import base64
import hashlib
import hmac
import itertools
import json
import re
import struct
import subprocess
import tempfile
import time
import unittest

from case import eventually
from mail_server import MailServer
from person import Person
from server import Cachery, ServerError
from wire import Ascii

PASSWORD = "correct horse battery {}"


def operator_secret(server):
    """Of the link that is printed after the ready line."""
    def find():
        return [line for line in server.lines if line.startswith("operator_link ")]
    assert find(), f"no operator link in {server.lines}"
    return find()[-1].split("#")[1]


def code_of(key, steps_ahead=0):
    """What an authenticator shows (RFC 6238)."""
    step = struct.pack(">Q", int(time.time()) // 30 + steps_ahead)
    digest = hmac.new(base64.b32decode(key), step, hashlib.sha1).digest()
    at = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[at:at + 4])[0] & 0x7fffffff) % 1_000_000:06}"


def until_refused(guess, most=100):
    """How many wrong guesses were answered before the first that was not even looked at. On a slow
    machine some are forgiven meanwhile, so it is no exact number."""
    for count in range(most):
        if (status := guess()) != 401:
            assert status == 429, status
            return count
    raise AssertionError(f"{most} guesses and no end")


class AccountsCase(unittest.TestCase):
    """One service with a real mail server for the class, and its operator."""

    flags = ()

    @classmethod
    def setUpClass(cls):
        cls.mails = MailServer()
        cls.addClassCleanup(cls.mails.close)
        cls.server = Cachery(*cls.mails.flags(), *cls.flags).start()
        cls.addClassCleanup(cls.server.close)
        cls.operator = cls.person("olga").become_operator(operator_secret(cls.server))

    @classmethod
    def person(cls, name):
        return Person(cls.server, f"{name}@example.org", PASSWORD.format(name))

    def connect(self, cache):
        connection = Ascii(self.server.address)
        self.addCleanup(connection.close)
        return connection, connection.login(cache["username"], cache["password"])

    def assert_works(self, cache):
        connection, answer = self.connect(cache)
        self.assertEqual(answer, "STORED")
        self.assertEqual(connection.set("key", b"value"), "STORED")
        self.assertEqual(connection.get("key"), b"value")


class Story(AccountsCase):
    """Two people from their first mail to a support session, in order; then every trace of a secret
    is looked for."""

    def test_from_the_first_mail_to_support(self):
        ann = self.person("ann")
        self.sign_up_and_make_a_cache(ann)
        bob = self.person("bob")
        self.invite_and_change_roles(ann, bob)
        self.reset_the_password(ann)
        self.use_tokens(ann)
        self.guard_by_a_second_factor(bob)
        self.suspend_and_support(ann)
        self.look_for_secrets(ann, bob)

    def sign_up_and_make_a_cache(self, ann):
        ann.sign_up()
        older = self.mails.take_secret(ann.email, "Confirm your address")
        self.assertEqual(
            ann.status("POST", "/sign_in", {"email": ann.email, "password": ann.password}), 403)
        secret = self.mails.take_secret(ann.email, "Confirm your address")  # of a new mail
        self.assertEqual(ann.status("POST", "/sign_up/confirm", {"secret": older}), 404)
        self.assertTrue(ann.confirm(secret)["confirmed"])
        ann.sign_in()
        self.cache = ann.expect(201, "POST", "/caches", {"name": "shop", "plan": "dev"})
        self.assertEqual(self.cache["team"], ann.own_team())
        ann.secrets.add(self.cache["password"])
        self.assert_works(self.cache)

    def invite_and_change_roles(self, ann, bob):
        team = f"/teams/{ann.own_team()}"
        made = ann.expect(201, "POST", f"{team}/invitations",
                          {"email": bob.email, "role": "read_only"})
        self.assertIsNone(made["link"])
        secret = self.mails.take_secret(bob.email, "invited to a team")
        bob.secrets.add(secret)
        bob.sign_up(invitation=secret).sign_in()  # the mail has proven his address
        own = [one for one in bob.get("/teams")["teams"] if one["role"] == "owner"]
        self.assertEqual(len(own), 1)
        member = f"{team}/members/{bob.get('/account')['id']}"
        self.assertNotIn("password", json.dumps(bob.get("/caches/shop/credentials")).replace(
            '"password": null', ""))
        self.assertEqual(bob.status("POST", "/caches/shop/flush"), 403)
        ann.expect(200, "PATCH", member, {"role": "member"})
        self.assertEqual(bob.status("POST", "/caches/shop/flush"), 204)
        self.assertEqual(bob.status("PATCH", team, {"name": "his"}), 403)
        ann.expect(204, "DELETE", member)
        self.assertEqual(bob.status("GET", "/caches/shop"), 404)

    def reset_the_password(self, ann):
        before, ann.password = ann.password, PASSWORD.format("the second")
        ann.secrets.add(ann.password)
        Person(self.server).expect(202, "POST", "/password/reset", {"email": ann.email})
        secret = self.mails.take_secret(ann.email, "Choose a new password")
        ann.secrets.add(secret)
        Person(self.server).expect(204, "POST", "/password/reset/confirm",
                                   {"secret": secret, "password": ann.password})
        self.assertEqual(ann.status("GET", "/session"), 401)
        self.assertEqual(ann.status("POST", "/sign_in", {"email": ann.email, "password": before}),
                         401)
        self.mails.wait(ann.email, "change to your account")
        ann.sign_in()

    def use_tokens(self, ann):
        reader, writer = ann.make_token("read"), ann.make_token("write")
        keeper = ann.make_token("write", "credentials")
        self.assertEqual(reader.get("/caches/shop")["name"], "shop")
        self.assertEqual(reader.status("POST", "/caches/shop/flush"), 403)
        self.assertEqual(writer.status("POST", "/caches/shop/flush"), 204)
        secret = self.cache["password"]
        for script, sees in ((reader, False), (writer, False), (keeper, True)):
            shown = json.dumps(script.get("/caches/shop/credentials"))
            self.assertEqual(secret in shown, sees)
        self.assertEqual(keeper.status("POST", "/account/tokens", {"name": "more"}), 403)
        self.script = keeper

    def guard_by_a_second_factor(self, bob):
        key = bob.expect(200, "POST", "/account/second_factor")["key"]
        codes = bob.expect(200, "POST", "/account/second_factor/confirm",
                           {"code": code_of(key)})["recovery_codes"]
        bob.secrets |= {key, *codes}
        body = {"email": bob.email, "password": bob.password}
        for code in (code_of(key, 1), codes[0]):
            challenge = bob.expect(200, "POST", "/sign_in", body)["challenge"]
            bob.secrets.add(challenge)
            self.assertEqual(bob.status("POST", "/sign_in/second_factor",
                                        {"challenge": challenge, "code": "000000"}), 401)
            bob.expect(200, "POST", "/sign_in/second_factor",
                       {"challenge": challenge, "code": code})
        self.assertEqual(bob.get("/account/second_factor"),
                         {"enabled": True, "recovery_codes_left": 9})

    def suspend_and_support(self, ann):
        account = f"/accounts/{ann.get('/account')['id']}"
        self.operator.expect(200, "POST", f"{account}/suspend", {"disable_caches": True})
        self.assertEqual(ann.status("GET", "/session"), 401)
        self.assertEqual(self.script.status("GET", "/account"), 401)
        self.assertEqual(self.connect(self.cache)[1], "CLIENT_ERROR authentication failure")
        self.operator.expect(200, "POST", f"{account}/unsuspend")
        self.assert_works(self.cache)
        support = Person(self.server)
        support.cookie, support.csrf = self.operator.cookie, self.operator.csrf
        session = support.expect(200, "POST", f"{account}/support")
        self.assertEqual(session["account"]["email"], ann.email)
        self.assertEqual(support.get("/session")["support"]["email"], self.operator.email)
        support.expect(204, "POST", "/caches/shop/flush")
        self.assertEqual(support.status("GET", "/accounts"), 403)
        rows = self.operator.get("/audit?actor_kind=support")["rows"]
        self.assertEqual(rows[0]["actor"]["name"], ann.email)
        self.assertEqual(rows[0]["actor"]["operator_id"], self.operator.get("/account")["id"])
        ann.sign_in()
        self.support = support

    def look_for_secrets(self, *people):
        everyone = [*people, self.operator, self.support, self.script]
        secrets = set().union(*(one.secrets for one in everyone))
        self.assertGreater(len(secrets), 25)
        audit = json.dumps(self.operator.get("/audit?limit=1000"))
        self.assertIn("account.support", audit)
        mails = json.dumps(self.operator.get("/mails"))
        places = {"the log": self.server.log(), "the audit": audit, "the list of mails": mails,
                  "errors": "\n".join(text for one in everyone for text in one.errors)}
        for file in self.server.data_dir.glob("cachery.db*"):
            places[file.name] = file.read_bytes().decode("latin-1")
        for secret in secrets:
            for place, text in places.items():
                self.assertFalse(secret in text, f"{secret!r} is in {place}")


class Doors(AccountsCase):
    """A sign-up that is closed, and what a browser is told."""

    flags = ("--sign-up=closed", "--public-url=https://cache.example.org/")

    def test_only_the_invited_come_in_and_links_lead_to_the_public_address(self):
        self.assertEqual(Person(self.server).get("/sign_up"),
                         {"open": False, "confirms_by_mail": True})
        cat = self.person("cat")
        body = {"email": cat.email, "password": cat.password}
        self.assertEqual(cat.status("POST", "/sign_up", body), 403)
        team = self.operator.own_team()
        self.operator.expect(201, "POST", f"/teams/{team}/invitations",
                             {"email": cat.email, "role": "member"})
        self.assertIn("https://cache.example.org/invitation#",
                      self.mails.wait(cat.email, "invited to a team"))
        secret = self.mails.take_secret(cat.email, "invited to a team")
        cat.sign_up(invitation=secret).sign_in()
        self.assertEqual(len(cat.get("/teams")["teams"]), 2)

    def test_a_page_of_another_site_changes_nothing(self):
        foreign = {"Origin": "https://evil.example.org"}
        self.assertEqual(self.operator.ask("POST", "/teams", {"name": "x"}, foreign)[0], 403)
        own = {"Origin": "https://cache.example.org"}
        self.assertEqual(self.operator.ask("POST", "/teams", {"name": "x"}, own)[0], 201)


class Guests(AccountsCase):
    def test_guessing_is_slowed_and_other_people_are_not(self):
        dan = self.person("dan").sign_up(self.mails)
        wrong = {"email": dan.email, "password": "a guess of somebody"}
        self.assertGreaterEqual(until_refused(lambda: dan.status("POST", "/sign_in", wrong)), 10)
        self.assertIn("too_many_requests", dan.errors[-1])
        self.operator.sign_in()

    def test_a_broken_request_is_refused_and_the_next_one_answered(self):
        for body in ([], {"email": 7, "password": []}, {"email": "x@example.org"}):
            self.assertEqual(Person(self.server).status("POST", "/sign_in", body), 400)
        self.operator.get("/session")


class BehindAProxy(AccountsCase):
    flags = ("--trusted-proxies=127.0.0.1",)

    def test_the_client_is_who_the_proxy_says_and_limits_are_his_alone(self):
        def guess(number, address):
            body = {"email": f"x{number}@example.org", "password": "a guess of somebody"}
            return Person(self.server).ask("POST", "/sign_in", body,
                                           {"X-Forwarded-For": f"203.0.113.9, {address}"})[0]
        numbers = itertools.count()
        count = until_refused(lambda: guess(next(numbers), "192.0.2.66"))
        self.assertGreaterEqual(count, 30)
        self.assertEqual(guess(next(numbers), "192.0.2.77"), 401)
        self.assertIn("192.0.2.66", self.server.log())
        self.operator.sign_in()


class WithoutMail(unittest.TestCase):
    """No mail server: people get in all the same, and an operator passes links on."""

    @classmethod
    def setUpClass(cls):
        cls.server = Cachery().start()
        cls.addClassCleanup(cls.server.close)

    def person(self, name):
        return Person(self.server, f"{name}@example.org", PASSWORD.format(name))

    def test_accounts_are_good_at_once_and_links_are_shown_to_pass_on(self):
        ann = self.person("ann").sign_up().sign_in()
        bob = self.person("bob")
        made = ann.expect(201, "POST", f"/teams/{ann.own_team()}/invitations",
                          {"email": bob.email, "role": "member"})
        link = re.fullmatch(rf"http://{self.server.ready['http']}/invitation#([0-9a-f]{{64}})",
                            made["link"])
        bob.sign_up(invitation=link[1]).sign_in()
        self.assertEqual(len(bob.get("/teams")["teams"]), 2)
        reset = self.server.cli("account", "reset-link", bob.email).strip()
        bob.password = PASSWORD.format("bob's second")
        bob.expect(204, "POST", "/password/reset/confirm",
                   {"secret": reset.split("#")[1], "password": bob.password})
        bob.sign_in()

    def test_the_command_line_shows_and_changes_accounts(self):
        eve = self.person("eve").sign_up().sign_in()
        self.assertIn(eve.email, self.server.cli("account", "list"))
        self.server.cli("account", "suspend", eve.email)
        self.assertEqual(eve.status("GET", "/session"), 401)
        self.server.cli("account", "unsuspend", eve.email)
        eve.sign_in()
        self.assertTrue(self.server.cli("account", "make-operator", eve.email, "--json")["operator"])
        self.assertEqual(eve.status("GET", "/accounts"), 200)
        with self.assertRaisesRegex(ServerError, "last operator|is the last"):
            self.server.cli("account", "suspend", eve.email)
        with self.assertRaisesRegex(ServerError, "no account nobody@example.org"):
            self.server.cli("account", "show", "nobody@example.org")


class FirstOperator(unittest.TestCase):
    def test_the_link_is_printed_at_each_start_until_it_is_used(self):
        with Cachery() as server:
            first = operator_secret(server)
            server.restart()
            self.assertTrue(eventually(lambda: operator_secret(server) != first))
            olga = Person(server, "olga@example.org", PASSWORD.format("olga"))
            self.assertEqual(olga.status("POST", "/sign_up/operator",
                                         {"email": olga.email, "password": olga.password,
                                          "secret": first}), 404)
            olga.become_operator(operator_secret(server))
            server.restart()
            self.assertFalse([line for line in server.lines if "operator_link" in line])
            self.assertEqual(olga.get("/account")["operator"], True)


class GuardedMailServer(unittest.TestCase):
    """STARTTLS with a certificate of a private authority, and a login."""

    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="cachery-mail-tls-")
        self.addCleanup(directory.cleanup)
        self.certificate, key = f"{directory.name}/cert.pem", f"{directory.name}/key.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out",
                        self.certificate, "-days", "2", "-subj", "/CN=127.0.0.1", "-addext",
                        "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True)
        self.mails = MailServer(self.certificate, key, "cachery", "a password of the mail server")
        self.addCleanup(self.mails.close)

    def test_mail_goes_by_tls_and_a_login(self):
        with Cachery(*self.mails.flags(), f"--smtp-ca={self.certificate}", "--smtp-user=cachery",
                     "--smtp-password=a password of the mail server") as server:
            ann = Person(server, "ann@example.org", PASSWORD.format("ann")).sign_up(self.mails)
            ann.sign_in()
            self.assertNotIn("a password of the mail server", server.log())

    def test_a_wrong_login_is_told_to_the_operator_and_the_mail_waits(self):
        with Cachery(*self.mails.flags(), f"--smtp-ca={self.certificate}", "--smtp-user=cachery",
                     "--smtp-password=another password") as server:
            Person(server, "ann@example.org", PASSWORD.format("ann")).sign_up()
            self.assertTrue(eventually(lambda: server.admin("/mails")["mails"][0]["tries"] == 1,
                                       seconds=30))
            mail = server.admin("/mails")["mails"][0]
            self.assertEqual(mail["state"], "waiting")
            self.assertIn("mail_failed", server.log())
            self.assertNotIn("another password", server.log() + json.dumps(mail))
            self.assertIn('cachery_mail_tries_total{result="failed"} 1', server.fetch("/metrics"))

    def test_a_certificate_that_nobody_vouches_for_gets_no_mail(self):
        with Cachery(*self.mails.flags(), "--smtp-user=cachery",
                     "--smtp-password=a password of the mail server") as server:
            Person(server, "ann@example.org", PASSWORD.format("ann")).sign_up()
            self.assertTrue(eventually(lambda: "mail_failed" in server.log(), seconds=30))
            self.assertEqual(self.mails.mails("ann@example.org"), [])
