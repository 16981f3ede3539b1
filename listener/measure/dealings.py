"""A customer's dealings with a brand in one conversation, in order.

`docs/measures.md`, section 1: by time, a parent before what answers it. A
reply whose clock runs ahead stands behind the post that it answers, if that
is part of the same dealings; other people's clocks move nothing.
"""

import polars as pl

from listener.measure.graph import trace_ancestors
from listener.measure.runs import number_groups
from listener.measure.threads import index_array

GROUP = ("brand", "platform", "customer", "conversation")


def put_in_order(rows: pl.DataFrame, posts: pl.DataFrame) -> pl.DataFrame:
    """Return the rows with `dealing`, a number for each group, sorted by it and in order.

    Args:
        rows: One row a post of a dealing, with `post` and the columns of `GROUP`.
        posts: Linked posts, from `link_posts`.
    """
    fixed = rows.sort("post", "brand", "customer")
    numbered = number_groups(fixed, GROUP, "dealing").with_row_index("_row")
    parents = posts["parent"].gather(numbered["post"])
    linked = numbered.select("_row", _place("dealing", parents)).join(
        numbered.select(_place("dealing", "post"), _to="_row"),
        on="_place",
        how="left",
        maintain_order="left",
    )
    if linked.height > numbered.height:
        linked = linked.unique("_row", keep="first", maintain_order=True)
    times = posts["created_at"].gather(numbered["post"]).dt.timestamp("us").to_numpy()
    depth, latest = trace_ancestors(index_array(linked["_to"]), times)
    ordered = numbered.with_columns(pl.Series("_latest", latest), pl.Series("_depth", depth))
    return ordered.sort("dealing", "_latest", "_depth", "post").drop("_row", "_latest", "_depth")


def _place(dealing: str, post: str | pl.Series) -> pl.Expr:
    """Return one number for a post's place in a dealing, by which it is found at once."""
    number = pl.col(post) if isinstance(post, str) else post
    return (pl.col(dealing).cast(pl.UInt64) * 2**32 + number).alias("_place")
