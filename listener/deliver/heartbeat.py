"""Tell a watching service that the program runs, as healthchecks.io and others understand it.

The address is a secret: whoever knows it can say "all is well" for us. So it is in no
message, and `http.client` asks, which logs nothing, where `urllib3` would log it.
"""

import http.client
import urllib.error
import urllib.request
from threading import Thread
from typing import Literal
from urllib.parse import urlsplit, urlunsplit

from listener import __version__
from listener.errors import DeliveryError

Kind = Literal["start", "success", "fail"]

ENDINGS = {"start": "/start", "success": "", "fail": "/fail"}
TIMEOUT_SECONDS = 10.0


def send_ping(url: str, kind: Kind, *, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
    """Ask the address for a start, for success, or for a failure.

    Args:
        url: The address for success; the others are below it.
        kind: What to tell.
        timeout_seconds: For the whole request.

    Raises:
        DeliveryError: If it was not answered well in time; without the address's path.
    """
    problems: list[str] = []
    # A time limit of `http.client` holds between two packets; a thread's is the whole.
    asking = Thread(
        target=_ask, args=(_make_address(url, kind), timeout_seconds, problems), daemon=True
    )
    asking.start()
    asking.join(timeout_seconds)
    if asking.is_alive():
        problems.append(f"did not answer within {timeout_seconds:g} s")
    if problems:
        msg = f"heartbeat {urlsplit(url).hostname}: {problems[0]}; see schedule.heartbeat_url"
        raise DeliveryError(msg)


def _make_address(url: str, kind: Kind) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=parts.path.rstrip("/") + ENDINGS[kind]))


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect is an answer like any other: the secret goes nowhere else."""

    def redirect_request(self, *_: object) -> None:
        return None


def _ask(address: str, timeout_seconds: float, problems: list[str]) -> None:
    """Ask once, and leave a note of what went wrong; the note names no address."""
    try:
        request = urllib.request.Request(  # noqa: S310 - the settings allow http and https only
            address, headers={"User-Agent": f"listener/{__version__}"}
        )
        urllib.request.build_opener(_NoRedirect).open(request, timeout=timeout_seconds).close()
    except urllib.error.HTTPError as error:
        problems.append(f"answered {error.code}")
        error.close()
    except TimeoutError:
        problems.append(f"did not answer within {timeout_seconds:g} s")
    except (OSError, ValueError, http.client.HTTPException) as error:
        problems.append(f"could not be asked ({_name_reason(error)})")


def _name_reason(error: Exception) -> str:
    reason = getattr(error, "reason", error)
    return getattr(reason, "strerror", None) or type(reason).__name__
