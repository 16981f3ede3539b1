"""Everything that was measured of some cases, and why (`docs/measures.md`)."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Any

import polars as pl

from listener.measure.promise_reasons import give_promise_reasons
from listener.measure.reasons import Reason, give_reasons
from listener.measure.tables import Tables
from listener.measure.told_reasons import give_told_reasons

Row = Mapping[str, Any]
# What reasons look at: to make a row of all that is known of a post takes far longer.
_POSTS = (
    *("case", "order", "post", "side", "automatic", "turn", "labels", "helps", "deflects"),
    *("chase", "followup_unasked", "reopens"),
)
_TURNS = ("case", "turn", "clock", "wait_seconds", "observed", "service_seconds", "off_hours")


def explain_cases(
    tables: Tables, wanted: Collection[str], *, settle_days: float
) -> dict[str, tuple[Reason, ...]]:
    """Return what was measured of some cases, and why.

    Args:
        tables: The evidence.
        wanted: Names of cases.
        settle_days: How long a conversation must have been quiet before it is judged.
    """
    chosen = pl.col("case").is_in(list(wanted))
    posts = _divide(tables.case_posts.select(_POSTS).filter(chosen).sort("case", "order"))
    turns = _divide(tables.turns.select(_TURNS).filter(chosen).sort("case", "turn"))
    promises = _divide(tables.promises.filter(chosen))
    told = _divide(tables.told.filter(chosen))
    return {
        name: (
            *give_reasons(case, posts[name], turns[name], settle_days=settle_days),
            *give_promise_reasons(promises[name], posts[name]),
            *give_told_reasons(told[name]),
        )
        for case in tables.cases.filter(chosen).iter_rows(named=True)
        for name in [case["case"]]
    }


def _divide(rows: pl.DataFrame) -> Mapping[str, list[Row]]:
    divided: dict[str, list[Row]] = defaultdict(list)
    for row in rows.iter_rows(named=True):
        divided[row["case"]].append(row)
    return divided
