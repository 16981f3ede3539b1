"""The PyPI package `mail-devel` as a process of its own: SMTP going in, IMAP coming out.

with run_inboxes(security="starttls") as inboxes:
    send_mail(inboxes.make_settings("team@acme.example"), PASSWORD, message)
    (message,) = inboxes.read("team@acme.example")

Somebody else's idea of a mail server, with an inbox for whoever gets mail. What lies in it is
read as mail programs do.
"""

import imaplib
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from listener.settings.values import MailSettings
from tests.servers.mail import MailServer, save_certificate

USER, PASSWORD = "robot@acme.example", "open-sesame"
# Long enough for a machine with much to do; nobody waits for it where all is well.
PATIENCE_SECONDS = 60

# Both sockets come from here, already listening, so that no port is guessed and nobody waits for
# the server. It ends when its standard input does, also if the tests are killed.
_PROGRAM = """
import asyncio, os, socket, sys, threading
from types import SimpleNamespace
import pymap.imap
from mail_devel.service import Service

threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
mail, inbox = (socket.socket(fileno=int(number)) for number in sys.argv[1:3])
given = SimpleNamespace(get=lambda: [inbox])
pymap.imap.InheritedSockets = SimpleNamespace(of=lambda _: given)

async def main():
    service = await Service.init(Service.parse(sys.argv[3:]))
    service.config.args.inherited_sockets = "given"
    smtp, service.smtp, service.smtps = service.smtp, None, None
    async with service.start():
        await asyncio.get_running_loop().create_server(smtp.factory, sock=mail)
        await asyncio.Event().wait()

asyncio.run(main())
"""


@dataclass(frozen=True)
class Inboxes:
    """Where mail goes in, and how a test looks at what has arrived."""

    smtp_port: int
    imap_port: int
    security: str

    def make_settings(self, *addresses: str, **changes: Any) -> MailSettings:
        """Return settings that lead here."""
        server = MailServer(port=self.smtp_port, security=self.security)
        user = "" if self.security == "none" else USER
        return server.make_settings(*addresses, **{"user": user, **changes})

    def read(self, address: str) -> list[EmailMessage]:
        """Return what lies in somebody's inbox, in the order in which it came."""
        with imaplib.IMAP4("127.0.0.1", self.imap_port, timeout=PATIENCE_SECONDS) as inbox:
            inbox.login(address, PASSWORD)
            _, (count,) = inbox.select("INBOX", readonly=True)
            numbers = [str(number + 1) for number in range(int(count))]
            return [_fetch(inbox, number) for number in numbers]


def _fetch(inbox: imaplib.IMAP4, number: str) -> EmailMessage:
    _, parts = inbox.fetch(number, "(RFC822)")
    (data,) = (part[1] for part in parts if isinstance(part, tuple))
    return message_from_bytes(data, policy=default)


@contextmanager
def run_inboxes(security: str = "none") -> Iterator[Inboxes]:
    """Run a server until the block ends; with `starttls` it wants that, and user and password."""
    with ExitStack() as stack:
        folder = stack.enter_context(TemporaryDirectory(prefix="mail-devel-"))
        ways = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(2)]
        words = ["--multi-user", "--no-http", "--user", USER, "--password", PASSWORD]
        if security == "starttls":
            cert, key = save_certificate(Path(folder))
            words += ["--auth-required", "--auth-require-tls", "--starttls-required"]
            words += ["--cert", str(cert), "--key", str(key)]
        process = _start([way.fileno() for way in ways], words, folder)
        smtp_port, imap_port = (way.getsockname()[1] for way in ways)
        for way in ways:
            way.close()  # from here on it is the server's alone
        try:
            yield Inboxes(smtp_port, imap_port, security)
        finally:
            process.communicate(timeout=PATIENCE_SECONDS)


def _start(numbers: list[int], words: list[str], folder: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-I", "-c", _PROGRAM, *map(str, numbers), *words],
        cwd=folder,
        stdin=subprocess.PIPE,
        pass_fds=numbers,
    )
