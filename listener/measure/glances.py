"""Posts without their words: ids, times and handles, and what sorting needs of the words.

A glance at a post is a tenth of it. With glances at all posts one machine can tell which of
them stand together, and whom each one answers, without holding what anybody wrote.
"""

import hashlib
from collections.abc import Sequence

import polars as pl

from listener.measure.handles import body_handles, leading_handles
from listener.measure.text import normalized_text
from listener.measure.threads import fold_handles
from listener.measure.words import matches_queries
from listener.posts import Brand

_KEPT = (
    *("platform", "post_id", "author_id", "author_handle", "created_at"),
    *("reply_to_id", "reply_to_author_id", "quote_of_id", "conversation_id"),
    *("mentions", "visibility", "deleted_at", "replies_announced"),
)
_DIGEST_BYTES = 16


def glance_at(posts: pl.DataFrame, accounts: pl.DataFrame, brands: Sequence[Brand]) -> pl.DataFrame:
    """Return the posts without their words.

    Args:
        posts: A frame with the columns of `posts_schema()`, and any others, which stay.
        accounts: The brands' accounts, from `make_accounts`.
        brands: For their keyword queries.

    Returns:
        One row a post: ids, times, `mentions`, and `leading` (folded handles at the start),
        `body` (brands' accounts named later), `said` (a digest of the normalised text, of brands'
        posts only) and `queried` (keys of brands whose queries it matches).
    """
    others = [name for name in posts.columns if name.startswith("_")]
    handles = accounts["handle"].unique().to_list()
    seen = posts.select(
        *_KEPT,
        *others,
        leading_handles().alias("leading"),
        body_handles().list.set_intersection(handles).alias("body"),
        _name_queries(posts, brands).alias("queried"),
    )
    return seen.with_columns(_digest_said(posts, accounts))


def _name_queries(posts: pl.DataFrame, brands: Sequence[Brand]) -> pl.Expr:
    named = [
        pl.when(matches_queries(posts, brand)).then(pl.lit(brand.key))
        for brand in brands
        if brand.queries
    ]
    nobody = pl.lit([], dtype=pl.List(pl.String))
    return pl.concat_list(named).list.drop_nulls() if named else nobody


def _digest_said(posts: pl.DataFrame, accounts: pl.DataFrame) -> pl.Series:
    """Digest brands' texts; a hash of Polars need not be the same on another machine."""
    handle = pl.when(pl.col("author_handle") == "").then("author_id").otherwise("author_handle")
    by_brand = pl.struct("platform", fold_handles(handle).alias("handle")).is_in(
        accounts.select(pl.struct("platform", "handle")).to_series().implode()
    )
    said = posts.select(pl.when(by_brand).then(normalized_text(pl.col("text")))).to_series()
    digests = [None if text is None else _digest(text) for text in said]
    return pl.Series("said", digests, dtype=pl.String)


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=_DIGEST_BYTES).hexdigest()
