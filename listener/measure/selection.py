"""Which cases and posts a figure is made of."""

from functools import lru_cache

import polars as pl

from listener.measure.periods import Period, find_judged_period
from listener.posts import Brand


# Polars takes longer to make a value of a moment than to look for it in ten thousand rows.
@lru_cache(maxsize=1000)
def is_inside(column: str, period: Period) -> pl.Expr:
    """Tell whether the moments of a column lie in a period."""
    return pl.col(column).is_between(period.since, period.until, closed="left")


def select_cases(cases: pl.DataFrame, brand: Brand, period: Period) -> pl.DataFrame:
    """Return the brand's cases that were opened in the period."""
    return cases.filter((pl.col("brand") == brand.key) & is_inside("opened_at", period))


def opened_in(name: str, brand: Brand) -> pl.Expr:
    """Return whether a case was opened in an ISO week or between two local days."""
    period = find_judged_period(name.replace("/", "_"), brand.time_zone)
    return is_inside("opened_at", period)


def with_need(cases: pl.DataFrame) -> pl.DataFrame:
    """Return the cases that figures are made of: with a need, and not found by keyword alone."""
    return cases.filter(~pl.col("untagged") & pl.col("has_need"))  # two conditions take longer


def tagged(cases: pl.DataFrame) -> pl.DataFrame:
    """Return the cases that more than a keyword found, with a need or without."""
    return cases.filter(~pl.col("untagged"))


def select_posts(posts: pl.DataFrame, brand: Brand, period: Period) -> pl.DataFrame:
    """Return the rows of `replies`, or of posts of cases, that fall into the period."""
    return posts.filter((pl.col("brand") == brand.key) & is_inside("at", period))


def select_replies(replies: pl.DataFrame, brand: Brand, period: Period) -> pl.DataFrame:
    """Return the replies of persons, in cases that are counted, that fall into the period."""
    person = (pl.col("kind") == "reply") & ~pl.col("automatic") & pl.col("counted")
    return select_posts(replies, brand, period).filter(person)
