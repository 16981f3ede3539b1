"""Replies to several customers at once.

`docs/measures.md`, section 1: a reply belongs to the customer whose post it
answers *and* to every leading-mentioned customer who has an open turn.
"""

import polars as pl

from listener.measure.dealings import GROUP, put_in_order
from listener.measure.known import add_known
from listener.measure.runs import before


def find_shared_replies(
    posts: pl.DataFrame, targets: pl.DataFrame, members: pl.DataFrame
) -> pl.DataFrame:
    """Return further pairs of brands' posts and customers: `post`, `brand`, `customer`.

    Args:
        posts: Linked posts, from `link_posts`.
        targets: Whom brands' posts answer, from `find_brand_targets`.
        members: The pairs so far, with the facts of their posts.
    """
    addressed = _find_addressed(posts, targets)
    if addressed.is_empty():
        return addressed.select("post", "brand", "customer")
    spoken = members.filter(pl.col("side") == "customer").select(GROUP).unique()
    candidates = addressed.join(spoken, on=GROUP, how="semi")
    return _keep_open_turns(posts, members, candidates)


def _find_addressed(posts: pl.DataFrame, targets: pl.DataFrame) -> pl.DataFrame:
    """Pair brands' posts with others of the conversation whom they name in front."""
    place = ["platform", "conversation"]
    answered = posts["handle"].gather(targets["target"])
    named = (
        targets.select("post", "brand", answered.alias("_answered"), _first="customer")
        .pipe(add_known, posts.select("post", *place, handle="leading"))
        .explode("handle")
        # Most name nobody but whom they answer: those are not looked for.
        .filter(pl.col("handle").ne_missing(pl.col("_answered")))
    )
    around = named.select(place).unique()
    people = (
        posts.select(*place, "handle", "brand", customer="author_id")
        .filter(pl.col("brand").is_null())
        .drop("brand")
        .join(around, on=place, how="semi")
    )
    # A handle that several people bear, as in anonymised archives, names nobody.
    alone = people.unique().filter(pl.len().over(*place, "handle") == 1)
    return (
        named.join(alone, on=[*place, "handle"])
        .filter(pl.col("customer").ne_missing(pl.col("_first")))
        .select("post", "brand", "customer", *place)
        .unique()
    )


def _keep_open_turns(
    posts: pl.DataFrame, members: pl.DataFrame, candidates: pl.DataFrame
) -> pl.DataFrame:
    """Keep candidates that directly follow the customer's post in that case.

    Whether an earlier candidate counted makes no difference: if it did, the
    brand spoke last; if it did not, the brand had spoken before it. Automatic
    replies close no turn; they are kept where one is open.
    """
    automatic = members.filter("automatic")["post"].unique()
    is_automatic = pl.col("post").is_in(automatic.implode())
    asked = candidates.select(*GROUP, "post", pl.lit("candidate").alias("side"))
    spoken = members.filter(~pl.col("automatic")).select(*GROUP, "post", "side")
    persons = _follow_customers(posts, spoken, asked.filter(~is_automatic))
    machines = _follow_customers(posts, spoken, asked.filter(is_automatic))
    return pl.concat([persons, machines])


def _follow_customers(
    posts: pl.DataFrame, spoken: pl.DataFrame, asked: pl.DataFrame
) -> pl.DataFrame:
    in_order = put_in_order(pl.concat([spoken, asked]), posts)
    is_open = (pl.col("side") == "candidate") & (before("side", "dealing") == "customer")
    return in_order.filter(is_open).select("post", "brand", "customer")
