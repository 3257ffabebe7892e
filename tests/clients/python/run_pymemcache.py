"""pymemcache: ASCII only and without authentication, so it gets a credential's own port."""
import os
import ssl
import time

from pymemcache.client.base import Client
from pymemcache.exceptions import MemcacheError

import checks
from checks import KEY, expect, setting


def connect(server, **tls):
    host, port = server.rsplit(":", 1)
    return Client((host, int(port)), timeout=5, connect_timeout=5, default_noreply=False, **tls)


client = connect(os.environ["MEMCACHIER_SERVERS"])
expiring_since = 0.0


def authenticate():
    raise checks.Skip("the client cannot authenticate")


def set():
    global expiring_since
    expect(client.set(KEY + "expiry", b"soon gone", expire=checks.EXPIRY_SECONDS), True)
    expiring_since = time.monotonic()
    expect(client.get(KEY + "expiry"), b"soon gone")
    expect(client.set(KEY + "a", b"value a"), True)
    expect(client.set(KEY + "b", b"value b"), True)
    expect(client.set(KEY + "empty", b""), True)


def get():
    expect(client.get(KEY + "a"), b"value a")
    expect(client.get(KEY + "empty"), b"")
    expect(client.get(KEY + "missing"), None)


def multi_get():
    names = [KEY + "a", KEY + "missing", KEY + "b"]
    expect(client.get_many(names), {KEY + "a": b"value a", KEY + "b": b"value b"})


def cas():
    value, token = client.gets(KEY + "a")
    expect(value, b"value a")
    expect(client.cas(KEY + "a", b"value a2", token), True)
    expect(client.cas(KEY + "a", b"never", token), False)
    expect(client.cas(KEY + "missing", b"never", token), None)
    expect(client.get(KEY + "a"), b"value a2")


def incr():
    expect(client.set(KEY + "n", b"10"), True)
    expect(client.incr(KEY + "n", 5), 15)
    expect(client.incr(KEY + "missing", 5), None)


def decr():
    expect(client.decr(KEY + "n", 6), 9)
    expect(client.decr(KEY + "n", 60), 0)


def delete():
    expect(client.delete(KEY + "b"), True)
    expect(client.delete(KEY + "b"), False)
    expect(client.get(KEY + "b"), None)


def too_large():
    refused = checks.refused(lambda: client.set(KEY + "big", checks.TOO_LARGE), MemcacheError)
    expect(refused, True)
    expect(client.set(KEY + "after-big", b"still here"), True)
    expect(client.get(KEY + "after-big"), b"still here")


def read_only():
    reader = connect(setting("READONLY_SERVERS"))
    expect(reader.get(KEY + "a"), b"value a2")
    expect(checks.refused(lambda: reader.set(KEY + "a", b"written"), MemcacheError), True)
    expect(reader.get(KEY + "a"), b"value a2")


def wrong_password():
    raise checks.Skip("the client cannot authenticate")


def tls():
    context = ssl.create_default_context(cafile=setting("TLS_CA"))
    secured = connect(setting("NATIVE_TLS_SERVERS"), tls_context=context)
    expect(secured.set(KEY + "tls", b"over tls"), True)
    expect(client.get(KEY + "tls"), b"over tls")


def expiry():
    checks.wait_until_gone(lambda: client.get(KEY + "expiry"), expiring_since)


def restart():
    checks.ask_for_restart()
    checks.wait_until_back(lambda: client.set(KEY + "back", b"again"))
    expect(client.get(KEY + "back"), b"again")
    expect(client.get(KEY + "a"), None)


checks.run([authenticate, set, get, multi_get, cas, incr, decr, delete, too_large, read_only,
            wrong_password, tls, expiry, restart])
