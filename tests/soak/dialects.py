"""Requests and answers of the text, meta and binary protocols, for many requests on one connection.

A Request says what is wanted whatever the protocol; a dialect turns it into bytes, and reads its
answer as an outcome in one vocabulary: stored, not_stored, exists, not_found, deleted, touched, ok, a
number, or for a get a list of (key, value, unique) of what was there.
"""
import dataclasses
import struct

from model import Fault

LINE_ENDS = b"\r\n"


@dataclasses.dataclass(slots=True)
class Request:
    verb: str  # get set add replace append cas delete touch incr flush
    keys: list = ()
    value: bytes = b""
    ttl: int = 0
    unique: int = 0
    content: tuple = None  # what the key holds if it succeeds, as the model knows it

    def __str__(self):
        return f"{self.verb} {len(self.keys)} keys, {len(self.value)} B"

    @property
    def key(self):
        return self.keys[0]


class Text:
    OUTCOMES = {b"STORED": "stored", b"NOT_STORED": "not_stored", b"EXISTS": "exists",
                b"NOT_FOUND": "not_found", b"DELETED": "deleted", b"TOUCHED": "touched", b"OK": "ok"}

    def compose(self, request):
        key, verb = request.keys[0].name if request.keys else b"", request.verb
        if verb == "get":
            return b"gets " + b" ".join(one.name for one in request.keys) + LINE_ENDS
        if verb == "delete":
            return b"delete %s\r\n" % key
        if verb == "touch":
            return b"touch %s %d\r\n" % (key, request.ttl)
        if verb == "incr":
            return b"incr %s 1\r\n" % key
        if verb == "flush":
            return b"flush_all\r\n"
        unique = b" %d" % request.unique if verb == "cas" else b""
        return b"%s %s 0 %d %d%s\r\n%s\r\n" % (verb.encode(), key, request.ttl, len(request.value),
                                              unique, request.value)

    async def read(self, request, connection):
        if request.verb == "get":
            return await self.read_values(connection)
        line = await connection.line()
        if request.verb == "incr" and line.isdigit():
            return int(line)
        return outcome_of(self.OUTCOMES, line, request)

    async def read_values(self, connection):
        found = []
        while (line := await connection.line()) != b"END":
            words = line.split()
            if len(words) != 5 or words[0] != b"VALUE":
                raise Fault(f"error: a get was answered {line!r}")
            value = await connection.bytes(int(words[3]) + 2)
            found.append((words[1], value[:-2], int(words[4])))
        return found


class Meta:
    MODES = {"set": b"S", "cas": b"S", "add": b"E", "replace": b"R", "append": b"A"}
    OUTCOMES = {b"HD": "ok", b"NS": "not_stored", b"EX": "exists", b"NF": "not_found",
                b"EN": "not_found", b"OK": "ok"}
    SUCCESS = {"delete": "deleted", "touch": "touched", "flush": "ok"}

    def compose(self, request):
        key, verb = request.keys[0].name if request.keys else b"", request.verb
        if verb == "get":
            return b"".join(b"mg %s v c k q\r\n" % one.name for one in request.keys) + b"mn\r\n"
        if verb == "delete":
            return b"md %s\r\n" % key
        if verb == "touch":
            return b"mg %s T%d\r\n" % (key, request.ttl)
        if verb == "incr":
            return b"ma %s v\r\n" % key
        if verb == "flush":
            return b"flush_all\r\n"
        unique = b" C%d" % request.unique if verb == "cas" else b""
        return b"ms %s %d T%d M%s%s\r\n%s\r\n" % (key, len(request.value), request.ttl,
                                                 self.MODES[verb], unique, request.value)

    async def read(self, request, connection):
        if request.verb == "get":
            return await self.read_values(connection)
        line = await connection.line()
        if request.verb == "incr" and line.startswith(b"VA "):
            return int((await connection.bytes(int(line.split()[1]) + 2))[:-2])
        outcome = outcome_of(self.OUTCOMES, line.split(b" ")[0], request)
        return self.SUCCESS.get(request.verb, "stored") if outcome == "ok" else outcome

    async def read_values(self, connection):
        found = []
        while (line := await connection.line()) != b"MN":
            words = line.split()
            if len(words) != 4 or words[0] != b"VA":
                raise Fault(f"error: mg was answered {line!r}")
            flags = {word[:1]: word[1:] for word in words[2:]}
            value = await connection.bytes(int(words[1]) + 2)
            found.append((flags[b"k"], value[:-2], int(flags[b"c"])))
        return found


class Binary:
    GET_KEY_QUIET, NOOP, FLUSH = 0x0d, 0x0a, 0x08
    OPCODES = {"set": 0x01, "cas": 0x01, "add": 0x02, "replace": 0x03, "delete": 0x04, "incr": 0x05,
               "append": 0x0e, "touch": 0x1c, "flush": 0x08}
    SUCCESS = {"delete": "deleted", "touch": "touched", "flush": "ok"}
    OUTCOMES = {1: "not_found", 2: "exists", 5: "not_stored"}
    # What the text protocol calls not stored has other names here.
    SAME = {("add", "exists"): "not_stored", ("replace", "not_found"): "not_stored"}
    NEVER_CREATE = struct.pack(">QQI", 1, 0, 0xffffffff)

    @staticmethod
    def packet(opcode, key=b"", extras=b"", value=b"", unique=0):
        return struct.pack(">BBHBBHIIQ", 0x80, opcode, len(key), len(extras), 0, 0,
                           len(key) + len(extras) + len(value), 0, unique) + extras + key + value

    def compose(self, request):
        verb = request.verb
        if verb == "get":
            return b"".join(self.packet(self.GET_KEY_QUIET, one.name) for one in request.keys) \
                + self.packet(self.NOOP)
        extras = b""
        if verb in ("set", "cas", "add", "replace"):
            extras = struct.pack(">II", 0, request.ttl)
        elif verb == "touch":
            extras = struct.pack(">I", request.ttl)
        elif verb == "incr":
            extras = self.NEVER_CREATE
        return self.packet(self.OPCODES[verb], request.key.name if request.keys else b"", extras,
                           request.value, request.unique)

    async def reply(self, connection):
        head = await connection.bytes(24)
        magic, opcode, key_bytes, extra_bytes, _, status, body_bytes, _, unique = struct.unpack(
            ">BBHBBHIIQ", head)
        if magic != 0x81:
            raise Fault(f"error: a packet begins with {head!r}")
        body = await connection.bytes(body_bytes)
        key = body[extra_bytes:extra_bytes + key_bytes]
        return opcode, status, key, body[extra_bytes + key_bytes:], unique

    async def read(self, request, connection):
        if request.verb == "get":
            return await self.read_values(connection)
        _, status, _, value, _ = await self.reply(connection)
        if status == 0:
            is_number = request.verb == "incr"
            return int.from_bytes(value, "big") if is_number else self.SUCCESS.get(request.verb, "stored")
        outcome = outcome_of(self.OUTCOMES, status, request, value)
        return self.SAME.get((request.verb, outcome), outcome)

    async def read_values(self, connection):
        found = []
        while True:
            opcode, status, key, value, unique = await self.reply(connection)
            if opcode == self.NOOP:
                return found
            if status != 0:
                raise Fault(f"error: a get was answered with status {status:#x} {value!r}")
            found.append((key, value, unique))


def outcome_of(outcomes, said, request, text=b""):
    if said not in outcomes:
        raise Fault(f"error: {request.verb} of {len(request.value)} bytes was answered {said!r} "
                    f"{text[:80]!r}")
    return outcomes[said]


DIALECTS = {"text": Text(), "meta": Meta(), "binary": Binary()}
