"""Which cases were asked for again, and when: only then does silence mean anything.

`docs/measures.md`, section 4. A visit names a post; it counts for the cases that this
post is part of. If everybody's posts were asked for, from the first post of the
conversation on, it counts for all cases of the conversation.
"""

import polars as pl

CONVERSATION = ("platform", "conversation")
_MOMENT = pl.Datetime("us", "UTC")


def find_visited(
    members: pl.DataFrame, posts: pl.DataFrame, visits: pl.DataFrame | None
) -> pl.DataFrame:
    """Return `case` and `visited_at`, the latest visit, of the cases that were visited.

    Args:
        members: Posts of cases, with `case`, `post`, `platform` and `conversation`.
        posts: Linked posts, from `link_posts`.
        visits: `post` (row number in `posts`), `visited_at` and, if some visits were for
            one customer only, `is_whole`.
    """
    if visits is None or visits.is_empty():
        return members.select("case", pl.lit(None, dtype=_MOMENT).alias("visited_at")).clear()
    known = visits.with_columns(pl.col("post").cast(pl.UInt32))
    cases = members.select("case", *CONVERSATION, "post")
    own = cases.join(known, on="post").select("case", "visited_at")
    first = posts.group_by(CONVERSATION).agg(pl.col("post").min())
    whole = known.filter("is_whole") if "is_whole" in known.columns else known
    around = whole.join(first, on="post").select(*CONVERSATION, "visited_at")
    others = cases.select("case", *CONVERSATION).unique().join(around, on=CONVERSATION)
    every = pl.concat([own, others.select("case", "visited_at")])
    return every.group_by("case").agg(pl.col("visited_at").max())
