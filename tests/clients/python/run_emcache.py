"""emcache: asyncio, text with a login of its own, TLS."""
import emcache

import store_checks


class Emcache(store_checks.Store):
    def __init__(self, client):
        self.client = client

    async def get(self, key):
        item = await self.client.get(key.encode())
        return None if item is None else item.value

    async def set(self, key, value, seconds=0):
        await self.client.set(key.encode(), value, exptime=seconds)  # or it raises
        return True

    async def get_many(self, keys):
        items = await self.client.get_many([key.encode() for key in keys])
        return {key.decode(): item.value for key, item in items.items()}

    async def change(self, key, between, value):
        item = await self.client.gets(key.encode())
        await between()
        try:
            await self.client.cas(key.encode(), value, item.cas)
            return True
        except emcache.StorageCommandError:
            return False

    async def incr(self, key, by):
        return await self.client.increment(key.encode(), by)

    async def decr(self, key, by):
        return await self.client.decrement(key.encode(), by)

    async def delete(self, key):
        await self.client.delete(key.encode())  # or it raises
        return True


async def connect(servers, username, password, ca):
    addresses = [emcache.MemcachedHostAddress(host, int(port))
                 for host, port in (server.rsplit(":", 1) for server in servers.split(","))]
    tls = {"ssl": True, "ssl_extra_ca": ca} if ca else {}
    return Emcache(await emcache.create_client(
        addresses, username=username, password=password, timeout=5.0, connection_timeout=5.0,
        **tls))


store_checks.run(connect, has_login=True, has_tls=True)
