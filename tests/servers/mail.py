"""A mail server that notes what it took, and fails in every way that is asked for.

with run_mail_server() as server:
    server.refused.add("gone@acme.example")
    send_mail(server.make_settings(), None, message)
    assert server.taken[0].recipient == "team@acme.example"
"""

import asyncio
import ssl
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from functools import cache
from pathlib import Path
from typing import Any, Literal

import trustme
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from listener.settings.values import MailSettings, Recipient

USER, PASSWORD = "robot", "open-sesame"
DRIP_SECONDS = 0.02
Fault = Literal[
    "", "refuse", "busy", "drip_first", "drip_last", "die_before", "die_after", "babble"
]


@dataclass(frozen=True)
class TakenMail:
    """A message that the server took responsibility for, or would have."""

    sender: str
    recipient: str
    message: EmailMessage
    secured: bool
    user: str


@dataclass
class MailServer:
    """What the server does and has seen.

    Attributes:
        refused: Recipients that it refuses.
        refused_senders: Senders that it refuses.
        fault: What it does wrong: `refuse` or be `busy` after the message, answer the
            first or the last command without an end (`drip_…`), break off before or
            after it took the message (`die_…`), or `babble` instead of an answer.
        taken: In the order in which they came.
        begun: How many dialogues began.
    """

    port: int = 0
    security: str = "none"
    refused: set[str] = field(default_factory=set)
    refused_senders: set[str] = field(default_factory=set)
    fault: Fault = ""
    taken: list[TakenMail] = field(default_factory=list)
    begun: int = 0

    def make_settings(self, *addresses: str, **changes: Any) -> MailSettings:
        """Return settings that lead here."""
        values = {
            "host": "127.0.0.1", "port": self.port, "security": self.security, "user": "",
            "sender": "listener@acme.example", "reply_to": "",
            "unsubscribe_address": "", "unsubscribe_url": "", "reports_url": "",
            "timeout_seconds": 10,
            "recipients": tuple(
                Recipient(address=each, brands=(), language="en") for each in addresses
            ),
        }  # fmt: skip
        return MailSettings(**{**values, **changes})


class _Handler:
    """What happens at each command; the names are aiosmtpd's."""

    def __init__(self, server: MailServer) -> None:
        self._server = server

    async def handle_EHLO(  # noqa: N802
        self, smtp: SMTP, session: Session, _: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        self._server.begun += 1
        if self._server.fault == "drip_first":
            await _drip(smtp)
        return responses

    async def handle_MAIL(  # noqa: N802
        self, _: SMTP, __: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self._server.refused_senders:
            return f"553 5.7.1 <{address}>: sender not owned by this user"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, _: SMTP, __: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self._server.refused:
            return f"550 5.1.1 <{address}>: user unknown\twith us"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, smtp: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        fault = self._server.fault
        if fault == "refuse":
            return "554 5.7.1 looks like advertising"
        if fault == "busy":
            return "451 4.3.0 try again later"
        self._server.taken.append(_note(smtp, session, envelope))
        if fault == "drip_last":
            await _drip(smtp)
        if fault == "die_after":
            smtp.transport.abort()
        return "what?" if fault == "babble" else "250 OK"


class _DyingSMTP(SMTP):
    """Breaks off when the message is to begin."""

    async def smtp_DATA(self, _: str) -> None:  # noqa: N802
        self.transport.abort()


def _note(smtp: SMTP, session: Session, envelope: Envelope) -> TakenMail:
    message = BytesParser(policy=default).parsebytes(envelope.original_content or b"")
    return TakenMail(
        sender=envelope.mail_from or "",
        recipient=", ".join(envelope.rcpt_tos),
        message=message,
        secured=smtp.transport.get_extra_info("sslcontext") is not None,
        user=session.auth_data.login.decode() if session.authenticated else "",
    )


async def _drip(smtp: SMTP) -> None:
    while not smtp.transport.is_closing():
        smtp.transport.write(b"2")
        await asyncio.sleep(DRIP_SECONDS)


def _authenticate(
    _: SMTP, __: Session, ___: Envelope, ____: str, data: LoginPassword
) -> AuthResult:
    is_good = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=is_good, handled=False, auth_data=data)


@cache
def _make_authority() -> trustme.CA:
    return trustme.CA()


def trust_server() -> ssl.SSLContext:
    """Return a context that trusts the certificate of these servers."""
    context = ssl.create_default_context()
    _make_authority().configure_trust(context)
    return context


def save_authority(path: Path) -> Path:
    """Write the certificate that makes these servers trusted: name it in `SSL_CERT_FILE`."""
    _make_authority().cert_pem.write_to_path(str(path))
    return path


def save_certificate(folder: Path, *, name: str = "127.0.0.1") -> tuple[Path, Path]:
    """Write a certificate that the authority gives, and its key, for a server of its own."""
    cert, key = folder / "cert.pem", folder / "key.pem"
    made = _make_authority().issue_cert(name)
    cert.write_bytes(b"".join(part.bytes() for part in made.cert_chain_pems))
    made.private_key_pem.write_to_path(str(key))
    return cert, key


@contextmanager
def run_mail_server(
    security: str = "none", *, name: str = "127.0.0.1", wants_user: bool = False
) -> Iterator[MailServer]:
    """Run a server until the block ends.

    Args:
        security: `none`, `starttls` (demanded before anything else) or `tls`.
        name: What its certificate is for.
        wants_user: Take nothing without user and password, on a secured connection.
    """
    server = MailServer(security=security)
    context = _make_server_context(name) if security != "none" else None
    options = {
        "tls_context": context if security == "starttls" else None,
        "require_starttls": security == "starttls",
        # aiosmtpd warns of servers that want a password which everybody on the way can read.
        "auth_required": wants_user and security != "none",
        "auth_require_tls": security != "none",
        "authenticator": _authenticate,
    }

    def make_protocol() -> SMTP:
        kind = _DyingSMTP if server.fault == "die_before" else SMTP
        return kind(_Handler(server), hostname="mail.acme.example", loop=loop, **options)

    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    opening = loop.create_server(
        make_protocol, "127.0.0.1", 0, ssl=context if security == "tls" else None
    )
    listening = _ask(loop, opening)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        _ask(loop, _close(listening))
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def _make_server_context(name: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    _make_authority().issue_cert(name).configure_cert(context)
    return context


def _ask(loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run_coroutine_threadsafe(work, loop).result()


async def _close(listening: asyncio.AbstractServer) -> None:
    listening.close()
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
