"""Whom a brand's post answers.

`docs/measures.md`, section 1. A brand's post belongs to the customer whose
post is its nearest ancestor that the brand did not write itself. Accounts of
configured brands are never customers.
"""

import numpy as np
import polars as pl

from listener.measure.graph import NO_PARENT, Links, follow
from listener.measure.threads import index_array


def find_brand_targets(
    posts: pl.DataFrame,
    accounts: pl.DataFrame,
    ids: pl.DataFrame,
    authors: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Tell for each brand's post what kind it is and whom it answers.

    Args:
        posts: Linked posts, from `link_posts`.
        accounts: All brands' accounts, from `make_accounts`.
        ids: Under which these are answered, from `list_brand_ids`.
        authors: `platform`, `handle` and `author_id` of people who wrote other posts.

    Returns:
        One row a brand's post: `post`, `brand`, `kind` (`reply`, `broadcast`,
        `to_brand` when it answers another configured brand, `unknown` when the
        platform names nobody), `customer` (author id, null unless `reply`),
        `target` (row of the customer's post, null if not collected).
    """
    head, target = _find_targets(posts)
    addressed = _first_addressed_customer(posts, accounts, ids, authors)
    rows = posts.select("post", "brand", pl.Series("_head", head), pl.Series("target", target))
    rows = rows.filter(pl.col("brand").is_not_null()).with_columns(
        pl.when(pl.col("target") != NO_PARENT).then("target").cast(pl.UInt32).alias("target")
    )
    joined = rows.with_columns(
        posts["parent_missing"].gather(rows["_head"]),
        addressed.gather(rows["_head"]).alias("_addressed"),
        posts["author_id"].gather(rows["target"]).alias("_author"),
        posts["brand"].is_not_null().gather(rows["target"]).alias("_by_brand"),
    )
    return joined.select("post", "brand", _kind(), _customer(), "target").sort("post")


def list_brand_ids(
    posts: pl.DataFrame, accounts: pl.DataFrame, authors: pl.DataFrame | None = None
) -> pl.DataFrame:
    """Return what names a brand's account in `reply_to_author_id`, also before it ever wrote.

    Columns: `platform`, `reply_to_author_id`, `brand`. On Mastodon an id is the
    folded address; on X it is known once a post of the account was collected, among these
    or among others (`authors`).
    """
    author = pl.col("author_id").alias("reply_to_author_id")
    seen = posts.select("platform", author, "brand").filter(pl.col("brand").is_not_null())
    named = accounts.select("platform", pl.col("handle").alias("reply_to_author_id"), "brand")
    known = [seen, named]
    if authors is not None:
        others = authors.join(accounts, on=["platform", "handle"], maintain_order="left")
        known.insert(0, others.select("platform", reply_to_author_id="author_id", brand="brand"))
    return pl.concat(known).unique(["platform", "reply_to_author_id"], keep="first")


def _kind() -> pl.Expr:
    collected = pl.when("_by_brand").then(pl.lit("to_brand")).otherwise(pl.lit("reply"))
    missing = (
        pl.when(pl.col("_addressed").is_not_null())
        .then(pl.lit("reply"))
        .otherwise(pl.lit("unknown"))
    )
    return (
        pl.when(pl.col("target").is_not_null())
        .then(collected)
        .when("parent_missing")
        .then(missing)
        .otherwise(pl.lit("broadcast"))
        .alias("kind")
    )


def _customer() -> pl.Expr:
    return (
        pl.when(pl.col("target").is_not_null())
        .then(pl.when(~pl.col("_by_brand")).then("_author"))
        .when("parent_missing")
        .then("_addressed")
        .alias("customer")
    )


def _find_targets(posts: pl.DataFrame) -> tuple[Links, Links]:
    """Return the head of each own run of a brand, and what that head answers.

    A brand's post that answers nobody but quotes a customer's post answers that.
    """
    parents = index_array(posts["parent"])
    brand = posts["brand"]
    own = (brand == brand.gather(posts["parent"])).fill_null(value=False).to_numpy()
    head = follow(np.where(own, parents, np.arange(len(parents))))
    quoted = index_array(posts["quoted"])
    by_quote = (
        (parents == NO_PARENT)
        & ~posts["parent_missing"].to_numpy()
        & (quoted != NO_PARENT)
        & brand.is_null().to_numpy()[quoted]
    )
    return head, np.where(by_quote, quoted, parents)[head]


def _first_addressed_customer(
    posts: pl.DataFrame,
    accounts: pl.DataFrame,
    ids: pl.DataFrame,
    authors: pl.DataFrame | None,
) -> pl.Series:
    """Return whom a post answers whose parent was not collected: an author id.

    The platform's word goes first, unless it names a brand (its own earlier
    part, say); then the first mention that is no brand. An account that never
    wrote a collected post goes by its handle.
    """
    missing = posts.filter(pl.col("parent_missing") & ~pl.col("orphan")).select(
        "post", "platform", "reply_to_author_id", "mentions"
    )
    if missing.is_empty():
        return pl.repeat(None, posts.height, dtype=pl.String, eager=True)
    mentioned = (
        missing.explode("mentions")
        .rename({"mentions": "handle"})
        .filter(pl.col("handle").is_not_null())
        .join(accounts, on=["platform", "handle"], how="anti", maintain_order="left")
        .group_by("post", maintain_order=True)
        .agg(pl.col("platform").first(), pl.col("handle").first())
        .join(_known_authors(posts, authors), on=["platform", "handle"], how="left")
        .select("post", pl.coalesce("author_id", "handle").alias("_mentioned"))
    )
    named = missing.join(ids, on=["platform", "reply_to_author_id"], how="anti").select(
        "post", pl.col("reply_to_author_id").alias("_named")
    )
    found = missing.join(named, on="post", how="left").join(mentioned, on="post", how="left")
    addressed = found.select("post", pl.coalesce("_named", "_mentioned").alias("_addressed"))
    return posts.select("post").join(addressed, on="post", how="left").sort("post")["_addressed"]


def _known_authors(posts: pl.DataFrame, others: pl.DataFrame | None) -> pl.DataFrame:
    """Return under which id each handle wrote last."""
    names = ["platform", "handle", "author_id"]
    found = posts.select(names)
    known = found if others is None else pl.concat([found, others.select(names)])
    return known.unique(["platform", "handle"], keep="last", maintain_order=True)
