"""Hand a message over to a chat tool, a web hook or a mailbox, by apprise.

The address is a secret. It is in no message and no log: apprise and what it speaks through
log nothing that leaves this module, and why something failed is told in our own words.
"""

import logging
import re
from collections.abc import Iterable
from threading import Thread
from typing import Any

from listener.errors import DeliveryError, UnreachableError, UnsureDeliveryError

_STATUS = re.compile(r"\berror=(\d{3})\b")
# What requests, sockets and smtplib say when nothing has been handed over yet.
_NOT_REACHED = re.compile(
    r"Max retries exceeded|refused|not known|No address|unreachable|Failed to (resolve|establish)"
    r"|CERTIFICATE|SSL|STARTTLS|5\.7\.|\((4|5)\d\d, "
)
_EXCEPTION = ("Socket Exception", "Notification Exception")
_log = logging.getLogger("apprise")


def send_notice(address: str, *, title: str, text: str, where: str, timeout_seconds: float) -> None:
    """Send one message as plain text; it is tried once, and redirects are not followed.

    Args:
        address: As apprise writes it, such as `slack://…`, `mailto://…` or `jsons://…`.
        title: The heading.
        text: What is told.
        where: What the address is called in messages.
        timeout_seconds: For all of it.

    Raises:
        DeliveryError: If it certainly did not arrive; `UnreachableError` if nobody was there.
        UnsureDeliveryError: If nobody knows whether it arrived.
    """
    _keep_quiet()
    import apprise

    sender = apprise.Apprise()
    sender.add(_open_service(apprise, address, where, timeout_seconds))
    results: list[Any] = []
    # A time limit of apprise leaves a thread behind for which the program would wait at its end.
    telling = Thread(target=_tell, args=(apprise, sender, title, text, results), daemon=True)
    telling.start()
    telling.join(timeout_seconds)
    if not results:
        msg = f"{where}: did not answer within {timeout_seconds:g} s"
        raise UnsureDeliveryError(msg)
    if not results[0]:
        raise _explain([entry.message for entry in results[0].logs()], where)


def check_address(address: str, *, where: str) -> None:
    """Look whether apprise understands an address, without asking anybody.

    Raises:
        DeliveryError: If it does not.
    """
    _keep_quiet()
    import apprise

    _open_service(apprise, address, where, 1.0)


def _tell(apprise: Any, sender: Any, title: str, text: str, results: list[Any]) -> None:  # noqa: ANN401
    results.append(
        sender.notify(
            body=text,
            title=title,
            body_format=apprise.NotifyFormat.TEXT,
            interpret_escapes=False,
            log_level=logging.DEBUG,
        )
    )


def _open_service(apprise: Any, address: str, where: str, timeout_seconds: float) -> Any:  # noqa: ANN401 - imported late
    asset = apprise.AppriseAsset(
        app_id="listener",
        app_desc="listener",
        async_mode=False,
        http_redirects=False,
        service_timeout=0,
        secure_logging=True,
        storage_mode="memory",
    )
    service = apprise.Apprise.instantiate(address, asset=asset, suppress_exceptions=True)
    if service is None:
        msg = (
            f"{where}: is no address that apprise understands, such as slack://…, mailto://… or "
            "jsons://…; see https://github.com/caronc/apprise"
        )
        raise DeliveryError(msg)
    # An address can ask for these; but who tries again by himself may tell twice.
    service.retry, service.redirects = 0, False
    service.socket_connect_timeout = service.socket_read_timeout = timeout_seconds
    return service


def _keep_quiet() -> None:
    """Let apprise say everything to us, and nothing to anybody else."""
    _log.propagate = False
    _log.setLevel(logging.DEBUG)
    if not _log.handlers:
        _log.addHandler(logging.NullHandler())


def _explain(lines: Iterable[str], where: str) -> DeliveryError:
    """Return what went wrong; the lines may hold the address, so none of them is quoted."""
    lines = list(lines)
    for line in lines:
        if match := _STATUS.search(line):
            return DeliveryError(f"{where}: the service refused it with status {match[1]}")
    exceptions = [line for line in lines if line.startswith(_EXCEPTION)]
    if not exceptions:
        return DeliveryError(f"{where}: the service did not take it")
    if all(_NOT_REACHED.search(line) for line in exceptions):
        return UnreachableError(f"{where}: the service cannot be reached")
    return UnsureDeliveryError(f"{where}: the connection broke off before an answer came")
