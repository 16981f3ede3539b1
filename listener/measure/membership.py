"""Who speaks with whom: which posts belong to a customer's dealings with a brand.

`docs/measures.md`, section 1. The result pairs posts with brands and customers;
`cases` cuts these pairs into cases. Accounts of configured brands are never
customers, so that brands passing a customer on do not complain to each other.
"""

from collections.abc import Sequence

import numpy as np
import polars as pl

from listener.measure.graph import NO_PARENT, Links, follow
from listener.measure.threads import HANDLE, LEADING_HANDLES, index_array
from listener.posts import Brand

PAIR = ("post", "brand", "customer")


def find_brand_targets(posts: pl.DataFrame) -> pl.DataFrame:
    """Tell for each brand's post what kind it is and whom it answers.

    Returns:
        One row a brand's post: `post`, `brand`, `kind` (`reply`, `broadcast`,
        `to_brand` when it answers another configured brand, `unknown` when the
        platform names nobody), `customer` (author id, null unless `reply`),
        `target` (row of the customer's post, null if not collected).
    """
    head, target = _find_targets(posts)
    heads = posts.select(
        pl.col("post").alias("_head"),
        pl.col("parent_missing"),
        _first_addressed_customer(posts).alias("_addressed"),
    )
    authors = posts.select(
        pl.col("post").alias("target"),
        pl.col("author_id").alias("_author"),
        pl.col("brand").is_not_null().alias("_by_brand"),
    )
    rows = posts.select("post", "brand", pl.Series("_head", head), pl.Series("target", target))
    rows = rows.filter(pl.col("brand").is_not_null()).with_columns(
        pl.col("_head").cast(pl.UInt32),
        pl.when(pl.col("target") != NO_PARENT).then("target").cast(pl.UInt32).alias("target"),
    )
    joined = rows.join(heads, on="_head", how="left").join(authors, on="target", how="left")
    return joined.select("post", "brand", _kind(), _customer(), "target").sort("post")


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
    """Return the head of each own run of a brand, and what that head answers."""
    parents = index_array(posts["parent"])
    brand = posts.select(pl.col("brand").rank("dense").fill_null(0)).to_series().to_numpy()
    own = (parents != NO_PARENT) & (brand > 0) & (brand == brand[parents])
    head = follow(np.where(own, parents, np.arange(len(parents))))
    return head, parents[head]


def _first_addressed_customer(posts: pl.DataFrame) -> pl.Series:
    """Return whom a post answers whose parent was not collected: an author id.

    The platform's word goes first, then the first mention that is no brand. An
    account that never wrote a collected post goes by its handle.
    """
    brand_handles = _brand_handles(posts)
    brand_ids = posts.filter(pl.col("brand").is_not_null())["author_id"].unique()
    missing = posts.filter("parent_missing").select(
        "post", "platform", "reply_to_author_id", "mentions"
    )
    mentioned = (
        missing.explode("mentions")
        .rename({"mentions": "handle"})
        .filter(pl.col("handle").is_not_null())
        .join(brand_handles, on=["platform", "handle"], how="anti", maintain_order="left")
        .group_by("post", maintain_order=True)
        .agg(pl.col("platform").first(), pl.col("handle").first())
        .join(_known_authors(posts), on=["platform", "handle"], how="left")
        .select("post", pl.coalesce("author_id", "handle").alias("_mentioned"))
    )
    named = pl.col("reply_to_author_id")
    found = missing.join(mentioned, on="post", how="left").select(
        "post",
        pl.when(named.is_null())
        .then("_mentioned")
        .when(~named.is_in(brand_ids.implode()))
        .then(named)
        .alias("_addressed"),
    )
    return posts.select("post").join(found, on="post", how="left").sort("post")["_addressed"]


def _brand_handles(posts: pl.DataFrame) -> pl.DataFrame:
    return posts.filter(pl.col("brand").is_not_null()).select("platform", "handle").unique()


def _known_authors(posts: pl.DataFrame) -> pl.DataFrame:
    return posts.select("platform", "handle", "author_id").unique(["platform", "handle"])


def find_members(
    posts: pl.DataFrame, targets: pl.DataFrame, accounts: pl.DataFrame, brands: Sequence[Brand]
) -> pl.DataFrame:
    """Pair posts with the brand and the customer whose dealings they belong to.

    Args:
        posts: Linked posts, from `link_posts`.
        targets: Whom brands' posts answer, from `find_brand_targets`.
        accounts: From `make_accounts`.
        brands: For their keyword queries.

    Returns:
        `post`, `brand`, `customer` (author id), `side` and `untagged` (a post
        that only a keyword query found), one row a pair.
    """
    customers = _find_customer_pairs(posts, accounts)
    untagged = _find_untagged(posts, brands).join(customers, on=["post", "brand"], how="anti")
    tagged = [
        customers.with_columns(pl.lit(value=False).alias("untagged")),
        untagged.with_columns(pl.lit(value=True).alias("untagged")),
    ]
    spoken = pl.concat(tagged).join(
        posts.select("post", pl.col("author_id").alias("customer")), on="post"
    )
    replies = targets.filter(pl.col("customer").is_not_null()).select(PAIR)
    return pl.concat(
        [
            spoken.select(*PAIR, pl.lit("customer").alias("side"), "untagged"),
            replies.select(
                *PAIR, pl.lit("brand").alias("side"), pl.lit(value=False).alias("untagged")
            ),
        ]
    )


def _find_customer_pairs(posts: pl.DataFrame, accounts: pl.DataFrame) -> pl.DataFrame:
    """Return (post, brand) for customers' posts that are in a case with that brand."""
    direct = pl.concat(
        [
            _answers_to_brands(posts),
            _answers_to_missing_posts(posts, accounts),
            _deliberate_mentions(posts, accounts),
        ]
    ).unique()
    return _inherit_from_own_posts(posts, direct)


def _customer_posts(posts: pl.DataFrame) -> pl.DataFrame:
    return posts.filter(pl.col("brand").is_null())


def _answers_to_brands(posts: pl.DataFrame) -> pl.DataFrame:
    by_brand = posts.filter(pl.col("brand").is_not_null())
    answered = by_brand.select(pl.col("post").alias("_to"), "brand")
    links = _customer_posts(posts).drop("brand")
    return pl.concat(
        [
            links.select("post", pl.col(column).alias("_to"))
            .drop_nulls()
            .join(answered, on="_to")
            .select("post", "brand")
            for column in ("parent", "quoted")
        ]
    )


def _answers_to_missing_posts(posts: pl.DataFrame, accounts: pl.DataFrame) -> pl.DataFrame:
    """Pair answers to a brand's post that was not collected.

    The platform names the author, or the first leading mention is the one.
    """
    brand_ids = posts.filter(pl.col("brand").is_not_null()).select(
        "platform", pl.col("author_id").alias("reply_to_author_id"), "brand"
    )
    missing = _customer_posts(posts).filter("parent_missing").drop("brand")
    by_name = missing.join(brand_ids.unique(), on=["platform", "reply_to_author_id"]).select(
        "post", "brand"
    )
    unnamed = missing.filter(pl.col("reply_to_author_id").is_null()).drop("handle")
    first_named = unnamed.with_columns(pl.col("leading").list.first().alias("handle"))
    by_mention = first_named.join(accounts, on=["platform", "handle"]).select("post", "brand")
    return pl.concat([by_name, by_mention])


def _deliberate_mentions(posts: pl.DataFrame, accounts: pl.DataFrame) -> pl.DataFrame:
    """Pair posts with the brands they name on purpose.

    In a reply the platform puts the parent's author and mentions in front by
    itself; those say nothing unless the text names them again. Where the
    parent is unknown no leading mention counts.
    """
    parents = posts.select(
        pl.col("post").alias("parent"),
        pl.col("mentions").list.concat(pl.concat_list("handle")).alias("_put_in_front"),
    )
    named = (
        _customer_posts(posts)
        .drop("brand")
        .with_columns(pl.col("mentions").list.concat("leading").list.unique().alias("_named"))
        .select("post", "platform", "parent", "parent_missing", "leading", "_named", "text")
        .explode("_named")
        .join(accounts, left_on=["platform", "_named"], right_on=["platform", "handle"])
        .join(parents, on="parent", how="left")
    )
    is_leading = pl.col("leading").list.contains(pl.col("_named"))
    by_platform = pl.col("parent_missing") | pl.col("_put_in_front").list.contains(
        pl.col("_named")
    ).fill_null(value=False)
    body = pl.col("text").str.replace(LEADING_HANDLES, " ").str.to_lowercase()
    in_body = body.str.extract_all(HANDLE).list.contains("@" + pl.col("_named"))
    return named.filter(~(is_leading & by_platform) | in_body).select("post", "brand")


def _inherit_from_own_posts(posts: pl.DataFrame, direct: pl.DataFrame) -> pl.DataFrame:
    """Add posts that continue the customer's own post of the same case."""
    parents = index_array(posts["parent"])
    author = (
        posts.select(pl.struct("platform", "author_id").rank("dense"))
        .to_series()
        .cast(pl.Int64)
        .to_numpy()
    )
    is_customer = posts["brand"].is_null().to_numpy()
    own = (parents != NO_PARENT) & (author == author[parents]) & is_customer
    jump = np.where(own, parents, NO_PARENT)
    pairs = direct
    while (jump != NO_PARENT).any():
        links = (
            pl.DataFrame({"post": np.arange(len(jump)), "_from": jump})
            .filter(pl.col("_from") != NO_PARENT)
            .cast(pl.UInt32)
        )
        inherited = links.join(pairs.rename({"post": "_from"}), on="_from").select("post", "brand")
        pairs = pl.concat([pairs, inherited]).unique()
        jump = np.where(jump == NO_PARENT, NO_PARENT, jump[jump])
    return pairs


def _find_untagged(posts: pl.DataFrame, brands: Sequence[Brand]) -> pl.DataFrame:
    """Pair customers' posts with brands whose keyword queries they match."""
    found = [_matches(posts, brand) for brand in brands if brand.queries]
    schema = {"post": pl.UInt32, "brand": pl.String}
    return pl.concat(found) if found else pl.DataFrame(schema=schema)


def _matches(posts: pl.DataFrame, brand: Brand) -> pl.DataFrame:
    words = pl.Series(brand.queries).str.escape_regex().str.replace_all(r"\s+", r"\s+")
    pattern = rf"(?i)(?:^|[^\p{{L}}\p{{N}}_@])(?:{'|'.join(words)})(?:$|[^\p{{L}}\p{{N}}_])"
    return (
        _customer_posts(posts)
        .filter(pl.col("text").str.contains(pattern))
        .select("post", pl.lit(brand.key).alias("brand"))
    )
