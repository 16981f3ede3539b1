"""What a failure of a server means for the caller, in one line each.

No message has words of the server's answer, of a customer, or of a token.
"""

import ssl
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import requests

from listener.collect.connections import ForbiddenAddressError, TooLargeError
from listener.collect.fields import read_optional_moment
from listener.collect.mastodon.session import Answer, BadAnswerError, RedirectError, TooSlowError
from listener.errors import (
    AccessDeniedError,
    CollectorError,
    NeedsOperatorError,
    RateLimitError,
    RetryLaterError,
)

PLATFORM = "mastodon"
_DEFAULT_WAIT = timedelta(minutes=5)
_SHORTEST_WAIT = timedelta(seconds=1)
_LONGEST_WAIT = timedelta(days=1)
_PASSING = (408, 425)
NEXT_RUN = "; the next run tries again"


class NotThereError(NeedsOperatorError):
    """The server says that it has no such thing.

    Attributes:
        is_certain: Whether the API said so, not some web page before it.
    """

    is_certain = False


class NotOfferedError(NeedsOperatorError):
    """The server does not know this request, or not with these parameters."""


def make_retry(account: str, reason: str) -> RetryLaterError:
    """Return the error for what may work the next time."""
    text = f"mastodon account @{account}: {reason}{NEXT_RUN}"
    return RetryLaterError(text, platform=PLATFORM, account=account)


def make_refusal(account: str, reason: str) -> NeedsOperatorError:
    """Return the error for what does not work before somebody acts."""
    text = f"mastodon account @{account}: {reason}"
    return NeedsOperatorError(text, platform=PLATFORM, account=account)


def sort_status(answer: Answer, account: str, *, has_token: bool, now: datetime) -> CollectorError:
    """Return the error that an answer with a status of 400 or more stands for."""
    status = answer.status
    if status == 400 and has_token and not _is_of_api(answer):
        status = 401  # so Takahe refuses a token, on whatever path
    if status == 429:
        retry_at = find_retry_at(answer.headers, now)
        text = f"mastodon account @{account}: the server asks to wait until {retry_at:%H:%M:%S} UTC"
        return RateLimitError(text, platform=PLATFORM, account=account, retry_at=retry_at)
    if status >= 500 or status in _PASSING:
        return make_retry(account, f"the server failed with status {status}")
    if status in (401, 403) or (status == 422 and not has_token):
        return AccessDeniedError(
            _describe_denial(status, account, has_token=has_token),
            platform=PLATFORM,
            account=account,
        )
    return _sort_missing(answer, account)


def _describe_denial(status: int, account: str, *, has_token: bool) -> str:
    # Which token it is to be, the brand's own or anybody's, is for the check to say.
    what = 'answers nothing without a token; "listener check" says how to get one'
    if has_token and status == 401:
        what = 'refused the token; "listener check" says how to get a new one'
    elif has_token:
        what = "does not allow this to the token; make one with the scope read"
    return f"mastodon account @{account}: the server {what}"


def _sort_missing(answer: Answer, account: str) -> NeedsOperatorError:
    status = answer.status
    text = f"mastodon account @{account}: the server does not know what was asked (status {status})"
    kind = NotThereError if status in (404, 410) else NotOfferedError
    error = kind(f"{text}; check the account's name", platform=PLATFORM, account=account)
    if isinstance(error, NotThereError):
        error.is_certain = _is_of_api(answer)
    return error


def _is_of_api(answer: Answer) -> bool:
    """Tell whether a refusal comes from the interface for programs, not from a page."""
    return "json" in answer.headers.get("content-type", "").lower()


def sort_failure(failure: BaseException | None, account: str) -> CollectorError:
    """Return the error that a failure without any answer stands for."""
    match failure:
        case RedirectError():
            reason = "the server sends its readers to another host; check the server's name"
            return make_refusal(account, reason)
        case ForbiddenAddressError():
            return make_retry(account, "the server's address is not on the open internet")
        case BadAnswerError() | TooLargeError():
            return make_retry(account, f"the answer cannot be read: {failure}")
        case TooSlowError() | requests.Timeout():
            return make_retry(account, "the server did not answer in time")
        case requests.exceptions.SSLError() | ssl.SSLError():
            return make_retry(account, "no secure connection to the server")
    return make_retry(account, "no connection to the server, or it broke off")


def find_retry_at(headers: Mapping[str, str], now: datetime) -> datetime:
    """Return when the next request is welcome, between a second and a day from now.

    Mastodon writes a time, others the seconds since 1970. Both are the
    server's, whose clock may be wrong: its own `Date` tells by how much.
    """
    reset = _read_reset(headers.get("x-ratelimit-reset"))
    if reset is not None:
        wait = reset - (_read_date(headers.get("date")) or now)
    else:
        wait = _read_seconds(headers.get("retry-after")) or _DEFAULT_WAIT
    return now + min(max(wait, _SHORTEST_WAIT), _LONGEST_WAIT)


def _read_reset(text: str | None) -> datetime | None:
    try:
        return datetime.fromtimestamp(float(text or ""), UTC)
    except (ValueError, OverflowError, OSError):
        return read_optional_moment(text)


def _read_date(text: str | None) -> datetime | None:
    try:
        return parsedate_to_datetime(text or "").replace(tzinfo=UTC)  # HTTP knows no other zone
    except (ValueError, TypeError):
        return None


def _read_seconds(text: str | None) -> timedelta | None:
    is_number = text is not None and text.isascii() and text.isdecimal()
    return timedelta(seconds=int(text[:6])) if text and is_number else None
