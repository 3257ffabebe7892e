"""The distribution's SMTP server (aiosmtpd) as a process: each mail that it takes is a file.

Run as a program it is that server: it asks for STARTTLS and a login when it is given a certificate
and a password, listens on a free port and says which.

    mail_server.py DIRECTORY [CERTIFICATE KEY USER PASSWORD]
"""
import asyncio
import email
import email.policy
import pathlib
import re
import ssl
import subprocess
import sys
import tempfile

from case import eventually


class MailServer:
    """A mail server for one test, and the mailboxes of everybody."""

    def __init__(self, *login):
        self.directory = tempfile.TemporaryDirectory(prefix="cachery-mail-")
        self.mailbox = pathlib.Path(self.directory.name) / "mail"
        self.child = subprocess.Popen(
            [sys.executable, __file__, str(self.mailbox), *login],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            text=True)
        port = self.child.stdout.readline().strip()
        assert port, "the mail server did not start: is python3-aiosmtpd installed?"
        self.url = f"smtp://127.0.0.1:{port}"
        self.tls = () if login else ("--smtp-tls=off",)

    def flags(self):
        return (f"--smtp-url={self.url}", "--smtp-from=cachery@example.org", *self.tls)

    def mails(self, recipient):
        """Those that were taken for an address, the oldest first."""
        files = sorted((self.mailbox / "new").glob("*"),
                       key=lambda file: file.stat().st_mtime_ns)
        mails = [email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
                 for file in files]
        return [mail for mail in mails if recipient in mail["To"]]

    def wait(self, recipient, subject):
        """The last mail of that subject to an address, as soon as there is one; its text."""
        found = []

        def look():
            found[:] = [mail for mail in self.mails(recipient) if subject in mail["Subject"]]
            return found
        assert eventually(look, seconds=30), f"no mail \"{subject}\" to {recipient}"
        return found[-1].get_body(("plain",)).get_content()

    def take_secret(self, recipient, subject):
        """What stands behind the # of the link in it. The mail is thrown away."""
        text = self.wait(recipient, subject)
        self.forget()
        return re.search(r"https?://\S+#([0-9a-f]{64})\b", text)[1]

    def forget(self):
        for file in (self.mailbox / "new").glob("*"):
            file.unlink()

    def close(self):
        self.child.kill()
        self.child.wait()
        self.child.stdout.close()
        self.directory.cleanup()


async def serve(directory, certificate=None, key=None, user=None, password=None):
    # Here, for the tests that skip without it import this file too.
    from aiosmtpd.handlers import Mailbox
    from aiosmtpd.smtp import SMTP, AuthResult

    def authenticate(_server, _session, _envelope, _mechanism, login):
        is_right = (login.login, login.password) == (user.encode(), password.encode())
        return AuthResult(success=is_right, handled=False)

    options = {"enable_SMTPUTF8": False}
    if certificate:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate, key)
        options |= {"tls_context": context, "require_starttls": True, "auth_required": True,
                    "authenticator": authenticate}
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(Mailbox(directory), loop=loop, **options), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(*sys.argv[1:]))
