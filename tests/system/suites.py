"""Test suites of others, run against a server: memccapable, pymemcache's and two npm packages'.

Each suite is code as its authors ship it. Those in the npm packages insist on port 11211 and
its neighbours, so a copy with other ports is run. Answers {test: "" or why it failed}.
"""
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import xml.etree.ElementTree

from server import ROOT, port_of

NPM = ROOT / "build/clients/npm"
PYMEMCACHE = pathlib.Path("/usr/lib/python3/dist-packages/pymemcache/test")
SUITE_SECONDS = 180


def run_suite(command, **options):
    return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=SUITE_SECONDS, **options)


def memccapable(address):
    done = run_suite(["memccapable", "-h", "127.0.0.1", "-p", str(port_of(address))])
    found = re.findall(r"^((?:ascii|binary) [\w ]+?)\s+\[(\w+)\]$", done.stdout, re.MULTILINE)
    return {name: "" if outcome == "pass" else outcome for name, outcome in found}


def pymemcache(address, tls_address=None, ca=None):
    """As the distribution ships it, but for the authority that its TLS tests trust."""
    with tempfile.TemporaryDirectory(prefix="pymemcache-") as folder:
        copy = pathlib.Path(folder) / "suite"
        shutil.copytree(PYMEMCACHE, copy)
        tls = []
        if tls_address:
            (copy / "certs").mkdir()
            (copy / "certs/ca-root.crt").write_text(ca)
            tls = ["--tls-server", "localhost", "--tls-port", str(port_of(tls_address))]
        report = pathlib.Path(folder) / "report.xml"
        run_suite(["/usr/bin/python3", "-B", "-m", "pytest", "-q", "-p", "no:cacheprovider",
                   "--rootdir", folder, str(copy / "test_integration.py"), "-m", "integration",
                   "--server", "127.0.0.1", "--port", str(port_of(address)), *tls,
                   f"--junit-xml={report}"], cwd=folder)
        return dict(read_junit(report))


def read_junit(report):
    for case in xml.etree.ElementTree.parse(report).iter("testcase"):
        bad = [each for each in case if each.tag in ("failure", "error", "skipped")]
        yield case.get("name"), bad[0].get("message", "failed")[:200] if bad else ""


def npm(package, addresses, without=(), ca_file=None):
    """The mocha suite inside an npm package, against the servers in place of ports 11211-11213.

    `without` are the titles of tests that are not run: their reasons stand with the caller.
    """
    with tempfile.TemporaryDirectory(prefix="npm-suite-") as folder:
        copy = pathlib.Path(folder) / package
        shutil.copytree(NPM / "node_modules" / package, copy)
        os.symlink(NPM / "node_modules", pathlib.Path(folder) / "node_modules")
        replace_ports(copy, {str(11211 + at): str(port_of(address))
                             for at, address in enumerate(addresses)})
        tests = [*copy.glob("test/*.test.js"), *copy.glob("test/client.js")]
        pattern = "|".join(re.escape(title) for title in without)
        chosen = ["--grep", f"^({pattern})", "--invert"] if without else []
        if package == "memcached":  # its mocha.opts, which this mocha does not read, say so
            chosen += ["--require", "should"]
        done = run_suite(
            ["node", str(NPM / "node_modules/mocha/bin/mocha.js"), "--exit", "--reporter", "tap",
             "--timeout", "10000", *chosen, *map(str, sorted(tests))], cwd=copy,
            env={**os.environ, "MEMCACHED__HOST": "127.0.0.1",
                 "NODE_EXTRA_CA_CERTS": ca_file or ""})
        return dict(read_tap(done.stdout))


def read_tap(text):
    """Tests that their author switched off (`# SKIP -`) are not reported."""
    lines = text.splitlines()
    for at, line in enumerate(lines):
        found = re.match(r"(not ok|ok) \d+ (.*)$", line)
        if found and not found[2].endswith("# SKIP -"):
            yield found[2], "" if found[1] == "ok" else " ".join(lines[at + 1:at + 3])[:200]


def replace_ports(folder, ports):
    for path in [*folder.glob("lib/*.js"), *folder.glob("test/*.js")]:
        path.write_text(re.sub(r"\b1121[123]\b", lambda port: ports.get(port[0], port[0]),
                               path.read_text()))
