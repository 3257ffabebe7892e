#!/usr/bin/python3
"""Connections that are many and rude rather than quick, held until standard input ends.

    crowd.py idle  --server HOST:PORT --login USER:PASSWORD --count 10000
    crowd.py slow  ... --count 1000    so many that read, and so many that write, a byte a second
    crowd.py stuck ... --count 100     ask for multi-gets of 1 MB values and never read

Prints a line `ready` when all are there, and at the end one of JSON: how many the server closed.
"""
import argparse
import json
import select
import socket
import sys
import time

SLOW_VALUE_BYTES = 100_000
STUCK_VALUES, STUCK_VALUE_BYTES, STUCK_REQUESTS = 100, 1_000_000, 4
SMALL_WINDOW_BYTES = 4096  # the kernel must not take what the client will not read


def connect(arguments, window_bytes=None):
    host, port = arguments.server.rsplit(":", 1)
    made = socket.socket()
    if window_bytes:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, window_bytes)
    made.settimeout(20)
    made.connect((host, int(port)))
    user, password = arguments.login.split(":")
    ask(made, f"set {user} 0 0 {len(password)}\r\n{password}\r\n".encode())
    return made


def ask(connection, request):
    connection.sendall(request)
    answer = connection.recv(64)
    if answer != b"STORED\r\n":
        sys.exit(f"crowd.py: the server answered {answer!r}")


def store(arguments, names, value_bytes):
    with connect(arguments) as filler:
        for name in names:
            ask(filler, b"set %s 0 0 %d\r\n%s\r\n" % (name, value_bytes, bytes(value_bytes)))


def make_idle(arguments):
    return [(connect(arguments), None) for _ in range(arguments.count)]


def make_slow(arguments):
    """Each with what it does once a second."""
    store(arguments, [b"slow"], SLOW_VALUE_BYTES)
    made = []
    for at in range(arguments.count):
        reader = connect(arguments, SMALL_WINDOW_BYTES)
        reader.sendall(b"get slow\r\n")
        writer = connect(arguments)
        writer.sendall(b"set slow-%d 0 0 %d\r\n" % (at, SLOW_VALUE_BYTES))
        made += [(reader, lambda one=reader: one.recv(1) != b""),
                 (writer, lambda one=writer: one.send(b"x") == 1)]
    return made


def make_stuck(arguments):
    names = [b"stuck-%d" % at for at in range(STUCK_VALUES)]
    store(arguments, names, STUCK_VALUE_BYTES)
    made = [(connect(arguments), None) for _ in range(arguments.count)]
    for connection, _ in made:
        connection.sendall((b"get " + b" ".join(names) + b"\r\n") * STUCK_REQUESTS)
    return made


KINDS = {"idle": make_idle, "slow": make_slow, "stuck": make_stuck}


def hold(made):
    """Until standard input ends: everybody who does something does it once a second, spread over
    it. Returns how many the server closed."""
    active = [act for _, act in made if act]
    lost = 0
    begun, done = time.monotonic(), 0
    while not select.select([sys.stdin], [], [], 0.005 if active else 1)[0]:
        due = int((time.monotonic() - begun) * len(active))
        for at in range(done, due):
            try:
                lost += not active[at % len(active)]()
            except OSError:
                lost += 1
        done = due
    return lost + sum(is_closed(connection) for connection, act in made if not act)


def is_closed(connection):
    connection.setblocking(False)
    try:
        return connection.recv(1, socket.MSG_PEEK) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("--server", required=True)
    parser.add_argument("--login", required=True)
    parser.add_argument("--count", type=int, required=True)
    arguments = parser.parse_args()
    made = KINDS[arguments.kind](arguments)
    print("ready", flush=True)
    lost = hold(made)
    print(json.dumps({"connections": len(made), "lost": lost}), flush=True)


if __name__ == "__main__":
    main()
