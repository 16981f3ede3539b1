"""Name the figures that count a case not by itself, but among the others."""

from collections import defaultdict
from collections.abc import Mapping

import polars as pl

from listener.measure.dialogue import COMPLAINT, PRAISE, opens_with
from listener.measure.told import OUTCOMES_TOLD, find_last_told
from listener.report.filter_words import MOST_SOURCES

Names = Mapping[str, tuple[str, ...]]


def find_shared_filters(settled: pl.DataFrame, told: pl.DataFrame | None) -> Names:
    """Return by case the names of the settled period's figures that count it among others.

    Customers are counted once: of each, one case stands for all, an answered one if there is any.

    Args:
        settled: The cases of this period that may be listed, with a need or without.
        told: Evidence of outcomes told from elsewhere, if there is any.
    """
    needy = settled.filter("has_need").sort(
        "answered", "opened_at", "case", descending=[True, False, False]
    )
    each = needy.unique(["platform", "customer"], keep="first", maintain_order=True)
    chosen = {"customer": each, "reached": each.filter("answered")}
    for what in (PRAISE, COMPLAINT):
        opened = chosen[what] = settled.filter(opens_with(what))
        chosen[f"{what}_answered"] = opened.filter("answered")
    if told is not None:
        chosen |= _divide_told(told.join(needy.select("case"), on="case", how="semi"))
    return _turn_round({name: cases["case"] for name, cases in chosen.items()})


def _divide_told(told: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Divide cases by what was told of them, by all and by each source, as figures do."""
    own = told.sort("told_at", maintain_order=True)
    last = find_last_told(own)
    by_source = own.unique(["case", "source"], keep="last", maintain_order=True)
    split = by_source.group_by("case").agg(pl.col("outcome").n_unique())
    chosen = {"told": last, "contradicted": split.filter(pl.col("outcome") > 1)}
    sources = sorted(by_source["source"].unique())[:MOST_SOURCES]
    for outcome in OUTCOMES_TOLD:
        chosen[f"told-{outcome}"] = last.filter(outcome=outcome)
        for number, source in enumerate(sources):
            said = by_source.filter(source=source, outcome=outcome)
            chosen[f"source_{outcome}-{number}"] = said
    return chosen


def _turn_round(chosen: Mapping[str, pl.Series]) -> Names:
    names = defaultdict(list)
    for name, cases in chosen.items():
        for case in cases:
            names[case].append(name)
    return {case: tuple(each) for case, each in names.items()}
