"""Recontacts: a customer who opens a new case soon after an older one.

`docs/measures.md`, section 1. Cases are never merged; the link is shown.
"""

from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

import polars as pl

from listener.measure.runs import before

RECONTACT_WITHIN_MICROSECONDS = 7 * 86_400_000_000
PERSON = ("brand", "platform", "customer")


class _Case(NamedTuple):
    person: int
    opened: int
    last: int
    case: str
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
    namesakes = cases.filter(pl.col("customer").is_duplicated())
    several = namesakes.filter(pl.len().over(PERSON) > 1)
    rows = several.select(
        pl.struct(PERSON).rank("dense").alias("person"),
        pl.col("opened_at").dt.timestamp("us").alias("opened"),
        pl.col("last_post_at").dt.timestamp("us").alias("last"),
        "case",
        ((pl.col("opened_by") == "customer") & pl.col("has_need")).alias("returns"),
    ).sort("person", "opened", pl.col("case").cast(pl.String))
    likely = rows.filter(_may_return().any().over("person"))
    by_person = groupby(map(_Case._make, likely.iter_rows()), key=itemgetter(0))
    pairs = [pair for _, own in by_person for pair in _pair(own)]
    schema = dict.fromkeys(("case", "recontact_of"), cases.schema["case"])
    found = pl.DataFrame(pairs, schema=schema, orient="row")
    return found.join(cases.select("case", "opened_at"), on="case", how="left")


def _may_return() -> pl.Expr:
    """Return whether some earlier case had not ended too early: of most people none has."""
    ended = before(pl.col("last").cum_max().over("person"), "person")
    soon = pl.col("opened") - RECONTACT_WITHIN_MICROSECONDS <= ended
    return pl.col("returns") & soon.fill_null(value=False)


def _pair(cases: Iterable[_Case]) -> Iterator[tuple[str, str]]:
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
            yield from ((case.case, older[-1].case) for case in new if case.returns)
        older.extend(new)
