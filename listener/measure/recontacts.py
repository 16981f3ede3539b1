"""Recontacts: a customer who opens a new case soon after an older one.

`docs/measures.md`, section 1. Cases are never merged; the link is shown.
"""

from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

import polars as pl

RECONTACT_WITHIN_MICROSECONDS = 7 * 86_400_000_000
PERSON = ("brand", "platform", "customer")


class _Case(NamedTuple):
    person: int
    opened: int
    last: int
    row: int
    returns: bool


def find_recontacts(cases: pl.DataFrame) -> pl.DataFrame:
    """Pair a new case with the older one that it takes up again.

    A customer opens a new case with a need after the older one's first post
    and at most seven days after its last; of several older ones the latest
    opened is meant.

    Args:
        cases: `case`, `brand`, `platform`, `customer`, `opened_at`,
            `opened_by`, `has_need`, `last_post_at`.

    Returns:
        `case`, `recontact_of` and `opened_at` of the new case.
    """
    # Most have one case alone, and what they are called tells so at once.
    numbered = cases.with_row_index("row")
    namesakes = numbered.filter(pl.col("customer").is_duplicated())
    several = namesakes.filter(pl.len().over(PERSON) > 1)
    rows = several.select(
        pl.struct(PERSON).rank("dense").alias("person"),
        pl.col("opened_at").dt.timestamp("us").alias("opened"),
        pl.col("last_post_at").dt.timestamp("us").alias("last"),
        "row",
        "case",
        ((pl.col("opened_by") == "customer") & pl.col("has_need")).alias("returns"),
    ).sort("person", "opened", pl.col("case").cast(pl.String))
    persons = rows.filter(_may_return())["person"].unique()
    likely = rows.filter(pl.col("person").is_in(persons.implode())).drop("case")
    by_person = groupby(map(_Case._make, likely.iter_rows()), key=itemgetter(0))
    pairs = [pair for _, own in by_person for pair in _pair(own)]
    again, older = pl.DataFrame(pairs, schema=["again", "older"], orient="row").cast(pl.UInt32)
    return cases.select(
        pl.col("case").gather(again),
        pl.col("case").gather(older).alias("recontact_of"),
        pl.col("opened_at").gather(again),
    )


def _may_return() -> pl.Expr:
    """Return whether some earlier case had not ended too early: of most people none has.

    Moments are told to the second, in the lower half of a number that begins with the person.
    """
    reaches = _name_moment(pl.col("last")).cum_max().shift(1)
    opened = _name_moment(pl.col("opened") - RECONTACT_WITHIN_MICROSECONDS)
    return pl.col("returns") & (opened <= reaches).fill_null(value=False)


def _name_moment(moment: pl.Expr) -> pl.Expr:
    second = (moment // 1_000_000).clip(0, 2**32 - 1)
    return pl.col("person").cast(pl.Int64) * 2**32 + second


def _pair(cases: Iterable[_Case]) -> Iterator[tuple[int, int]]:
    """Walk through one person's cases in order of opening.

    An older case that ended too early for this one ended too early for all
    later ones: it is dropped for good, so that the walk is linear.
    """
    older: list[_Case] = []
    for opened, together in groupby(cases, key=itemgetter(1)):
        while older and older[-1].last < opened - RECONTACT_WITHIN_MICROSECONDS:
            older.pop()
        new = list(together)
        if older:
            yield from ((case.row, older[-1].row) for case in new if case.returns)
        older.extend(new)
