"""What a cache must hold, and whether an answer can be right.

Each key belongs to one client, so its history is a sequence; the model knows for each key what it
holds, or, after a connection died in the middle of requests, all that it may hold. An answer is

  lost     a miss, though the item was acknowledged, has not expired, was not flushed, and its cache
           had room to spare
  stale    an older value, one that had expired or was flushed, or one that came back after a miss
  foreign  the value of another key or cache, or no value that was ever written

A value is made from its cache (a new number for each one, also when a name is used again), its key and
a version that is never used twice, so that it can be neither without being seen.
"""
import dataclasses
import hashlib
import math
import random
import zlib

FILLER_BYTES = 1 << 20
FILLER = random.Random(1).randbytes(2 * FILLER_BYTES)
NUMBER_SPACE = 1 << 20  # a counter's identity is in the digits above this
# How long what was under way on a connection that died may still take effect.
DOUBT_SECONDS = 15
# Expiry is by whole seconds of the server's clock.
CLOCK_SECONDS = 1.5


class Fault(Exception):
    """An answer that cannot be right."""


@dataclasses.dataclass(frozen=True, slots=True)
class Held:
    """What a key holds: ((version, bytes), ...) end to end, ("number", n), or None for nothing."""
    content: tuple = None
    sent_at: float = 0
    acknowledged_at: float = 0
    expires_after: float = math.inf  # not before this
    expired_by: float = math.inf  # surely from this on


NOTHING = Held()


def expiry(ttl, sent_at, acknowledged_at):
    if not ttl:
        return {}
    return {"expires_after": sent_at + ttl - CLOCK_SECONDS,
            "expired_by": acknowledged_at + ttl + CLOCK_SECONDS}


class Cache:
    """One life of a cache, from its creation to its deletion, as all its clients know it."""

    def __init__(self, number, is_roomy):
        self.number, self.is_roomy = number, is_roomy
        self.wipes = []  # [begun, ended]: flushes; ended is infinite while one is under way
        self.held_bytes = 0

    def begin_wipe(self, now):
        self.wipes.append([now, math.inf])
        return self.wipes[-1]

    def may_be_wiped(self, held, now):
        return any(end > held.sent_at and begun <= now for begun, end in self.wipes[-8:])

    def is_wiped(self, held, asked_at):
        return any(begun > held.acknowledged_at and end <= asked_at for begun, end in self.wipes[-8:])


class Key:
    __slots__ = ("name", "is_counter", "held", "doubts", "doubtful_until", "unique")

    def __init__(self, name, is_counter=False):
        self.name, self.is_counter = name, is_counter
        self.held = NOTHING
        self.doubts = []  # what it may hold instead
        self.doubtful_until = 0
        self.unique = None  # of the last gets, while nothing has changed it since

    def possible(self):
        return [self.held, *self.doubts]

    def value_bytes(self):
        return sum(part[1] for part in self.held.content or () if isinstance(part, tuple))


class Model:
    """The keys of one client in one cache."""

    def __init__(self, cache):
        self.cache = cache
        self.version = 0

    # Values.

    def new_content(self, size):
        self.version += 1
        return ((self.version, size),)

    def value(self, key, content):
        if content[0] == "number":
            return b"%d" % (self.number_base(key) + content[1])
        return b"".join(self.part(key, version, size) for version, size in content)

    def number_base(self, key):
        return zlib.crc32(b"%d/%s" % (self.cache.number, key.name)) * NUMBER_SPACE

    def part(self, key, version, size):
        head = b"<%d/%s/%d>" % (self.cache.number, key.name, version)
        if size < len(head):
            digest = hashlib.blake2b(head, digest_size=32).hexdigest().encode()
            return (digest * (size // len(digest) + 1))[:size]
        start = zlib.crc32(head) % FILLER_BYTES
        return head + FILLER[start:start + size - len(head)]

    # What happened.

    def change(self, key, held):
        self.cache.held_bytes -= self.charge(key)
        key.held, key.unique = held, None
        self.cache.held_bytes += self.charge(key)

    @staticmethod
    def charge(key):
        return len(key.name) + key.value_bytes() + 64 if key.held.content else 0

    def doubt(self, key, held, now):
        """It may hold this from some time on: the connection died before an answer came."""
        key.unique = None
        key.doubts.append(held)
        key.doubtful_until = now + DOUBT_SECONDS

    # Judgement. `asked_at` is before the request was sent, `now` after its answer came.

    def may_be_gone(self, key, now):
        return not self.cache.is_roomy or any(
            held.content is None or now >= held.expires_after or self.cache.may_be_wiped(held, now)
            for held in key.possible())

    def may_be_there(self, key, asked_at):
        return any(self.is_possible(held, asked_at) for held in key.possible())

    def is_possible(self, held, asked_at):
        return (held.content is not None and asked_at <= held.expired_by
                and not self.cache.is_wiped(held, asked_at))

    def judge_gone(self, key, asked_at, now):
        if not self.may_be_gone(key, now):
            raise Fault(f"lost: {key.name!r}, {key.held}")
        if not key.doubts or asked_at > key.doubtful_until:
            self.settle(key, NOTHING)

    def judge_there(self, key, asked_at):
        """An answer says that there is an item, not which."""
        if not self.may_be_there(key, asked_at):
            raise Fault(f"stale: there is an item under {key.name!r}, {key.possible()}")

    def judge_value(self, key, value, unique, asked_at, now):
        matching = [held for held in key.possible()
                    if held.content and self.value(key, held.content) == value]
        if not matching:
            raise Fault(f"{self.kind_of_wrong(key, value)}: {key.name!r} is {value[:80]!r} of "
                        f"{len(value)} bytes, wanted {key.possible()}")
        possible = [held for held in matching if self.is_possible(held, asked_at)]
        if not possible:
            raise Fault(f"stale: {key.name!r} is {matching}, asked at {asked_at:.3f}, flushes "
                        f"{self.cache.wipes[-3:]}")
        if key.doubts and asked_at > key.doubtful_until:
            # Which of several writes of the same bytes it was, only its expiry could tell.
            self.settle(key, dataclasses.replace(
                possible[0], acknowledged_at=now,
                expires_after=min(held.expires_after for held in possible),
                expired_by=max(held.expired_by for held in possible)))
        key.unique = unique if not key.doubts else None

    def settle(self, key, held):
        key.doubts = []
        self.change(key, held)

    def kind_of_wrong(self, key, value):
        mine = b"<%d/%s/" % (self.cache.number, key.name)
        if value.startswith(mine[:len(value)]):
            return "stale"
        for version in range(1, self.version + 1):
            if len(value) < len(mine) + 8 and self.part(key, version, len(value)) == value:
                return "stale"
        return "foreign"
