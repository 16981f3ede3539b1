"""Who speaks with whom: which posts belong to a customer's dealings with a brand.

`docs/measures.md`, section 1. The result pairs posts with brands and customers;
`cases` cuts these pairs into cases. Accounts of configured brands are never
customers, so that brands passing a customer on do not complain to each other.
"""

from collections.abc import Sequence

import numpy as np
import polars as pl

from listener.measure.graph import NO_PARENT
from listener.measure.threads import index_array
from listener.measure.words import matches_queries, read_body
from listener.posts import Brand

PAIR = ("post", "brand", "customer")
_NO_PAIRS = pl.DataFrame(schema={"post": pl.UInt32, "brand": pl.String})


def find_members(
    posts: pl.DataFrame,
    targets: pl.DataFrame,
    accounts: pl.DataFrame,
    brands: Sequence[Brand],
    ids: pl.DataFrame,
) -> pl.DataFrame:
    """Pair posts with the brand and the customer whose dealings they belong to.

    Args:
        posts: Linked posts, from `link_posts`.
        targets: Whom brands' posts answer, from `find_brand_targets`.
        accounts: From `make_accounts`.
        brands: For their keyword queries.
        ids: Under which their accounts are answered, from `list_brand_ids`.

    Returns:
        `post`, `brand`, `customer` (author id), `side` and `untagged` (a post
        that only a keyword query found), one row a pair.
    """
    customers = _find_customer_pairs(posts, accounts, ids)
    spoken = customers.with_columns(pl.lit(value=False).alias("untagged"))
    if not (untagged := _inherit_from_own_posts(posts, _find_untagged(posts, brands))).is_empty():
        added = untagged.join(customers, on=["post", "brand"], how="anti")
        spoken = pl.concat([spoken, added.with_columns(pl.lit(value=True).alias("untagged"))])
    author = posts["author_id"].gather(spoken["post"])
    spoken = spoken.with_columns(author.alias("customer"))
    replies = targets.filter(pl.col("customer").is_not_null()).select(PAIR)
    return pl.concat(
        [
            spoken.select(*PAIR, pl.lit("customer").alias("side"), "untagged"),
            replies.select(
                *PAIR, pl.lit("brand").alias("side"), pl.lit(value=False).alias("untagged")
            ),
        ]
    )


def _find_customer_pairs(
    posts: pl.DataFrame, accounts: pl.DataFrame, ids: pl.DataFrame
) -> pl.DataFrame:
    """Return (post, brand) for customers' posts that are in a case with that brand."""
    direct = pl.concat(
        [
            _answers_to_brands(posts),
            _answers_to_missing_posts(posts, accounts, ids),
            _deliberate_mentions(posts, accounts),
        ]
    ).unique()
    return _inherit_from_own_posts(posts, direct)


def _answers_to_brands(posts: pl.DataFrame) -> pl.DataFrame:
    links = posts.select("post", "brand", "parent", "quoted")
    by_brand = links.filter(pl.col("brand").is_not_null())
    if by_brand.is_empty():
        return _NO_PAIRS
    answered = by_brand.select(pl.col("post").alias("_to"), "brand")
    by_customer = links.filter(pl.col("brand").is_null())
    return pl.concat(
        [
            by_customer.select("post", pl.col(column).alias("_to"))
            .drop_nulls()
            .join(answered, on="_to")
            .select("post", "brand")
            for column in ("parent", "quoted")
        ]
    )


def _answers_to_missing_posts(
    posts: pl.DataFrame, accounts: pl.DataFrame, ids: pl.DataFrame
) -> pl.DataFrame:
    """Pair answers to a brand's post that was not collected.

    Answers to a forgotten person are none. The platform names the author, or
    the first leading mention is the one.
    """
    lost = pl.col("parent_missing") & ~pl.col("orphan")
    missing = posts.filter(lost & pl.col("brand").is_null()).drop("brand")
    if missing.is_empty():
        return _NO_PAIRS
    by_name = missing.join(ids, on=["platform", "reply_to_author_id"]).select("post", "brand")
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
    by_customers = posts.select("post", "platform", "brand", "leading", "mentions").filter(
        pl.col("brand").is_null()
    )
    front, mentioned = (
        _name_accounts(by_customers, column, accounts) for column in ("leading", "mentions")
    )
    is_leading = pl.col("leading").list.contains(pl.col("handle"))
    later = mentioned.with_columns(posts["leading"].gather(mentioned["post"])).filter(~is_leading)
    by_platform = posts["parent_missing"].gather(front["post"]) | _is_handed_on(posts, front)
    again = _named_again(posts, front.filter(by_platform))
    on_purpose = [later, front.filter(~by_platform), again]
    return pl.concat(named.select("post", "brand") for named in on_purpose)


def _name_accounts(posts: pl.DataFrame, column: str, accounts: pl.DataFrame) -> pl.DataFrame:
    """Pair posts with the brands whose handles a column lists: `post`, `handle` and `brand`."""
    named = posts.select("post", "platform", handle=column).explode("handle")
    # Most are no brand's, which a look at the handle alone tells sooner than a join.
    known = named.filter(pl.col("handle").is_in(accounts["handle"].implode()))
    return known.join(accounts, on=["platform", "handle"]).drop("platform")


def _named_again(posts: pl.DataFrame, named: pl.DataFrame) -> pl.DataFrame:
    """Keep those that the text names again; words are long, and looked at where they decide."""
    words = (name for name in ("platform", "text", "body") if name in posts.columns)
    shown = posts.select(words)[named["post"]]
    in_body = read_body(posts).list.contains(pl.col("handle"))
    return named.hstack(shown).filter(in_body)


def _is_handed_on(posts: pl.DataFrame, named: pl.DataFrame) -> pl.Series:
    """Tell whether the post that is answered hands a handle on: its author, or its mentions."""
    answered = posts["parent"].gather(named["post"])
    parents = posts.select("mentions", author="handle")[answered]
    asked = named.select("handle").hstack(parents)
    is_mentioned = pl.col("mentions").list.contains(pl.col("handle"))
    told = (pl.col("handle") == pl.col("author")) | is_mentioned
    return asked.select(told.fill_null(value=False).alias("_handed_on")).to_series()


def _inherit_from_own_posts(posts: pl.DataFrame, direct: pl.DataFrame) -> pl.DataFrame:
    """Add posts that continue the customer's own post of the same case."""
    if direct.is_empty():
        return direct
    parents = index_array(posts["parent"])
    author = posts["author_id"]
    same = (author == author.gather(posts["parent"])).fill_null(value=False)
    own = same & posts["brand"].is_null()
    jump = np.where(own.to_numpy(), parents, NO_PARENT)
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
    return pl.concat(found) if found else _NO_PAIRS


def _matches(posts: pl.DataFrame, brand: Brand) -> pl.DataFrame:
    words = (name for name in ("text", "queried") if name in posts.columns)
    by_customers = posts.select("post", "brand", *words).filter(pl.col("brand").is_null())
    return by_customers.filter(matches_queries(posts, brand)).select(
        "post", pl.lit(brand.key).alias("brand")
    )
