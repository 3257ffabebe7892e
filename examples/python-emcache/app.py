"""Counts visits and keeps the answers of a slow query, by emcache in an asyncio application."""
# snippet: connect
import asyncio
import os

import emcache


async def connect():
    servers = [server.rsplit(":", 1) for server in os.environ["MEMCACHIER_SERVERS"].split(",")]
    return await emcache.create_client(
        [emcache.MemcachedHostAddress(host, int(port)) for host, port in servers],
        username=os.environ.get("MEMCACHIER_USERNAME"),
        password=os.environ.get("MEMCACHIER_PASSWORD"),
        timeout=1.0,
        connection_timeout=1.0,
        max_connections=4,
        purge_unhealthy_nodes=True,  # a server that is away leaves its keys to the others
    )


ERRORS = (OSError, asyncio.TimeoutError, emcache.CommandError, emcache.StorageCommandError,
          emcache.ClusterNoAvailableNodes,
          ValueError)  # the last is how a refused increment is read


async def ask(call):
    """The cache's answer; None when it is away, refuses or takes too long."""
    try:
        return await call
    except ERRORS:
        return None
# end snippet

from aiohttp import web


# snippet: use
def slow_query(number):  # in place of your own
    return number * number


async def square(cache, number):
    key = f"square:{number}".encode()
    kept = await ask(cache.get(key))
    if kept is not None:
        return int(kept.value), "cached"
    answer = slow_query(number)
    await ask(cache.set(key, str(answer).encode(), exptime=300))
    return answer, "computed"
# end snippet


async def show_square(request):
    answer, source = await square(request.app[CACHE], int(request.match_info["number"]))
    return web.Response(text=f"{answer} {source}")


async def show_visits(request):
    cache = request.app[CACHE]
    await ask(cache.add(b"visits", b"0"))
    after = await ask(cache.increment(b"visits", 1))
    return web.Response(text=f"visits {after}" if after else "visits unknown")


async def open_cache(app):
    app[CACHE] = await connect()
    yield
    await app[CACHE].close()


CACHE = web.AppKey("cache", emcache.Client)
app = web.Application()
app.cleanup_ctx.append(open_cache)
app.add_routes([web.get("/", show_visits), web.get(r"/square/{number:\d+}", show_square)])

if __name__ == "__main__":
    web.run_app(app, host="127.0.0.1", port=int(os.environ.get("PORT", 8000)), print=None)
