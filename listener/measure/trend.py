"""The headline figures of the weeks up to one (`docs/measures.md`, section 8)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import polars as pl

from listener.figures import Quantile, TrendPoint
from listener.measure.handling import MOVED
from listener.measure.periods import Period, shift_week
from listener.measure.selection import is_inside, with_need
from listener.measure.statistics import event_tables, make_share, measure_quantile
from listener.measure.window import TREND_WEEKS, find_look_back
from listener.posts import Brand

_NEVER = Quantile(None, None, None, None)


def list_trend_weeks(cases: pl.DataFrame, brand: Brand, period: Period) -> list[Period]:
    """Return the twelve weeks up to this one, from the first case on that is looked at.

    Args:
        cases: The brand's.
        brand: Whose weeks.
        period: A free one has no trend.
    """
    if "W" not in period.name:
        return []
    weeks = [shift_week(period, -n, brand.time_zone) for n in reversed(range(TREND_WEEKS))]
    looked_at = pl.col("opened_at") >= find_look_back(period, brand.time_zone)
    first = cases.filter(looked_at)["opened_at"].min()
    return [week for week in weeks if first is not None and week.until > first]  # type: ignore[operator]


def measure_trend(
    cases: pl.DataFrame, weeks: Sequence[Period], settled_until: datetime
) -> tuple[TrendPoint, ...]:
    """Measure weeks by the cases that were opened in them.

    What needs seven days of watching has no data in weeks that end later than `settled_until`.
    """
    if not weeks:
        return ()
    own = (
        with_need(cases).with_columns(point=_name_week(weeks)).filter(pl.col("point").is_not_null())
    )
    counts = {row["point"]: row for row in _count(own).iter_rows(named=True)}
    medians = {prefix: _measure_medians(own, prefix) for prefix in ("first_reply", "first_helpful")}
    return tuple(
        _make_point(
            week.name,
            counts.get(week.name, {}),
            [found.get(week.name, _NEVER) for found in medians.values()],
            is_settled=week.until <= settled_until,
        )
        for week in weeks
    )


def _name_week(weeks: Sequence[Period]) -> pl.Expr:
    return pl.coalesce(
        pl.when(is_inside("opened_at", week)).then(pl.lit(week.name)) for week in weeks
    )


def _count(cases: pl.DataFrame) -> pl.DataFrame:
    return cases.group_by("point").agg(
        cases=pl.len(),
        clocked=pl.col("first_reply_seconds").count(),
        answered=pl.col("answered").sum(),
        deflected=(pl.col("answered") & was_deflected()).sum(),
        judged=pl.col("fast_no_help").count(),
        fast_no_help=pl.col("fast_no_help").sum(),
    )


def was_deflected() -> pl.Expr:
    """Tell whether a case was handed over at some point."""
    return pl.col("handling").is_in(MOVED)


def _measure_medians(cases: pl.DataFrame, prefix: str) -> dict[str, Quantile]:
    waits = cases.select("point", seconds=f"{prefix}_seconds", observed=f"{prefix}_observed")
    tables = event_tables(waits, "point")
    return {name: measure_quantile(table, 0.5) for (name,), table in tables.items()}


def _make_point(
    name: str, counts: dict[str, Any], medians: Sequence[Quantile], *, is_settled: bool
) -> TrendPoint:
    cases, answered = counts.get("cases", 0), counts.get("answered", 0)
    quick = (counts.get("fast_no_help", 0), counts.get("judged", 0)) if is_settled else (0, 0)
    return TrendPoint(
        week=name,
        cases=cases,
        clocked=counts.get("clocked", 0),
        answered=make_share(answered, cases),
        deflection_rate=make_share(counts.get("deflected", 0), answered),
        fast_no_help=make_share(*quick),
        first_reply_median=medians[0],
        first_helpful_median=medians[1],
    )
