"""The posts of a window that certain brands' figures depend on: their conversations, whole.

What else crosses conversations, under which ids people wrote, is told beside them, as it is for
slices of all posts. More is kept than needed, never less.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import reduce
from operator import or_

import polars as pl

from listener.measure.slices import (
    AUTHOR_COLUMNS,
    assign_slices,
    find_answers_to_missing,
    list_authors,
    name_links,
)
from listener.measure.threads import fold_handles, make_accounts
from listener.measure.words import matches_queries
from listener.posts import OPEN_VISIBILITIES, Brand

_GROUPS = 2**32 - 1  # where two conversations share one by chance, both are kept


def choose_concerned(
    posts: pl.DataFrame,
    brands: Sequence[Brand],
    chosen: Collection[str],
    authors: pl.DataFrame | None,
    *,
    as_of: datetime,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the posts that some brands' cases are made of, and who wrote the others.

    Args:
        posts: With `posts_schema()`.
        brands: All brands.
        chosen: Keys of those that are measured.
        authors: `platform`, `handle` and `author_id` of people who wrote other posts than these.
        as_of: Later posts are not known yet.

    Returns:
        Posts and authors, as `build_threads` takes them.
    """
    accounts = make_accounts(brands)
    links = name_links(posts.with_columns(said=pl.lit(None, dtype=pl.String)))
    lost = posts.filter(find_answers_to_missing(links))
    wrote = _list_authors(posts, lost, accounts, as_of)
    known = wrote if authors is None else pl.concat([authors.select(wrote.columns), wrote])
    own = accounts.filter(pl.col("brand").is_in(list(chosen)))
    wanted = [brand for brand in brands if brand.key in chosen]
    is_near = _speaks_of(posts, wanted, own, known)
    groups = posts.select(group=assign_slices(links, _GROUPS), near=is_near)
    near = groups.filter("near")["group"].unique()
    return posts.filter(groups["group"].is_in(near.implode())), known


def _list_authors(
    posts: pl.DataFrame, lost: pl.DataFrame, accounts: pl.DataFrame, as_of: datetime
) -> pl.DataFrame:
    """Return under which ids brands, and people of whom answers to missing posts speak, wrote."""
    is_seen = pl.col("visibility").is_in(OPEN_VISIBILITIES) & (pl.col("created_at") <= as_of)
    seen = posts.filter(is_seen).select(AUTHOR_COLUMNS)
    brands = accounts.select("platform", "handle")
    named = lost.select("platform", handle="mentions").explode("handle").drop_nulls().unique()
    people = named.join(brands, on=["platform", "handle"], how="anti")
    return pl.concat([list_authors([seen], brands, "first"), list_authors([seen], people, "last")])


def _speaks_of(
    posts: pl.DataFrame, brands: Sequence[Brand], accounts: pl.DataFrame, authors: pl.DataFrame
) -> pl.Series:
    """Tell of each post whether a brand wrote it, or it may be about one."""
    handles = accounts["handle"].unique()
    own = authors.join(accounts, on=["platform", "handle"], how="semi")["author_id"]
    ids = pl.concat([own, handles]).unique()
    name = pl.when(pl.col("author_handle") == "").then("author_id").otherwise("author_handle")
    conditions = (
        fold_handles(name).is_in(handles.implode()),
        pl.col("reply_to_author_id").is_in(ids.implode()).fill_null(value=False),
        pl.col("mentions").list.eval(pl.element().is_in(handles.implode())).list.any(),
        pl.col("text").str.to_lowercase().str.contains_any([f"@{handle}" for handle in handles]),
        *(matches_queries(posts, brand) for brand in brands if brand.queries),
    )
    return posts.select(near=reduce(or_, conditions).fill_null(value=True)).to_series()
