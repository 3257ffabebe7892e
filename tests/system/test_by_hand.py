"""What docs/guide/telnet.md has people type: by telnet, by nc and over TLS by openssl."""
import os
import pathlib
import re
import shutil
import subprocess
import unittest

from case import CacheryCase
from server import ROOT, port_of

PAGE = ROOT / "docs/guide/telnet.md"
LOGIN = "1e3023 86956598BED585FE358157F8F0231B1C"  # the page's
SAID = ("STORED", "VALUE", "END")  # words that only the server says


def blocks():
    """The page's indented blocks, as lists of lines."""
    found = re.findall(r"(?:^    .*\n)+", PAGE.read_text(), re.MULTILINE)
    return [[line[4:] for line in block.splitlines()] for block in found]


class ByHand(CacheryCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.credential = cls.server.cli("cache", "create", "--name", "hand", "--plan", "dev",
                                        "--json")

    def converse(self, command, dialogue):
        """Types the page's lines, with our login, and returns what was said."""
        login = f"{self.credential['username']} {self.credential['password']}"
        typed, is_value = [], False
        for line in dialogue:
            # The value of `get` stands between what the server says.
            if line.startswith(SAID):
                is_value = line.startswith("VALUE")
            elif not is_value:
                typed.append(line.replace(LOGIN, login))
        self.assertEqual(len(login), len(LOGIN))
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True) as program:
            program.stdin.write("\n".join(typed) + "\n")
            program.stdin.flush()  # and left open: telnet goes with its input
            said = program.stdout.read()
        return [line.rstrip("\r") for line in said.split("\n")]

    def need(self, program):
        if not shutil.which(program):
            self.skipTest(f"{program} is missing: tools/setup test installs it")

    def wanted(self, dialogue):
        return [line for line in dialogue if line.startswith(SAID)]

    def test_telnet(self):
        self.need("telnet")
        command, *dialogue = blocks()[0]
        self.assertEqual(command, "$ telnet 127.0.0.1 11211")
        said = self.converse(["telnet", "127.0.0.1", str(port_of(self.server.address))], dialogue)
        self.assertEqual(self.wanted(said), self.wanted(dialogue))
        self.assertIn("hello", said)

    def test_openssl(self):
        dialogue = blocks()[0][1:]
        authority = pathlib.Path(self.server.data_dir).parent / "cachery-ca.pem"
        authority.write_text(self.server.cli("tls", "ca"))
        command = blocks()[1][0].replace("cachery-ca.pem", str(authority))
        command = command.replace("127.0.0.1:11219", self.server.ready["tls"])
        said = self.converse(command.split(), dialogue)
        self.assertEqual(self.wanted(said), self.wanted(dialogue))

    def test_a_script_with_nc(self):
        self.need("nc")
        script = "\n".join(blocks()[2]).replace("11211", str(port_of(self.server.address)))
        done = subprocess.run(
            ["sh", "-c", script], capture_output=True, text=True, timeout=60,
            env={**os.environ, "MEMCACHIER_USERNAME": self.credential["username"],
                 "MEMCACHIER_PASSWORD": self.credential["password"]})
        self.assertTrue(done.stdout.startswith("STORED\nSTAT "), done.stdout[:200] + done.stderr)
        self.assertIn("END\n", done.stdout)


if __name__ == "__main__":
    unittest.main()
