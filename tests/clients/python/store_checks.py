"""The list of checks for the asyncio clients, which are shown to it as a Store."""
import asyncio
import os
import time

import checks
from checks import KEY, Skip, expect, setting


class Store:
    """What the checks need of a client; `value` is bytes, a miss None."""

    async def get(self, key): ...
    async def set(self, key, value, seconds=0): ...
    async def get_many(self, keys): ...
    async def change(self, key, between, value): ...  # by cas; false when it lost
    async def incr(self, key, by): ...
    async def decr(self, key, by): ...
    async def delete(self, key): ...


class StoreChecks:
    """`connect(servers, username, password, ca)` gives a Store; `ca` is a file when TLS is wanted."""

    def __init__(self, connect, has_login, has_tls):
        self.connect, self.has_login, self.has_tls = connect, has_login, has_tls
        self.expiring_since = 0.0

    async def open(self, name="", password=None, servers=None, ca=None):
        """As the environment says: `READONLY_` for the credential that may only read."""
        login = (None, None)
        if self.has_login:
            login = (os.environ.get(name + "USERNAME" if name else "MEMCACHIER_USERNAME"),
                     password or os.environ.get(f"{name or 'MEMCACHIER_'}PASSWORD"))
        return await self.connect(servers or os.environ["MEMCACHIER_SERVERS"], *login, ca)

    def need_login(self):
        if not self.has_login:
            raise Skip("the client cannot authenticate")
        setting("MEMCACHIER_USERNAME")

    async def authenticate(self):
        self.store = await self.open()
        self.need_login()
        expect(await self.store.set(KEY + "login", b"first"), True)

    async def set(self):
        expect(await self.store.set(KEY + "expiry", b"soon gone", checks.EXPIRY_SECONDS), True)
        self.expiring_since = time.monotonic()
        expect(await self.store.get(KEY + "expiry"), b"soon gone")
        for name, value in (("a", b"value a"), ("b", b"value b"), ("empty", b"")):
            expect(await self.store.set(KEY + name, value), True)

    async def get(self):
        found = [await self.store.get(KEY + name) for name in ("a", "empty", "missing")]
        expect(found, [b"value a", b"", None])

    async def multi_get(self):
        found = await self.store.get_many([KEY + "a", KEY + "missing", KEY + "b"])
        expect(found, {KEY + "a": b"value a", KEY + "b": b"value b"})

    async def cas(self):
        async def nothing(): ...
        expect(await self.store.change(KEY + "a", nothing, b"value a2"), True)
        write = lambda: self.store.set(KEY + "a", b"value a3")  # noqa: E731
        expect(await self.store.change(KEY + "a", write, b"never"), False)
        expect(await self.store.get(KEY + "a"), b"value a3")

    async def incr(self):
        expect(await self.store.set(KEY + "n", b"10"), True)
        expect(await self.store.incr(KEY + "n", 5), 15)

    async def decr(self):
        expect(await self.store.decr(KEY + "n", 6), 9)
        expect(await self.store.decr(KEY + "n", 60), 0)

    async def delete(self):
        expect(await self.store.delete(KEY + "b"), True)
        expect(await self.store.get(KEY + "b"), None)

    async def refused(self, call):
        try:
            return not await call
        except Exception:  # each client has errors of its own
            return True

    async def too_large(self):
        expect(await self.refused(self.store.set(KEY + "big", checks.TOO_LARGE)), True)
        expect(await self.store.set(KEY + "after-big", b"still here"), True)
        expect(await self.store.get(KEY + "after-big"), b"still here")

    async def read_only(self):
        if self.has_login and os.environ.get("MEMCACHIER_USERNAME"):
            setting("READONLY_USERNAME")
            reader = await self.open("READONLY_")
        else:
            reader = await self.open(servers=setting("READONLY_SERVERS"))
        expect(await reader.get(KEY + "a"), b"value a3")
        expect(await self.refused(reader.set(KEY + "a", b"written")), True)
        expect(await reader.get(KEY + "a"), b"value a3")

    async def wrong_password(self):
        self.need_login()
        wrong = setting("WRONG_PASSWORD")

        async def steal():
            stranger = await self.open(password=wrong)
            return await stranger.set(KEY + "a", b"stolen")

        expect(await self.refused(steal()), True)
        expect(await self.store.get(KEY + "a"), b"value a3")

    async def tls(self):
        if not self.has_tls:
            raise Skip("the client speaks no TLS")
        secured = await self.open(servers=setting("NATIVE_TLS_SERVERS"), ca=setting("TLS_CA"))
        expect(await secured.set(KEY + "tls", b"over tls"), True)
        expect(await self.store.get(KEY + "tls"), b"over tls")

    async def expiry(self):
        await asyncio.sleep(
            max(0.0, self.expiring_since + checks.EXPIRY_SECONDS + 1.1 - time.monotonic()))
        expect(await self.store.get(KEY + "expiry"), None)

    async def restart(self):
        checks.ask_for_restart()
        # The loop has to see that its connections have ended: aiomcache, which reads from one that
        # has, never comes back.
        for _ in range(5):
            await asyncio.sleep(0)
        deadline = time.monotonic() + checks.RECOVERY_SECONDS
        while await self.refused(self.store.set(KEY + "back", b"again")):
            if time.monotonic() > deadline:
                raise AssertionError(f"not back after {checks.RECOVERY_SECONDS} s")
            await asyncio.sleep(0.2)
        expect(await self.store.get(KEY + "back"), b"again")
        expect(await self.store.get(KEY + "a"), None)


def run(connect, has_login=False, has_tls=False):
    """All of them in one loop, which the client's connections belong to."""
    every = StoreChecks(connect, has_login, has_tls)
    loop = asyncio.new_event_loop()

    def as_call(name):
        def call():
            loop.run_until_complete(getattr(every, name)())
        call.__name__ = name
        return call

    checks.run([as_call(name) for name in (
        "authenticate set get multi_get cas incr decr delete too_large read_only wrong_password "
        "tls expiry restart").split()])
