"""Counts visits and keeps the answers of a slow query, by pymemcache.

pymemcache has no login: the servers are a port of the credential's own, or `serve --local`.
"""
# snippet: connect
import os

from pymemcache import serde
from pymemcache.client.hash import HashClient

cache = HashClient(
    os.environ["MEMCACHIER_SERVERS"].split(","),
    serde=serde.pickle_serde,
    use_pooling=True,
    max_pool_size=16,
    connect_timeout=1,
    timeout=0.75,
    no_delay=True,
    retry_attempts=1,
    retry_timeout=1,
    dead_timeout=5,
    ignore_exc=True,  # a server that is away is a miss
)
# end snippet

from flask import Flask

app = Flask(__name__)


# snippet: use
def slow_query(number):  # in place of your own
    return number * number


def square(number):
    key = f"square:{number}"
    kept = cache.get(key)
    if kept is not None:
        return kept, "cached"
    answer = slow_query(number)
    cache.set(key, answer, expire=300)
    return answer, "computed"
# end snippet


@app.get("/square/<int:number>")
def show_square(number):
    answer, source = square(number)
    return f"{answer} {source}"


@app.get("/")
def show_visits():
    # Stored as text, since a number that the server counts may not be pickled.
    cache.add("visits", "0")
    try:
        after = cache.incr("visits", 1)
    except ValueError:  # what a refusal is read as
        after = None
    return f"visits {after}" if after else "visits unknown"


if __name__ == "__main__":
    app.run(port=int(os.environ.get("PORT", 8000)))
