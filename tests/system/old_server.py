"""An old server that a test holds by the hand: it answers when it is told to, knows meta commands or
not, or never answers. What a real memcached cannot be asked to do. And a certificate for those that
speak TLS."""
import socketserver
import subprocess
import threading


def make_certificate(folder, name="localhost"):
    """(certificate, key): paths of one that is its own authority, for 127.0.0.1 and `name`."""
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", f"/CN={name}",
                    "-addext", f"subjectAltName=IP:127.0.0.1,DNS:{name}", "-keyout", key, "-out",
                    certificate], check=True, capture_output=True)
    key.chmod(0o644)
    return certificate, key


class OldServer(socketserver.ThreadingTCPServer):
    """`items`: {key: value}. A value is told only while `may_answer` is set; with `holds_one`, the
    first that is asked for waits and the others do not. `dumps`: what is said, in turn, to
    `lru_crawler metadump all`."""
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, items, knows_meta=True, login=None, holds_one=False, dumps=()):
        super().__init__(("127.0.0.1", 0), Talk)
        self.items = items
        self.knows_meta = knows_meta
        self.login = login  # (username, password): by `set USERNAME`, as hosted services want it
        self.holds_one = holds_one
        self.dumps = list(dumps)
        self.answer_to_get = None  # in place of a right one
        self.may_answer = threading.Event()
        self.may_answer.set()
        self.is_asked = threading.Event()
        self.address = f"127.0.0.1:{self.server_address[1]}"
        self.thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05})
        self.thread.start()

    def close(self):
        self.may_answer.set()
        self.shutdown()
        self.thread.join()
        self.server_close()

    def value_of(self, key):
        is_first = not self.is_asked.is_set()
        self.is_asked.set()
        value = self.items.get(key)  # as it was when asked
        if is_first or not self.holds_one:
            self.may_answer.wait()
        return value

    def answer(self, words):
        if words[0] == "mn" and self.knows_meta:
            return "MN\r\n"
        if words[0] == "mg" and self.knows_meta:
            value = self.value_of(words[1])
            return "EN\r\n" if value is None else f"VA {len(value)} t-1 f0\r\n{value}\r\n"
        if words[0] == "get" and self.answer_to_get:
            return self.answer_to_get
        if words[0] == "get":
            found = [(key, self.value_of(key)) for key in words[1:]]
            return "".join(f"VALUE {key} 7 {len(value)}\r\n{value}\r\n"
                           for key, value in found if value is not None) + "END\r\n"
        if words[0] == "delete":
            return "DELETED\r\n" if self.items.pop(words[1], None) else "NOT_FOUND\r\n"
        if words[0] == "lru_crawler" and self.dumps:
            return self.dumps.pop(0)
        if words[0] == "version":
            return "VERSION 0.0.0\r\n"
        return "ERROR\r\n"


class Talk(socketserver.StreamRequestHandler):
    def is_let_in(self):
        key, value = self.rfile.readline().split()[1], self.rfile.readline().rstrip()
        is_right = (key.decode(), value.decode()) == self.server.login
        self.wfile.write(b"STORED\r\n" if is_right else b"CLIENT_ERROR unauthenticated\r\n")
        return is_right

    def handle(self):
        if self.server.login and not self.is_let_in():
            return
        for line in self.rfile:
            answer = self.server.answer(line.decode().removesuffix("\r\n").split(" "))
            try:
                self.wfile.write(answer.encode())
            except OSError:
                return
