"""What the Python clients share: naming a check, printing its outcome, asking for a restart.

Each client program is a list of checks run in order; one that fails does not stop the rest, so
that the matrix of a broken server is still full. The lines are read by tests/clients/run.
"""
import os
import sys
import time

KEY = "cachery-check-"
TOO_LARGE = os.urandom((1 << 20) + 1)  # incompressible, or a client that compresses would fit it
EXPIRY_SECONDS = 2
RECOVERY_SECONDS = 20


class Skip(Exception):
    """Raised inside a check that has no meaning here; its text is the reason."""


def expect(actual, wanted):
    if actual != wanted:
        raise AssertionError(f"got {short(actual)}, wanted {short(wanted)}")


def short(value):
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."


def setting(name):
    """An environment variable that this world may not offer; empty counts as absent."""
    value = os.environ.get(name, "")
    if not value:
        raise Skip(f"this server offers no {name}")
    return value


def refused(act, *exceptions):
    """True when the act says no, be it by a false answer or by one of the exceptions."""
    try:
        return not act()
    except exceptions:
        return True


def run(checks):
    failed = 0
    for check in checks:
        name = check.__name__
        try:
            check()
            print(f"ok {name}", flush=True)
        except Skip as why:
            print(f"skip {name}: {why}", flush=True)
        except Exception as why:  # whatever a client throws is this check's failure
            failed += 1
            print(f"not ok {name}: {type(why).__name__}: {why}".replace("\n", " "), flush=True)
    sys.exit(1 if failed else 0)


def ask_for_restart():
    """Returns once the harness has stopped the server and started it on the same port."""
    print("restart", flush=True)
    if sys.stdin.readline().strip() != "restarted":
        raise AssertionError("the harness did not restart the server")


def wait_until_gone(get, since):
    """The one real wait of a program: an item set at `since` must be gone by its last second."""
    time.sleep(max(0.0, since + EXPIRY_SECONDS + 1.1 - time.monotonic()))
    expect(get(), None)


def wait_until_back(works):
    """Tries until the client has recovered; how long it sulks is its own business."""
    deadline = time.monotonic() + RECOVERY_SECONDS
    why = "the client answered no"
    while time.monotonic() < deadline:
        try:
            if works():
                return
        except Exception as error:
            why = repr(error)
        time.sleep(0.2)
    raise AssertionError(f"not back after {RECOVERY_SECONDS} s: {why}")
