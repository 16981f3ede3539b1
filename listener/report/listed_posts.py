"""List the posts of which figures are made that count posts, or cases that no list holds.

They stand on the page in groups: all that the same figures count lie together.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl

from listener.figures import WeekFigures
from listener.measure.dialogue import is_own_word
from listener.measure.periods import Period
from listener.measure.promises import CHECKED_STATES, PROMISE_STATES
from listener.measure.selection import select_cases, select_posts, select_replies, with_need
from listener.measure.tables import Tables
from listener.posts import DEFLECTIONS, Brand, Platform
from listener.report.filter_words import FILTERS
from listener.report.privacy import Privacy
from listener.report.shared_filters import Names

# What a page of ten thousand cases has room for.
MOST_POSTS = 12_000
_ORDER = {name: place for place, name in enumerate(FILTERS)}
_COLUMNS = ("platform", "post_id", "url", "side", "case", "at")
_KEY = ["key", "platform", "post_id"]


@dataclass(frozen=True, slots=True)
class ListedPost:
    """A post that a figure counts.

    Attributes:
        at: When it was written.
        url: Where it can be looked at, None if that is not to be said.
        case: The case on the same page in which it stands, empty if it is in none.
        post_id: The platform's own.
    """

    at: datetime
    url: str | None
    case: str
    platform: Platform
    post_id: str


@dataclass(frozen=True, slots=True)
class PostGroup:
    """Posts that the same figures count, the oldest first."""

    filters: tuple[str, ...]
    posts: tuple[ListedPost, ...]


@dataclass(frozen=True, slots=True)
class Parts:
    """A brand's cases, by what a page does with them.

    Attributes:
        listed: Those that the page lists, to which posts lead.
        posts: Their posts.
        every: All of them.
        open_to_all: Those that may be listed; nor may any post of the others.
        settled: Of those that may be listed, those whose outcomes are told.
        shared: By case the names of figures that count it among others.
    """

    listed: Collection[str]
    posts: pl.DataFrame
    every: pl.DataFrame
    open_to_all: pl.DataFrame
    settled: pl.DataFrame
    shared: Names


def list_posts(
    tables: Tables, brand: Brand, figures: WeekFigures, privacy: Privacy, cases: Parts
) -> tuple[PostGroup, ...]:
    """Return the posts behind figures, grouped by the names of these figures.

    Args:
        tables: The evidence.
        brand: Whose figures.
        figures: What was measured.
        privacy: What may be seen.
        cases: The brand's cases.
    """
    period = Period(figures.week, figures.since, figures.until)
    listed_by_need = with_need(cases.open_to_all).select("case")
    unlisted = cases.open_to_all.join(listed_by_need, on="case", how="anti")
    own = select_cases(unlisted, brand, period)
    parts = [
        *_choose_replies(tables.replies, brand, period, figures),
        *_choose_unread(cases.posts, brand, period),
        *_choose_openings(unlisted, own, cases.shared),
        *_choose_followups(
            tables.turns, cases.posts, with_need(select_cases(cases.open_to_all, brand, period))
        ),
        *_choose_promises(tables, with_need(cases.settled)),
    ]
    rows = pl.concat(parts, how="vertical_relaxed")
    hidden = cases.every.join(cases.open_to_all.select("case"), on="case", how="anti")
    away = cases.posts.join(hidden, on="case", how="semi").select(_KEY[1:])
    gone = cases.posts.filter("deleted").select(*_KEY[1:], deleted=pl.lit(value=True))
    shown = rows.join(away, on=_KEY[1:], how="anti").join(gone.unique(), on=_KEY[1:], how="left")
    shown = shown.with_columns(pl.col("deleted").fill_null(value=False))
    return _group(shown, privacy, frozenset(cases.listed))


def _choose_replies(
    replies: pl.DataFrame, brand: Brand, period: Period, figures: WeekFigures
) -> Iterator[pl.DataFrame]:
    """Yield the brand's posts behind each figure; deleted ones are told by their number alone."""
    written = select_posts(replies, brand, period).filter(~pl.col("deleted"))
    own = written.filter(is_own_word())
    given = select_replies(replies, brand, period).filter(~pl.col("deleted"))
    # Where words are gone only the newest can be told; these are as many as the figure says.
    known = given.filter(pl.col("canned").is_not_null()).sort("at", "post")
    known = known.tail(figures.voice.canned_share.total)
    chosen = {
        "wrote": own,
        "wrote_reply": own.filter(kind="reply"),
        "automatic": written.filter("automatic"),
        "reply": given,
        "reply_deflects": given.filter("deflects"),
        "reply_kept": given,
        "signed": given.filter("signed"),
        "canned_known": known,
        "canned": known.filter("canned"),
    }
    for target in DEFLECTIONS:
        chosen[f"reply_target-{target}"] = given.filter(pl.col("targets").list.contains(target))
    for number, cluster in enumerate(figures.voice.clusters, start=1):
        alike = known.filter(platform=cluster.platform, post_id=cluster.post)["cluster"]
        chosen[f"canned-{number}"] = known.filter(
            "canned", pl.col("cluster").is_in(alike.implode())
        )
    for name, posts in chosen.items():
        yield _name(posts.with_columns(side=pl.lit("brand")), name)


def _choose_unread(
    case_posts: pl.DataFrame, brand: Brand, period: Period
) -> Iterator[pl.DataFrame]:
    said = select_posts(case_posts, brand, period).unique("post", keep="first", maintain_order=True)
    yield _name(said.filter(pl.col("read_as").is_null() & ~pl.col("deleted")), "not_read")


def _choose_openings(
    unlisted: pl.DataFrame, own: pl.DataFrame, shared: Names
) -> Iterator[pl.DataFrame]:
    """Yield the first posts of cases that are counted, and in no list of cases."""
    chosen = {
        "no_need": own.filter(~pl.col("has_need")),
        "untagged": own.filter("untagged"),
    }
    for name in sorted({each for names in shared.values() for each in names}):
        cases = [case for case, names in shared.items() if name in names]
        chosen[name] = unlisted.filter(pl.col("case").is_in(cases))
    for name, opened in chosen.items():
        openings = opened.rename({"opened_by": "side", "opened_at": "at"}).with_columns(
            post_id="opening_post", url="opening_url"
        )
        yield _name(openings, name, key=pl.col("case"))


def _choose_followups(
    turns: pl.DataFrame, posts: pl.DataFrame, own: pl.DataFrame
) -> Iterator[pl.DataFrame]:
    """Yield the first posts of later turns that call for a reply, by whether one came."""
    key = ["case", "turn"]
    later = turns.filter((pl.col("clock") == "followup_reply") & ~pl.col("skewed")).join(
        own.select("case"), on="case", how="semi"
    )
    waits = later.select(
        "case",
        pl.col("turn").cast(posts["turn"].dtype),
        "observed",
        "wait_seconds",
        "service_seconds",
    )
    said = posts.join(waits, on=key, how="semi")
    asked = waits.join(said.unique(key, keep="first", maintain_order=True), on=key)
    for prefix, seconds in (("", "wait_seconds"), ("service_", "service_seconds")):
        timed = asked.drop_nulls(seconds)
        parts = {
            "followup": timed,
            "followup_answered": timed.filter("observed"),
            "followup_waiting": timed.filter(~pl.col("observed")),
        }
        for name, openings in parts.items():
            turn = pl.concat_str(pl.lit("turn"), *key, separator=" ")
            yield _name(openings, f"{prefix}{name}", key=turn)


def _choose_promises(tables: Tables, judged: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Yield the promises of the cases whose outcomes are told, by what came of them."""
    made = tables.promises.join(judged.select("case"), on="case", how="semi")
    made = made.with_columns(side=pl.lit("brand"))
    checked = made.filter(pl.col("state").is_in(CHECKED_STATES))
    chosen = {"promise": made, "promise_said": made.filter("due_said"), "promise_checked": checked}
    for state in PROMISE_STATES:
        chosen[f"promise-{state}"] = made.filter(state=state)
    for kind in ("contact", "act"):
        chosen[f"promise_kind-{kind}"] = checked.filter(kind=kind)
        chosen[f"promise_kept-{kind}"] = checked.filter(kind=kind, state="kept")
    for name, promises in chosen.items():
        yield _name(promises, name, key=pl.concat_str(pl.lit("promise"), "case", separator=" "))


def _name(posts: pl.DataFrame, name: str, *, key: pl.Expr | None = None) -> pl.DataFrame:
    """Name posts by their figure; of those with the same key and id it is the same one."""
    known = pl.lit("post") if key is None else key
    named = posts.select(*_COLUMNS, name=pl.lit(name), key=known)
    return named.with_columns(pl.col("post_id", "url", "case").cast(pl.String))


def _group(rows: pl.DataFrame, privacy: Privacy, listed: frozenset[str]) -> tuple[PostGroup, ...]:
    # A page must come out the same whenever it is made, in whatever order rows were joined.
    each = (
        rows.sort("name", "case")
        .group_by(_KEY)
        .agg(pl.col("name").unique(), pl.col("url", "side", "case", "at", "deleted").first())
        .sort("at", *_KEY)
        .tail(MOST_POSTS)
    )
    groups: dict[tuple[str, ...], list[ListedPost]] = defaultdict(list)
    for row in each.iter_rows(named=True):
        names = tuple(sorted(row["name"], key=_ORDER.__getitem__))
        groups[names].append(_list_post(row, privacy, listed))
    return tuple(PostGroup(names, tuple(posts)) for names, posts in groups.items())


def _list_post(row: Mapping[str, Any], privacy: Privacy, listed: frozenset[str]) -> ListedPost:
    url = privacy.find_link(row) if privacy.is_shown(row) else None
    case = row["case"] if row["case"] in listed else ""
    return ListedPost(row["at"], url, case, row["platform"], row["post_id"])
