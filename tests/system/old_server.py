"""An old server that a test holds by the hand: it answers when it is told to, knows meta commands or
not, or never answers. What a real memcached cannot be asked to do."""
import socketserver
import threading


class OldServer(socketserver.ThreadingTCPServer):
    """`items`: {key: value}. A value is told only while `may_answer` is set."""
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, items, knows_meta=True, login=None):
        super().__init__(("127.0.0.1", 0), Talk)
        self.items = items
        self.knows_meta = knows_meta
        self.login = login  # (username, password): by `set USERNAME`, as hosted services want it
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
        self.is_asked.set()
        value = self.items.get(key)  # as it was when asked
        self.may_answer.wait()
        return value

    def answer(self, words):
        if words[0] == "mn" and self.knows_meta:
            return "MN\r\n"
        if words[0] == "mg" and self.knows_meta:
            value = self.value_of(words[1])
            return "EN\r\n" if value is None else f"VA {len(value)} t-1 f0\r\n{value}\r\n"
        if words[0] == "get":
            found = [(key, self.value_of(key)) for key in words[1:]]
            return "".join(f"VALUE {key} 7 {len(value)}\r\n{value}\r\n"
                           for key, value in found if value is not None) + "END\r\n"
        if words[0] == "delete":
            return "DELETED\r\n" if self.items.pop(words[1], None) else "NOT_FOUND\r\n"
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
            try:
                self.wfile.write(self.server.answer(line.decode().split()).encode())
            except OSError:
                return
