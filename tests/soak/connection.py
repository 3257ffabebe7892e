"""A client's connection for the soak, plain or TLS, with the manners of a polite, a slow or a dying
client."""
import asyncio
import dataclasses
import socket
import ssl
import struct
import time

from dialects import DIALECTS, Binary, LINE_ENDS
from model import Fault

ANSWER_SECONDS = 90  # a machine with more to do than two cores can
SMALL_WINDOW_BYTES = 8192
READER_BYTES = 64 * 1024


class Closed(Exception):
    """The server, or we, have closed the connection."""


@dataclasses.dataclass(frozen=True)
class Login:
    username: str
    password: str


def trusting_context():
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


class Connection:
    def __init__(self, reader, writer, dialect, is_slow):
        self.reader, self.writer = reader, writer
        self.dialect = DIALECTS[dialect]
        self.is_slow = is_slow  # to read
        self.opened_at = time.monotonic()
        self.unpaced_bytes = 0

    @classmethod
    async def open(cls, address, login, dialect, tls=None, is_slow=False):
        host, port = address.rsplit(":", 1)
        made = socket.socket()
        if is_slow:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_WINDOW_BYTES)
        made.setblocking(False)
        try:
            await asyncio.get_running_loop().sock_connect(made, (host, int(port)))
            reader, writer = await asyncio.open_connection(
                sock=made, limit=READER_BYTES, ssl=tls, server_hostname="localhost" if tls else None)
        except OSError as error:
            made.close()
            raise Closed(f"connect: {error}") from error
        self = cls(reader, writer, dialect, is_slow)
        try:
            await asyncio.wait_for(self.log_in(login), ANSWER_SECONDS)
        except Closed as error:
            self.abort()
            raise Closed(f"at the login: {error}") from error
        except BaseException:
            self.abort()
            raise
        return self

    async def log_in(self, login):
        if isinstance(self.dialect, Binary):
            plain = f"\0{login.username}\0{login.password}".encode()
            self.writer.write(Binary.packet(0x21, b"PLAIN", value=plain))
            _, status, _, text, _ = await self.dialect.reply(self)
            answer = b"STORED" if status == 0 else text
        else:
            self.writer.write(f"set {login.username} 0 0 {len(login.password)}\r\n"
                              f"{login.password}\r\n".encode())
            answer = await self.line()
        if answer != b"STORED":
            raise Closed(f"the login was answered {answer!r}")

    def __str__(self):
        tls = self.writer.get_extra_info("cipher") is not None
        return (f"{'slow ' * self.is_slow}{type(self.dialect).__name__.lower()} connection"
                f"{' over TLS' * tls}")

    # Answers.

    async def line(self):
        line = await self.guard(self.reader.readuntil(LINE_ENDS))
        await self.pace(len(line))
        return line[:-2]

    async def bytes(self, count):
        if not self.is_slow:
            return await self.guard(self.reader.readexactly(count))
        parts = []
        while count > 0:
            parts.append(await self.guard(self.reader.readexactly(min(count, SMALL_WINDOW_BYTES))))
            count -= len(parts[-1])
            await self.pace(len(parts[-1]))
        return b"".join(parts)

    async def pace(self, count):
        self.unpaced_bytes += count if self.is_slow else 0
        if self.unpaced_bytes > SMALL_WINDOW_BYTES:
            self.unpaced_bytes = 0
            await asyncio.sleep(0.01)

    @staticmethod
    async def guard(reading):
        try:
            return await reading
        except (asyncio.IncompleteReadError, OSError) as error:
            raise Closed(f"read: {error!r}") from error
        except asyncio.LimitOverrunError as error:
            raise Fault(f"error: a line without end: {error}") from error

    # Requests.

    async def exchange(self, requests, on_answer):
        """All requests at once, their answers as they come. The writer must not be waited for: while
        answers are not read, the server does not read either."""
        self.writer.write(b"".join(self.dialect.compose(request) for request in requests))
        if self.is_slow:
            await asyncio.sleep(1)
        await asyncio.wait_for(self.read_answers(requests, on_answer), ANSWER_SECONDS)

    async def exchange_slowly(self, requests, on_answer, pieces):
        """The same in pieces with pauses between them, as a client behind a bad line sends."""
        data = b"".join(self.dialect.compose(request) for request in requests)
        step = max(1, len(data) // pieces)
        reading = asyncio.ensure_future(self.read_answers(requests, on_answer))
        try:
            for start in range(0, len(data), step):
                self.writer.write(data[start:start + step])
                await asyncio.sleep(0.1)
            await asyncio.wait_for(reading, ANSWER_SECONDS)
        finally:
            reading.cancel()

    async def read_answers(self, requests, on_answer):
        for request in requests:
            on_answer(request, await self.dialect.read(request, self))

    async def die(self, requests, share, by_reset, after_seconds):
        """Sends a share of the requests' bytes and is gone, with or without a farewell."""
        data = b"".join(self.dialect.compose(request) for request in requests)
        self.writer.write(data[:int(len(data) * share)])
        await asyncio.sleep(after_seconds)
        if by_reset and not self.writer.transport.is_closing():
            self.writer.get_extra_info("socket").setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.abort()

    def abort(self):
        self.writer.transport.abort()

    async def is_closed_within(self, seconds):
        """Waits for the server to close it."""
        try:
            return await asyncio.wait_for(self.reader.read(1), seconds) == b""
        except TimeoutError:
            return False
        except OSError:
            return True
