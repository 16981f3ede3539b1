"""Which way cases went: from the first post over its handling to the outcome.

`docs/measures.md`, section 4, "The flow".
"""

import polars as pl

from listener.figures import Flow, Share
from listener.measure.handling import HANDLINGS
from listener.measure.outcome import OUTCOMES
from listener.measure.statistics import make_share


def measure_flow(cases: pl.DataFrame) -> Flow:
    """Count how cases were handled and what came of those of each handling.

    Args:
        cases: Cases with a need, with `handling` and `outcome`.
    """
    counted = cases.group_by("handling", "outcome").len()
    counts = {(handling, outcome): count for handling, outcome, count in counted.iter_rows()}
    sums = {handling: _sum(counts, handling) for handling in HANDLINGS}
    return Flow(
        total=cases.height,
        handling={each: make_share(count, cases.height) for each, count in sums.items() if count},
        paths={
            each: dict(_list_ways(counts, each, count)) for each, count in sums.items() if count
        },
    )


def _sum(counts: dict[tuple[str, str], int], handling: str) -> int:
    return sum(count for (each, _), count in counts.items() if each == handling)


def _list_ways(
    counts: dict[tuple[str, str], int], handling: str, total: int
) -> list[tuple[str, Share]]:
    return [
        (outcome, make_share(counts[handling, outcome], total))
        for outcome in OUTCOMES
        if (handling, outcome) in counts
    ]
