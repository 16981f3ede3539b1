"""Draw how the share of answered cases grows with time: two Kaplan–Meier curves."""

import json
import math
from collections.abc import Mapping, Sequence

from listener.figures import Clock, Curve
from listener.report.charts import (
    AXIS,
    FIRST,
    FIRST_SECONDS,
    GRID,
    HELPFUL,
    LABEL,
    LAST_SECONDS,
    Spec,
    draw_chart,
    encode_number,
    join_layers,
    make_layer,
)
from listener.report.language import Language
from listener.report.words import AXIS_TICKS

NARROW_WIDTH = 480
_STEPS_PER_CURVE = 240


def read_curve(curve: Curve, seconds: float) -> tuple[float, float | None, float | None]:
    """Return the share answered by then, with its band, read off the curve."""
    waiting, low, high = 1.0, None, None
    for index, at in enumerate(curve.seconds):
        if at > seconds:
            break
        waiting, low, high = curve.waiting[index], curve.low[index], curve.high[index]
    return (
        1 - waiting,
        None if high is None else 1 - high,
        None if low is None else 1 - low,
    )


def render_waiting_chart(
    clocks: Sequence[Clock], language: Language, *, title: str, width: int, height: int
) -> str:
    """Return the share answered over time since the first post, one line a clock.

    Args:
        clocks: First reply and first helpful reply, in this order.
        language: Of the axes.
        title: The text alternative.
        width: Of the plot in pixels; narrow ones get fewer ticks.
        height: Of the plot.
    """
    chart = build_waiting_chart(clocks, language, width=width, height=height)
    return draw_chart(chart, title, font_size=13 if width < NARROW_WIDTH else 15)


def build_waiting_chart(
    clocks: Sequence[Clock], language: Language, *, width: int, height: int
) -> Spec:
    """Return the description of that chart, to be drawn."""
    layers = [_half_line(width)]
    for clock, colour, dash in zip(clocks, (FIRST, HELPFUL), ([5, 4], [1, 0]), strict=False):
        rows = _trace(clock)
        if len(rows) > 1:
            layers += _curve_layers(rows, colour, dash)
    times = {"type": "log", "domain": [FIRST_SECONDS, LAST_SECONDS]}
    return join_layers(
        layers,
        width,
        height,
        x=encode_number("x", scale=times, axis=_time_axis(language, narrow=width < NARROW_WIDTH)),
        y=encode_number("y", scale={"domain": [0, 100]}, axis=_percent_axis(language)),
    )


def _trace(clock: Clock) -> list[dict[str, float]]:
    """Return the curve's corners inside the chart, thinned to what a screen can show."""
    start = read_curve(clock.curve, FIRST_SECONDS)
    corners = {0: (float(FIRST_SECONDS), *start)}
    span = math.log(LAST_SECONDS / FIRST_SECONDS)
    for index, seconds in enumerate(clock.curve.seconds):
        if FIRST_SECONDS < seconds <= LAST_SECONDS:
            column = 1 + int(_STEPS_PER_CURVE * math.log(seconds / FIRST_SECONDS) / span)
            low, high = clock.curve.low[index], clock.curve.high[index]
            corners[column] = (
                seconds,
                1 - clock.curve.waiting[index],
                None if high is None else 1 - high,
                None if low is None else 1 - low,
            )
    last = corners[max(corners)]
    longest = clock.median.longest or 0
    if longest > last[0]:
        corners[_STEPS_PER_CURVE + 2] = (min(max(longest, FIRST_SECONDS), LAST_SECONDS), *last[1:])
    return [_corner(*corner) for corner in corners.values()]


def _corner(x: float, y: float, low: float | None, high: float | None) -> dict[str, float]:
    band = (y if low is None else low, y if high is None else high)
    return {"x": x, "y": 100 * y, "low": 100 * band[0], "high": 100 * band[1]}


def _curve_layers(rows: list[dict[str, float]], colour: str, dash: Sequence[int]) -> list[Spec]:
    stepped = {"interpolate": "step-after", "color": colour}
    line = {"type": "line", **stepped, "strokeWidth": 2.5, "strokeDash": list(dash)}
    band = {"type": "area", **stepped, "opacity": 0.14}
    ends = {"y": encode_number("low"), "y2": {"field": "high"}}
    return [make_layer(rows, band, **ends), make_layer(rows, line)]


def _half_line(width: int) -> Spec:
    rows = [{"x": FIRST_SECONDS, "y": 50}, {"x": LAST_SECONDS, "y": 50}]
    thickness = 1 if width < NARROW_WIDTH else 1.2
    return make_layer(rows, {"type": "line", "color": AXIS, "strokeWidth": thickness})


def _time_axis(language: Language, *, narrow: bool) -> Spec:
    ticks = [tick for tick in AXIS_TICKS if not narrow or tick not in {300, 14_400, 259_200}]
    labels = {str(tick): language.gettext(AXIS_TICKS[tick]) for tick in ticks}
    # A last label moved inwards would run into the one before.
    return _make_axis(ticks, labels, labelBound=False, labelFlush=not narrow)


def _percent_axis(language: Language) -> Spec:
    ticks = [0, 25, 50, 75, 100]
    labels = {str(tick): language.percent(tick / 100) for tick in ticks}
    return _make_axis(ticks, labels)


def _make_axis(ticks: Sequence[int], labels: Mapping[str, str], **more: bool) -> Spec:
    return {
        "values": list(ticks),
        "labelExpr": f"{json.dumps(labels)}[datum.value]",
        "gridColor": GRID,
        "domain": False,
        "ticks": False,
        "labelColor": LABEL,
        "labelPadding": 8,
        "title": None,
        **more,
    }
