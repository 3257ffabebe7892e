"""Raw connections to a memcache server: the lines of ASCII and the packets of binary.

For what a client library would hide: replies byte by byte, a connection that the server closes,
commands without a login. Each answer has a deadline; None means that the server has closed.
"""
import socket
import ssl
import struct

REPLY_SECONDS = 10


class Connection:
    """The bytes of one connection, plain or over TLS."""

    def __init__(self, address, tls=None, server_name="localhost", window_bytes=None):
        """`window_bytes`: about so much is taken before the test reads."""
        host, port = address.rsplit(":", 1)
        self.socket = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
        if window_bytes:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, window_bytes)
        self.socket.settimeout(REPLY_SECONDS)
        self.socket.connect((host, int(port)))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls:
            self.socket = tls.wrap_socket(self.socket, server_hostname=server_name)
        self.reader = self.socket.makefile("rb")

    def send(self, data):
        self.socket.sendall(data)

    def read(self, count):
        try:
            data = self.reader.read(count)
        except ConnectionResetError:
            return None
        return data if data is not None and len(data) == count else None

    def is_closed(self):
        """Waits for the server to close; False when it says something instead, or nothing."""
        try:
            return self.reader.read(1) == b""
        except ConnectionResetError:
            return True
        except (TimeoutError, ssl.SSLError):
            return False

    def close(self):
        self.reader.close()
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Ascii(Connection):
    def line(self):
        try:
            line = self.reader.readline()
        except ConnectionResetError:
            return None
        return line.removesuffix(b"\r\n").decode() if line else None

    def ask(self, command, value=None):
        """Sends a command, with its value if it has one, and returns the first line back."""
        body = b"" if value is None else value + b"\r\n"
        try:
            self.send(command.encode() + b"\r\n" + body)
        except (BrokenPipeError, ConnectionResetError):
            return None
        return self.line()

    def login(self, username, password):
        """As the service documents it: the key is the username, the value the password."""
        return self.ask(f"set {username} 0 0 {len(password)}", password.encode())

    def set(self, key, value, seconds=0):
        return self.ask(f"set {key} 0 {seconds} {len(value)}", value)

    def get(self, key):
        """The value, None for a miss; any other line is an error of the test."""
        line = self.ask(f"get {key}")
        if line == "END":
            return None
        if not line or not line.startswith(f"VALUE {key} "):
            raise AssertionError(f"get {key}: {line}")
        value = self.read(int(line.split(" ")[3]) + 2)[:-2]
        if self.line() != "END":
            raise AssertionError(f"get {key}: no END")
        return value

    def stats(self, what=""):
        line = self.ask(f"stats {what}".strip())
        found = {}
        while line and line.startswith("STAT "):
            _, name, *value = line.split(" ", 2)
            found[name] = value[0] if value else ""
            line = self.line()
        if line != "END":
            raise AssertionError(f"stats: {line}")
        return found


class Binary(Connection):
    GET, SET, NOOP, FLUSH, AUTH = 0x00, 0x01, 0x0a, 0x08, 0x21
    SET_EXTRAS = bytes(8)

    def ask(self, opcode, key=b"", value=b"", extras=b""):
        """One request, one reply: (status, value), or None when the server closed."""
        head = struct.pack(">BBHBBHIIQ", 0x80, opcode, len(key), len(extras), 0, 0,
                           len(key) + len(extras) + len(value), 0, 0)
        self.send(head + extras + key + value)
        return self.reply()

    def reply(self):
        head = self.read(24)
        if head is None:
            return None
        magic, _, key_bytes, extra_bytes, _, status, body_bytes, _, _ = struct.unpack(
            ">BBHBBHIIQ", head)
        if magic != 0x81:
            raise AssertionError(f"reply with magic {magic:#x}")
        body = self.read(body_bytes)
        return status, body[extra_bytes + key_bytes:]

    def login(self, username, password):
        return self.ask(self.AUTH, b"PLAIN", f"\0{username}\0{password}".encode())
