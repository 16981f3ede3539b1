"""How far back a report looks: what was said before changes none of its figures.

`docs/measures.md`, section 9. The conversations that go on since then are read whole.
"""

from datetime import datetime, timedelta

import polars as pl

from listener.measure.periods import Period, shift_week
from listener.measure.threads import fold_handles
from listener.measure.told_lately import WINDOW_DAYS

TREND_WEEKS = 12
MATURING_WEEKS = 6
BEFORE = timedelta(days=WINDOW_DAYS)
"""A reply is canned by what was said in the 28 days before it. Everything else that
reaches from one case to another is shorter: recontacts 7 days, private parts 14."""


def find_look_back(period: Period, time_zone: str) -> datetime:
    """Return since when posts tell something of a brand's period itself, and of its trend."""
    first = period
    if "W" in period.name:
        first = shift_week(period, 1 - TREND_WEEKS, time_zone)
    return first.since - BEFORE


def find_window_start(period: Period, judged: Period, time_zone: str) -> datetime:
    """Return since when posts are needed for all figures of a brand's period.

    Args:
        period: The period of the report.
        judged: The one whose outcomes are told.
        time_zone: Of the brand.
    """
    first = judged
    if "W" in judged.name:
        first = shift_week(judged, -MATURING_WEEKS, time_zone)
    return min(find_look_back(period, time_zone), first.since - BEFORE)


def list_unknown_authors(posts: pl.DataFrame, accounts: pl.DataFrame) -> pl.DataFrame:
    """List whose ids a window of posts does not tell though they may matter.

    A brand's id tells which answers to a post that was not collected are to it; an id
    of somebody who is only mentioned tells whom such an answer of a brand is for.

    Args:
        posts: With `posts_schema()`, of one window.
        accounts: From `make_accounts`.

    Returns:
        `platform` and `handle` (folded).
    """
    handle = fold_handles(pl.col("author_handle"))
    wrote = posts.select("platform", handle.alias("handle")).unique()
    mentioned = (
        _list_answers_to_missing(posts)
        .select("platform", pl.col("mentions").alias("handle"))
        .explode("handle")
        .drop_nulls()
    )
    wanted = pl.concat([accounts.select("platform", "handle"), mentioned]).unique()
    return wanted.join(wrote, on=["platform", "handle"], how="anti").sort("platform", "handle")


def _list_answers_to_missing(posts: pl.DataFrame) -> pl.DataFrame:
    known = posts.select("platform", pl.col("post_id").alias("reply_to_id"))
    answers = posts.filter(pl.col("reply_to_id").is_not_null())
    return answers.join(known, on=["platform", "reply_to_id"], how="anti")
