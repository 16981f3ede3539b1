"""The vocabulary: brands, accounts, posts, their labels, and the posts frame.

Everything that enters the program becomes a `Post` first; everything that is
measured starts from a frame with `POSTS_SCHEMA`.
"""

from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import polars as pl

Platform = Literal["mastodon", "x"]
Role = Literal["care", "main", "person"]
Mode = Literal["owner", "watch"]
Side = Literal["brand", "customer"]
Visibility = Literal["public", "unlisted", "private", "direct"]
Consent = Literal["refused", "unasked", "allowed"]

# Everything else is private: for followers only, or for those who are addressed.
OPEN_VISIBILITIES: tuple[Visibility, ...] = ("public", "unlisted")
PLATFORMS: tuple[Platform, ...] = ("mastodon", "x")

BRAND_LABELS = (
    "dm",
    "phone",
    "email",
    "form",
    "handle",
    "link",
    "answer",
    "question",
    "apology",
    "empathy",
    "promise",
    "checkin",
    "refusal",
    "done",
    "thanks",
    "signed",
)
CUSTOMER_LABELS = ("need", "complaint", "praise", "solved", "unsolved", "thanks", "moved")
LABELS = (*BRAND_LABELS, *(label for label in CUSTOMER_LABELS if label not in BRAND_LABELS))
DEFLECTIONS = ("dm", "phone", "email", "form", "handle")
HELPS = ("answer", "done")
COURTESIES = ("thanks", "signed", "empathy", "apology")


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One post as the program knows it, whichever platform it came from.

    Attributes:
        platform: `x` or `mastodon`.
        post_id: The id that never changes: on X the first id of an edited
            post, on Mastodon the `uri` (local ids differ from server to server).
        author_id: On X the numeric user id (a name where an archive has only
            names), on Mastodon the folded address `user@host`.
        author_handle: The handle without a leading `@`; with its host on Mastodon.
        text: Plain text: no HTML, no entities, no NUL.
        reply_to_id: What it answers: a `post_id` or one of a post's `aliases`.
        reply_to_author_id: Whom it answers, where the platform says so.
        mentions: Folded handles that the post addresses, in the order of the text.
        visibility: `direct` posts and `private` ones (for followers only) are never
            part of a public figure.
        replies_announced: The number of replies that the platform counts.
        aliases: Other ids by which posts may refer to this one: later edits on
            X, `host/local id` on Mastodon.
    """

    platform: Platform
    post_id: str
    author_id: str
    author_handle: str
    author_name: str = ""
    created_at: datetime
    text: str
    language: str | None = None
    reply_to_id: str | None = None
    reply_to_author_id: str | None = None
    quote_of_id: str | None = None
    conversation_id: str | None = None
    mentions: tuple[str, ...] = ()
    url: str | None = None
    visibility: Visibility = "public"
    edited_at: datetime | None = None
    deleted_at: datetime | None = None
    replies_announced: int | None = None
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Quotable:
    """What an account says of being found and quoted by others.

    Attributes:
        says: `refused`; `allowed` where it lets its posts be found by searching;
            `unasked` if neither.
        is_certain: Whether whoever told this would know of a refusal.
    """

    says: Consent
    is_certain: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One account of a brand on one platform."""

    platform: Platform
    handle: str
    role: Role = "care"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningHours:
    """One span of service time on one weekday (`mon` … `sun`), local time."""

    weekday: str
    opens: time
    closes: time


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What a brand says to the report of one week.

    Attributes:
        week: The ISO week of the report.
        said_on: When the brand said it.
        url: Where it can be read, empty if nowhere.
    """

    week: str
    said_on: date
    text: str
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """What a brand's people want of a week's figures.

    Attributes:
        figure: `first_reply`, `helpful_reply`, `answered` or `sent_elsewhere`.
        percent: Of cases: at least, or of `sent_elsewhere` at most.
        seconds: Within which the reply is to come; None where no time is asked for.
    """

    figure: str
    percent: int
    seconds: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Brand:
    """An organisation whose dealings with its customers are measured.

    Attributes:
        key: Short name in file names and flags, such as `acme`.
        queries: Words that make a post an untagged mention of the brand.
        count_from: Cases opened before this local date are context only.
        mode: `owner` sees with the brand's own tokens, `watch` from outside.
        languages: Codes of the languages in which its posts are read; empty for all
            that have phrases.
        month_cap_dollars: The most that reading X for this brand may cost in a
            month; None if only the cap for all brands holds.
        statements: What the brand says to reports about it.
        goals: What its figures are held against in reports; no figure depends on them.
    """

    key: str
    name: str
    accounts: tuple[Account, ...]
    queries: tuple[str, ...] = ()
    count_from: date | None = None
    time_zone: str = "UTC"
    opening_hours: tuple[OpeningHours, ...] = ()
    holidays: str | None = None
    languages: tuple[str, ...] = ()
    mode: Mode = "watch"
    month_cap_dollars: Decimal | None = None
    statements: tuple[Statement, ...] = ()
    goals: tuple[Goal, ...] = ()


def fold_handle(handle: str) -> str:
    """Return the form in which handles are compared: lower case, no leading `@`."""
    return handle.strip().lstrip("@").casefold()


def posts_schema() -> "dict[str, pl.DataType]":
    """Return columns and types of the posts frame, one row a post.

    `mentions` holds folded handles; all times are UTC with microseconds. Ids in
    `reply_to_id` and `quote_of_id` are resolved: they name the `post_id` of the
    post itself, never one of its aliases. `seen_at` is when the store got to know the
    present words; null where that was not noted yet.
    """
    import polars as pl

    moment = pl.Datetime("us", "UTC")
    text = pl.String()
    return {
        "platform": text,
        "post_id": text,
        "author_id": text,
        "author_handle": text,
        "author_name": text,
        "created_at": moment,
        "text": text,
        "language": text,
        "reply_to_id": text,
        "reply_to_author_id": text,
        "quote_of_id": text,
        "conversation_id": text,
        "mentions": pl.List(pl.String()),
        "url": text,
        "visibility": text,
        "edited_at": moment,
        "deleted_at": moment,
        "replies_announced": pl.Int64(),
        "seen_at": moment,
    }


WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
