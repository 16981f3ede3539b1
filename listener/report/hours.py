"""Name weekdays, and spell opening hours as they hang on a door: days alike stand together."""

from collections.abc import Sequence
from itertools import groupby
from typing import Literal

from babel.dates import get_day_names

from listener.posts import WEEKDAYS
from listener.report.language import Language


def list_weekdays(language: Language, width: Literal["wide", "abbreviated"]) -> list[str]:
    """Return the names of the days from Monday on."""
    names = get_day_names(width, locale=language.locale)
    return [names[day].rstrip(".") for day in range(len(WEEKDAYS))]


def spell_hours(language: Language, spans: Sequence[str]) -> str:
    """Return spans such as `mon 08:00-20:00` as `Mon–Fri 08:00–20:00; Sat 09:00–14:00`."""
    hours = {day: _list_hours(day, spans) for day in WEEKDAYS}
    runs = (list(days) for _, days in groupby(WEEKDAYS, hours.__getitem__))
    return "; ".join(
        f"{_name_days(language, days)} {hours[days[0]]}" for days in runs if hours[days[0]]
    )


def _list_hours(day: str, spans: Sequence[str]) -> str:
    own = (span.partition(" ")[2] for span in spans if span.startswith(day))
    return ", ".join(hours.replace("-", "–") for hours in own)


def _name_days(language: Language, days: Sequence[str]) -> str:
    names = list_weekdays(language, "abbreviated")
    shown = [names[WEEKDAYS.index(day)] for day in days]
    return shown[0] if len(shown) == 1 else f"{shown[0]}–{shown[-1]}"
