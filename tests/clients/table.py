"""The clients that are proven against the server: one row each, read by run and by the docs.

`login` is what the client can do by itself: SASL PLAIN over the binary protocol; over ASCII the
service's way (key USERNAME, value PASSWORD) or upstream's (any key, value both words); or nothing
(it then gets a port of its own with an allow-list). `folder` is where its program and its
`prepare` lie; the program is started there.
"""
from dataclasses import dataclass

CHECKS = ("authenticate set get multi_get cas incr decr delete too_large read_only "
          "wrong_password expiry restart").split()


@dataclass(frozen=True)
class Client:
    name: str
    folder: str
    login: str  # sasl, ascii, upstream ascii or none
    command: tuple  # {out} is build/clients/FOLDER, where `prepare` put what it made
    not_upstream: tuple = ()  # checks that need what only this service has


def python(name, login):
    return Client(f"python {name}", "python", login,
                  ("{out}/venv/bin/python", f"run_{name}.py"))


def go(name, login, note="", not_upstream=()):
    return Client(f"go {name}{note}", "go", login, ("{out}/" + name.replace("/", "-"),),
                  not_upstream)


def java(name):
    return Client(f"java {name}", "java", "sasl",
                  ("java", "-Xmx128m", "-cp", "{out}/jars/*:{out}/classes",
                   f"Run{name.capitalize()}"))


def rust(name, login, *arguments):
    return Client(" ".join((f"rust {name}", *arguments)), "rust", login,
                  ("{out}/target/debug/" + name, *arguments))


CLIENTS = [
    python("bmemcached", "sasl"),
    python("pylibmc", "sasl"),
    python("pymemcache", "none"),
    Client("c libmemcached", "c", "sasl", ("{out}/libmemcached",)),
    Client("php memcached", "php", "sasl", ("php", "run_memcached.php")),
    Client("ruby dalli", "ruby", "sasl", ("ruby", "run_dalli.rb")),
    Client("ruby dalli 5", "ruby-dalli5", "none", ("ruby", "run.rb")),
    Client("node memjs", "node", "sasl", ("node", "{out}/run_memjs.js")),
    go("mc", "sasl"),
    # It sends the long verbs `increment` and `decrement`.
    go("memcachier/gomemcache", "ascii", not_upstream=("incr", "decr")),
    go("bradfitz/gomemcache", "none"),
    go("bradfitz/gomemcache", "ascii", " with DialContext"),
    java("xmemcached"),
    java("spymemcached"),
    rust("memcache", "sasl", "binary"),
    rust("memcache", "upstream ascii", "ascii"),
    rust("bmemcached", "none"),
]
