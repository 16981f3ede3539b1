"""The headline figures of the weeks up to one (`docs/measures.md`, section 8)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import polars as pl

from listener.figures import Quantile, TrendPoint
from listener.measure.handling import MOVED
from listener.measure.periods import Period, shift_week
from listener.measure.selection import choose_rows, is_inside, with_need
from listener.measure.statistics import event_tables, make_share, measure_medians
from listener.measure.window import TREND_WEEKS, find_look_back
from listener.posts import Brand

_NEVER = Quantile(None, None, None, None)
_READ = (
    *("opened_at", "untagged", "has_need", "answered", "handling", "fast_no_help"),
    *("first_reply_seconds", "first_reply_observed"),
    *("first_helpful_seconds", "first_helpful_observed"),
)


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
    first = cases.select(pl.col("opened_at").filter(looked_at).min()).item()
    return [week for week in weeks if first is not None and week.until > first]


def measure_trend(
    cases: pl.DataFrame, weeks: Sequence[Period], settled_until: datetime
) -> tuple[TrendPoint, ...]:
    """Measure weeks, which follow each other, by the cases that were opened in them.

    What needs seven days of watching has no data in weeks that end later than `settled_until`.
    """
    if not weeks:
        return ()
    span = Period("", weeks[0].since, weeks[-1].until)
    own = with_need(choose_rows(cases.select(_READ), is_inside("opened_at", span)))
    own = own.with_columns(_number_weeks(own["opened_at"], weeks))
    counts = {row["point"]: row for row in _count(own).iter_rows(named=True)}
    medians = {prefix: _measure_medians(own, prefix) for prefix in ("first_reply", "first_helpful")}
    return tuple(
        _make_point(
            week.name,
            counts.get(point, {}),
            [found.get(point, _NEVER) for found in medians.values()],
            is_settled=week.until <= settled_until,
        )
        for point, week in enumerate(weeks)
    )


def _number_weeks(opened_at: pl.Series, weeks: Sequence[Period]) -> pl.Series:
    begins = pl.Series("point", [week.since for week in weeks], opened_at.dtype)
    return begins.search_sorted(opened_at, "right").cast(pl.Int64) - 1


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


def _measure_medians(cases: pl.DataFrame, prefix: str) -> dict[int, Quantile]:
    waits = cases.select("point", seconds=f"{prefix}_seconds", observed=f"{prefix}_observed")
    medians = measure_medians(event_tables(waits, "point"), "point")
    return {point: median for (point,), (_, median) in medians.items()}


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
