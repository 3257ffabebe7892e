"""The admin API as the soak's clients use it: its calls, each in a thread, a few at a time."""
import asyncio
import json
import urllib.error
import urllib.request

from model import Fault

CALLS_AT_ONCE = 4
CALL_SECONDS = 120


class Api:
    def __init__(self, address, token, change_seconds):
        self.address, self.token = address, token
        self.change_seconds = change_seconds  # mean between two changes of one cache
        self.turn = asyncio.Semaphore(CALLS_AT_ONCE)

    async def call(self, method, path, **fields):
        async with self.turn:
            return await asyncio.to_thread(self.call_blocking, method, path, fields)

    def call_blocking(self, method, path, fields):
        request = urllib.request.Request(
            f"http://{self.address}/api/admin/v1{path}", method=method,
            data=json.dumps(fields).encode() if fields else None,
            headers={"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=CALL_SECONDS) as answer:
                return json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            raise Fault(f"error: {method} {path} was answered {error.code} "
                        f"{error.read()[:200]!r}") from error
        except OSError as error:
            raise Fault(f"error: {method} {path}: {error}") from error

    async def create_cache(self, name, size_mib):
        return await self.call("POST", "/caches", name=name, size_mib=size_mib)

    async def delete_cache(self, cache):
        await self.call("DELETE", f"/caches/{cache}")

    async def resize(self, cache, size_mib):
        await self.call("PATCH", f"/caches/{cache}", size_mib=size_mib)

    async def flush(self, cache):
        await self.call("POST", f"/caches/{cache}/flush")

    async def stats(self, cache):
        return (await self.call("GET", f"/caches/{cache}/stats"))["stats"]

    async def create_credential(self, cache):
        return await self.call("POST", f"/caches/{cache}/credentials", write=True, flush=True)

    async def promote(self, cache, credential):
        await self.call("POST", f"/caches/{cache}/credentials/{credential}/promote")

    async def delete_credential(self, cache, credential):
        await self.call("DELETE", f"/caches/{cache}/credentials/{credential}")
