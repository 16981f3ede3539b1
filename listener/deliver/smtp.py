"""Hand a message to the mail server, and know for certain whether it was taken.

The library's own `sendmail` does not tell a server that refused a message from one whose
answer to the whole message was lost. Only the second may lead to a mail that arrives
twice, so the steps are taken one by one here.
"""

import io
import re
import smtplib
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from time import monotonic

from listener.errors import DeliveryError, UnreachableError, UnsureDeliveryError
from listener.logs import mask_text
from listener.settings.values import MailSettings

# RFC 5321, 4.2.1: the first digit says whether it is good.
_SAYS_YES, _GOES_ON, _SAYS_NO = range(200, 300), range(354, 355), range(400, 600)
_LEAVING_SECONDS = 2
_MOST_ANSWER_BYTES = 1_000_000
_LONGEST_ANSWER = 160
_DOT = re.compile(rb"^\.", re.MULTILINE)
_UNPRINTABLE = re.compile(r"[^\x21-\x7e]+")


def _do_nothing() -> None:
    pass


def send_mail(
    settings: MailSettings,
    password: str | None,
    message: EmailMessage,
    *,
    before_end: Callable[[], None] = _do_nothing,
    context: ssl.SSLContext | None = None,
) -> None:
    """Hand a message to the mail server.

    Args:
        settings: The server, and how long the whole dialogue may take.
        password: Needed if the settings name a user.
        message: With its one sender and its one recipient.
        before_end: Called before the last step: whoever is stopped before it may be
            certain that nothing was taken, and after it may not.
        context: Whose certificates are trusted; those that the system trusts if None.

    Raises:
        UnsureDeliveryError: If the server may have taken it.
        UnreachableError: If the message could not be offered: the server is not there, is not
            to be trusted, or refused the user or the sender.
        DeliveryError: If it certainly has not taken it.
    """
    with _translated(settings):
        server = _Dialogue(settings, context or ssl.create_default_context())
    try:
        with _translated(settings):
            _secure(server, settings)
            _log_in(server, settings, password)
            _begin(server, message)
        before_end()
        _end(server, settings)
    finally:
        server.leave()


def check_server(
    settings: MailSettings, password: str | None, *, context: ssl.SSLContext | None = None
) -> bool:
    """Begin the dialogue, secure it, and log in if there are a user and a password; send nothing.

    Returns:
        Whether the server took user and password.

    Raises:
        UnreachableError: If the server is not there, not to be trusted, or refused them.
    """
    has_login = bool(settings.user) and password is not None
    with _translated(settings):
        server = _Dialogue(settings, context or ssl.create_default_context())
    try:
        with _translated(settings):
            _secure(server, settings)
            if has_login:
                _log_in(server, settings, password)
    finally:
        server.leave()
    return has_login


class _RefusedError(Exception):
    """The server said no to a step, which the message names."""


class _RefusedMailError(_RefusedError):
    """It said no to this recipient, or to this message."""


class _Dialogue(smtplib.SMTP):
    """A connection whose time limit holds for the whole of it.

    A time limit of `smtplib` holds between two packets: a server that sends a byte
    now and then keeps its client for ever.
    """

    def __init__(self, settings: MailSettings, context: ssl.SSLContext) -> None:
        self.context = context
        self._is_tls = settings.security == "tls"
        self._ends_at = monotonic() + settings.timeout_seconds
        # Set later: the library would look the machine's name up, without a time limit.
        super().__init__(settings.host, settings.port, local_hostname="[127.0.0.1]")
        self.local_hostname = _name_client(self.sock)

    @property
    def is_late(self) -> bool:
        return monotonic() >= self._ends_at

    def left(self) -> float:
        """Return the seconds that are left."""
        if self.is_late:
            msg = "timed out"
            raise TimeoutError(msg)
        return self._ends_at - monotonic()

    def leave(self) -> None:
        """Say goodbye if somebody is there, without waiting long for the answer."""
        self._ends_at = min(self._ends_at, monotonic() + _LEAVING_SECONDS)
        with suppress(OSError):
            self.quit()
        self.close()

    def getreply(self) -> tuple[int, bytes]:
        if self.file is None and self.sock is not None:
            self.file = io.BufferedReader(_LimitedReader(self))
        return super().getreply()

    def send(self, data: str | bytes) -> None:  # type: ignore[override]
        if self.sock is not None:
            self.sock.settimeout(self.left())
        super().send(data)

    def starttls(self, **_: object) -> tuple[int, bytes]:  # type: ignore[override]
        if self.sock is not None:
            self.sock.settimeout(self.left())
        return super().starttls(context=self.context)

    def _get_socket(self, host: str, port: int, _: float) -> socket.socket:
        connection = socket.create_connection((host, port), self.left())
        if not self._is_tls:
            return connection
        connection.settimeout(self.left())
        return self.context.wrap_socket(connection, server_hostname=host)


class _LimitedReader(io.RawIOBase):
    """Reads answers until the dialogue's time is over, or too much was said."""

    def __init__(self, dialogue: _Dialogue) -> None:
        self._dialogue, self._count = dialogue, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        if self._dialogue.sock is None or self._count > _MOST_ANSWER_BYTES:
            msg = "the answer does not end"
            raise OSError(msg)
        self._dialogue.sock.settimeout(self._dialogue.left())
        read = self._dialogue.sock.recv_into(buffer)
        self._count += read
        return read


def _name_client(connection: socket.socket | None) -> str:
    """Return the client's own address, as RFC 5321 (4.1.3) wants it where there is no name."""
    address = connection.getsockname()[0] if connection else "127.0.0.1"
    return f"[IPv6:{address}]" if ":" in address else f"[{address}]"


def _secure(server: _Dialogue, settings: MailSettings) -> None:
    server.ehlo_or_helo_if_needed()
    if settings.security == "starttls":
        if not server.has_extn("starttls"):
            msg = "does not offer STARTTLS; see mail.security"
            raise _RefusedError(msg)
        server.starttls()
        server.ehlo_or_helo_if_needed()


def _log_in(server: _Dialogue, settings: MailSettings, password: str | None) -> None:
    if not settings.user:
        return
    if password is None:
        msg = "needs a password for mail.user; set SMTP_PASSWORD"
        raise _RefusedError(msg)
    try:
        server.login(settings.user, password)
    except smtplib.SMTPNotSupportedError as error:
        msg = "takes no user and password; see mail.user and mail.security"
        raise _RefusedError(msg) from error
    except smtplib.SMTPAuthenticationError as error:
        answer = _clean(error.smtp_code, error.smtp_error)
        msg = f"refused mail.user and SMTP_PASSWORD ({answer})"
        raise _RefusedError(msg) from error


def _begin(server: _Dialogue, message: EmailMessage) -> None:
    """Hand over everything but the full stop that makes it valid."""
    (sender,), (recipient,) = message["From"].addresses, message["To"].addresses
    _require(server.mail(sender.addr_spec), _SAYS_YES, "the sender, mail.sender")
    recipient_reply = server.rcpt(recipient.addr_spec)
    _require(recipient_reply, _SAYS_YES, "the recipient", _RefusedMailError)
    _require(server.docmd("DATA"), _GOES_ON, "the message", _RefusedMailError)
    server.send(_DOT.sub(b"..", message.as_bytes()))


def _end(server: _Dialogue, settings: MailSettings) -> None:
    """Send the full stop; from here on a lost answer leaves the outcome open."""
    try:
        code, answer = server.docmd(".")
    except OSError as error:
        reason = f"its answer was lost ({_explain(error, settings)})"
        raise UnsureDeliveryError(_tell_doubt(settings, reason)) from error
    if code in _SAYS_NO:
        msg = f"mail server {settings.host}: refused the message ({_clean(code, answer)})"
        raise DeliveryError(msg)
    if code not in _SAYS_YES:
        raise UnsureDeliveryError(_tell_doubt(settings, "its answer has no meaning"))


def _tell_doubt(settings: MailSettings, reason: str) -> str:
    return f"mail server {settings.host}: may have taken the message, {reason}"


def _require(
    reply: tuple[int, bytes],
    wanted: range,
    what: str,
    kind: type[_RefusedError] = _RefusedError,
) -> None:
    if reply[0] not in wanted:
        msg = f"refused {what} ({_clean(*reply)})"
        raise kind(msg)


@contextmanager
def _translated(settings: MailSettings) -> Iterator[None]:
    """Turn every failure into one line; nothing was taken then."""
    try:
        yield
    except (_RefusedError, OSError, ValueError) as error:
        msg = f"mail server {settings.host}: {_explain(error, settings)}"
        is_refusal = isinstance(error, _RefusedMailError)
        raise (DeliveryError if is_refusal else UnreachableError)(msg) from error


def _explain(error: Exception, settings: MailSettings) -> str:
    """Return what went wrong and where to look, without what was said before it."""
    # The library hides a time-out behind an error of its own.
    if isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):
        return f"did not come to an end within {settings.timeout_seconds} s"
    match error:
        case _RefusedError():
            return str(error)
        case smtplib.SMTPResponseException():
            return f"refused the dialogue ({_clean(error.smtp_code, error.smtp_error)})"
        case smtplib.SMTPServerDisconnected():
            return "broke the connection off"
        case ssl.SSLCertVerificationError():
            return f"its certificate is not good: {error.verify_message}; see mail.host"
        case ssl.SSLError():
            return "does not speak TLS at mail.port; see mail.security"
        case OSError(strerror=str(reason)):
            return f"cannot be reached ({reason}); see mail.host and mail.port"
    return f"cannot be talked to ({type(error).__name__})"


def _clean(code: int, answer: str | bytes) -> str:
    """Return a server's answer as a part of one line, without addresses."""
    text = answer.decode("ascii", "replace") if isinstance(answer, bytes) else answer
    return mask_text(_UNPRINTABLE.sub(" ", f"{code} {text}"))[:_LONGEST_ANSWER].strip()
