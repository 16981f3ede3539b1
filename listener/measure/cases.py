"""Cases: one customer's dealings with one brand in one conversation.

`docs/measures.md`, section 1. `build_threads` needs no labels: it says which
posts stand together. What was said, and how it ended, is measured on top.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import numpy as np
import polars as pl

from listener.measure.automatic import find_automatic_replies
from listener.measure.dealings import GROUP, put_in_order
from listener.measure.known import add_known
from listener.measure.membership import find_members
from listener.measure.runs import before, number_rows, running_count
from listener.measure.shared_replies import find_shared_replies
from listener.measure.targets import find_brand_targets, list_brand_ids
from listener.measure.threads import link_posts, make_accounts
from listener.posts import Brand

SEGMENT_PAUSE = pl.duration(days=14)
CASE_ID_BYTES = 8
_BASE_32 = np.frombuffer(b"abcdefghijklmnopqrstuvwxyz234567", dtype=np.uint8)


@dataclass(frozen=True, slots=True)
class Threads:
    """Posts, and the cases that they belong to, before anything is read.

    Attributes:
        posts: Linked posts in order, from `link_posts`.
        targets: Kind and customer of each brand's post, and whether it is `automatic`.
        members: One row a post of a case, in order: `case`, `brand`, `platform`,
            `customer`, `conversation`, `segment`, `post`, `order` (from 1),
            `side`, `untagged`, `automatic`, `deleted`, `created_at`,
            `parent_missing`, `opening_deleted`.
        deletions: Customers' posts that are gone: `brand`, `platform`, `post`,
            `created_at`.
    """

    posts: pl.DataFrame
    targets: pl.DataFrame
    members: pl.DataFrame
    deletions: pl.DataFrame


def build_threads(
    posts: pl.DataFrame,
    brands: Sequence[Brand],
    *,
    as_of: datetime,
    authors: pl.DataFrame | None = None,
) -> Threads:
    """Sort posts into cases.

    Args:
        posts: A frame with the columns of `posts_schema()`.
        brands: Whose cases are built.
        as_of: Later posts are not known yet.
        authors: `platform`, `handle` (folded) and `author_id` of people who wrote other posts
            than these and may be spoken of in them; it holds if these tell something else.
    """
    accounts = make_accounts(brands)
    linked = link_posts(posts.filter(pl.col("created_at") <= as_of), accounts)
    ids = list_brand_ids(linked, accounts, authors)
    targets = find_brand_targets(linked, accounts, ids, authors)
    automatic = find_automatic_replies(linked, targets)
    targets = targets.with_columns(pl.col("post").is_in(automatic.implode()).alias("automatic"))
    pairs = find_members(linked, targets, accounts, brands, ids)
    members = _drop_needless_untagged(_describe(pairs, linked, automatic))
    together = _add_shared_replies(members, linked, targets, automatic)
    cases = _name_cases(_cut_segments(put_in_order(together, linked)), linked)
    gone = cases.filter(pl.col("deleted") & (pl.col("side") == "customer"))
    deletions = gone.select("brand", "platform", "post", "created_at").unique(
        ["brand", "post"], maintain_order=True
    )
    return Threads(linked, targets, _drop_deleted(cases), deletions)


def _drop_needless_untagged(members: pl.DataFrame) -> pl.DataFrame:
    """Keep posts that only a keyword found out of dealings that have others.

    So a keyword adds cases, and never changes those that are there without it.
    """
    if not members["untagged"].any():
        return members
    is_tagged = (pl.col("side") == "customer") & ~pl.col("untagged")
    return members.filter(~pl.col("untagged") | ~is_tagged.any().over(GROUP))


def _add_shared_replies(
    members: pl.DataFrame, posts: pl.DataFrame, targets: pl.DataFrame, automatic: pl.Series
) -> pl.DataFrame:
    shared = find_shared_replies(posts, targets, members)
    if shared.is_empty():
        return members
    pairs = shared.with_columns(
        pl.lit("brand").alias("side"), pl.lit(value=False).alias("untagged")
    )
    return pl.concat([members, _describe(pairs, posts, automatic)])


def _describe(pairs: pl.DataFrame, posts: pl.DataFrame, automatic: pl.Series) -> pl.DataFrame:
    facts = posts.select(
        "post",
        "platform",
        "conversation",
        "created_at",
        "parent_missing",
        pl.col("deleted_at").is_not_null().alias("deleted"),
        pl.col("post").is_in(automatic.implode()).alias("_automatic"),
    )
    return (
        add_known(pairs, facts)
        .with_columns((pl.col("_automatic") & (pl.col("side") == "brand")).alias("automatic"))
        .drop("_automatic")
    )


def _cut_segments(dealings: pl.DataFrame) -> pl.DataFrame:
    """Begin a new segment before a customer's post that comes after a long pause."""
    pause = pl.col("created_at") - before("created_at", "dealing")
    begins = (pl.col("side") == "customer") & (pause >= SEGMENT_PAUSE)
    return dealings.with_columns((running_count(begins, "dealing") + 1).alias("segment"))


def _name_cases(segments: pl.DataFrame, posts: pl.DataFrame) -> pl.DataFrame:
    """Add `case`: a short name made of brand, customer and opening post."""
    is_first = pl.any_horizontal(
        pl.col(name) != pl.col(name).shift(1) for name in ("dealing", "segment")
    ).fill_null(value=True)
    begins = segments.select(is_first).to_series()
    openings = segments.filter(begins).select("brand", "platform", "customer", "post")
    names = openings.with_columns(posts["post_id"].gather(openings["post"])).select(
        pl.concat_str("brand", "platform", "customer", "post_id", separator="\x1f")
    )
    cases = digest_names(names.to_series())
    number = begins.cast(pl.UInt32).cum_sum() - 1
    return segments.with_columns(cases.gather(number).alias("case")).drop("dealing")


def digest_names(names: pl.Series) -> pl.Series:
    """Return short names that stay the same: each five bits of a digest are a letter."""
    digest = partial(hashlib.blake2b, digest_size=CASE_ID_BYTES)
    digests = [each.digest() for each in map(digest, names.cast(pl.Binary).to_list())]
    numbers = np.frombuffer(b"".join(digests), dtype=">u8").astype(np.uint64)
    last = 8 * CASE_ID_BYTES - 5
    fives = [numbers >> np.uint64(place) for place in range(last, -1, -5)]
    fives.append(numbers << np.uint64(5 - 8 * CASE_ID_BYTES % 5))
    letters = _BASE_32[np.stack(fives, axis=1) & np.uint64(31)]
    short = letters.view(f"S{len(fives)}").ravel().tolist()
    return pl.Series(short, dtype=pl.Binary).cast(pl.String)


def _drop_deleted(members: pl.DataFrame) -> pl.DataFrame:
    """Take out what customers deleted, and cases of which nothing of theirs is left."""
    by_customer = pl.col("side") == "customer"
    gone = pl.col("deleted") & by_customer
    if not members.select(gone.any()).item():
        kept = members.with_columns(pl.lit(value=False).alias("opening_deleted"))
        return number_rows(kept, "case", "order")
    nothing_left = gone.any() & ~(by_customer & ~gone).any()
    marked = members.with_columns(gone.first().over("case").alias("opening_deleted"))
    kept = marked.filter(~gone & ~nothing_left.over("case"))
    return number_rows(kept, "case", "order")
