"""Slices of all posts, each of which is sorted into cases without the others.

A slice holds whole conversations, and replies that may be of one burst. What else crosses
conversations, under which ids people wrote, is told beforehand. Posts are told apart by
hashes here: where two happen to be the same, a slice holds more than it has to.
"""

from collections.abc import Iterable
from typing import Literal

import numpy as np
import polars as pl

from listener.measure.automatic import BURST_CUSTOMERS, BURST_SECONDS
from listener.measure.graph import find_components
from listener.measure.threads import fold_handles

LINK_COLUMNS = (
    *("platform", "post_id", "reply_to_id", "quote_of_id", "conversation_id"),
    *("created_at", "said"),
)
AUTHOR_COLUMNS = ("platform", "post_id", "author_id", "author_handle", "created_at")
_ALIKE = ("sooner", "later")


def name_links(glances: pl.DataFrame) -> pl.DataFrame:
    """Return hashes of each post and of what it hangs on, null where that is nothing.

    Args:
        glances: `LINK_COLUMNS` of some posts.

    Returns:
        Row by row `own`, `answered`, `quoted`, `talk`, and two spans of time in which others
        may have been told the same: any two posts of a burst have one of them in common.
    """
    span = pl.col("created_at").dt.epoch("s") // BURST_SECONDS
    return glances.select(
        own=_hash("post_id"),
        answered=_hash("reply_to_id"),
        quoted=_hash("quote_of_id"),
        talk=_hash("conversation_id", kind="="),
        sooner=pl.when(pl.col("said").is_not_null()).then(pl.struct("said", span - 1).hash(1)),
        later=pl.when(pl.col("said").is_not_null()).then(pl.struct("said", span).hash(1)),
    )


def _hash(column: str, kind: str = "") -> pl.Expr:
    named = pl.concat_str("platform", pl.lit(kind), column, separator="\x1f")
    return pl.when(pl.col(column) != "").then(named.hash(0))


def assign_slices(links: pl.DataFrame, count: int) -> pl.Series:
    """Tell in which of so many slices each post is sorted.

    Args:
        links: From `name_links`, of all posts.
        count: How many slices there may be.
    """
    links = _drop_rare(links)
    names = pl.concat([links[name] for name in links.columns]).drop_nulls().unique().sort()
    known = names.to_numpy()
    own = np.searchsorted(known, links["own"].to_numpy())
    starts, ends = [], []
    for name in links.columns[1:]:
        is_linked = links[name].is_not_null()
        starts.append(own[is_linked.to_numpy()])
        ends.append(np.searchsorted(known, links[name].filter(is_linked).to_numpy()))
    component = find_components(len(known), np.concatenate(starts), np.concatenate(ends))
    return (pl.Series("slice", component[own]).hash(0) % count).cast(pl.UInt32)


def _drop_rare(links: pl.DataFrame) -> pl.DataFrame:
    """Leave out words and spans that too few posts have in common for a burst."""
    counted = pl.concat([links[name] for name in _ALIKE]).drop_nulls().value_counts()
    often = counted.filter(pl.col("count") >= BURST_CUSTOMERS).to_series()
    return links.with_columns(
        pl.when(pl.col(name).is_in(often.implode())).then(name) for name in _ALIKE
    )


def find_answers_to_missing(links: pl.DataFrame) -> pl.Series:
    """Tell of each post whether it answers one that is not there."""
    answered = pl.col("answered")
    is_lost = ~answered.is_in(links["own"].implode())
    return links.select((answered.is_not_null() & is_lost).alias("lost")).to_series()


def list_authors(
    glances: Iterable[pl.DataFrame], handles: pl.DataFrame, keep: Literal["first", "last"]
) -> pl.DataFrame:
    """Return under which ids some people wrote, in the order of their first or last posts.

    Args:
        glances: `AUTHOR_COLUMNS` of all posts, in parts.
        handles: `platform` and `handle` (folded) of these people.
        keep: By which of their posts they stand in order.

    Returns:
        `platform`, `handle` and `author_id`, each once.
    """
    key = ["platform", "handle", "author_id"]
    order = ["created_at", pl.col("post_id").str.len_chars(), "post_id"]
    handle = pl.when(pl.col("author_handle") == "").then("author_id").otherwise("author_handle")
    found = [
        part.with_columns(fold_handles(handle).alias("handle"))
        .join(handles, on=["platform", "handle"], how="semi")
        .select(*key, "created_at", "post_id")
        .sort(order)
        .unique(key, keep=keep, maintain_order=True)
        for part in glances
    ]
    together = pl.concat(found).sort(order).unique(key, keep=keep, maintain_order=True)
    return together.select(key)
