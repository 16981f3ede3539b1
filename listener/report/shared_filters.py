"""Name the figures that count a case not by itself, but among the others."""

from collections import defaultdict
from collections.abc import Mapping

import polars as pl

from listener.measure.dialogue import COMPLAINT, PRAISE, opens_with

Names = Mapping[str, tuple[str, ...]]


def find_shared_filters(settled: pl.DataFrame) -> Names:
    """Return by case the names of the settled period's figures that count it among others.

    Customers are counted once: of each, one case stands for all, an answered one if there is any.

    Args:
        settled: The cases of this period that may be listed, with a need or without.
    """
    needy = settled.filter("has_need").sort("answered", "opened_at", descending=[True, False])
    each = needy.unique(["platform", "customer"], keep="first", maintain_order=True)
    chosen = {"customer": each, "reached": each.filter("answered")}
    for what in (PRAISE, COMPLAINT):
        opened = chosen[what] = settled.filter(opens_with(what))
        chosen[f"{what}_answered"] = opened.filter("answered")
    return _turn_round({name: cases["case"] for name, cases in chosen.items()})


def _turn_round(chosen: Mapping[str, pl.Series]) -> Names:
    names = defaultdict(list)
    for name, cases in chosen.items():
        for case in cases:
            names[case].append(name)
    return {case: tuple(each) for case, each in names.items()}
