"""Turn what goes wrong on the way to X into errors that say what to do next."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import requests
from requests.exceptions import InvalidJSONError
from urllib3.exceptions import HTTPError

from listener.collect.connections import TooLargeError
from listener.collect.fields import read_record, read_records, read_text
from listener.collect.x.session import RefusedError
from listener.errors import (
    AccessDeniedError,
    CollectorError,
    NeedsOperatorError,
    RateLimitError,
    RetryLaterError,
)

# What tweepy, requests and the reading of JSON raise when X or the way to it is unwell.
FAILURES = (RefusedError, requests.RequestException, HTTPError, OSError, ValueError, RecursionError)

# X's limits count a quarter of an hour; some count a day.
_PAUSE = timedelta(minutes=15)
_SHORTEST_PAUSE = timedelta(minutes=1)
_LONGEST_PAUSE = timedelta(days=1)
_LIMITS = ("x-rate-limit", "x-app-limit-24hour", "x-user-limit-24hour")
_FIELD_PARAMETER = re.compile(r"(?:tweet|post|user|dm_event|usage)\.fields|expansions")
_PARAMETER = re.compile(r"[a-z_.]{1,40}")

_OPERATOR_REASONS = {
    401: "the token was refused; make a new one and hand it to `listener login x`",
    402: "the credits for X's API are used up; buy some in X's developer console",
    403: "access was denied; look at the app's permissions in X's developer console",
    404: "x knows nothing at this address; is x.api_url right?",
}


def make_error(error: Exception, *, account: str, now: datetime) -> CollectorError:
    """Return our error for a foreign one: one line, no token, nothing of the answer."""
    subject = describe(account)
    if isinstance(error, RefusedError):
        return _judge_refusal(error, account, now)
    if isinstance(error, ValueError | RecursionError) and not _is_connection(error):
        reason = "x answered with something that is no JSON; the next run tries again"
    elif isinstance(error, TooLargeError):
        reason = "x's answer is larger than any that was asked for; the next run tries again"
    elif isinstance(error, requests.Timeout | TimeoutError) or "timed out" in str(error):
        reason = "x did not answer in time; the next run tries again"
    else:
        reason = "the connection to x failed or broke off; the next run tries again"
    return RetryLaterError(f"{subject}: {reason}", platform="x", account=account)


def describe(account: str) -> str:
    """Return how messages name an account."""
    return f"x account @{account.lstrip('@')}"


def _is_connection(error: Exception) -> bool:
    """Tell connections from JSON: both are `RequestException`, some both `ValueError` too."""
    return isinstance(error, requests.RequestException) and not isinstance(error, InvalidJSONError)


def _judge_refusal(error: RefusedError, account: str, now: datetime) -> CollectorError:
    names = {"platform": "x", "account": account}
    subject = describe(account)
    if error.status == requests.codes.too_many_requests and not _is_used_up(error.body):
        retry_at = _tell_pause(error.headers, now)
        message = f"{subject}: x asks to wait until {retry_at:%Y-%m-%d %H:%M} UTC"
        return RateLimitError(message, platform="x", account=account, retry_at=retry_at)
    if error.status in (requests.codes.unauthorized, requests.codes.forbidden):
        return AccessDeniedError(f"{subject}: {_OPERATOR_REASONS[error.status]}", **names)
    if error.status == requests.codes.bad_request:
        return NeedsOperatorError(f"{subject}: {_explain_bad_request(error.body)}", **names)
    if error.status == requests.codes.too_many_requests:
        return NeedsOperatorError(f"{subject}: {_OPERATOR_REASONS[402]}", **names)
    if error.status in _OPERATOR_REASONS:
        return NeedsOperatorError(f"{subject}: {_OPERATOR_REASONS[error.status]}", **names)
    reason = f"x answered {error.status}; the next run tries again"
    return RetryLaterError(f"{subject}: {reason}", **names)


def _is_used_up(body: Mapping[str, object]) -> bool:
    """Tell the end of a month's money from too many requests; both are 429."""
    return read_text(body.get("type")).endswith("/usage-capped")


def _tell_pause(headers: Mapping[str, str], now: datetime) -> datetime:
    resets = [
        moment
        for limit in _LIMITS
        if headers.get(f"{limit}-remaining", "0") == "0"
        and (moment := _read_epoch(headers.get(f"{limit}-reset")))
    ]
    retry_at = max(resets, default=now + _PAUSE)
    return min(max(retry_at, now + _SHORTEST_PAUSE), now + _LONGEST_PAUSE)


def _read_epoch(value: str | None) -> datetime | None:
    try:
        return datetime.fromtimestamp(int(value or ""), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _explain_bad_request(body: Mapping[str, object]) -> str:
    """Name the parameter that X refuses, and what it may mean."""
    named = [
        name
        for problem in read_records(body.get("errors"))
        for name in read_record(problem.get("parameters"))
        if _PARAMETER.fullmatch(name)
    ]
    field = next(filter(_FIELD_PARAMETER.fullmatch, named), None) or _find_field(body)
    if field:
        return (
            f"x refuses the field names in {field}: this version of listener is too old or "
            "too new for X's API; look for a newer one"
        )
    what = f"the parameter {named[0]}" if named else "a request"
    return f"x refuses {what}; look at x.api_url, the query and this machine's clock"


def _find_field(body: Mapping[str, object]) -> str | None:
    said = " ".join(
        read_text(record.get(name))
        for record in (body, *read_records(body.get("errors")))
        for name in ("message", "detail")
    )
    found = _FIELD_PARAMETER.search(said)
    return found[0] if found else None
