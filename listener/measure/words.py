"""What sorting posts into cases needs of their words.

It is read from the words where these are at hand, else from columns that `glances` made of them:
where there are too many posts for one machine, who sorts them sees no words.
"""

import polars as pl

from listener.measure.handles import body_handles, leading_handles
from listener.measure.text import normalized_text
from listener.posts import Brand


def read_leading(posts: pl.DataFrame) -> pl.Expr:
    """Return the folded handles at the start of each post."""
    if "leading" in posts.columns:
        return pl.col("leading")
    return leading_handles(all_on_x=bool((posts["platform"] == "x").all()))


def read_body(posts: pl.DataFrame) -> pl.Expr:
    """Return the folded handles that stand later in it; of brands' accounts at least."""
    return pl.col("body") if "body" in posts.columns else body_handles()


def read_said(posts: pl.DataFrame) -> pl.Expr:
    """Return what is the same for the same normalised text; of brands' posts at least."""
    return pl.col("said") if "said" in posts.columns else normalized_text(pl.col("text"))


def matches_queries(posts: pl.DataFrame, brand: Brand) -> pl.Expr:
    """Return whether a post matches one of the brand's keyword queries."""
    if "queried" in posts.columns:
        return pl.col("queried").list.contains(brand.key)
    words = pl.Series(brand.queries).str.escape_regex().str.replace_all(r"\s+", r"\s+")
    pattern = rf"(?i)(?:^|[^\p{{L}}\p{{N}}_@])(?:{'|'.join(words)})(?:$|[^\p{{L}}\p{{N}}_])"
    return pl.col("text").str.contains(pattern)
