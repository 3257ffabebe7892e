"""One cache of the soak with its clients: what they do, and what happens to it meanwhile.

A Lane is one client: it has keys of its own and asks in batches, one after the other, over a few
connections by turns (so that what one connection stored, another one, of another worker, must see).
Some batches are sent or read slowly, and some die half-way. The Tenant runs its lanes, and flushes,
resizes, rotates credentials and deletes the cache and makes it anew while they run.
"""
import asyncio
import collections
import math
import time

from connection import Closed, Connection, Login, trusting_context
from dialects import Request
from model import DOUBT_SECONDS, NOTHING, Cache, Fault, Held, Key, Model, expiry

CONNECTIONS = 2  # of a lane
ROOM_SHARE = 0.5  # of its limit that a roomy cache is filled to
BATCH_REQUESTS_MAX = 24
BATCH_BYTES_MAX = 3_000_000
THINK_SECONDS = 0.1
CLOSE_SECONDS = 20
# The server drops handshakes that take 5 s; a process of ours that is not run for as long is no fault.
HANDSHAKE_SECONDS = 4.5
APPENDED_PARTS_MAX = 3
COUNTER_OF = {"set": "cmd_set", "add": "cmd_set", "replace": "cmd_set", "append": "cmd_set",
              "cas": "cmd_set", "delete": "cmd_delete", "touch": "cmd_touch", "get": "cmd_get",
              "incr": "incr", "flush": "cmd_flush"}
MANNERS = (("normal", 88), ("slow to write", 2), ("slow to read", 2), ("dies", 8))


class Lane:
    def __init__(self, tenant, number):
        self.tenant, self.number = tenant, number
        self.random = tenant.random
        self.tls = trusting_context()
        self.connections = {}
        self.begin_life()

    def begin_life(self):
        """Of a cache that was just made: nothing is known of any key."""
        self.model = Model(self.tenant.cache)
        width = self.tenant.shape.cluster.key_bytes
        has_counters = "incr" in self.tenant.shape.cluster.others
        self.keys = [Key(f"{self.number}-{at:x}-".encode().ljust(width, b"k"),
                         is_counter=has_counters and at % 2 == 0)
                     for at in range(self.tenant.shape.keys)]
        self.connections = {}

    async def run(self, until):
        while time.monotonic() < until:
            async with self.tenant.use():
                await self.tenant.guard(self.take_turn())
            await asyncio.sleep(self.random.random() * THINK_SECONDS)

    async def take_turn(self):
        manner = self.random.choices(*zip(*MANNERS))[0]
        slot = (self.random.randrange(CONNECTIONS), manner == "slow to read")
        requests = self.make_batch()
        connection = await self.connect(slot)
        self.tenant.did[manner] += 1
        self.tenant.did[type(connection.dialect).__name__.lower()] += 1
        if manner == "dies":
            del self.connections[slot]
            await connection.die(requests, self.random.random(), self.random.random() < 0.5,
                                 self.random.random() * 0.05)
            self.doubt(requests, time.monotonic())
        elif manner == "slow to write":
            await self.ask(slot, connection, requests, lambda on_answer: connection.exchange_slowly(
                requests, on_answer, self.random.randrange(2, 60)))
        else:
            await self.ask(slot, connection, requests,
                           lambda on_answer: connection.exchange(requests, on_answer))

    async def connect(self, slot):
        found = self.connections.get(slot)
        if found and self.random.random() > 0.05:
            return found
        if found:
            found.abort()
        has_tls = self.random.random() < 0.15
        dialect = self.random.choice(("text", "meta", "binary"))
        self.connections.pop(slot, None)
        begun = time.monotonic()
        try:
            made = await Connection.open(
                self.tenant.addresses["tls" if has_tls else "memcache"], self.tenant.login, dialect,
                self.tls if has_tls else None, is_slow=slot[1])
        except Closed as error:
            if has_tls and time.monotonic() - begun > HANDSHAKE_SECONDS:
                self.tenant.did["handshakes out of time"] += 1
            else:
                self.tenant.judge_closed(begun, error)
            raise
        self.tenant.did["TLS" if has_tls else "plain"] += 1
        self.connections[slot] = made
        return made

    async def ask(self, slot, connection, requests, exchange):
        """The answers are judged as they come; what was not answered is in doubt."""
        sent_at, answered = time.monotonic(), 0

        def on_answer(request, answer):
            nonlocal answered
            answered += 1
            self.take_answer(request, answer, sent_at, time.monotonic())

        try:
            await exchange(on_answer)
        except Closed as error:
            self.connections.pop(slot, None)
            self.doubt(requests[answered:], time.monotonic())
            connection.abort()
            self.tenant.judge_closed(connection.opened_at, f"{error}, {connection} waited for answer "
                                     f"{answered} of {[str(one) for one in requests]}")
        except TimeoutError:
            self.connections.pop(slot, None)
            self.doubt(requests[answered:], time.monotonic())
            connection.abort()
            raise Fault(f"error: no answer to {requests[answered].verb} after a long time") from None
        except Fault:
            self.connections.pop(slot, None)
            self.doubt(requests[answered:], time.monotonic())
            connection.abort()
            raise

    # What is asked.

    def make_batch(self):
        cluster, chosen, batch, budget = self.tenant.shape.cluster, set(), [], BATCH_BYTES_MAX
        for _ in range(self.random.randrange(1, BATCH_REQUESTS_MAX)):
            key = self.choose_key()
            if key in chosen or budget < 0:
                continue
            may_write = not key.doubts
            chosen.add(key)
            if may_write and (self.random.random() < cluster.writes or key.held.content is None):
                batch.append(self.make_write(key))
            else:
                batch.append(Request("get", [key]))
                self.widen(batch[-1], chosen)
            budget -= sum(len(batch[-1].value) + one.value_bytes() for one in batch[-1].keys)
        return batch

    def choose_key(self):
        """Few keys are popular."""
        return self.keys[int(len(self.keys) * self.random.random() ** 2.5)]

    def widen(self, request, chosen):
        if self.random.random() < 0.3:
            more = {self.choose_key() for _ in range(self.random.randrange(1, 30))} - chosen
            request.keys += sorted(more, key=lambda key: key.name)
            chosen |= more

    def make_write(self, key):
        tenant, held = self.tenant, key.held.content
        is_full = (tenant.shape.is_roomy and
                   tenant.cache.held_bytes > ROOM_SHARE * tenant.shape.limit_bytes)
        if is_full and held:
            return Request("delete", [key])
        if is_full:
            return Request("get", [key])
        if key.is_counter:
            return self.make_number_write(key)
        verb = self.choose_verb(key)
        ttl = tenant.shape.ttl_seconds if self.random.random() < 0.5 else 0
        if verb == "delete":
            return Request("delete", [key])
        if verb == "touch":
            return Request("touch", [key], ttl=ttl, content=held)
        content = self.model.new_content(tenant.shape.value_bytes(self.random))
        value = self.model.value(key, content)
        if verb == "append":
            return Request(verb, [key], value, content=held + content)
        return Request(verb, [key], value, ttl, key.unique if verb == "cas" else 0, content)

    def choose_verb(self, key):
        verb = self.random.choice(("set", "set", "set", "delete", "add", "replace", "touch", "append",
                                   *(one for one in self.tenant.shape.cluster.others
                                     if one != "incr")))
        held = key.held.content
        if verb == "append" and (held is None or len(held) >= APPENDED_PARTS_MAX):
            return "set"
        return "set" if verb == "cas" and key.unique is None else verb

    def make_number_write(self, key):
        held = key.held.content
        if held and self.random.random() < 0.8:
            return Request("incr", [key], content=("number", held[1] + 1))
        content = ("number", self.random.randrange(1000))
        return Request("set", [key], self.model.value(key, content), content=content)

    # What was answered.

    def take_answer(self, request, answer, asked_at, now):
        self.tenant.count(request, "certain")
        if request.verb == "get":
            self.judge_get(request, answer, asked_at, now)
        else:
            self.judge_write(request, request.key, answer, asked_at, now)

    def judge_get(self, request, answer, asked_at, now):
        found = {name: (value, unique) for name, value, unique in answer}
        unasked = found.keys() - {key.name for key in request.keys}
        if unasked or len(found) != len(answer):
            raise Fault(f"foreign: nobody asked for {unasked or 'a key twice'}")
        for key in request.keys:
            if key.name in found:
                self.tenant.counts["get_hits", "certain"] += 1
                self.model.judge_value(key, *found[key.name], asked_at, now)
            else:
                self.model.judge_gone(key, asked_at, now)

    def judge_write(self, request, key, answer, asked_at, now):
        if answer == "not_found" or (answer == "not_stored" and request.verb != "add"):
            return self.model.judge_gone(key, asked_at, now)
        if answer == "exists" or (answer == "not_stored" and request.verb == "add"):
            self.model.judge_there(key, asked_at)
            if answer == "exists":
                raise Fault(f"error: {key.name!r} was changed, and nobody changed it")
            return None
        if request.verb == "add" and not self.model.may_be_gone(key, now):
            raise Fault(f"lost: {key.name!r} could be added, {key.possible()}")
        if request.verb not in ("set", "add"):
            self.model.judge_there(key, asked_at)
        if request.verb == "incr" and answer != self.model.number_base(key) + request.content[1]:
            raise Fault(f"stale: {key.name!r} was counted up to {answer}, wanted {request.content}")
        return self.model.change(key, self.held_after(request, key, asked_at, now))

    def held_after(self, request, key, sent_at, now):
        if request.verb == "delete":
            return NOTHING
        if request.verb in ("append", "incr"):  # keep the time to live
            return Held(request.content, sent_at, now, key.held.expires_after, key.held.expired_by)
        return Held(request.content, sent_at, now, **expiry(request.ttl, sent_at, now))

    def doubt(self, requests, now):
        """They may have been executed, or may be yet."""
        for request in requests:
            self.tenant.count(request, "possible")
            if request.verb == "get":
                continue
            key = request.key
            sent_at = now - 60  # not known here: early enough for every judgement
            late = now + DOUBT_SECONDS
            after = self.held_after(request, key, sent_at, late)
            self.model.doubt(key, Held(after.content, sent_at, math.inf,
                                       min(key.held.expires_after, after.expires_after),
                                       max(key.held.expired_by, after.expired_by)), now)

    async def read_all(self):
        """At the end everything is asked for once more."""
        slot = (0, False)
        for start in range(0, len(self.keys), 50):
            requests = [Request("get", self.keys[start:start + 50])]
            connection = await self.connect(slot)
            await self.ask(slot, connection, requests,
                           lambda on_answer: connection.exchange(requests, on_answer))

    def close(self):
        for connection in self.connections.values():
            connection.abort()
        self.connections = {}


class Tenant:
    """`report(text)` is told of faults, `api` is what changes caches (see api.py)."""

    def __init__(self, shape, lanes, random, api, addresses, report):
        self.shape, self.random, self.api, self.report = shape, random, api, report
        self.addresses = addresses
        self.lane_count, self.lives = lanes, 0
        self.did = collections.Counter()
        self.is_open = asyncio.Event()
        self.users = 0
        self.upheaval = [0, 0]  # the last change that rightly closes connections: begun, ended
        self.number_base = int(shape.name.rsplit("-", 1)[1]) * 1000

    async def begin(self):
        await self.create()
        self.lanes = [Lane(self, at) for at in range(self.lane_count)]
        self.is_open.set()

    async def create(self):
        made = await self.api.create_cache(self.shape.name, self.shape.size_mib)
        self.id, self.login = made["id"], Login(made["username"], made["password"])
        self.credential = made["credentials"][0]["id"]
        self.lives += 1
        self.cache = Cache(self.number_base + self.lives, self.shape.is_roomy)
        self.counts = collections.Counter()

    async def run(self, until):
        await asyncio.gather(self.change(until), *(lane.run(until) for lane in self.lanes))

    # Faults.

    async def guard(self, doing):
        try:
            await doing
        except Fault as fault:
            self.report(f"{self.shape.name} (cache {self.id}): {fault}")
        except Closed:
            pass  # judged where it happened

    def judge_closed(self, opened_at, error):
        begun, ended = self.upheaval
        if opened_at > ended or begun == 0:
            self.report(f"{self.shape.name} (cache {self.id}): closed "
                        f"{time.monotonic() - opened_at:.3f} s after it was opened: {error}")

    def count(self, request, kind):
        self.counts[COUNTER_OF[request.verb], kind] += max(1, len(request.keys))

    # Changes.

    def use(self):
        return Use(self)

    async def change(self, until):
        """One after the other, at random times; how often each comes is in the table."""
        changes = ((self.flush_by_api, 3), (self.flush_by_protocol, 3), (self.resize, 6),
                   (self.rotate, 3), (self.recreate, 2))
        pause = self.random.random() * self.api.change_seconds
        while time.monotonic() + pause < until:
            await asyncio.sleep(pause)
            change = self.random.choices(*zip(*changes))[0]
            self.did[change.__name__.replace("_", " ")] += 1
            await self.guard(change())
            pause = self.random.expovariate(1 / self.api.change_seconds)

    async def flush_by_api(self):
        wipe = self.cache.begin_wipe(time.monotonic())
        await self.api.flush(self.id)
        wipe[1] = time.monotonic()

    async def flush_by_protocol(self):
        async with self.use():
            begun = time.monotonic()
            wipe = self.cache.begin_wipe(begun)
            request = Request("flush")
            try:
                connection = await Connection.open(self.addresses["memcache"], self.login,
                                                   self.random.choice(("text", "meta", "binary")))
                await connection.exchange([request], self.expect_ok)
                connection.abort()
                self.count(request, "certain")
                wipe[1] = time.monotonic()
            except Closed as error:
                self.count(request, "possible")
                # It may be done until then, or not at all.
                wipe[:] = [-math.inf, time.monotonic() + DOUBT_SECONDS]
                self.judge_closed(begun, error)

    @staticmethod
    def expect_ok(_, answer):
        if answer != "ok":
            raise Fault(f"error: flush_all was answered {answer}")

    async def resize(self):
        """A roomy cache grows and shrinks back to what has room; another one shrinks, too."""
        least = 1 if self.shape.is_roomy else 0.5
        factor = self.random.choice((1, least, 1.5, 2))
        await self.api.resize(self.id, max(1, round(self.shape.size_mib * factor)))

    async def rotate(self):
        """A new credential takes over, and the old one's connections are closed."""
        made = await self.api.create_credential(self.id)
        old, old_login = self.credential, self.login
        await self.api.promote(self.id, made["id"])
        self.upheaval = [time.monotonic(), math.inf]
        self.login, self.credential = Login(made["username"], made["password"]), made["id"]
        await self.api.delete_credential(self.id, old)
        await self.expect_refused(old_login)
        # Who has logged in as the old one just before sees it now, if not earlier.
        self.upheaval[1] = time.monotonic() + 1

    async def recreate(self):
        """The lanes pause, so that what they know of the old cache ends with it."""
        self.is_open.clear()
        while self.users:
            await asyncio.sleep(0.05)
        self.upheaval = [time.monotonic(), math.inf]
        held = [one for lane in self.lanes for one in lane.connections.values()]
        old_login = self.login
        await self.api.delete_cache(self.id)
        for connection in held:
            if not await connection.is_closed_within(CLOSE_SECONDS):
                self.report(f"{self.shape.name}: a connection outlives its cache {self.id}")
            connection.abort()
        await self.expect_refused(old_login)
        await self.create()
        for lane in self.lanes:
            lane.begin_life()
        self.upheaval[1] = time.monotonic()
        self.is_open.set()

    async def expect_refused(self, login):
        try:
            connection = await Connection.open(self.addresses["memcache"], login, "text")
            connection.abort()
        except Closed:
            return
        raise Fault(f"foreign: the credential {login.username} is gone and was accepted")

    # The end.

    async def finish(self):
        """Everything is read once more, and the server's counters are compared with ours."""
        for lane in self.lanes:
            await self.guard(lane.read_all())
            lane.close()
        stats = await self.api.stats(self.id)
        stats["incr"] = stats["incr_hits"] + stats["incr_misses"]
        for name in (*sorted(set(COUNTER_OF.values())), "get_hits"):
            least = self.counts[name, "certain"]
            most = least + self.counts["cmd_get" if name == "get_hits" else name, "possible"]
            # A flush by the API may count, too.
            if name != "cmd_flush" and not least <= stats[name] <= most:
                self.report(f"{self.shape.name}: counter {name} is {stats[name]}, "
                            f"from {least} to {most} wanted")
        if self.shape.is_roomy and stats["evictions"]:
            self.report(f"{self.shape.name}: {stats['evictions']} evictions where there is room")
        self.did["evictions"] += stats["evictions"]


class Use:
    """Holds off the deletion of the cache while a lane is using it."""

    def __init__(self, tenant):
        self.tenant = tenant

    async def __aenter__(self):
        await self.tenant.is_open.wait()
        self.tenant.users += 1

    async def __aexit__(self, *_):
        self.tenant.users -= 1
