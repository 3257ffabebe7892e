"""An alert from its condition to the receiver of a webhook, over real HTTP: a certificate that ends
soon fires one at the first look, a longer one in its place resolves it at the next."""
import pathlib
import subprocess
import tempfile
import unittest

from case import eventually
from server import Cachery
from webhook import Receiver, is_genuine

# Looked at once a minute, and a delivery that was refused is repeated after half a minute at most.
LOOK_SECONDS = 180


class Alerts(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="cachery-alerts-")
        self.addCleanup(folder.cleanup)
        self.certificate = pathlib.Path(folder.name) / "certificate.pem"
        self.key = pathlib.Path(folder.name) / "key.pem"
        self.make_certificate(days=10)
        self.receiver = Receiver(refusals=1)
        self.addCleanup(self.receiver.close)
        self.server = Cachery("--deliver-anywhere", "--tls-certificate", str(self.certificate),
                              "--tls-key", str(self.key)).start()
        self.addCleanup(self.server.close)

    def make_certificate(self, days):
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
             "-nodes", "-subj", "/CN=cache.example.org", "-days", str(days), "-out",
             self.certificate, "-keyout", self.key], check=True, capture_output=True)

    def watch_certificate(self):
        """Makes the alert and where it is delivered; returns the webhook's secret."""
        status, config = self.server.ask("POST", "/alerts/configs", {
            "delivery_type": "webhook", "webhook_url": self.receiver.url})
        self.assertEqual(status, 201, config)
        status, alert = self.server.ask("POST", "/alerts", {
            "trigger_type": "certificate_expiry", "trigger_threshold": 30,
            "delivery_config_id": config["id"], "description": "call Ann"})
        self.assertEqual(status, 201, alert)
        return config["webhook_secret"]

    def assert_delivered(self, kind):
        self.assertTrue(eventually(lambda: self.receiver.taken(kind), LOOK_SECONDS),
                        f"{self.receiver.arrived} {self.server.log()[-2000:]}")

    def test_fires_once_is_repeated_until_it_is_taken_and_resolves_once(self):
        secret = self.watch_certificate()
        self.server.restart()  # looks at once
        self.assertTrue(eventually(lambda: self.receiver.arrived, LOOK_SECONDS))
        self.assertTrue(eventually(lambda: self.deliveries()[0]["last_error"]))
        waiting = self.deliveries()[0]
        self.assertEqual((waiting["type"], waiting["state"]), ("alert.fired", "queued"))
        self.assertIn("500", waiting["last_error"])
        self.assert_delivered("alert.fired")

        self.make_certificate(days=100)
        self.server.reload()
        self.assert_delivered("alert.resolved")
        self.check_what_arrived(secret)
        self.assertTrue(eventually(lambda: {one["state"] for one in self.deliveries()} == {"sent"}))
        done = {one["type"]: one for one in self.deliveries()}
        self.assertEqual(done["alert.fired"]["attempts"], 2)
        self.assertEqual(done["alert.resolved"]["attempts"], 1)
        events = self.server.admin("/alerts/events")["events"]
        self.assertEqual([one["type"] for one in events], ["resolved", "fired"])

    def deliveries(self):
        return self.server.admin("/alerts/deliveries")["deliveries"]

    def check_what_arrived(self, secret):
        for _, headers, body in self.receiver.arrived:
            self.assertTrue(is_genuine(secret, headers["Cachery-Signature"], body), headers)
            self.assertFalse(is_genuine(secret, headers["Cachery-Signature"], body + b" "))
        keys = [headers["Idempotency-Key"] for _, headers, _ in self.receiver.arrived]
        self.assertEqual(keys[0], keys[1], "a repetition can be told")
        self.assertEqual(len(set(keys)), 2, "one key each for what fired and what resolved")
        (fired,), (resolved,) = self.receiver.taken("alert.fired"), self.receiver.taken(
            "alert.resolved")
        self.assertEqual(fired["alert"]["trigger_type"], "certificate_expiry")
        self.assertEqual(fired["alert"]["description"], "call Ann")
        self.assertAlmostEqual(fired["alert"]["value"], 10, delta=0.1)
        self.assertAlmostEqual(resolved["alert"]["value"], 100, delta=0.1)
        self.assertEqual(resolved["alert"]["reason"], "measured")


if __name__ == "__main__":
    unittest.main()
