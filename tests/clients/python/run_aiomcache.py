"""aiomcache: asyncio, text without a login, one server."""
import aiomcache

import store_checks


class Aiomcache(store_checks.Store):
    def __init__(self, client):
        self.client = client

    async def get(self, key):
        return await self.client.get(key.encode())

    async def set(self, key, value, seconds=0):
        return await self.client.set(key.encode(), value, exptime=seconds)

    async def get_many(self, keys):
        values = await self.client.multi_get(*(key.encode() for key in keys))
        return {key: value for key, value in zip(keys, values) if value is not None}

    async def change(self, key, between, value):
        _, token = await self.client.gets(key.encode())
        await between()
        return await self.client.cas(key.encode(), value, token)

    async def incr(self, key, by):
        return await self.client.incr(key.encode(), by)

    async def decr(self, key, by):
        return await self.client.decr(key.encode(), by)

    async def delete(self, key):
        return await self.client.delete(key.encode())


async def connect(servers, *_):
    host, port = servers.rsplit(":", 1)
    return Aiomcache(aiomcache.Client(host, int(port)))


store_checks.run(connect)
