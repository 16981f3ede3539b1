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


def choose_rows(table: pl.DataFrame, chosen: pl.Expr) -> pl.DataFrame:
    """Return the rows that are chosen, without a copy where they lie together.

    Cases of a brand do, and those of a period in them: to copy all columns takes far longer.
    """
    if table.is_empty():
        return table
    holds = table.select(chosen).to_series()
    first, count = holds.arg_max() or 0, int(holds.sum())
    if holds.slice(first, count).sum() == count:
        return table.slice(first, count)
    return table.filter(holds)


def count_where(frame: pl.DataFrame, **conditions: pl.Expr | str) -> dict[str, int]:
    """Return for each condition, or Boolean column, in how many rows it holds."""
    sums = [
        (pl.col(holds) if isinstance(holds, str) else holds).sum().alias(name)
        for name, holds in conditions.items()
    ]
    counts = frame.select(sums).row(0, named=True)
    return {name: int(count or 0) for name, count in counts.items()}


def select_cases(cases: pl.DataFrame, brand: Brand, period: Period) -> pl.DataFrame:
    """Return the brand's cases that were opened in the period."""
    return choose_rows(cases, (pl.col("brand") == brand.key) & is_inside("opened_at", period))


def opened_in(name: str, brand: Brand) -> pl.Expr:
    """Return whether a case was opened in an ISO week or between two local days."""
    period = find_judged_period(name.replace("/", "_"), brand.time_zone)
    return is_inside("opened_at", period)


def with_need(cases: pl.DataFrame) -> pl.DataFrame:
    """Return the cases that figures are made of: with a need, and not found by keyword alone."""
    return choose_rows(cases, ~pl.col("untagged") & pl.col("has_need"))


def tagged(cases: pl.DataFrame) -> pl.DataFrame:
    """Return the cases that more than a keyword found, with a need or without."""
    return choose_rows(cases, ~pl.col("untagged"))


def select_posts(posts: pl.DataFrame, brand: Brand, period: Period) -> pl.DataFrame:
    """Return the rows of `replies`, or of posts of cases, that fall into the period."""
    return posts.filter((pl.col("brand") == brand.key) & is_inside("at", period))


def select_replies(replies: pl.DataFrame, brand: Brand, period: Period) -> pl.DataFrame:
    """Return the replies of persons, in cases that are counted, that fall into the period."""
    return select_posts(replies, brand, period).filter(is_counted_reply())


def is_counted_reply() -> pl.Expr:
    """Tell whether a row of `replies` is the reply of a person in a case that is counted."""
    return (pl.col("kind") == "reply") & ~pl.col("automatic") & pl.col("counted")
