"""Choose the best and the worst conversation by rule, so that nobody picks.

`docs/measures.md`, section 4, "Two examples".
"""

import polars as pl

from listener.figures import Examples
from listener.posts import OPEN_VISIBILITIES

BAD_ENDS = ("unresolved", "brand_silent")


def measure_examples(cases: pl.DataFrame, case_posts: pl.DataFrame) -> Examples:
    """Choose two cases whose public posts show both sides.

    Args:
        cases: Cases with a need of the week whose outcomes are told.
        case_posts: Posts of cases; those that are not public count for nothing here.
    """
    talks = cases.filter("answered").join(
        _find_talks(case_posts, cases), on="case", how="semi", maintain_order="left"
    )
    helped = pl.col("first_helpful_observed").fill_null(value=False)
    good = talks.filter(
        (pl.col("outcome") == "resolved")
        & (pl.col("handling") == "public")
        & (pl.col("chases") == 0)
        & ~pl.col("reopened")
        & helped
    ).sort("first_helpful_seconds", "case")
    bad = talks.filter(pl.col("outcome").is_in(BAD_ENDS)).sort(
        "chases", "first_helpful_seconds", "case", descending=[True, True, False], nulls_last=True
    )
    return Examples(best=_first(good), worst=_first(bad), best_of=good.height, worst_of=bad.height)


def _find_talks(case_posts: pl.DataFrame, cases: pl.DataFrame) -> pl.DataFrame:
    """Return `case` of those in which both sides can be quoted; machines are no side."""
    quotable = (
        pl.col("visibility").is_in(OPEN_VISIBILITIES).fill_null(value=False)
        & ~pl.col("deleted")
        & ~pl.col("automatic")
    )
    said = case_posts.join(cases.select("case"), on="case", how="semi").filter(quotable)
    sides = said.group_by("case").agg(pl.col("side").n_unique())
    return sides.filter(pl.col("side") == 2).select("case")


def _first(cases: pl.DataFrame) -> str | None:
    return None if cases.is_empty() else str(cases["case"].item(0))
