"""Draw the twelve weeks up to this one as small charts of one size."""

from collections.abc import Sequence

import altair as alt

from listener.figures import MIN_CASES_FOR_A_RATE, Quantile, Share, TrendPoint
from listener.report.charts import (
    FIRST,
    FIRST_SECONDS,
    GRID,
    HELPFUL,
    LAST_SECONDS,
    PLAIN,
    AnyChart,
    draw_chart,
    make_data,
)

_WAITS = (FIRST_SECONDS, LAST_SECONDS)
# By how much of a week the bars of two curves stand apart.
_ASIDE = 0.16


def render_share_trend(shares: Sequence[Share], *, title: str) -> str:
    """Return a small chart of a weekly share with its interval; gaps where there is too little."""
    rows = [
        {"x": index, "y": 100 * (share.rate or 0), "low": 100 * low, "high": 100 * high}
        for index, share in enumerate(shares)
        if share.is_shown_as_rate
        and (low := share.low) is not None
        and (high := share.high) is not None
    ]
    band = alt.Chart(make_data(rows)).mark_rule(color=GRID, strokeWidth=7).encode(
        x=_week_axis(len(shares)), y=_quiet_axis("low", [0, 100]), y2="high:Q"
    )  # fmt: skip
    return draw_chart(_small(band, _dots(rows, len(shares), [0, 100], PLAIN, [1, 0])), title)


def render_count_trend(counts: Sequence[int], *, title: str) -> str:
    """Return a small chart of weekly counts as bars."""
    rows = [{"x": index, "y": count} for index, count in enumerate(counts)]
    top = max(1, *counts) if counts else 1
    bars = alt.Chart(make_data(rows)).mark_bar(color=PLAIN, size=9).encode(
        x=_week_axis(len(counts)), y=_quiet_axis("y", [0, top])
    )  # fmt: skip
    return draw_chart(_small(bars), title)


def render_median_trend(points: Sequence[TrendPoint], *, title: str) -> str:
    """Return a small chart of both weekly medians with intervals on one logarithmic axis."""
    lines = (
        ([point.first_reply_median for point in points], FIRST, [5, 4], -_ASIDE),
        ([point.first_helpful_median for point in points], HELPFUL, [1, 0], _ASIDE),
    )
    bands, curves = [], []
    for medians, colour, dash, aside in lines:
        rows = _median_rows(medians, points, aside)
        bands.append(_draw_ranges(rows, len(points), colour))
        known = [row for row in rows if "y" in row]
        curves.append(_dots(known, len(points), _WAITS, colour, dash, log=True))
    return draw_chart(_small(*bands, *curves), title)


def _median_rows(
    medians: Sequence[Quantile], points: Sequence[TrendPoint], aside: float
) -> list[dict[str, float]]:
    """Return medians with their intervals; an end that was not reached lies at the top."""
    rows = []
    for index, (median, point) in enumerate(zip(medians, points, strict=True)):
        if point.clocked < MIN_CASES_FOR_A_RATE or median.longest is None:
            continue
        row = {"x": index + aside}
        if median.seconds is not None:
            row["y"] = _clip(median.seconds)
        if median.low is not None:
            row |= {"low": _clip(median.low), "high": _clip(median.high or LAST_SECONDS)}
        rows.append(row)
    return rows


def _draw_ranges(rows: list[dict[str, float]], weeks: int, colour: str) -> AnyChart:
    """Return the intervals as bars, each curve's beside the other's."""
    drawn: AnyChart = alt.Chart(make_data([row for row in rows if "low" in row])).mark_rule(
        color=colour, strokeWidth=5, opacity=0.3
    ).encode(x=_week_axis(weeks), y=_quiet_axis("low", _WAITS, log=True), y2="high:Q")  # fmt: skip
    return drawn


def _clip(seconds: float) -> float:
    return min(max(seconds, FIRST_SECONDS), LAST_SECONDS)


def _week_axis(weeks: int) -> alt.X:
    domain = [-0.5, max(weeks - 0.5, 0.5)]
    return alt.X("x:Q", scale=alt.Scale(domain=domain), axis=None)


def _quiet_axis(field: str, domain: Sequence[float], *, log: bool = False) -> alt.Y:
    scale = alt.Scale(domain=list(domain), type="log" if log else "linear")
    axis = alt.Axis(
        values=list(domain), gridColor=GRID, labels=False, ticks=False, domain=False, title=None
    )
    return alt.Y(f"{field}:Q", scale=scale, axis=axis)


def _dots(
    rows: list[dict[str, float]],
    weeks: int,
    domain: Sequence[float],
    colour: str,
    dash: Sequence[int],
    *,
    log: bool = False,
) -> AnyChart:
    base = alt.Chart(make_data(rows)).encode(
        x=_week_axis(weeks), y=_quiet_axis("y", domain, log=log)
    )
    line = base.mark_line(color=colour, strokeWidth=2, strokeDash=list(dash))
    return alt.layer(line, base.mark_circle(color=colour, size=34, opacity=1))


def _small(*layers: AnyChart) -> AnyChart:
    return alt.layer(*layers).properties(width=260, height=80)
