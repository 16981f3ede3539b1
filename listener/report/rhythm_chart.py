"""Draw when customers begin, and how long they wait then: weekdays by hours.

The darker, the more: one colour in four steps, so that it is read without seeing colours
too. Wide drawings say each number besides.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import altair as alt
from babel.dates import get_day_names

from listener.figures import Quantile, Rhythm
from listener.report.charts import HELPFUL, INK, LABEL, SURFACE, AnyChart, draw_chart, make_data
from listener.report.language import Language
from listener.report.wording import show_trend_median

Row = Mapping[str, float | str]
WIDE, NARROW = 1_020, 310
WEEKDAYS, HOURS, BLOCK_HOURS = 7, 24, 3
# Medians below these are of the first, second and third step.
WAIT_STEPS = (900, 3_600, 4 * 3_600)
_OPACITIES = (0.0, 0.15, 0.3, 0.5, 1.0)
_MARGIN, _NARROW_MARGIN, _ROW, _HEAD = 92, 30, 34, 22


def render_opening_map(rhythm: Rhythm, language: Language, *, title: str, width: int) -> str:
    """Return how many cases began on each weekday at each hour.

    Args:
        rhythm: The counts; at least one is not 0.
        language: Of weekdays and numbers.
        title: The text alternative.
        width: Of the drawing; narrow ones have no numbers in them.
    """
    most = max(map(max, rhythm.opened))
    cells = [
        _make_cell(weekday, hour, 1, find_step(count, most), language.number(count))
        for weekday, hours in enumerate(rhythm.opened)
        for hour, count in enumerate(hours)
        if count
    ]
    return _draw_map(cells, language, title, width)


def render_waiting_map(rhythm: Rhythm, language: Language, *, title: str, width: int) -> str:
    """Return the median waits of cases that began in each block of three hours."""
    cells = [
        _make_cell(
            wait.weekday - 1,
            wait.hour,
            BLOCK_HOURS,
            find_wait_step(wait.median),
            show_trend_median(language, wait.median, wait.clocked).value
            if wait.median.longest
            else "–",
        )
        for wait in rhythm.waits
    ]
    return _draw_map(cells, language, title, width)


def find_step(count: int, most: int) -> int:
    """Return in which quarter of the highest count this one lies, 0 for nothing."""
    return -(-4 * count // most) if count else 0


def find_wait_step(median: Quantile) -> int:
    """Return how dark a median is drawn; one that was not reached is as dark as it is long."""
    seconds = median.longest if median.seconds is None else median.seconds
    return 0 if seconds is None else 1 + sum(seconds >= limit for limit in WAIT_STEPS)


def _make_cell(weekday: int, hour: int, hours: int, step: int, text: str) -> Row:
    return {
        "x": hour, "x2": hour + hours, "y": weekday, "y2": weekday + 1, "step": step,
        "opacity": _OPACITIES[step], "text": text, "middle": hour + hours / 2,
        "centre": weekday + 0.5, "ink": SURFACE if step == len(_OPACITIES) - 1 else INK,
    }  # fmt: skip


def _draw_map(cells: Sequence[Row], language: Language, title: str, width: int) -> str:
    is_narrow = width < 480
    margin, font = (_NARROW_MARGIN, 11) if is_narrow else (_MARGIN, 13)
    layers = [
        _draw_cells([cell for cell in cells if cell["step"]]),
        *_write_days(language, margin / (width - margin) * HOURS, font, is_narrow=is_narrow),
        _write_hours(font, 6 if is_narrow else 3),
    ]
    if not is_narrow:
        layers.append(_write_numbers(cells, font))
    head = _HEAD / _ROW
    chart = alt.layer(*layers).encode(
        x=alt.X("x:Q", scale=_fix(-margin / (width - margin) * HOURS, HOURS), axis=None),
        y=alt.Y("y:Q", scale=_fix(WEEKDAYS, -head), axis=None),
    )
    height = _ROW * WEEKDAYS + _HEAD
    return draw_chart(chart.properties(width=width, height=height), title)


def _draw_cells(cells: Sequence[Row]) -> AnyChart:
    drawn: AnyChart = alt.Chart(make_data(cells)).mark_rect(
        color=HELPFUL, stroke=SURFACE, strokeWidth=2
    ).encode(
        x2="x2:Q", y2="y2:Q", fillOpacity=alt.FillOpacity("opacity:Q", scale=None, legend=None)
    )  # fmt: skip
    return drawn


def _write_days(
    language: Language, margin: float, font: int, *, is_narrow: bool
) -> Iterable[AnyChart]:
    names = list_weekdays(language, "abbreviated" if is_narrow else "wide")
    rows: list[Row] = [
        {"x": -margin, "y": day + 0.5, "text": name} for day, name in enumerate(names)
    ]
    yield _write(rows, LABEL, "left", font - 1)


def _write_hours(font: int, every: int) -> AnyChart:
    rows: list[Row] = [
        {"x": hour, "y": -_HEAD / _ROW / 2, "text": f"{hour:02d}"}
        for hour in range(0, HOURS, every)
    ]
    return _write(rows, LABEL, "left", font - 1)


def _write_numbers(cells: Sequence[Row], font: int) -> AnyChart:
    rows: list[Row] = [
        {"x": cell["middle"], "y": cell["centre"], "text": cell["text"], "ink": cell["ink"]}
        for cell in cells
    ]
    written = _write(rows, INK, "center", font)
    coloured: AnyChart = written.encode(color=alt.Color("ink:N", scale=None, legend=None))
    return coloured


def _write(
    rows: Sequence[Row], colour: str, align: Literal["left", "center"], font: int
) -> AnyChart:
    base = alt.Chart(make_data(rows))
    marked = base.mark_text(color=colour, align=align, baseline="middle", fontSize=font)
    written: AnyChart = marked.encode(text="text:N")
    return written


def list_weekdays(language: Language, width: Literal["wide", "abbreviated"]) -> list[str]:
    """Return the names of the days from Monday on."""
    names = get_day_names(width, locale=language.locale)
    return [names[day].rstrip(".") for day in range(WEEKDAYS)]


def _fix(first: float, last: float) -> alt.Scale:
    return alt.Scale(domain=[first, last], nice=False, zero=False)
