"""Alerts from the condition to whoever is told: a cache's hit rate falls and recovers by real
traffic, and the certificate of the installation ends soon and is replaced. Told by webhook, in
Slack and by mail; the webhook refuses the first time.

Alerts are judged every two seconds (--alert-window=10). Half a minute in all, most of which is the
wait before a refused delivery is repeated.
"""
import json
import pathlib
import subprocess
import tempfile
import unittest

from case import CacheryCase, eventually
from mail_server import MailServer
from webhook import Receiver, is_genuine

TURN_SECONDS = 120  # a turn of an alert takes ten, and a repetition 30, on a machine that is free
GETS = 100  # the least that a hit rate is judged by


class Alerts(CacheryCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="cachery-alerts-")
        cls.addClassCleanup(folder.cleanup)
        cls.certificate = pathlib.Path(folder.name) / "certificate.pem"
        cls.key = pathlib.Path(folder.name) / "key.pem"
        cls.make_certificate(days=10)
        cls.mails = MailServer()
        cls.addClassCleanup(cls.mails.close)
        cls.flags = ("--alert-window=10", "--deliver-anywhere", *cls.mails.flags(),
                     f"--tls-certificate={cls.certificate}", f"--tls-key={cls.key}")
        super().setUpClass()

    @classmethod
    def make_certificate(cls, days):
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
             "-nodes", "-subj", "/CN=cache.example.org", "-days", str(days), "-out",
             cls.certificate, "-keyout", cls.key], check=True, capture_output=True)

    def receiver(self, refusals=0):
        made = Receiver(refusals=refusals)
        self.addCleanup(made.close)
        return made

    def make(self, path, body):
        status, made = self.server.ask("POST", path, body)
        self.assertEqual(status, 201, made)
        return made

    def events(self, scope):
        """What happened, the oldest first: ("fired", the alert's id)."""
        events = self.server.admin(f"{scope}/alerts/events")["events"]
        return [(one["type"], one["alert_id"]) for one in reversed(events)]

    def deliveries(self, scope):
        return self.server.admin(f"{scope}/alerts/deliveries")["deliveries"]

    def wait_sent(self, scope, count):
        self.assertTrue(eventually(
            lambda: [one["state"] for one in self.deliveries(scope)] == ["sent"] * count,
            TURN_SECONDS), f"{self.deliveries(scope)} {self.server.log()[-2000:]}")

    def ask_until(self, connection, key, claim):
        """Gets the key again and again, until the claim holds."""
        def ask():
            for _ in range(GETS):
                connection.get(key)
            return claim()
        self.assertTrue(eventually(ask, TURN_SECONDS), self.server.log()[-2000:])

    def test_a_cache_is_told_of_once_when_it_misses_and_once_when_it_hits_again(self):
        cache = self.create_cache()
        scope = f"/caches/{cache['name']}"
        webhook, slack = self.receiver(refusals=1), self.receiver()
        places = [{"delivery_type": "webhook", "webhook_url": webhook.url},
                  {"delivery_type": "slack", "slack_url": slack.url, "slack_channel": "#caches"},
                  {"delivery_type": "email", "email": "ann@example.org"}]
        configs = [self.make(f"{scope}/alerts/configs", place) for place in places]
        self.check_agreement(scope, configs[2])
        alerts = [self.make(f"{scope}/alerts", {
            "trigger_type": "hit_rate", "trigger_threshold": 50, "description": "call Ann",
            "delivery_config_id": config["id"]})["id"] for config in configs]
        fired, resolved = ({(kind, alert) for alert in alerts} for kind in ("fired", "resolved"))

        connection = self.ascii(cache)
        connection.set("key", b"value")
        self.ask_until(connection, "nobody", lambda: fired == set(self.events(scope)))
        self.check_refused(scope, configs[0], webhook)
        self.ask_until(connection, "key", lambda: len(self.events(scope)) == 6)
        self.assertEqual(set(self.events(scope)[3:]), resolved)
        self.wait_sent(scope, 6)
        self.assertEqual(len(self.events(scope)), 6, "each once")
        self.check_webhook(cache, webhook, configs[0]["webhook_secret"])
        self.check_slack(cache, slack)
        self.check_mail(cache)

    def check_agreement(self, scope, config):
        """An address is mailed one question, and is told alerts once it has agreed."""
        self.assertFalse(config["confirmed"])
        secret = self.mails.take_secret("ann@example.org", "Confirm that you want alerts")
        agree = ("POST", "/alert_addresses/confirm", {"secret": secret})
        self.assertEqual(self.server.ask(*agree), (200, {"email": "ann@example.org"}))
        self.assertEqual(self.server.ask(*agree)[0], 404)
        self.assertTrue(self.server.admin(f"{scope}/alerts/configs/{config['id']}")["confirmed"])

    def check_refused(self, scope, config, webhook):
        """A delivery that was refused waits to be repeated, and says why."""
        def refused():
            return [one for one in self.deliveries(scope)
                    if one["delivery_config_id"] == config["id"] and one["last_error"]]
        self.assertTrue(eventually(lambda: webhook.arrived and refused(), TURN_SECONDS))
        self.assertIn("500", refused()[0]["last_error"])

    def check_webhook(self, cache, webhook, secret):
        for _, headers, body in webhook.arrived:
            self.assertTrue(is_genuine(secret, headers["Cachery-Signature"], body), headers)
            self.assertFalse(is_genuine(secret, headers["Cachery-Signature"], body + b" "))
        keys = [headers["Idempotency-Key"] for _, headers, _ in webhook.arrived]
        self.assertEqual((len(keys), len(set(keys))), (3, 2), "one of two was repeated")
        (fired,), (resolved,) = webhook.taken("alert.fired"), webhook.taken("alert.resolved")
        for body in (fired, resolved):
            self.assertEqual(body["cache"]["name"], cache["name"])
            self.assertEqual(body["alert"]["trigger_type"], "hit_rate")
            self.assertEqual(body["alert"]["description"], "call Ann")
            self.assertEqual(body["alert"]["reason"], "measured")
        self.assertLess(fired["alert"]["value"], 50)
        self.assertGreater(resolved["alert"]["value"], 50)

    def check_slack(self, cache, slack):
        bodies = [json.loads(body) for _, _, body in slack.arrived]
        self.assertEqual([body["channel"] for body in bodies], ["#caches"] * 2)
        texts = "".join(body["text"] for body in bodies)
        for said in ("hit rate is below 50%", "hit rate is no longer below 50%"):
            self.assertEqual(texts.count(f"*cache {cache['name']}: {said}*"), 1, texts)

    def check_mail(self, cache):
        subjects = [mail["Subject"] for mail in self.mails.mails("ann@example.org")]
        self.assertEqual(sorted(subjects), [f"cache {cache['name']}: hit rate is below 50%",
                                            f"cache {cache['name']}: hit rate is no longer below 50%"])

    def test_a_certificate_that_ends_soon_is_told_of_until_it_is_replaced(self):
        webhook = self.receiver()
        config = self.make("/alerts/configs", {"delivery_type": "webhook",
                                               "webhook_url": webhook.url})
        self.make("/alerts", {"trigger_type": "certificate_expiry", "trigger_threshold": 30,
                              "delivery_config_id": config["id"]})
        self.assertTrue(eventually(lambda: webhook.taken("alert.fired"), TURN_SECONDS))
        self.make_certificate(days=100)
        self.server.reload()
        self.assertTrue(eventually(lambda: webhook.taken("alert.resolved"), TURN_SECONDS))
        self.wait_sent("", 2)
        (fired,), (resolved,) = webhook.taken("alert.fired"), webhook.taken("alert.resolved")
        self.assertAlmostEqual(fired["alert"]["value"], 10, delta=0.1)
        self.assertAlmostEqual(resolved["alert"]["value"], 100, delta=0.1)
        self.assertEqual([kind for kind, _ in self.events("")], ["fired", "resolved"])


if __name__ == "__main__":
    unittest.main()
