"""Which private posts are messages between a brand and one customer.

`docs/measures.md`, section 5: direct posts and messages. What is only for
followers is nobody's private talk.
"""

from collections.abc import Sequence

import polars as pl

from listener.measure.targets import list_brand_ids
from listener.measure.threads import make_accounts
from listener.posts import Brand


def find_messages(
    private: pl.DataFrame, public: pl.DataFrame, brands: Sequence[Brand]
) -> pl.DataFrame:
    """Pair messages with the brand and the customer whose they are.

    Args:
        private: Private posts, with the columns of `posts_schema()`.
        public: Linked posts, from `link_posts`, for the ids of accounts.
        brands: Only those that are seen with their own access have a private part.

    Returns:
        `post` (row number), `brand`, `platform`, `customer` (author id), `side`, `created_at`,
        `text`, `deleted_at`, `language` and `author_handle`.
    """
    accounts = make_accounts(brands)
    owned = [brand.key for brand in brands if brand.mode == "owner"]
    direct = (
        private.with_row_index("post")
        .filter((pl.col("visibility") == "direct") & pl.col("deleted_at").is_null())
        .with_columns(_fold(pl.col("author_handle")).alias("handle"))
        .join(accounts, on=["platform", "handle"], how="left", maintain_order="left")
    )
    ids = list_brand_ids(_list_authors(direct, public), accounts)
    found = pl.concat(
        [_by_brands(direct, public, accounts, ids), _by_customers(direct, accounts, ids)]
    )
    kept = found.filter(pl.col("brand").is_in(owned) & pl.col("customer").is_not_null())
    return kept.sort("created_at", "post")


def _fold(handle: pl.Expr) -> pl.Expr:
    return handle.str.to_lowercase().str.strip_chars_start("@ ")


def _list_authors(direct: pl.DataFrame, public: pl.DataFrame) -> pl.DataFrame:
    columns = ("platform", "handle", "author_id", "brand")
    return pl.concat([public.select(columns), direct.select(columns)])


def _by_brands(
    direct: pl.DataFrame, public: pl.DataFrame, accounts: pl.DataFrame, ids: pl.DataFrame
) -> pl.DataFrame:
    """Return the brands' messages: to whom the platform names, else to whom they mention first."""
    wrote = direct.filter(pl.col("brand").is_not_null())
    strangers = wrote.filter(pl.col("reply_to_author_id").is_not_null()).join(
        ids.drop("brand"), on=["platform", "reply_to_author_id"], how="anti"
    )
    named = strangers.select("post", pl.col("reply_to_author_id").alias("_named"))
    people = _list_authors(direct, public).unique(["platform", "handle"], keep="first")
    mentioned = (
        wrote.select("post", "platform", pl.col("mentions").alias("handle"))
        .explode("handle")
        .drop_nulls("handle")
        .join(accounts, on=["platform", "handle"], how="anti", maintain_order="left")
        .unique("post", keep="first", maintain_order=True)
        .join(people.drop("brand"), on=["platform", "handle"], how="left")
        .select("post", pl.coalesce("author_id", "handle").alias("_mentioned"))
    )
    told = wrote.join(named, on="post", how="left").join(mentioned, on="post", how="left")
    return _choose(told, pl.col("brand"), pl.coalesce("_named", "_mentioned"), "brand")


def _by_customers(direct: pl.DataFrame, accounts: pl.DataFrame, ids: pl.DataFrame) -> pl.DataFrame:
    """Return the customers' messages, to the brand that is answered, else mentioned first."""
    wrote = direct.filter(pl.col("brand").is_null()).drop("brand")
    named = wrote.join(
        ids.rename({"brand": "_named"}), on=["platform", "reply_to_author_id"], how="left"
    )
    mentioned = (
        wrote.select("post", "platform", pl.col("mentions").alias("handle"))
        .explode("handle")
        .join(accounts, on=["platform", "handle"], maintain_order="left")
        .unique("post", keep="first", maintain_order=True)
        .select("post", pl.col("brand").alias("_mentioned"))
    )
    told = named.join(mentioned, on="post", how="left")
    return _choose(told, pl.coalesce("_named", "_mentioned"), pl.col("author_id"), "customer")


def _choose(told: pl.DataFrame, brand: pl.Expr, customer: pl.Expr, side: str) -> pl.DataFrame:
    return told.select(
        "post",
        brand.alias("brand"),
        "platform",
        customer.alias("customer"),
        pl.lit(side).alias("side"),
        "created_at",
        "text",
        "deleted_at",
        "language",
        "author_handle",
    )
