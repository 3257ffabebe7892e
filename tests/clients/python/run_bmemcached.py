"""python-binary-memcached: the binary protocol with SASL PLAIN, what most Heroku apps use."""
import os
import ssl
import time

import bmemcached
from bmemcached.exceptions import MemcachedException

import checks
from checks import KEY, expect, setting

SERVERS = os.environ["MEMCACHIER_SERVERS"].split(",")
USERNAME = os.environ.get("MEMCACHIER_USERNAME") or None
PASSWORD = os.environ.get("MEMCACHIER_PASSWORD") or None


def connect(username, password, servers=SERVERS, **tls):
    return bmemcached.Client(servers, username, password, socket_timeout=5, **tls)


client = connect(USERNAME, PASSWORD)
expiring_since = 0.0


def authenticate():
    global expiring_since
    setting("MEMCACHIER_USERNAME")
    expect(client.set(KEY + "expiry", "soon gone", time=checks.EXPIRY_SECONDS), True)
    expiring_since = time.monotonic()
    expect(client.get(KEY + "expiry"), "soon gone")


def set():
    expect(client.set(KEY + "a", "value a"), True)
    expect(client.set(KEY + "b", "value b"), True)
    expect(client.set(KEY + "empty", b""), True)


def get():
    expect(client.get(KEY + "a"), "value a")
    expect(client.get(KEY + "empty"), b"")
    expect(client.get(KEY + "missing"), None)


def multi_get():
    names = [KEY + "a", KEY + "missing", KEY + "b"]
    expect(client.get_multi(names), {KEY + "a": "value a", KEY + "b": "value b"})


def cas():
    value, token = client.gets(KEY + "a")
    expect(value, "value a")
    expect(client.cas(KEY + "a", "value a2", token), True)
    expect(client.cas(KEY + "a", "never", token), False)
    expect(client.get(KEY + "a"), "value a2")


def incr():
    client.delete(KEY + "n")
    expect(client.incr(KEY + "n", 5, default=10), 10)
    expect(client.incr(KEY + "n", 5), 15)


def decr():
    expect(client.decr(KEY + "n", 6), 9)
    expect(client.decr(KEY + "n", 60), 0)


def delete():
    expect(client.delete(KEY + "b"), True)
    expect(client.get(KEY + "b"), None)


def too_large():
    refused = checks.refused(
        lambda: client.set(KEY + "big", checks.TOO_LARGE, compress_level=0), MemcachedException)
    expect(refused, True)
    expect(client.set(KEY + "after-big", "still here"), True)
    expect(client.get(KEY + "after-big"), "still here")


def read_only():
    reader = connect(setting("READONLY_USERNAME"), setting("READONLY_PASSWORD"))
    expect(reader.get(KEY + "a"), "value a2")
    expect(checks.refused(lambda: reader.set(KEY + "a", "written"), MemcachedException), True)
    expect(reader.get(KEY + "a"), "value a2")


def wrong_password():
    stranger = connect(USERNAME, setting("WRONG_PASSWORD"))
    expect(checks.refused(lambda: stranger.set(KEY + "a", "stolen"), MemcachedException), True)
    expect(client.get(KEY + "a"), "value a2")


def tls():
    context = ssl.create_default_context(cafile=setting("TLS_CA"))
    context.check_hostname = False  # it passes no name to check; the chain is verified
    secured = connect(USERNAME, PASSWORD, [setting("NATIVE_TLS_SERVERS")], tls_context=context)
    expect(secured.set(KEY + "tls", "over tls"), True)
    expect(client.get(KEY + "tls"), "over tls")


def expiry():
    checks.wait_until_gone(lambda: client.get(KEY + "expiry"), expiring_since)


def restart():
    checks.ask_for_restart()
    checks.wait_until_back(lambda: client.set(KEY + "back", "again"))
    expect(client.get(KEY + "back"), "again")
    expect(client.get(KEY + "a"), None)


checks.run([authenticate, set, get, multi_get, cas, incr, decr, delete, too_large, read_only,
            wrong_password, tls, expiry, restart])
