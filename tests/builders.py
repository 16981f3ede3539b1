"""Build posts, brands and frames in a line or two.

make_post("my phone is dead")                       # by anna, Monday 2026-03-02, 10:00 UTC
make_post("on it", author="acme", at=12)            # 12 minutes later
make_post("thanks!", at="2026-03-03T09:00Z", reply_to=earlier)
make_brand("acme", handles=("AcmeHelp", "acme@social.example"))

question, answer, thanks = talk(
    "anna: @acme my phone is dead",
    "+12m acme: @anna Sorry! Please DM us",
    "+2h anna: @acme it works again, thank you",
)
frame = make_frame([question, answer, thanks])
"""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, Any

from listener.posts import Account, Brand, Platform, Post, fold_handle, posts_schema

if TYPE_CHECKING:
    import polars as pl

START = datetime(2026, 3, 2, 10, tzinfo=UTC)  # a Monday

_NUMBERS = count(1_000_001)  # all of the same length, so that newer ids sort last
_MENTION = re.compile(r"(?<![\w@.])@(\w+(?:@[\w-]+(?:\.[\w-]+)+)?)")
_LINE = re.compile(
    r"(?:\+(?P<number>\d+)(?P<unit>[smhd])\s+)?(?P<author>[^\s:]+):\s*(?P<text>.*)", re.S
)
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def make_post(
    text: str = "@acme my phone is dead",
    *,
    author: str = "anna",
    at: datetime | str | float = 0,
    reply_to: Post | str | None = None,
    platform: Platform | None = None,
    mentions: Iterable[str] | None = None,
    **fields: Any,
) -> Post:
    """Return a post; every field of `Post` may be given and wins over what is worked out.

    Args:
        author: The handle; with a host (`anna@social.example`) the post is Mastodon's.
        at: A time, an ISO time, or minutes after `START`.
        reply_to: The post that it answers, or its id.
        platform: Told by the author's handle unless given.
        mentions: Told by the @handles in the text unless given.
    """
    found = _MENTION.findall(text) if mentions is None else mentions
    worked_out = {
        "platform": platform or ("mastodon" if "@" in author.lstrip("@") else "x"),
        "post_id": str(next(_NUMBERS)),
        "author_id": fold_handle(author),
        "author_handle": author.lstrip("@"),
        "created_at": moment(at),
        "text": text,
        "language": "en",
        "mentions": tuple(fold_handle(handle) for handle in found),
    }
    return Post(**{**worked_out, **_parent(reply_to), **fields})


def make_brand(
    key: str = "acme", *, handles: Iterable[str | Account] | str | None = None, **fields: Any
) -> Brand:
    """Return a brand; its one account on X is called like its key unless `handles` are given.

    Handles with a host are Mastodon accounts; an `Account` is taken as it is.
    """
    given = [key] if handles is None else [handles] if isinstance(handles, str) else handles
    accounts = tuple(item if isinstance(item, Account) else _account(item) for item in given)
    return Brand(**{"key": key, "name": key.title(), "accounts": accounts, **fields})


def make_frame(posts: Iterable[Post]) -> "pl.DataFrame":
    """Return the posts as the frame that the store would load: sorted, aliases resolved."""
    import polars as pl

    posts = sorted(posts, key=lambda post: (post.created_at, len(post.post_id), post.post_id))
    own_ids = {(p.platform, alias): p.post_id for p in posts for alias in p.aliases}
    schema = posts_schema()
    return pl.DataFrame([_row(post, schema, own_ids) for post in posts], schema=schema)


def talk(
    *lines: str,
    at: datetime | str | float = 0,
    reply_to: Post | str | None = None,
    platform: Platform | None = None,
    **fields: Any,
) -> list[Post]:
    """Return a chain of replies, one post a line: `+12m acme: @anna Sorry!`.

    The time (`s`, `m`, `h`, `d`) counts from the line before and is a minute unless told;
    the first line is at `at` and answers `reply_to`. `fields` are given to every post.
    """
    posts: list[Post] = []
    for line in lines:
        said = _LINE.fullmatch(line)
        assert said, f"not a line of talk: {line!r}"
        previous = posts[-1] if posts else None
        post = make_post(
            said["text"],
            author=said["author"],
            at=_line_time(said, previous.created_at if previous else None, moment(at)),
            reply_to=previous or reply_to,
            platform=platform,
            **fields,
        )
        posts.append(post)
    return posts


def moment(at: datetime | str | float) -> datetime:
    """Return an aware UTC time from a time, an ISO time or minutes after `START`."""
    if isinstance(at, datetime):
        return at
    if isinstance(at, str):
        return datetime.fromisoformat(at).astimezone(UTC)
    return START + timedelta(minutes=at)


def _line_time(said: re.Match[str], previous: datetime | None, first: datetime) -> datetime:
    if said["number"]:
        return (previous or first) + timedelta(**{_UNITS[said["unit"]]: int(said["number"])})
    return previous + timedelta(minutes=1) if previous else first


def _parent(reply_to: Post | str | None) -> dict[str, str | None]:
    if isinstance(reply_to, Post):
        return {"reply_to_id": reply_to.post_id, "reply_to_author_id": reply_to.author_id}
    return {"reply_to_id": reply_to}


def _account(handle: str) -> Account:
    platform: Platform = "mastodon" if "@" in handle.lstrip("@") else "x"
    return Account(platform=platform, handle=handle.lstrip("@"))


def _row(
    post: Post, columns: Iterable[str], own_ids: Mapping[tuple[str, str], str]
) -> dict[str, object]:
    row: dict[str, object] = {column: getattr(post, column, None) for column in columns}
    row["mentions"] = list(post.mentions)
    for link in ("reply_to_id", "quote_of_id"):
        named = row[link]
        row[link] = own_ids.get((post.platform, named), named) if isinstance(named, str) else None
    return row
