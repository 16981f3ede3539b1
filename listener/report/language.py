"""Speak German or English: texts, numbers, dates and durations of one report.

Catalogues are read from `.po` files when they are needed, so that translators
edit text only and no compiled files are kept.
"""

import gettext
import io
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, format_interval, format_time
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent

from listener.errors import ConfigError
from listener.report import words
from listener.resources import locale_dir

LOCALES = {"en": "en_GB", "de": "de_DE"}
DOMAIN = "listener"
MINUTE_SECONDS, HOUR_SECONDS, DAY_SECONDS = 60, 3_600, 86_400
_NO_BREAK = "\u00a0"


@dataclass(frozen=True)
class Language:
    """One language, with the brand's time zone for all its times."""

    tag: str
    time_zone: str = "UTC"

    @property
    def locale(self) -> str:
        """The locale that formats numbers and dates."""
        return LOCALES[self.tag]

    @property
    def catalogue(self) -> gettext.NullTranslations:
        """The translations of this language."""
        return load_catalogue(self.tag)

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
        return format_decimal(round(value), locale=self.locale)

    def percent(self, rate: float) -> str:
        """Return a rate in whole per cent."""
        return format_percent(rate, format=None, locale=self.locale)

    def percent_range(self, low: float, high: float) -> str:
        """Return an interval such as `34–61 %`."""
        return f"{round(low * 100)}–{self.percent(high)}"

    def duration(self, seconds: float) -> str:
        """Return a duration in the two units that matter, with short units."""
        if seconds < MINUTE_SECONDS:
            return _join(str(round(seconds)), "s")
        minutes = round(seconds / MINUTE_SECONDS)
        if minutes < MINUTE_SECONDS:
            return _join(str(minutes), "min")
        if seconds < 2 * DAY_SECONDS:
            return self._hours(minutes)
        return self._days(seconds)

    def long_duration(self, seconds: float) -> str:
        """Return a duration as it reads in a sentence."""
        minutes = max(1, round(seconds / MINUTE_SECONDS))
        if minutes < MINUTE_SECONDS:
            text = self.ngettext("%(count)s minute", "%(count)s minutes", minutes)
            return text % {"count": self.number(minutes)}
        if seconds >= 2 * DAY_SECONDS:
            return self._days(seconds)
        hours, rest = divmod(minutes, MINUTE_SECONDS)
        text = self.ngettext("%(count)s hour", "%(count)s hours", hours) % {"count": hours}
        return f"{text} {self.long_duration(rest * MINUTE_SECONDS)}" if rest else text

    def moment(self, at: datetime) -> str:
        """Return a date with its time in the brand's zone."""
        return format_datetime(self._local(at), _MOMENT[self.tag], locale=self.locale)

    def short_moment(self, at: datetime) -> str:
        """Return day, month and time, for rows of a table."""
        return format_datetime(self._local(at), _SHORT_MOMENT[self.tag], locale=self.locale)

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
            first, last = (date.fromisoformat(day) for day in week.replace("/", "_").split("_"))
            return self.day_range(first, last)
        year, number = week.split("-W")
        return self.gettext("week %(number)s, %(year)s") % {"number": int(number), "year": year}

    def short_week(self, week: str) -> str:
        """Return `W44`, for axes and tables."""
        if "-W" not in week:
            return self.week(week)
        return self.gettext("W%(number)s") % {"number": int(week.split("-W")[1])}

    def _local(self, at: datetime) -> datetime:
        return at.astimezone(ZoneInfo(self.time_zone))

    def _decimal(self, value: float) -> str:
        return format_decimal(value, format="#,##0.#", locale=self.locale)

    def _hours(self, minutes: int) -> str:
        hours, rest = divmod(minutes, MINUTE_SECONDS)
        text = _join(str(hours), "h")
        return f"{text}{_NO_BREAK}{_join(str(rest), 'min')}" if rest else text

    def _days(self, seconds: float) -> str:
        days = round(seconds / DAY_SECONDS, 1)
        text = self.ngettext("%(count)s day", "%(count)s days", _plural(days))
        return _join(*(text % {"count": self._decimal(days)}).split(" "))


_MOMENT = {"en": "EEE d MMM y, HH:mm", "de": "EEE d. MMM y, HH:mm"}
_SHORT_MOMENT = {"en": "EEE d MMM, HH:mm", "de": "EEE d. MMM, HH:mm"}


@lru_cache
def load_catalogue(tag: str) -> gettext.NullTranslations:
    """Return the translations of a language; English needs none.

    Raises:
        ConfigError: If the language is unknown.
    """
    if tag not in LOCALES:
        msg = f"report.language: {tag!r} is not one of {', '.join(sorted(LOCALES))}"
        raise ConfigError(msg)
    path = locale_dir() / tag / "LC_MESSAGES" / f"{DOMAIN}.po"
    if not path.exists():
        return gettext.NullTranslations()
    compiled = io.BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file, locale=tag))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def _plural(value: float) -> int:
    return 1 if value == 1 else 2


def _join(*parts: str) -> str:
    return _NO_BREAK.join(parts)
