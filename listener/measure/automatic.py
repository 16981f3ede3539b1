"""Automatic replies: too fast, or too many alike, to come from a person.

`docs/measures.md`, section 1: within 10 s of the post it answers, or one of at
least three replies to different customers with the same normalised text in any
span of 60 s. They are counted and shown, but stop no clock and close no turn.
"""

import polars as pl

from listener.measure.known import add_known
from listener.measure.words import read_said

FASTEST_PERSON = pl.duration(seconds=10)
BURST_SECONDS = 60
BURST = f"{BURST_SECONDS}s"
BURST_SPAN = pl.duration(seconds=BURST_SECONDS)
BURST_CUSTOMERS = 3


def find_automatic_replies(posts: pl.DataFrame, targets: pl.DataFrame) -> pl.Series:
    """Return the rows of automatic replies, each once.

    Args:
        posts: Linked posts, from `link_posts`.
        targets: Whom brands' posts answer, from `find_brand_targets`.
    """
    replies = targets.filter(pl.col("customer").is_not_null())
    if replies.is_empty():
        return replies["post"]
    words = (name for name in ("text", "said") if name in posts.columns)
    replies = add_known(replies, posts.select("post", "created_at", "deleted_at", *words))
    fast = _find_instant(replies, posts)
    if replies.height >= BURST_CUSTOMERS:
        fast = pl.concat([fast, _find_bursts(replies)])
    return fast.unique().sort()


def _find_instant(replies: pl.DataFrame, posts: pl.DataFrame) -> pl.Series:
    """Find what came at once after the customer's post, in one part or several."""
    answered = posts.select(pl.col("post").alias("target"), pl.col("created_at").alias("_asked"))
    wait = pl.col("created_at") - pl.col("_asked")
    instant = (wait >= pl.duration()) & (wait <= FASTEST_PERSON)
    return replies.join(answered, on="target").filter(instant)["post"]


def _find_bursts(replies: pl.DataFrame) -> pl.Series:
    alike = (
        _find_crowded(replies.filter(pl.col("deleted_at").is_null()))
        .select("post", "brand", "customer", "created_at", read_said(replies).alias("said"))
        .filter(pl.col("customer").n_unique().over("brand", "said") >= BURST_CUSTOMERS)
        .sort("created_at")
    )
    if alike.is_empty():
        return alike["post"]
    return _mark_bursts(alike)


def _find_crowded(replies: pl.DataFrame) -> pl.DataFrame:
    """Keep replies that are close enough in time to be of a burst, whatever they say."""
    ordered = replies.select("post", "brand", "created_at").sort("created_at")
    end = pl.col("created_at").shift(1 - BURST_CUSTOMERS)
    begins = (end - pl.col("created_at") <= BURST_SPAN).fill_null(value=False)
    crowded = [begins.shift(n, fill_value=False) for n in range(BURST_CUSTOMERS)]
    close = ordered.filter(pl.any_horizontal(crowded).over("brand"))
    return replies.join(close, on="post", how="semi")


def _mark_bursts(alike: pl.DataFrame) -> pl.Series:
    """Mark every reply of each span; `rolling` looks back, so ends are found first."""
    ends = (
        alike.rolling("created_at", period=BURST, closed="both", group_by=["brand", "said"])
        .agg(pl.col("customer").n_unique().alias("customers"))
        .filter(pl.col("customers") >= BURST_CUSTOMERS)
        .select("brand", "said", "created_at", pl.col("created_at").alias("_end"))
        .unique()
        .sort("created_at")
    )
    return alike.join_asof(
        ends,
        on="created_at",
        by=["brand", "said"],
        strategy="forward",
        tolerance=BURST,
        check_sortedness=False,
    ).filter(pl.col("_end").is_not_null())["post"]
