"""Speak German or English: texts, numbers, dates and durations of one report.

Catalogues are read from `.po` files when they are needed, so that translators
edit text only and no compiled files are kept.
"""

import gettext
import io
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime, format_interval, format_time
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent

from listener.errors import ConfigError
from listener.report import words
from listener.report.days import find_days
from listener.resources import locale_dir

LOCALES = {"en": "en_GB", "de": "de_DE"}
DOMAIN = "listener"
FAMILIAR = "-du"
MINUTE_SECONDS, HOUR_SECONDS, DAY_SECONDS = 60, 3_600, 86_400
TOLD_TO_THE_SECOND = 10 * MINUTE_SECONDS
_NO_BREAK = "\u00a0"


@dataclass(frozen=True)
class Language:
    """One language, with the brand's time zone for all its times.

    Attributes:
        name: `en`, `de`, or `de-du` for German that says du to its readers.
    """

    name: str
    time_zone: str = "UTC"

    @property
    def tag(self) -> str:
        """The language as browsers know it."""
        return self.name.removesuffix(FAMILIAR)

    @property
    def locale(self) -> Locale:
        """The locale that formats numbers and dates."""
        return _load_locale(self.tag)

    def in_zone(self, time_zone: str) -> "Language":
        """Return the same language with the clock of another zone."""
        return replace(self, time_zone=time_zone)

    @property
    def catalogue(self) -> gettext.NullTranslations:
        """The translations of this language."""
        return load_catalogue(self.name)

    def gettext(self, text: str) -> str:
        """Return the text in this language."""
        return self.catalogue.gettext(text)

    def ngettext(self, one: str, many: str, count: int) -> str:
        """Return the text in the form that fits the count."""
        return self.catalogue.ngettext(one, many, count)

    def word(self, group: str, key: str) -> str:
        """Return what a name of the measures is called, or the name itself if unknown."""
        named: dict[Any, str] = getattr(words, group)
        return self.gettext(named.get(key, str(key)))

    def number(self, value: float) -> str:
        """Return a whole number with separators."""
        return _write_number(round_half_up(value), self.tag)

    def points(self, value: float) -> str:
        """Return a difference in whole points with its sign; −5.5 and 5.5 are equally far."""
        whole = round_half_up(abs(value))
        sign = "+" if value > 0 else "−"
        return f"{sign if whole else ''}{self.number(whole)}"

    def percent(self, rate: float) -> str:
        """Return a rate in whole per cent."""
        whole = Decimal(round_half_up(100 * rate)) / 100
        return format_percent(whole, format=None, locale=self.locale)

    def percent_range(self, low: float, high: float) -> str:
        """Return an interval such as `34–61 %`."""
        return f"{round_half_up(100 * low)}–{self.percent(high)}"

    def duration(self, seconds: float) -> str:
        """Return a duration in the two units that matter, with short units.

        Rounded up like all durations, so that "within" stays true wherever one is printed;
        what somebody waited *longer than* is handed over rounded down.
        """
        if (whole := _round_up(seconds)) < TOLD_TO_THE_SECOND:
            return _join_units(whole, "min", "s")
        if seconds < 2 * DAY_SECONDS:
            return _join_units(_round_up(seconds / MINUTE_SECONDS), "h", "min")
        return self._days(seconds)

    def short_duration(self, seconds: float) -> str:
        """Return a duration in one unit, for the cells of a map: `34 min`, `1.9 h`, `2.4 d`.

        Rounded up to the unit's tenth.
        """
        if seconds < HOUR_SECONDS:
            return _join(str(max(1, _round_up(seconds / MINUTE_SECONDS))), "min")
        is_days = seconds >= DAY_SECONDS
        tenths = _round_up(10 * seconds / (DAY_SECONDS if is_days else HOUR_SECONDS))
        return _join(self._decimal(tenths / 10), self.gettext("d") if is_days else "h")

    def long_duration(self, seconds: float) -> str:
        """Return the same duration as it reads in a sentence."""
        if seconds >= 2 * DAY_SECONDS:
            return self._days(seconds)
        whole = max(1, _round_up(seconds))
        if whole >= TOLD_TO_THE_SECOND:
            whole = MINUTE_SECONDS * _round_up(seconds / MINUTE_SECONDS)
        hours, minutes = divmod(whole // MINUTE_SECONDS, MINUTE_SECONDS)
        rest = whole % MINUTE_SECONDS
        parts = (
            (self.ngettext("%(count)s hour", "%(count)s hours", hours), hours),
            (self.ngettext("%(count)s minute", "%(count)s minutes", minutes), minutes),
            (self.ngettext("%(count)s second", "%(count)s seconds", rest), rest),
        )
        told = [text % {"count": count} for text, count in parts if count]
        return " ".join(part.replace(" ", _NO_BREAK) for part in told)

    def moment(self, at: datetime) -> str:
        """Return a date with its time in the brand's zone."""
        return self._moment(at, _DAY_OF_YEAR)

    def zoned_moment(self, at: datetime) -> str:
        """Return a date with its time and the name of the zone."""
        return f"{self.moment(at)} ({self.time_zone})"

    def short_moment(self, at: datetime) -> str:
        """Return day, month and time, for rows of a table."""
        return self._moment(at, _DAY_OF_WEEK)

    def short_day(self, at: datetime) -> str:
        """Return day and month."""
        return format_datetime(self._local(at), _SHORT_DAY[self.tag], locale=self.locale)

    def clock_time(self, at: datetime) -> str:
        """Return the time of day."""
        return format_time(self._local(at), "HH:mm", locale=self.locale)

    def day(self, day: date) -> str:
        """Return a date without a time."""
        return format_date(day, "medium" if self.tag == "de" else "d MMM y", locale=self.locale)

    def day_range(self, first: date, last: date) -> str:
        """Return two dates as one range, such as `30 Oct – 5 Nov 2017`."""
        return str(format_interval(first, last, "yMMMd", locale=self.locale))

    def week(self, week: str) -> str:
        """Return `week 44, 2017` for an ISO week, or the dates of a free period."""
        if "-W" not in week:
            return self.day_range(*find_days(week))
        year, number = week.split("-W")
        return self.gettext("week %(number)s, %(year)s") % {"number": int(number), "year": year}

    def short_days(self, week: str) -> str:
        """Return the days of a period without their year, such as `2–8 Mar`."""
        days = str(format_interval(*find_days(week), "MMMd", locale=self.locale))
        return _join(*days.split()).replace(f"–{_NO_BREAK}", "– ")

    def short_week(self, week: str) -> str:
        """Return `W44`, for axes and tables."""
        if "-W" not in week:
            return self.week(week)
        return self.gettext("W%(number)s") % {"number": int(week.split("-W")[1])}

    def _moment(self, at: datetime, patterns: Mapping[str, str]) -> str:
        local = self._local(at)
        return f"{_write_day(local.date(), patterns[self.tag], self.tag)}, {local:%H:%M}"

    def _local(self, at: datetime) -> datetime:
        return at.astimezone(ZoneInfo(self.time_zone))

    def _decimal(self, value: float) -> str:
        return _write_decimal(value, self.tag)

    def _days(self, seconds: float) -> str:
        days = _round_up(10 * seconds / DAY_SECONDS) / 10
        text = self.ngettext("%(count)s day", "%(count)s days", _plural(days))
        return _join(*(text % {"count": self._decimal(days)}).split(" "))


_DAY_OF_YEAR = {"en": "EEE d MMM y", "de": "EEE d. MMM y"}
_DAY_OF_WEEK = {"en": "EEE d MMM", "de": "EEE d. MMM"}
_SHORT_DAY = {"en": "d MMM", "de": "d. MMMM"}


@lru_cache
def _load_locale(tag: str) -> Locale:
    return Locale.parse(LOCALES[tag])


# A page says the same few numbers and days thousands of times.
@lru_cache(maxsize=4_096)
def _write_number(number: int, tag: str) -> str:
    return format_decimal(number, locale=_load_locale(tag))


@lru_cache(maxsize=4_096)
def _write_decimal(number: float, tag: str) -> str:
    return format_decimal(number, format="#,##0.#", locale=_load_locale(tag))


@lru_cache(maxsize=4_096)
def _write_day(day: date, pattern: str, tag: str) -> str:
    return format_date(day, pattern, locale=_load_locale(tag))


@lru_cache
def load_catalogue(name: str) -> gettext.NullTranslations:
    """Return the translations of a language; English needs none.

    Texts that say du lie in a catalogue of their own over all others.

    Raises:
        ConfigError: If the language is unknown.
    """
    tag = name.removesuffix(FAMILIAR)
    if tag not in LOCALES:
        msg = f"report.language: {tag!r} is not one of {', '.join(sorted(LOCALES))}"
        raise ConfigError(msg)
    catalogue = _load_file(tag, DOMAIN)
    if name == tag:
        return catalogue
    familiar = _load_file(tag, f"{DOMAIN}{FAMILIAR}")
    familiar.add_fallback(catalogue)
    return familiar


def _load_file(tag: str, domain: str) -> gettext.NullTranslations:
    path = locale_dir() / tag / "LC_MESSAGES" / f"{domain}.po"
    if not path.exists():
        return gettext.NullTranslations()
    compiled = io.BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file, locale=tag))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def round_half_up(value: float) -> int:
    """Return the nearest whole number, and the higher one of two: 12.5 is 13."""
    # Nine digits first: 100 * 0.145 is a hair below 14.5 only in binary.
    return math.floor(round(value, 9) + 0.5)


def _round_up(value: float) -> int:
    """Return the next whole number; what is whole but for binary fractions stays."""
    return math.ceil(round(value, 6))


def _plural(value: float) -> int:
    return 1 if value == 1 else 2


def _join_units(count: int, large: str, small: str) -> str:
    """Return sixty of the small unit as one of the large; what is zero is left out."""
    whole, rest = divmod(count, MINUTE_SECONDS)
    parts = [(whole, large), (rest, small)]
    shown = [_join(str(number), unit) for number, unit in parts if number]
    return _join(*shown) or _join("0", small)


def _join(*parts: str) -> str:
    return _NO_BREAK.join(parts)
