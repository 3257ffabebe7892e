"""The clients that are proven against the server: one row each, read by run and by the docs.

`login` is what the client can do by itself: SASL PLAIN over the binary protocol; over ASCII the
service's way (key USERNAME, value PASSWORD) or upstream's (any key, value both words); or nothing
(it then gets a port of its own with an allow-list). `folder` is where its program and its
`prepare` lie; the program is started there.
"""
from dataclasses import dataclass

CHECKS = ("authenticate set get multi_get cas incr decr delete too_large read_only "
          "wrong_password tls expiry restart").split()


@dataclass(frozen=True)
class Client:
    name: str
    folder: str
    login: str  # sasl, ascii, upstream ascii or none
    command: tuple  # {out} is build/clients/FOLDER, where `prepare` put what it made
    not_upstream: tuple = ()  # checks that need what only this service has
    tls: bool = False  # it speaks TLS by itself: the others need a tunnel


def python(name, login, tls=False):
    return Client(f"python {name}", "python", login,
                  ("{out}/venv/bin/python", f"run_{name}.py"), tls=tls)


def node(name, login, tls=False):
    return Client(f"node {name}", "node", login, ("node", f"{{out}}/run_{name}.js"), tls=tls)


def go(name, login, note="", not_upstream=(), tls=False):
    return Client(f"go {name}{note}", "go", login, ("{out}/" + name.replace("/", "-"),),
                  not_upstream, tls)


def java(name):
    return Client(f"java {name}", "java", "sasl",
                  ("java", "-Xmx128m", "-cp", "{out}/jars/*:{out}/classes",
                   f"Run{name.capitalize()}"))


def rust(name, login, *arguments):
    return Client(" ".join((f"rust {name}", *arguments)), "rust", login,
                  ("{out}/target/debug/" + name, *arguments))


CLIENTS = [
    python("bmemcached", "sasl", tls=True),
    python("pylibmc", "sasl"),
    python("pymemcache", "none", tls=True),
    python("emcache", "upstream ascii", tls=True),
    python("aiomcache", "none"),
    Client("c libmemcached", "c", "sasl", ("{out}/libmemcached",)),
    Client("php memcached", "php", "sasl", ("php", "run_memcached.php")),
    Client("ruby dalli", "ruby", "sasl", ("ruby", "run_dalli.rb"), tls=True),
    Client("ruby dalli 5", "ruby-dalli5", "none", ("ruby", "run.rb"), tls=True),
    node("memjs", "sasl"),
    node("memcache", "none", tls=True),
    node("memcached", "none"),
    node("memcache-plus", "none"),
    go("mc", "sasl"),
    # It sends the long verbs `increment` and `decrement`.
    go("memcachier/gomemcache", "ascii", not_upstream=("incr", "decr")),
    go("bradfitz/gomemcache", "none", tls=True),
    go("bradfitz/gomemcache", "ascii", " with DialContext", tls=True),
    java("xmemcached"),
    java("spymemcached"),
    rust("memcache", "sasl", "binary"),
    rust("memcache", "upstream ascii", "ascii"),
    rust("bmemcached", "none"),
]
