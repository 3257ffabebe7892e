"""Counts visits and keeps the answers of a slow query, by pylibmc."""
# snippet: connect
import os

import pylibmc

client = pylibmc.Client(
    os.environ["MEMCACHIER_SERVERS"].split(","),
    binary=True,
    username=os.environ.get("MEMCACHIER_USERNAME"),
    password=os.environ.get("MEMCACHIER_PASSWORD"),
    behaviors={
        "tcp_nodelay": True,
        "ketama": True,
        "no_block": True,
        "connect_timeout": 1000,  # ms
        "send_timeout": 750_000,  # us
        "receive_timeout": 750_000,  # us
        "_poll_timeout": 1000,  # ms
        "remove_failed": 1,
        "retry_timeout": 2,  # s
        "dead_timeout": 10,  # s
    },
)
# A client is for one thread at a time: the pool gives each thread its own.
caches = pylibmc.ThreadMappedPool(client)
# end snippet

from flask import Flask

app = Flask(__name__)


# snippet: use
def slow_query(number):  # in place of your own
    return number * number


def square(number):
    key = f"square:{number}"
    try:
        with caches.reserve() as cache:
            kept = cache.get(key)
            if kept is not None:
                return kept, "cached"
            answer = slow_query(number)
            cache.set(key, answer, time=300)
            return answer, "computed"
    except pylibmc.Error:
        return slow_query(number), "computed"
# end snippet


@app.get("/square/<int:number>")
def show_square(number):
    answer, source = square(number)
    return f"{answer} {source}"


@app.get("/")
def show_visits():
    try:
        with caches.reserve() as cache:
            cache.add("visits", 0)
            return f"visits {cache.incr('visits')}"
    except pylibmc.Error:
        return "visits unknown"


if __name__ == "__main__":
    app.run(port=int(os.environ.get("PORT", 8000)))
