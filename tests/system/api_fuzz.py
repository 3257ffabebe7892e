#!/usr/bin/python3
"""Property-based tests of the HTTP API: schemathesis makes requests, right and wrong ones, from
/api/openapi.json of a real service and judges the answers by it: no 5xx, no status, content type or
body that is not described, no wrong data accepted, no method but those that are described.

    tests/system/api_fuzz.py [--seconds 600] [--seed N] [--database URL]

Each of the runs below is a part of the API with the proof that opens it and with ids of what is there,
so that requests get past "not found". What a run may not do to the service it stands on (delete its
cache, take its credential away) is asked with ids of its own.
"""
import argparse
import base64
import json
import pathlib
import random
import subprocess
import sys
import tempfile
import urllib.request

sys.dont_write_bytecode = True
from server import ROOT, Cachery  # noqa: E402

PREPARED = ROOT / "build/clients/schemathesis"
PROGRAM = PREPARED / "venv/bin/st"

CONFIG = """
continue-on-failure = true
generation.mode = "all"

[parameters]
{parameters}

[checks.negative_data_rejection]
expected-statuses = [400, 401, 403, 404, 405, 409, 413, 429, 431]

[phases.stateful]
enabled = false

{operations}
"""

# What no schema can say and a service must be free to refuse with 400: there is no such plan, a day
# that is over, a threshold that does not suit the trigger.
UNWANTED_CHECKS = ("positive_data_acceptance",)


class Run:
    """One part of the API: what it is, the header that opens it, and the ids that it may use."""

    def __init__(self, name, path_pattern, header, ids, dangerous=(), unwanted=()):
        self.name, self.path_pattern, self.header, self.ids = name, path_pattern, header, ids
        self.dangerous, self.unwanted = dangerous, unwanted

    def config(self):
        operations = []
        for operation, ids in self.dangerous:
            given = "\n".join(f"{name} = {json.dumps(value)}" for name, value in ids.items())
            operations.append(f'[[operations]]\ninclude-name = "{operation}"\n'
                              f"[operations.parameters]\n{given}\n")
        parameters = "\n".join(f"{name} = {json.dumps(value)}" for name, value in self.ids.items())
        return CONFIG.format(parameters=parameters, operations="\n".join(operations))

    def command(self, service, config, seconds, seed):
        checks = ",".join(UNWANTED_CHECKS + tuple(self.unwanted))
        header = ["-H", self.header] if self.header else []
        return [str(PROGRAM), "--config-file", str(config), "run",
                f"http://{service.ready['http']}/api/openapi.json", *header,
                "--include-path-regex", self.path_pattern, "--max-time", str(seconds),
                "--seed", str(seed), "--exclude-checks", checks, "--no-color"]


def admin(service, method, path, body=None):
    token = (service.data_dir / "operator.token").read_text().strip()
    request = urllib.request.Request(
        f"http://{service.ready['http']}/api/admin/v1{path}", method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {token}"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.loads(answer.read() or "null")


def runs(service):
    cache = admin(service, "GET", "/caches/first")
    other = admin(service, "POST", f"/caches/{cache['id']}/credentials", {})
    token = (service.data_dir / "operator.token").read_text().strip()
    pair = base64.b64encode(f"{cache['username']}:{cache['password']}".encode()).decode()
    absent = {"cache": "999999999"}
    own = {"username": "ffffff", "credential": "ffffff"}
    return (
        Run("admin API", "^/api/admin/v1/(caches|plans|clusters|audit|me|series|alerts|invoices)",
            f"Authorization: Bearer {token}",
            {"cache": str(cache["id"]), "credential": str(other["id"]), "plan": "100",
             "cluster": "1"},
            dangerous=(("DELETE /api/admin/v1/caches/{cache}", absent),
                       ("PATCH /api/admin/v1/caches/{cache}", absent))),
        Run("people", "^/api/admin/v1/(account|sign|password|session|team|invitation|operator|mail)",
            f"Authorization: Bearer {token}", {}),
        Run("analytics API, version 2", "^/api/v2/", f"Authorization: Basic {pair}",
            {"cache_id": cache["id"], "username": other["username"]},
            dangerous=(("DELETE /api/v2/caches/{cache_id}/credentials/{username}", own),)),
        # Its documents have 403 where a proof is missing, and no 401.
        Run("analytics API, version 1", "^/api/(v1/|login)", f"Authorization: Basic {pair}",
            {"cache_id": str(cache["id"]), "credential": other["username"]},
            dangerous=(("DELETE /api/v1/{cache_id}/credentials/{credential}", own),
                       ("DELETE /api/v1/{cache_id}/credentials/primary/{credential}", own)),
            unwanted=("ignored_auth", "missing_required_header")),
        Run("open endpoints", "^/(healthz|readyz|metrics|sso|api/openapi)", "", {}),
    )


def fuzz(service, seconds, seed):
    """{run: what it printed} of the runs that found something; `seconds` are for all together."""
    found = {}
    with tempfile.TemporaryDirectory(prefix="cachery-api-fuzz-") as directory:
        config = pathlib.Path(directory) / "schemathesis.toml"
        for run in runs(service):
            config.write_text(run.config())
            command = run.command(service, config, max(5, seconds // 5), seed)
            done = subprocess.run(command, cwd=directory, capture_output=True, text=True,
                                  timeout=seconds + 300, check=False)
            if done.returncode != 0:
                found[run.name] = done.stdout + done.stderr
            service.child.poll()
            if service.child.returncode is not None:
                return found | {run.name: f"the service ended: {service.log()[-2000:]}"}
    return found


def why_not():
    """Why it cannot run here; empty when it can."""
    for note in ("skipped", "failed"):
        if (PREPARED / note).exists():
            return (PREPARED / note).read_text().strip()
    return "" if PROGRAM.exists() else f"{PROGRAM} is missing: run tools/setup_clients"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    parser.add_argument("--database", help="a PostgreSQL in place of SQLite in the data directory")
    arguments = parser.parse_args()
    if why_not():
        print(why_not(), file=sys.stderr)
        return 2
    print(f"seed {arguments.seed}", flush=True)
    flags = [f"--database={arguments.database}"] if arguments.database else []
    with Cachery(*flags, "--log-level=error") as service:
        found = fuzz(service, arguments.seconds, arguments.seed)
    for name, printed in found.items():
        print(f"{name}:\n{printed}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
