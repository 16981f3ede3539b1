"""Draw when customers begin, and how long they wait then: weekdays by hours.

The darker, the more: one colour in four steps, so that it is read without seeing colours
too. Each number stands in its cell; on a telephone there is room for blocks of three hours,
and for waits in one unit.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from listener.figures import Quantile, Rhythm, RhythmWait
from listener.measure.rhythm import BLOCK_HOURS, HOURS, WEEKDAYS
from listener.report.charts import (
    HELPFUL,
    INK,
    LABEL,
    SURFACE,
    Spec,
    draw_chart,
    encode_colour,
    encode_number,
    encode_word,
    fix_scale,
    join_layers,
    make_layer,
)
from listener.report.hours import list_weekdays
from listener.report.language import Language
from listener.report.wording import show_trend_median

Row = Mapping[str, float | str]
WIDE, NARROW = 1_020, 310
# Medians below these are of the first, second and third step.
WAIT_STEPS = (900, 3_600, 4 * 3_600)
_OPACITIES = (0.0, 0.15, 0.3, 0.5, 1.0)
_MARGIN, _NARROW_MARGIN, _ROW, _HEAD = 92, 30, 34, 22
_NARROW_BELOW = 480
_HALF_A_LINE = 0.18  # of a row


def render_opening_map(rhythm: Rhythm, language: Language, *, title: str, width: int) -> str:
    """Return how many cases began on each weekday at each hour.

    Args:
        rhythm: The counts; at least one is not 0.
        language: Of weekdays and numbers.
        title: The text alternative.
        width: Of the drawing; narrow ones tell blocks of hours.
    """
    size = BLOCK_HOURS if _is_narrow(width) else 1
    counts = count_blocks(rhythm, size)
    most = max(map(max, counts))
    cells = [
        _make_cell(weekday, size * place, size, find_step(count, most), language.number(count))
        for weekday, blocks in enumerate(counts)
        for place, count in enumerate(blocks)
        if count
    ]
    return _draw_map(cells, language, title, width)


def count_blocks(rhythm: Rhythm, size: int = BLOCK_HOURS) -> list[list[int]]:
    """Return for each weekday how many cases began in each block of so many hours."""
    return [
        [sum(hours[start : start + size]) for start in range(0, HOURS, size)]
        for hours in rhythm.opened
    ]


def render_waiting_map(rhythm: Rhythm, language: Language, *, title: str, width: int) -> str:
    """Return the median waits of cases that began in each block of three hours."""
    cells = [
        _make_cell(
            wait.weekday - 1,
            wait.hour,
            BLOCK_HOURS,
            find_wait_step(wait.median),
            _write_wait(language, wait, is_short=_is_narrow(width)),
        )
        for wait in rhythm.waits
    ]
    return _draw_map(cells, language, title, width)


def _write_wait(language: Language, wait: RhythmWait, *, is_short: bool) -> str:
    if not wait.median.longest:
        return "–"
    if wait.median.seconds is None and is_short:
        return "…"
    if is_short and wait.median.seconds is not None:
        # Beside each other both would be wider than the cell.
        return language.short_duration(wait.median.seconds).replace("\u00a0", "\n")
    return show_trend_median(language, wait.median, wait.clocked).value


def _is_narrow(width: int) -> bool:
    return width < _NARROW_BELOW


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
    is_narrow = _is_narrow(width)
    margin, font = (_NARROW_MARGIN, 11) if is_narrow else (_MARGIN, 13)
    layers = [
        _draw_cells([cell for cell in cells if cell["step"]]),
        *_write_days(language, margin / (width - margin) * HOURS, font, is_narrow=is_narrow),
        _write_hours(font, BLOCK_HOURS),
        _write_numbers(cells, font),
    ]
    chart = join_layers(
        layers,
        width,
        _ROW * WEEKDAYS + _HEAD,
        x=encode_number("x", scale=fix_scale(-margin / (width - margin) * HOURS, HOURS), axis=None),
        y=encode_number("y", scale=fix_scale(WEEKDAYS, -_HEAD / _ROW), axis=None),
    )
    return draw_chart(chart, title)


def _draw_cells(cells: Sequence[Row]) -> Spec:
    return make_layer(
        cells,
        {"type": "rect", "color": HELPFUL, "stroke": SURFACE, "strokeWidth": 2},
        x2={"field": "x2"},
        y2={"field": "y2"},
        fillOpacity=encode_number("opacity", scale=None, legend=None),
    )


def _write_days(language: Language, margin: float, font: int, *, is_narrow: bool) -> Iterable[Spec]:
    names = list_weekdays(language, "abbreviated" if is_narrow else "wide")
    rows: list[Row] = [
        {"x": -margin, "y": day + 0.5, "text": name} for day, name in enumerate(names)
    ]
    yield _write(rows, LABEL, "left", font - 1)


def _write_hours(font: int, every: int) -> Spec:
    rows: list[Row] = [
        {"x": hour, "y": -_HEAD / _ROW / 2, "text": f"{hour:02d}"}
        for hour in range(0, HOURS, every)
    ]
    return _write(rows, LABEL, "left", font - 1)


def _write_numbers(cells: Sequence[Row], font: int) -> Spec:
    rows: list[Row] = [
        {
            "x": cell["middle"],
            # The first of two lines is what is written at the place.
            "y": float(cell["centre"]) - _HALF_A_LINE * str(cell["text"]).count("\n"),
            "text": cell["text"],
            "ink": cell["ink"],
        }
        for cell in cells
    ]
    return _write(rows, INK, "center", font, color=encode_colour("ink"))


def _write(
    rows: Sequence[Row],
    colour: str,
    align: Literal["left", "center"],
    font: int,
    **encoding: Spec,
) -> Spec:
    mark = {
        "type": "text",
        "color": colour,
        "align": align,
        "baseline": "middle",
        "fontSize": font,
        "lineBreak": "\n",
    }
    return make_layer(rows, mark, text=encode_word("text"), **encoding)
