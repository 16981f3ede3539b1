"""Parts of all posts that can be measured one without another.

A part holds what some customers and brands have said to each other, in all their
conversations. So recontacts are found inside of a part, and turns, and labels, which depend on
the post before in the case. Customers who were answered together in one post stay together.
"""

from dataclasses import dataclass

import polars as pl

from listener.measure.cases import Threads
from listener.measure.graph import find_components
from listener.measure.selection import with_need
from listener.measure.tables import Tables

PERSON = ("brand", "platform", "customer")
CLOCKS = {"first_reply": "first_reply", "first_helpful_reply": "first_helpful"}
WAITS_KEY = ("brand", "week", "clock", "seconds")


@dataclass(frozen=True, slots=True)
class Partition:
    """What is needed to measure some customers and brands.

    Attributes:
        threads: Their posts, with words and `replies_collected`, and the cases that they belong to.
        canned: Which of their replies are canned, as `find_canned_replies` returns it.
    """

    threads: Threads
    canned: pl.DataFrame


@dataclass(frozen=True, slots=True)
class PartitionResult:
    """What was measured in a part.

    Attributes:
        tables: The evidence.
        waits: Event tables of its waits, from `count_waits`.
        counts: From `count_cases`.
    """

    tables: Tables
    waits: pl.DataFrame
    counts: pl.DataFrame


def list_people(threads: Threads) -> pl.DataFrame:
    """Tell whose posts are measured: `post` and `person`, null for posts of no case.

    A person is a hash of brand and customer. Posts of no case are left out, unless a brand
    wrote them.
    """
    person = pl.concat_str(PERSON, separator="\x1f").hash(0)
    people = threads.members.select("post", person.alias("person"))
    alone = threads.targets.select("post").join(people, on="post", how="anti")
    return pl.concat([people, alone], how="diagonal")


def assign_parts(people: pl.DataFrame, count: int) -> pl.DataFrame:
    """Tell in which of so many parts a post is measured: `post` and `part`, each post once.

    Args:
        people: From `list_people`; of several threads if these have posts of their own.
        count: How many parts there may be.
    """
    known = people.drop_nulls().select("post", pl.col("person").rank("dense").cast(pl.Int64) - 1)
    first = known.select(pl.col("person").first().over("post")).to_series()
    size = known["person"].n_unique()
    group = find_components(size, known["person"].to_numpy(), first.to_numpy())
    grouped = known.select("post", group=pl.Series(group[known["person"].to_numpy()]))
    alone = people.filter(pl.col("person").is_null())
    numbered = alone.with_row_index("group", size).select("post", pl.col("group").cast(pl.Int64))
    together = pl.concat([grouped.unique("post"), numbered])
    part = (pl.col("group").hash(0) % count).cast(pl.UInt32)
    return together.select("post", part.alias("part")).sort("post")


def count_waits(tables: Tables) -> pl.DataFrame:
    """Count waits of cases with a need, by the week in which these began.

    Returns:
        `brand`, `week`, `clock`, `seconds`, `events` and `censored`. Those of parts add up
        (`merge_waits`), and each week and clock gives an event table.
    """
    cases = with_need(tables.cases)
    waits = [
        cases.select(
            "brand",
            "week",
            pl.lit(clock).alias("clock"),
            pl.col(f"{prefix}_seconds").alias("seconds"),
            pl.col(f"{prefix}_observed").alias("observed"),
        )
        for clock, prefix in CLOCKS.items()
    ]
    later = tables.turns.filter(pl.col("clock") == "followup_reply").join(
        cases.select("case", "brand", "week"), on="case"
    )
    waits.append(
        later.select("brand", "week", "clock", seconds="wait_seconds", observed="observed")
    )
    observed = pl.col("observed")
    counted = pl.concat(waits).drop_nulls("seconds").group_by(WAITS_KEY)
    return counted.agg(
        events=observed.sum().cast(pl.Int64), censored=observed.not_().sum().cast(pl.Int64)
    ).sort(WAITS_KEY)


def count_cases(tables: Tables) -> pl.DataFrame:
    """Count cases by the week in which they began, under the names that figures have.

    Returns:
        `brand`, `week`, `figure` and `count`. Those of parts add up (`merge_counts`).
    """
    cases = tables.cases
    needy = with_need(cases)
    counted = (
        (cases, pl.lit("cases")),
        (needy, pl.lit("cases_with_need")),
        (needy.filter("answered"), pl.lit("answered")),
        (needy, pl.lit("handling.") + pl.col("handling")),
        (needy, pl.lit("own_outcomes.") + pl.col("outcome")),
    )
    named = [rows.select("brand", "week", figure.alias("figure")) for rows, figure in counted]
    key = ("brand", "week", "figure")
    return pl.concat(named).group_by(key).agg(count=pl.len().cast(pl.Int64)).sort(key)


def merge_counts(counts: pl.DataFrame) -> pl.DataFrame:
    """Add up the counts of several parts."""
    key = ("brand", "week", "figure")
    return counts.group_by(key).agg(pl.col("count").sum()).sort(key)


def merge_waits(waits: pl.DataFrame) -> pl.DataFrame:
    """Add up the waits of several parts, and count who was still waiting: `at_risk`."""
    merged = waits.group_by(WAITS_KEY).agg(pl.col("events", "censored").sum()).sort(WAITS_KEY)
    leaving = pl.col("events") + pl.col("censored")
    at_risk = leaving.cum_sum(reverse=True).over(WAITS_KEY[:3])
    return merged.with_columns(at_risk.alias("at_risk"))
