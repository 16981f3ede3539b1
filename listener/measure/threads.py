"""Posts in order, linked to what they answer, with the brand that wrote them.

`docs/measures.md`, section 1: order, links, conversations.
"""

from collections.abc import Sequence

import numpy as np
import polars as pl

from listener.measure.graph import NO_PARENT, Links, cut_cycles, find_components, trace_ancestors
from listener.measure.words import read_leading
from listener.posts import OPEN_VISIBILITIES, Brand, fold_handle

# What the store puts in the place of a forgotten person's post.
FORGOTTEN = "forgotten:"
_LINKED = ("parent", "quoted")
_IDS = ("reply_to_id", "reply_to_author_id", "quote_of_id", "conversation_id")


def make_accounts(brands: Sequence[Brand]) -> pl.DataFrame:
    """Return one row a brand's account: `platform`, `handle` (folded), `brand`."""
    rows = [
        (account.platform, fold_handle(account.handle), brand.key)
        for brand in brands
        for account in brand.accounts
    ]
    schema = {"platform": pl.String, "handle": pl.String, "brand": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row")


def link_posts(posts: pl.DataFrame, accounts: pl.DataFrame) -> pl.DataFrame:
    """Put posts in order and link them.

    Private posts, which whoever calls should not even have loaded, are left out, and
    links that run in a circle are cut.

    Args:
        posts: A frame with the columns of `posts_schema()`, or glances.
        accounts: The brands' accounts, from `make_accounts`.

    Returns:
        One row a post in order of (time, parent before child, id), with the
        columns of `posts` and: `post` (row number), `handle` (folded), `brand`
        (key, null for customers), `parent` and `quoted` (row numbers, null if
        not collected), `parent_missing` (it answers a post that was not
        collected), `orphan` (that post was a forgotten person's), `leading`
        (folded handles at the start of the text) and `conversation` (a name
        for the component).
    """
    public = posts.filter(pl.col("visibility").is_in(OPEN_VISIBILITIES)).with_columns(
        pl.when(pl.col(name) != "").then(name).alias(name) for name in _IDS
    )
    handle = pl.when(pl.col("author_handle") == "").then("author_id").otherwise("author_handle")
    named = _add_brand(public.with_columns(fold_handles(handle).alias("handle")), accounts)
    linked = _put_in_order(_add_links(named.with_row_index("post"))).with_columns(
        read_leading(posts).alias("leading"),
        (pl.col("parent").is_null() & pl.col("reply_to_id").is_not_null()).alias("parent_missing"),
        pl.col("reply_to_id").str.starts_with(FORGOTTEN).fill_null(value=False).alias("orphan"),
    )
    return _add_conversation(linked)


def index_array(column: pl.Series) -> Links:
    """Return row numbers as an array, -1 for null."""
    return column.cast(pl.Int64).fill_null(NO_PARENT).to_numpy()


def fold_handles(handle: pl.Expr) -> pl.Expr:
    """Return handles as accounts are compared by them."""
    return handle.str.to_lowercase().str.strip_chars_start("@ ")


def _add_brand(posts: pl.DataFrame, accounts: pl.DataFrame) -> pl.DataFrame:
    written = posts.select("platform", "handle").join(
        accounts, on=["platform", "handle"], how="left", maintain_order="left"
    )
    return posts.with_columns(written["brand"])


def _put_in_order(linked: pl.DataFrame) -> pl.DataFrame:
    """Sort linked posts, cut their circles, and number them and their links anew."""
    times = linked["created_at"].dt.timestamp("us").to_numpy()
    sooner = linked.select(pl.struct("created_at", "post_id").rank("ordinal")).to_series()
    found = index_array(linked["parent"])
    parents = cut_cycles(found, sooner.cast(pl.Int64).to_numpy())
    depth, _ = trace_ancestors(parents, times)
    is_cut = pl.Series(parents != found) | (pl.col("reply_to_id") == pl.col("post_id"))
    kept = pl.when(~is_cut.fill_null(value=False))
    traced = linked.with_columns(
        pl.Series("_depth", depth),
        kept.then("reply_to_id").alias("reply_to_id"),
        kept.then("parent").alias("parent"),
    )
    length = pl.col("post_id").str.len_chars()
    order = traced.select(
        pl.arg_sort_by("created_at", "_depth", length, "post_id", "platform")
    ).to_series()
    ordered = traced if order.is_sorted() else traced[order]  # as most stores give them
    numbers = ordered["post"].arg_sort()
    return (
        ordered.with_columns(numbers.gather(ordered[name]).alias(name) for name in _LINKED)
        .drop("_depth", "post")
        .with_row_index("post")
    )


def _add_links(posts: pl.DataFrame) -> pl.DataFrame:
    ids = posts.select("platform", "post_id", to="post")
    for target, column in zip(_LINKED, ("reply_to_id", "quote_of_id"), strict=True):
        links = posts.select("platform", "post", post_id=column).drop_nulls("post_id")
        found = links.join(ids, on=["platform", "post_id"]).filter(pl.col("to") != pl.col("post"))
        placed = _place(found["post"], found["to"], posts.height)
        posts = posts.with_columns(_null_for_none(placed).alias(target))
    return posts


def _place(rows: pl.Series, numbers: pl.Series, height: int) -> Links:
    """Return links with some numbers in their rows, and none in all others."""
    links = np.full(height, NO_PARENT)
    links[rows.to_numpy()] = numbers.to_numpy()
    return links


def _null_for_none(links: Links) -> pl.Series:
    """Return row numbers, null for -1."""
    numbers = pl.Series(links)
    return numbers.set(numbers == NO_PARENT, None).cast(pl.UInt32)


def _add_conversation(posts: pl.DataFrame) -> pl.DataFrame:
    """Name components of reply links, quotes between brand and customer, and platform ids.

    Replies to one post that was not collected belong together too.
    """
    links = [
        index_array(posts["parent"]),
        _quotes_across_the_counter(posts),
        _link_to_first(posts, pl.when("parent_missing").then("reply_to_id")),
        _link_to_first(posts, pl.col("conversation_id")),
    ]
    starts = [np.flatnonzero(ends != NO_PARENT) for ends in links]
    ends = [ends[nodes] for ends, nodes in zip(links, starts, strict=True)]
    component = find_components(posts.height, np.concatenate(starts), np.concatenate(ends))
    return _name_components(posts, component)


def _quotes_across_the_counter(posts: pl.DataFrame) -> Links:
    quoted = index_array(posts["quoted"])
    is_brand = posts["brand"].is_not_null().to_numpy()
    across = (quoted != NO_PARENT) & (is_brand != is_brand[quoted])
    return np.where(across, quoted, NO_PARENT)


def _link_to_first(posts: pl.DataFrame, name: pl.Expr) -> Links:
    """Link posts of a platform that share an id to the first of these."""
    sharing = posts.select("platform", "post", name.alias("name")).drop_nulls("name")
    first = sharing.select(pl.col("post").first().over("platform", "name")).to_series()
    return _place(sharing["post"], first, posts.height)


def _name_components(posts: pl.DataFrame, component: Links) -> pl.DataFrame:
    named = posts["conversation_id"].is_not_null().to_numpy()
    names = [
        posts["conversation_id"].gather(_find_first(component, np.flatnonzero(named))),
        posts["post_id"].gather(_find_first(component, np.arange(posts.height))),
    ]
    return posts.with_columns(pl.select(pl.coalesce(names)).to_series().alias("conversation"))


def _find_first(component: Links, rows: Links) -> pl.Series:
    """Return the first of these rows in the component of each post, null if it has none."""
    first = np.full(len(component), NO_PARENT)
    first[component[rows[::-1]]] = rows[::-1]  # what is written last stays
    return _null_for_none(first[component])
