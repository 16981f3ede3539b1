"""Choose the best and the worst conversation by rule, so that nobody picks.

`docs/measures.md`, section 4, "Two examples".
"""

import polars as pl

from listener.figures import Examples
from listener.posts import OPEN_VISIBILITIES

BAD_ENDS = ("unresolved", "brand_silent")
_READ = ("case", "side", "visibility", "deleted", "automatic")


def measure_examples(cases: pl.DataFrame, case_posts: pl.DataFrame) -> Examples:
    """Choose two cases whose public posts show both sides.

    Args:
        cases: Cases with a need of the week whose outcomes are told.
        case_posts: Posts of cases; those that are not public count for nothing here.
    """
    helped = pl.col("first_helpful_observed").fill_null(value=False)
    is_good = (
        (pl.col("outcome") == "resolved")
        & (pl.col("handling") == "public")
        & (pl.col("chases") == 0)
        & ~pl.col("reopened")
        & helped
    )
    is_bad = pl.col("outcome").is_in(BAD_ENDS)
    answered = cases.select(
        *("case", "answered", "chases", "first_helpful_seconds"), good=is_good, bad=is_bad
    ).filter(pl.col("answered") & (pl.col("good") | pl.col("bad")))
    talks = answered.join(_find_talks(case_posts, answered), on="case", how="semi")
    good = talks.filter("good").sort("first_helpful_seconds", "case")
    bad = talks.filter("bad").sort(
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
    said = case_posts.select(_READ).filter(quotable)
    said = said.join(cases.select("case"), on="case", how="semi")
    sides = said.group_by("case").agg(pl.col("side").n_unique())
    return sides.filter(pl.col("side") == 2).select("case")


def _first(cases: pl.DataFrame) -> str | None:
    return None if cases.is_empty() else str(cases["case"].item(0))
