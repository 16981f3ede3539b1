"""Which conversations are to be asked for again; nothing is asked here.

Whoever waits 1 h, 6 h, 24 h, 3 d, 7 d and 14 d after the last post of a
conversation sees what came of it, and may say so: silence means something only
where somebody looked (`docs/measures.md`, section 4).
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from listener.measure.cases import Threads
from listener.posts import Brand, Platform, fold_handle

STEPS = tuple(timedelta(hours=hours) for hours in (1, 6, 24, 72, 168, 336))
# A step that was missed, because the program was not running, is made up for until then.
LONGEST = STEPS[-1] + timedelta(days=7)
# A deletion is looked for where a report may quote it; on X each look has its price.
CHECKS = (timedelta(days=7), timedelta(days=14))
# Contexts are cut at 40 ancestors or 60 descendants for readers without a token.
WHOLE_SIZE = 40
_KEY = ["brand", "platform", "conversation"]
_NEEDED = ("post_id", "reply_to_id", "created_at", "replies_announced", "handle", "mentions")


@dataclass(frozen=True, slots=True, kw_only=True)
class DueVisit:
    """One conversation, or one case of a crowded one, that is due.

    Attributes:
        post_id: The first post of it that is known.
        roots: Known posts below which answers hang: the first one, and those whose
            parents are gone, which nobody reaches from the first one any more.
        customer: Number or handle of whom alone it is about; empty for everybody.
        is_whole: Whether the visit counts for all cases of the conversation.
        since: Since when nobody looked: the last visit, or the first known post.
        known: The posts of it that are known.
        announced: Answers that the platform counts below these.
        handles: Folded handles of all who speak or are addressed.
        is_waiting: Whether the customer spoke last.
        looks_up: Whether known posts are to be looked up, which costs money on X.
        asks: Whether the conversation itself is asked for.
    """

    brand: str
    platform: Platform
    post_id: str
    roots: tuple[str, ...] = ()
    customer: str = ""
    is_whole: bool = True
    since: datetime
    last_post_at: datetime
    known: tuple[str, ...] = ()
    announced: int = 0
    handles: frozenset[str] = field(default_factory=frozenset)
    is_waiting: bool = False
    looks_up: bool = False
    asks: bool = True


def find_due(
    threads: Threads, visits: pl.DataFrame, *, now: datetime, brands: Sequence[Brand] = ()
) -> tuple[DueVisit, ...]:
    """Return the conversations that are due: who waits for an answer first.

    Args:
        threads: All posts of the last weeks, sorted into cases.
        brands: Who looks up what is in no conversation with a brand.
        visits: Earlier visits: `platform`, `post_id`, `visited_at`, `announced`,
            `is_whole`.
        now: The moment of asking.
    """
    units = list_units(threads, brands, now)
    visited = {(row["platform"], row["post_id"]): row for row in visits.iter_rows(named=True)}
    due = (_judge(unit, visited.get((unit["platform"], unit["post_id"])), now) for unit in units)
    return tuple(sorted(filter(None, due), key=_rank))


def count_checks(
    threads: Threads, brands: Sequence[Brand], since: datetime, until: datetime
) -> dict[str, Counter[str]]:
    """Return what will be looked up on X between two moments, by brand."""
    counts: dict[str, Counter[str]] = {}
    for unit in list_units(threads, brands, since):
        moments = [unit["last_post_at"] + check for check in CHECKS]
        looks = sum(since < moment <= until for moment in moments)
        if looks and unit["platform"] == "x":
            reads = counts.setdefault(unit["brand"], Counter())
            reads["post"] += looks * len(unit["known"])
            reads["user"] += looks * len(unit["authors"])
    return counts


def list_units(threads: Threads, brands: Sequence[Brand], now: datetime) -> list[dict[str, Any]]:
    """Return what is visited as one: conversations, cases, single posts of the last weeks."""
    followed = list(_list_followed(threads, now))
    posts = {number for unit in followed for number in unit["posts"]}
    return [*followed, *_list_strays(threads, posts, brands, now)]


def _list_followed(threads: Threads, now: datetime) -> Iterator[dict[str, Any]]:
    """Yield small conversations of Mastodon as a whole, all others case by case."""
    recent = _describe_conversations(threads).filter(pl.col("last_post_at") >= now - LONGEST)
    is_whole = (pl.col("platform") == "mastodon") & (pl.col("size") <= WHOLE_SIZE)
    for row in recent.filter(is_whole).iter_rows(named=True):
        yield {**row, "is_whole": True, "customer": "", "asks": True}
    others = recent.filter(~is_whole)
    cases = _describe_cases(threads).filter(pl.col("last_post_at") >= now - LONGEST)
    for row in cases.join(others, on=_KEY, how="semi").iter_rows(named=True):
        # X finds one customer's posts alone: strangers' posts would have to be paid for.
        customer = _name_customer(row) if row["platform"] == "x" else ""
        yield {**row, "is_whole": False, "customer": customer, "asks": True}
    yield from _list_broadcasts(threads, others)


def _describe_conversations(threads: Threads) -> pl.DataFrame:
    """Describe the conversations in which a brand takes part or is addressed."""
    told = threads.targets.select("post", "brand").join(
        threads.posts.select("post", "platform", "conversation"), on="post"
    )
    concerned = pl.concat([threads.members.select(_KEY), told.select(_KEY)]).unique()
    posts = threads.posts.filter(pl.col("deleted_at").is_null()).drop("brand")
    return (
        concerned.join(posts, on=["platform", "conversation"])
        .sort("post")
        .group_by(_KEY, maintain_order=True)
        .agg(*_facts(), pl.len().alias("size"))
    )


def _describe_cases(threads: Threads) -> pl.DataFrame:
    members = threads.members.filter(~pl.col("deleted")).select(*_KEY, "case", "post", "side")
    posts = threads.posts.select("post", "author_id", *_NEEDED)
    by_customer = pl.col("side") == "customer"
    return (
        members.join(posts, on="post")
        .sort("post")
        .group_by(*_KEY, "case", maintain_order=True)
        .agg(
            *_facts(),
            pl.col("handle", "author_id").filter(by_customer).last().fill_null(""),
            by_customer.last().alias("is_waiting"),
        )
    )


def _name_customer(row: Mapping[str, Any]) -> str:
    """Return a customer's number on X: he may change his handle. Archives have handles only."""
    number: str = row["author_id"]
    handle: str = row["handle"]
    return number if number.isdecimal() else handle


def _list_broadcasts(threads: Threads, others: pl.DataFrame) -> Iterator[dict[str, Any]]:
    """Yield brands' own posts that are in no case, in conversations that are asked case by case.

    New customers answer these. On X a search finds them; there it is asked only
    whether such a post still exists.
    """
    alone = threads.targets.join(threads.members.select("post"), on="post", how="anti")
    posts = threads.posts.filter(pl.col("deleted_at").is_null()).drop("brand")
    rows = (
        alone.select("post", "brand")
        .join(posts, on="post")
        .join(others.select(_KEY), on=_KEY, how="semi")
        .sort("post")
        .group_by("brand", "platform", "post", maintain_order=True)
        .agg(*_facts())
    )
    for row in rows.iter_rows(named=True):
        asks = row["platform"] == "mastodon"
        yield {**row, "is_whole": False, "customer": "", "asks": asks}


def _list_strays(
    threads: Threads, followed: Collection[int], brands: Sequence[Brand], now: datetime
) -> Iterator[dict[str, Any]]:
    """Yield posts of no case, such as what a mention answered: do they still exist?

    Who deletes his words wants them gone here too, whether or not they are measured.
    """
    owners = {
        account.platform: brand.key for brand in reversed(brands) for account in brand.accounts
    }
    named = {
        (account.platform, fold_handle(account.handle)): brand.key
        for brand in brands
        for account in brand.accounts
    }
    is_recent = pl.col("deleted_at").is_null() & (pl.col("created_at") >= now - LONGEST)
    strays = threads.posts.filter(is_recent).select("post", "platform", *_NEEDED)
    for row in (
        strays.group_by("post", "platform", maintain_order=True)
        .agg(*_facts())
        .iter_rows(named=True)
    ):
        platform = row["platform"]
        found = (named.get((platform, handle)) for handle in row["named"])
        brand = next(filter(None, found), owners.get(platform))
        if brand is not None and row["post"] not in followed:
            yield {**row, "brand": brand, "is_whole": False, "customer": "", "asks": False}


def _facts() -> list[pl.Expr]:
    return [
        pl.col("post").alias("posts"),
        pl.col("post_id").first(),
        pl.col("reply_to_id").alias("parents"),
        pl.col("post_id").alias("known"),
        pl.col("created_at").min().alias("first_post_at"),
        pl.col("created_at").max().alias("last_post_at"),
        pl.col("replies_announced").sum().alias("announced"),
        pl.col("handle").unique().alias("authors"),
        pl.col("mentions").explode().drop_nulls().unique().alias("named"),
    ]


def _judge(
    unit: Mapping[str, Any], visit: Mapping[str, Any] | None, now: datetime
) -> DueVisit | None:
    last_post_at = unit["last_post_at"]
    visited_at = visit["visited_at"] if visit else None
    looks_up = is_step_due(CHECKS, last_post_at, visited_at, now)
    is_due = is_visit_due(last_post_at, visited_at, now) or (
        visit is not None and unit["announced"] != visit["announced"]
    )
    if not (looks_up or (is_due and unit["asks"])):
        return None
    return DueVisit(
        brand=unit["brand"],
        platform=unit["platform"],
        post_id=unit["post_id"],
        roots=_find_roots(unit["known"], unit["parents"]),
        customer=unit["customer"],
        is_whole=unit["is_whole"],
        since=visited_at or unit["first_post_at"],
        last_post_at=last_post_at,
        known=tuple(unit["known"]),
        announced=unit["announced"],
        handles=frozenset((*unit["authors"], *unit["named"])),
        is_waiting=bool(unit.get("is_waiting")),
        looks_up=looks_up,
        asks=unit["asks"],
    )


def _find_roots(known: Sequence[str], parents: Sequence[str | None]) -> tuple[str, ...]:
    there = set(known)
    pairs = zip(known, parents, strict=True)
    return tuple(post_id for post_id, parent in pairs if parent not in there)


def is_visit_due(last_post_at: datetime, visited_at: datetime | None, now: datetime) -> bool:
    """Tell whether somebody should look: at each round in the first hour, then step by step."""
    return (
        visited_at is None
        or now - last_post_at < STEPS[0]
        or is_step_due(STEPS, last_post_at, visited_at, now)
    )


def is_step_due(
    steps: Iterable[timedelta], last_post_at: datetime, visited_at: datetime | None, now: datetime
) -> bool:
    """Tell whether one of these moments after the last post has passed since the last visit."""
    passed = [last_post_at + step for step in steps if last_post_at + step <= now]
    return bool(passed) and (visited_at is None or visited_at < passed[-1])


def _rank(visit: DueVisit) -> tuple[bool, datetime, str]:
    return not visit.is_waiting, visit.since, visit.post_id
