"""Bills end to end: a cache that was there last month, closed into an invoice when the service starts,
told to a payment processor's webhook, and shown by the command line as JSON, CSV and a page."""
import csv
import datetime
import io
import json
import sqlite3

from case import CacheryCase, eventually
from webhook import Receiver, is_genuine


def last_month():
    """Its first second and its name."""
    first_of_this = datetime.datetime.now(datetime.UTC).replace(
        day=1, hour=0, minute=0, second=0, microsecond=0)
    first = (first_of_this - datetime.timedelta(days=1)).replace(day=1)
    return int(first.timestamp()), f"{first:%Y-%m}"


class Invoices(CacheryCase):
    flags = ("--deliver-anywhere", "--currency", "EUR")

    def test_a_month_is_closed_told_and_exported(self):
        receiver = Receiver()
        self.addCleanup(receiver.close)
        status, config = self.server.ask("POST", "/alerts/configs", {
            "delivery_type": "webhook", "webhook_url": receiver.url, "invoices": True})
        self.assertEqual(status, 201, config)
        plan = self.server.admin("/plans/100")
        price = plan["price_minor_units"]
        self.assertEqual(plan["currency"], "EUR")
        self.assertGreater(price, 0)
        cache = self.create_cache("--plan", "100")
        month = self.go_back_a_month(cache)

        early = self.server.cli("invoice", "export", "--month", "2999-01", check=False)
        self.assertEqual(early.returncode, 1)
        self.assertIn("not closed yet", early.stderr)
        (invoice,) = [one for one in self.cli("invoice", "list") if one["month"] == month]
        self.assertEqual((invoice["total_minor"], invoice["currency"]), (price, "EUR"))
        self.check_forms(invoice, cache, price)
        self.check_told(receiver, config["webhook_secret"], invoice)
        self.server.restart()
        self.assertIn(invoice, self.cli("invoice", "list"), "closed once, and never again")

    def go_back_a_month(self, cache):
        """As if the cache had been made with the month: nothing else tells a service of the past."""
        self.server.stop()
        start, month = last_month()
        with sqlite3.connect(self.server.data_dir / "cachery.db") as database:
            changed = database.execute(
                "UPDATE usage_events SET at_unix_seconds = ? WHERE cache_id = ?",
                (start, cache["id"])).rowcount
            self.assertEqual(changed, 1)
        database.close()
        self.server.start()
        self.assert_eventually(
            lambda: month in [one["month"] for one in self.cli("invoice", "list")])
        return month

    def check_forms(self, invoice, cache, price):
        number = str(invoice["id"])
        shown = json.loads(self.server.cli("invoice", "show", number))
        (line,) = shown["lines"]
        self.assertEqual((line["cache"], line["plan"], line["amount_minor"]),
                         (cache["name"], "100", price))
        self.assertEqual(line["hours"], line["month_hours"])
        table = list(csv.DictReader(io.StringIO(
            self.server.cli("invoice", "show", number, "--format", "csv"))))
        self.assertEqual([row["cache"] for row in table], [cache["name"]])
        page = self.server.cli("invoice", "show", number, "--format", "html")
        self.assertIn(cache["name"], page)
        self.assertIn(shown["total"], page)
        exported = json.loads(self.server.cli("invoice", "export", "--month", invoice["month"]))
        self.assertEqual(exported["invoices"], [shown])

    def check_told(self, receiver, secret, invoice):
        self.assertTrue(eventually(lambda: receiver.taken("invoice.closed"), 30))
        (told,) = receiver.taken("invoice.closed")
        self.assertEqual((told["invoice"]["id"], told["invoice"]["total_minor"]),
                         (invoice["id"], invoice["total_minor"]))
        _, headers, body = receiver.arrived[0]
        self.assertTrue(is_genuine(secret, headers["Cachery-Signature"], body))

    def test_what_the_month_has_cost_so_far_is_previewed(self):
        self.create_cache("--plan", "100")
        (invoice,) = self.cli("invoice", "preview")
        self.assertGreaterEqual(invoice["total_minor"], 0)
        self.assertIn("100", [line["plan"] for line in invoice["lines"]])
