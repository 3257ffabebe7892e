"""What an account may hold or leave behind: own ports, credentials, rows of the audit trail."""
import unittest

from neighbour import REFUSED, PeopleCase
from server import free_port


class Ports(PeopleCase):
    own_flags = ("--memory=2g",)  # so that many caches may be made

    def test_one_account_leaves_own_ports_to_others(self):
        taken = 0
        for team in self.teams(self.taker, 20):
            status, made = self.taker.ask("POST", "/caches", {
                "name": f"ports-{team}", "plan": "dev", "team": team})
            if status != 201:
                self.assertIn(status, REFUSED)
                break
            taken += sum(self.open_port(self.taker, made)[0] == 201 for _ in range(16))
        cache = self.worker.expect(201, "POST", "/caches", {"name": "ports", "plan": "dev"})
        self.assertEqual(self.open_port(self.worker, cache)[0], 201)
        print(f"  {taken} ports of one account")

    def open_port(self, person, cache):
        for _ in range(5):  # somebody else's test may have it meanwhile
            status, made = person.ask("POST", f"/caches/{cache['id']}/credentials", {
                "own_port": free_port(), "own_port_networks": ["127.0.0.0/8"]})
            if status == 201:
                break
        return status, made


class Credentials(PeopleCase):
    BOUND = 100
    own_flags = (f"--credentials-of-team={BOUND}",)

    def test_a_team_may_not_have_them_without_end(self):
        """Each change of them is a new table, which every tenant waits for."""
        made = 0
        for number in range(3):
            status, cache = self.taker.ask("POST", "/caches", {
                "name": f"credentials-{number}", "plan": "dev"})
            while status == 201:
                made += 1  # a cache comes with one
                status, _ = self.taker.ask("POST", f"/caches/{cache['id']}/credentials", {})
            self.assertIn(status, REFUSED)
        self.assertEqual(made, self.BOUND)
        cache = self.worker.expect(201, "POST", "/caches", {"name": "mine", "plan": "dev"})
        self.worker.expect(201, "POST", f"/caches/{cache['id']}/credentials", {})


class Trail(PeopleCase):
    FLUSHES = 1000

    def test_flushes_by_the_api_do_not_fill_the_database(self):
        cache = self.taker.expect(201, "POST", "/caches", {"name": "flushed", "plan": "dev"})
        answers = [self.basic(cache, "POST", f"/api/v2/caches/{cache['id']}/flush")[0]
                   for _ in range(self.FLUSHES)]
        self.assertLessEqual(set(answers), {204, 429})
        rows = [row for row in self.taker.get(f"/audit?cache={cache['id']}&limit=1000")["rows"]
                if "flush" in row["action"]]
        print(f"  {self.FLUSHES} flushes: {answers.count(204)} done, {len(rows)} rows")
        self.assertLess(len(rows), self.FLUSHES // 2)
        other = self.worker.expect(201, "POST", "/caches", {"name": "other", "plan": "dev"})
        self.assertEqual(self.basic(other, "POST", f"/api/v2/caches/{other['id']}/flush")[0], 204)


if __name__ == "__main__":
    unittest.main()
