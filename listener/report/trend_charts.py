"""Draw the twelve weeks up to this one as small charts of one size."""

from collections.abc import Mapping, Sequence

from listener.figures import MIN_CASES_FOR_A_RATE, Quantile, Share, TrendPoint
from listener.report.charts import (
    FIRST,
    FIRST_SECONDS,
    GRID,
    HELPFUL,
    LAST_SECONDS,
    PLAIN,
    Spec,
    draw_chart,
    encode_number,
    join_layers,
    make_layer,
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
    x, percent = _week_axis(len(shares)), (0, 100)
    mark = {"type": "rule", "color": GRID, "strokeWidth": 7}
    band = make_layer(rows, mark, x=x, y=_quiet_axis("low", percent), y2={"field": "high"})
    dots = _draw_dots(rows, PLAIN, [1, 0], x=x, y=_quiet_axis("y", percent))
    return draw_chart(_small(band, *dots), title)


def render_count_trend(counts: Sequence[int], *, title: str) -> str:
    """Return a small chart of weekly counts as bars."""
    rows = [{"x": index, "y": count} for index, count in enumerate(counts)]
    top = max(1, *counts) if counts else 1
    mark = {"type": "bar", "color": PLAIN, "size": 9}
    bars = make_layer(rows, mark, x=_week_axis(len(counts)), y=_quiet_axis("y", (0, top)))
    return draw_chart(_small(bars), title)


def render_median_trend(points: Sequence[TrendPoint], *, title: str) -> str:
    """Return a small chart of both weekly medians with intervals on one logarithmic axis."""
    lines = (
        ([point.first_reply_median for point in points], FIRST, [5, 4], -_ASIDE),
        ([point.first_helpful_median for point in points], HELPFUL, [1, 0], _ASIDE),
    )
    x, bands, curves = _week_axis(len(points)), [], []
    for medians, colour, dash, aside in lines:
        rows = _median_rows(medians, points, aside)
        bands.append(_draw_ranges(rows, colour, x))
        known = [row for row in rows if "y" in row]
        curves += _draw_dots(known, colour, dash, x=x, y=_quiet_axis("y", _WAITS, scale="log"))
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


def _draw_ranges(rows: Sequence[Mapping[str, float]], colour: str, x: Spec) -> Spec:
    """Return the intervals as bars, each curve's beside the other's."""
    return make_layer(
        [row for row in rows if "low" in row],
        {"type": "rule", "color": colour, "strokeWidth": 5, "opacity": 0.3},
        x=x,
        y=_quiet_axis("low", _WAITS, scale="log"),
        y2={"field": "high"},
    )


def _clip(seconds: float) -> float:
    return min(max(seconds, FIRST_SECONDS), LAST_SECONDS)


def _week_axis(weeks: int) -> Spec:
    domain = [-0.5, max(weeks - 0.5, 0.5)]
    return encode_number("x", scale={"domain": domain}, axis=None)


def _quiet_axis(field: str, domain: Sequence[float], *, scale: str = "linear") -> Spec:
    axis = {
        "values": list(domain),
        "gridColor": GRID,
        "labels": False,
        "ticks": False,
        "domain": False,
        "title": None,
    }
    return encode_number(field, scale={"domain": list(domain), "type": scale}, axis=axis)


def _draw_dots(
    rows: Sequence[Mapping[str, float]], colour: str, dash: Sequence[int], **encoding: Spec
) -> list[Spec]:
    """Return dots, joined by a line."""
    line = {"type": "line", "color": colour, "strokeWidth": 2, "strokeDash": list(dash)}
    dots = {"type": "circle", "color": colour, "size": 34, "opacity": 1}
    return [make_layer(rows, line, **encoding), make_layer(rows, dots, **encoding)]


def _small(*layers: Spec) -> Spec:
    return join_layers(layers, width=260, height=80)
