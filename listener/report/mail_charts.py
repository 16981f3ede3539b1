"""Draw the two pictures of a mail: how long customers waited, and what came of it.

Each is read on a telephone too, so it is narrow, with its legend in it. What it shows is
told in words as well: in the text form, and where pictures are not shown.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from listener.figures import MIN_CASES_FOR_A_RATE
from listener.report.charts import (
    FIRST,
    HELPFUL,
    Spec,
    encode_number,
    encode_word,
    join_layers,
    make_layer,
)
from listener.report.language import Language
from listener.report.pictures import Picture, draw_picture
from listener.report.waiting import list_readings
from listener.report.waiting_chart import build_waiting_chart
from listener.report.weekly import BrandWeek
from listener.report.wording import show_rate

FONT_SIZE = 16
_WIDTH, _HEIGHT = 330, 190
_ROW, _BAR = 42, 13
_GOOD, _BAD, _OPEN = "#006b4f", "#a83c00", "#9c9689"
_COLOURS = {"resolved": _GOOD, "unresolved": _BAD, "unanswered": _BAD}


@dataclass(frozen=True, slots=True)
class MailChart:
    """What a picture shows, line by line, and the picture."""

    lines: tuple[str, ...]
    picture: Picture


def draw_waits(week: BrandWeek, language: Language) -> MailChart | None:
    """Return the curves of waiting; nothing where there are too few cases for a curve."""
    clocks = (week.figures.first_reply, week.figures.first_helpful_reply)
    if not (lines := tuple(_tell_readings(week, language))):
        return None
    chart = build_waiting_chart(clocks, language, width=_WIDTH, height=_HEIGHT)
    chart["layer"] += _draw_legend(language)
    picture = draw_picture(chart, "waiting", " ".join(lines), font_size=FONT_SIZE)
    return MailChart(lines, picture)


def draw_outcomes(week: BrandWeek, language: Language) -> MailChart | None:
    """Return a bar for each outcome that there was; nothing where there are too few cases."""
    found = [(key, share.count) for key, share in week.figures.outcomes.items() if share.count]
    if week.figures.outcome_cases < MIN_CASES_FOR_A_RATE or not found:
        return None
    lines = tuple(f"{language.word('OUTCOME', key)}: {language.number(n)}" for key, n in found)
    rows = [
        {"row": row, "count": count, "colour": _choose_colour(key, week), "line": line}
        for row, ((key, count), line) in enumerate(zip(found, lines, strict=True))
    ]
    told = "; ".join(lines) + "."
    picture = draw_picture(_draw_bars(rows), "outcomes", told, font_size=FONT_SIZE)
    return MailChart(lines, picture)


def _choose_colour(outcome: str, week: BrandWeek) -> str:
    """Return a colour; a file does not tell who got no reply, so that is neither good nor bad."""
    is_unknown = week.is_imported and outcome == "unanswered"
    return _OPEN if is_unknown else _COLOURS.get(outcome, _OPEN)


def _tell_readings(week: BrandWeek, language: Language) -> Iterator[str]:
    """Yield what both curves say after an hour, a day and a week, as far as it is known."""
    say = language.gettext
    texts = {
        3_600: say(
            "Within an hour %(first)s of the cases had a public reply, and %(helpful)s a "
            "helpful one."
        ),
        86_400: say("Within a day it was %(first)s and %(helpful)s."),
        604_800: say("Within seven days it was %(first)s and %(helpful)s."),
    }
    for reading in list_readings(week.figures):
        text = texts.get(reading.seconds)
        if text and reading.first and reading.helpful:
            rates = (reading.first.rate or 0.0, reading.helpful.rate or 0.0)
            first, helpful = (show_rate(language, rate) for rate in rates)
            yield text % {"first": first, "helpful": helpful}


def _draw_legend(language: Language) -> list[Spec]:
    """Return a line and its name above the drawing, for each of the two curves."""
    told = (
        (FIRST, [5, 4], language.gettext("first public reply")),
        (HELPFUL, [1, 0], language.gettext("first helpful public reply")),
    )
    drawn = []
    for number, (colour, dash, text) in enumerate(told):
        rows, y = [{"n": number}], {"value": -40 + 22 * number}
        line = {"type": "rule", "color": colour, "strokeWidth": 2.5, "strokeDash": dash}
        drawn.append(make_layer(rows, line, x={"value": 0}, x2={"value": 30}, y=y))
        name = {"type": "text", "align": "left", "baseline": "middle", "text": text}
        drawn.append(make_layer(rows, name, x={"value": 38}, y=y))
    return drawn


def _draw_bars(rows: list[dict[str, Any]]) -> Spec:
    bar = {"type": "bar", "size": _BAR, "yOffset": 10}
    name = {"type": "text", "align": "left", "dy": -9, "limit": _WIDTH + 80}
    y = {"field": "row", "type": "ordinal", "axis": None}
    x = encode_number("count", axis=None, scale={"nice": False})
    layers = (
        make_layer(rows, bar, x=x, y=y, color=encode_word("colour", scale=None)),
        make_layer(rows, name, x={"value": 0}, y=y, text=encode_word("line")),
    )
    return join_layers(layers, _WIDTH, _ROW * len(rows))
