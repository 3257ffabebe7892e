"""Counts visits and keeps the answers of a slow query, by aiomcache in an asyncio application.

aiomcache has no login and knows one server: a port of the credential's own, or `serve --local`.
"""
# snippet: connect
import asyncio
import os

import aiomcache

host, port = os.environ["MEMCACHIER_SERVERS"].split(",")[0].rsplit(":", 1)
cache = aiomcache.Client(host, int(port), pool_size=4)
ERRORS = (OSError, aiomcache.ClientException, asyncio.TimeoutError)


async def ask(call):
    """The cache's answer; None when it is away, refuses or takes too long."""
    try:
        return await asyncio.wait_for(call, timeout=1)
    except ERRORS:
        return None
# end snippet

from aiohttp import web


# snippet: use
def slow_query(number):  # in place of your own
    return number * number


async def square(number):
    key = f"square:{number}".encode()
    kept = await ask(cache.get(key))
    if kept is not None:
        return int(kept), "cached"
    answer = slow_query(number)
    await ask(cache.set(key, str(answer).encode(), exptime=300))
    return answer, "computed"
# end snippet


async def show_square(request):
    answer, source = await square(int(request.match_info["number"]))
    return web.Response(text=f"{answer} {source}")


async def show_visits(_):
    await ask(cache.add(b"visits", b"0"))
    after = await ask(cache.incr(b"visits"))
    return web.Response(text=f"visits {after}" if after else "visits unknown")


app = web.Application()
app.add_routes([web.get("/", show_visits), web.get(r"/square/{number:\d+}", show_square)])

if __name__ == "__main__":
    web.run_app(app, host="127.0.0.1", port=int(os.environ.get("PORT", 8000)), print=None)
