"""What X says about an account, its keys and its use of the interface."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from listener.collect.budget import PaidReads
from listener.collect.fields import Record, read_count, read_id, read_record, read_text
from listener.collect.x.answers import is_hidden


@dataclass(frozen=True, slots=True, kw_only=True)
class XAccess:
    """What a look at one account showed.

    Attributes:
        is_own: Whether the keys belong to it.
        level: What the keys may do, such as `read` or `read-write`; None if X does not say.
        calls_left: Further requests of this kind until the limit, of `calls_limit` in all;
            None if X does not say.
        served_at: X's clock.
        reads: What the look has to be paid for.
    """

    user_id: str
    handle: str
    protected: bool
    is_own: bool
    level: str | None
    calls_left: int | None
    calls_limit: int | None
    served_at: datetime | None
    reads: PaidReads


@dataclass(frozen=True, slots=True, kw_only=True)
class XUsage:
    """How many posts a project has read in its month; None where X does not say.

    Attributes:
        reset_in_days: Until X counts anew.
    """

    posts_read: int | None
    posts_cap: int | None
    reset_in_days: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class XCount:
    """How many posts of the last seven days a search would find, for a forecast."""

    posts: int
    reads: PaidReads


def parse_access(body: Record, headers: Mapping[str, str], *, is_own: bool) -> XAccess:
    """Return what the answer to a look at an account says.

    Raises:
        ValueError: If it is about no account.
    """
    user = read_record(body.get("data"))
    user_id = read_id(user.get("id"))
    if user_id is None:
        msg = "no account"
        raise ValueError(msg)
    return XAccess(
        user_id=user_id,
        handle=read_text(user.get("username")),
        protected=user.get("protected") is True,
        is_own=is_own,
        level=headers.get("x-access-level"),
        calls_left=_read_number(headers.get("x-rate-limit-remaining")),
        calls_limit=_read_number(headers.get("x-rate-limit-limit")),
        served_at=_read_date(headers.get("date")),
        reads=PaidReads({"user": frozenset((user_id,))}),
    )


def parse_usage(body: Record) -> XUsage:
    """Return what the answer about usage says."""
    usage = read_record(body.get("data"))
    return XUsage(
        posts_read=_read_number(usage.get("project_usage")),
        posts_cap=_read_number(usage.get("project_cap")),
        reset_in_days=_read_number(usage.get("cap_reset_day")),
    )


def parse_count(body: Record) -> int | None:
    """Return the number of posts that an answer counts, None if it counts nothing."""
    meta = read_record(body.get("meta"))
    return read_count(meta.get("total_tweet_count", meta.get("total_post_count")))


def explain_missing(body: Record) -> str:
    """Return why an answer is about no account."""
    if is_hidden(body):
        return "x has suspended or closed this account"
    return "x knows no such account; correct its handle in the settings"


def _read_number(value: object) -> int | None:
    """Read a number, which older versions of the interface send as such, newer ones as text."""
    if isinstance(value, str):
        return int(value) if value.isascii() and value.isdigit() and len(value) < 16 else None
    return read_count(value)


def _read_date(value: str | None) -> datetime | None:
    try:
        moment = parsedate_to_datetime(value or "")
    except (ValueError, TypeError):
        return None
    return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
