"""Replies to several customers at once.

`docs/measures.md`, section 1: a reply belongs to the customer whose post it
answers *and* to every leading-mentioned customer who has an open turn.
"""

import polars as pl

from listener.measure.runs import before, number_groups

GROUP = ("brand", "platform", "customer", "conversation")


def find_shared_replies(
    posts: pl.DataFrame, targets: pl.DataFrame, members: pl.DataFrame
) -> pl.DataFrame:
    """Return further pairs of brands' posts and customers, as columns of `members`.

    Args:
        posts: Linked posts, from `link_posts`.
        targets: Whom brands' posts answer, from `find_brand_targets`.
        members: The pairs so far, with the facts of their posts.
    """
    addressed = _find_addressed(posts, targets)
    facts = posts.select("post", "platform", "conversation")
    spoken = members.filter(pl.col("side") == "customer").select(GROUP).unique()
    candidates = addressed.join(facts, on="post").join(spoken, on=GROUP, how="semi")
    return _keep_open_turns(members, candidates)


def _find_addressed(posts: pl.DataFrame, targets: pl.DataFrame) -> pl.DataFrame:
    people = (
        posts.filter(pl.col("brand").is_null())
        .select("platform", "handle", pl.col("author_id").alias("customer"))
        .unique()
    )
    return (
        targets.select("post", "brand", pl.col("customer").alias("_first"))
        .join(posts.select("post", "platform", "leading"), on="post")
        .explode("leading")
        .join(people, left_on=["platform", "leading"], right_on=["platform", "handle"])
        .filter(pl.col("customer").ne_missing(pl.col("_first")))
        .select("post", "brand", "customer")
        .unique()
    )


def _keep_open_turns(members: pl.DataFrame, candidates: pl.DataFrame) -> pl.DataFrame:
    """Keep candidates that directly follow the customer's post in that case.

    Whether an earlier candidate counted makes no difference: if it did, the
    brand spoke last; if it did not, the brand had spoken before it.
    """
    spoken = members.filter(~pl.col("automatic")).select(*GROUP, "post", "side")
    asked = candidates.select(*GROUP, "post", pl.lit("candidate").alias("side"))
    rows = pl.concat([spoken, asked]).sort("post", "brand", "customer")
    in_order = number_groups(rows, GROUP, "dealing").sort("dealing", "post")
    is_open = (pl.col("side") == "candidate") & (before("side", "dealing") == "customer")
    return in_order.filter(is_open).select("post", "brand", "customer")
