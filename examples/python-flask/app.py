"""Flask with Flask-Caching (values, whole pages) and Flask-Session (logins) on one cache."""
# snippet: connect
import os
import time

import pylibmc
from flask import Flask, session
from flask_caching import Cache
from flask_session import Session

SERVERS = os.environ["MEMCACHIER_SERVERS"].split(",")
LOGIN = {"username": os.environ.get("MEMCACHIER_USERNAME"),
         "password": os.environ.get("MEMCACHIER_PASSWORD")}
BEHAVIORS = {"tcp_nodelay": True, "ketama": True, "no_block": True, "connect_timeout": 1000,
             "send_timeout": 750_000, "receive_timeout": 750_000, "_poll_timeout": 1000,
             "remove_failed": 1, "retry_timeout": 2, "dead_timeout": 10}

app = Flask(__name__)
app.config.update(
    CACHE_TYPE="flask_caching.backends.SASLMemcachedCache",
    CACHE_MEMCACHED_SERVERS=SERVERS,
    CACHE_MEMCACHED_USERNAME=LOGIN["username"],
    CACHE_MEMCACHED_PASSWORD=LOGIN["password"],
    CACHE_OPTIONS={"behaviors": BEHAVIORS},
    CACHE_KEY_PREFIX="page:",
    CACHE_DEFAULT_TIMEOUT=300,
    SESSION_TYPE="memcached",
    SESSION_MEMCACHED=pylibmc.Client(SERVERS, binary=True, behaviors=BEHAVIORS, **LOGIN),
    SESSION_KEY_PREFIX="session:",
    SESSION_PERMANENT=True,
    PERMANENT_SESSION_LIFETIME=86400,
)
cache = Cache(app)
Session(app)
# end snippet


# snippet: use
def slow_query(number):  # in place of your own
    return number * number


@app.get("/page")
@cache.cached(timeout=300)  # the whole page
def show_page():
    return f"made by {os.getpid()} at {time.time()}"


def square(number):
    key = f"square:{number}"
    try:
        kept = cache.get(key)
        if kept is not None:
            return kept, "cached"
        answer = slow_query(number)
        cache.set(key, answer, timeout=300)
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
    client = app.config["SESSION_MEMCACHED"]
    try:
        client.add("visits", 0)
        return f"visits {client.incr('visits')}"
    except pylibmc.Error:
        return "visits unknown"


@app.get("/login/<name>")
def login(name):
    session["name"] = name
    return f"hello {name}"


@app.get("/me")
def show_me():
    return f"hello {session.get('name', 'stranger')}"


if __name__ == "__main__":
    app.run(port=int(os.environ.get("PORT", 8000)), threaded=False)
