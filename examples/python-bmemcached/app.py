"""Counts visits and keeps the answers of a slow query, by python-binary-memcached."""
# snippet: connect
import os

import bmemcached
import bmemcached.exceptions

cache = bmemcached.Client(
    os.environ["MEMCACHIER_SERVERS"].split(","),
    os.environ.get("MEMCACHIER_USERNAME"),
    os.environ.get("MEMCACHIER_PASSWORD"),
    socket_timeout=1,
)


def ask(call, *arguments, **options):
    """The cache's answer; None when it refuses. A server that is away is a miss by itself."""
    try:
        return call(*arguments, **options)
    except (bmemcached.exceptions.MemcachedException, OSError):
        return None
# end snippet

from flask import Flask

app = Flask(__name__)


# snippet: use
def slow_query(number):  # in place of your own
    return number * number


def square(number):
    key = f"square:{number}"
    kept = ask(cache.get, key)
    if kept is not None:
        return kept, "cached"
    answer = slow_query(number)
    ask(cache.set, key, answer, time=300)
    return answer, "computed"
# end snippet


@app.get("/square/<int:number>")
def show_square(number):
    answer, source = square(number)
    return f"{answer} {source}"


@app.get("/")
def show_visits():
    # incr begins with 1 where there is no such key, and answers None when no server does.
    after = ask(cache.incr, "visits", 1, default=1, time=0)
    return f"visits {after}" if after else "visits unknown"


if __name__ == "__main__":
    app.run(port=int(os.environ.get("PORT", 8000)), threaded=False)
