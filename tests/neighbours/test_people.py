"""What people share: mails, places to hash a password, the API's connections, pages that stay open."""
import concurrent.futures
import contextlib
import http.client
import socket
import time
import unittest

from neighbour import REFUSED, PeopleCase
from person import Person
from pressure import allow_descriptors, host_port


class Mails(PeopleCase):
    INVITATIONS = 1500

    def test_invitations_without_end_do_not_keep_a_reset_waiting(self):
        accepted, refused = 0, 0
        for team in self.teams(self.taker, 50):
            for number in range(100):
                status, _ = self.taker.ask("POST", f"/teams/{team}/invitations", {
                    "email": f"victim{number}@example.org", "role": "member"})
                if status == 201:
                    accepted += 1
                else:
                    self.assertIn(status, REFUSED)
                    refused += 1
                    break
            if accepted >= self.INVITATIONS:
                break
        Person(self.server).expect(202, "POST", "/password/reset", {"email": self.worker.email})
        self.mails.wait(self.worker.email, "Choose a new password")
        print(f"  {accepted} invitations were accepted, {refused} refused")
        # One person's mails of a minute, whatever the bound is that was chosen.
        self.assertLess(accepted, 200)

    def test_one_address_is_not_mailed_without_end(self):
        taker = self.person("another")
        team = taker.own_team()
        accepted = 0
        for _ in range(150):
            status, made = taker.ask("POST", f"/teams/{team}/invitations", {
                "email": "one-victim@example.org", "role": "member"})
            if status == 201:
                accepted += 1
                taker.ask("DELETE", f"/teams/{team}/invitations/{made['id']}")
        self.assertLess(accepted, 20)


class Hashing(PeopleCase):
    own_flags = ("--trusted-proxies=127.0.0.1",)
    GUESSERS = 150

    def guess(self, number):
        """From an address of its own, at an account of its own."""
        with contextlib.suppress(OSError):
            stranger = Person(self.server, f"nobody{number}@example.org", "a guess of somebody")
            stranger.ask("POST", "/sign_in", {"email": stranger.email,
                                              "password": stranger.password},
                         {"X-Forwarded-For": f"10.1.{number // 250}.{number % 250 + 1}"})

    def test_strangers_who_guess_keep_nobody_from_signing_in(self):
        known = {"X-Forwarded-For": "10.2.0.1"}
        body = {"email": self.worker.email, "password": self.worker.password}
        self.assertEqual(self.worker.ask("POST", "/sign_in", body, known)[0], 200)
        self.assertEqual(self.worker.ask("GET", "/account", None, known)[0], 200)
        with concurrent.futures.ThreadPoolExecutor(self.GUESSERS) as pool:
            guesses = [pool.submit(self.guess, number) for number in range(2 * self.GUESSERS)]
            time.sleep(1)  # all places are taken then
            statuses = [self.worker.ask("POST", "/sign_in", body, known)[0] for _ in range(3)]
            for guess in guesses:
                guess.cancel()
        self.assertEqual(statuses, [200] * 3)


class HttpPlaces(PeopleCase):
    PLACES = 1024

    def test_slow_senders_leave_the_api_to_others(self):
        if not allow_descriptors(3000):
            self.skipTest("the machine allows fewer than 3,000 descriptors")
        address = host_port(self.server.ready["http"])
        for number in range(self.PLACES):
            slow = self.opened.enter_context(socket.socket())
            slow.bind((f"127.0.0.{2 + number % 4}", 0))
            slow.connect(address)
            slow.sendall(b"POST /api/admin/v1/sign_in HTTP/1.1\r\nContent-Le")
        answers = []
        for _ in range(10):
            with contextlib.suppress(OSError, http.client.HTTPException):
                answers.append(self.worker.status("GET", "/account"))
        self.assertEqual(answers, [200] * 10)


class Streams(PeopleCase):
    def live(self, person, cache):
        """An answer that goes on; its status."""
        connection = http.client.HTTPConnection(self.server.ready["http"], timeout=30)
        self.addCleanup(connection.close)
        connection.request("GET", f"/api/admin/v1/caches/{cache['id']}/live", headers={
            "Accept": "text/event-stream", "Cookie": f"cachery_session={person.cookie}"})
        return connection.getresponse().status

    def test_pages_of_one_person_that_stay_open_leave_places_to_others(self):
        if not allow_descriptors(3000):
            self.skipTest("the machine allows fewer than 3,000 descriptors")
        caches = [person.expect(201, "POST", "/caches", {"name": "live", "plan": "dev"})
                  for person in (self.taker, self.worker)]
        taken = sum(self.live(self.taker, caches[0]) == 200 for _ in range(300))
        self.assertEqual([self.live(self.worker, caches[1]) for _ in range(3)], [200] * 3)
        print(f"  {taken} pages of one person are followed")


if __name__ == "__main__":
    unittest.main()
