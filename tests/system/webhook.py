"""A receiver of webhooks on loopback, for one test: keeps what arrives, and refuses what it is told."""
import hashlib
import hmac
import http.server
import json
import threading
import time


def is_genuine(secret, signature, body, seconds=300):
    """As docs/guide/alerts.md tells receivers to do it."""
    fields = dict(field.split("=", 1) for field in signature.split(","))
    signed = fields["t"].encode() + b"." + body
    expected = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    is_fresh = abs(time.time() - int(fields["t"])) <= seconds
    return is_fresh and hmac.compare_digest(expected, fields["v1"])


class Receiver:
    def __init__(self, refusals=0):
        self.refusals = refusals  # of the first deliveries, with 500
        self.arrived = []  # (status that it was answered, headers, body)
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = 500 if len(receiver.arrived) < receiver.refusals else 204
                receiver.arrived.append((status, dict(self.headers), body))
                self.send_response(status)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_port}/hook"

    def taken(self, kind):
        """The bodies of that type that it took."""
        bodies = [json.loads(body) for status, _, body in list(self.arrived) if status == 204]
        return [body for body in bodies if body["type"] == kind]

    def close(self):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()
