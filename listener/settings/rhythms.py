"""How often something is done: `15 minutes`, `03:30`, a cron line; and `mon 07:00`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from listener.posts import WEEKDAYS
from listener.settings.cron import normalise_cron

_UNITS = {
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
}
_SHORTEST, _LONGEST = timedelta(minutes=1), timedelta(days=31)
_INTERVAL = re.compile(r"(?P<count>\d{1,6})\s*(?P<unit>[a-z]+)")
_TIME = re.compile(r"(?P<hour>\d\d?):(?P<minute>\d\d)")
_WEEKLY = re.compile(rf"(?P<weekday>{'|'.join(WEEKDAYS)})\s+{_TIME.pattern}")
_ALLOWED = (
    'must be how often, such as "15 minutes", "2 hours" or "1 day", '
    'a time in UTC such as "03:30", or a cron line such as "*/20 6-22 * * mon-fri"'
)


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often something is done: in steps of time, or when a cron line says so (UTC).

    Attributes:
        every: From one start to the next; a minute to 31 days.
        cron: Five fields, as APScheduler reads them; weekdays by name.
    """

    every: timedelta | None = None
    cron: str | None = None

    def __post_init__(self) -> None:
        """Refuse a rhythm that is both, or neither."""
        if (self.every is None) == (self.cron is None):
            msg = "a rhythm is either an interval or a cron line"
            raise ValueError(msg)

    def __str__(self) -> str:
        """Return it as an operator would write it."""
        if self.every is None:
            return self.cron or ""
        units = (unit for unit in ("day", "hour") if not self.every % _UNITS[unit])
        unit = next(units, "minute")
        count = self.every // _UNITS[unit]
        return f"{count} {unit}{'' if count == 1 else 's'}"


@dataclass(frozen=True, slots=True)
class WeeklyTime:
    """A moment of every week, in whatever zone it is asked for.

    Attributes:
        weekday: 0 is Monday.
    """

    weekday: int
    hour: int
    minute: int

    def __str__(self) -> str:
        """Return it as an operator would write it."""
        return f"{WEEKDAYS[self.weekday]} {self.hour:02}:{self.minute:02}"


def parse_rhythm(value: Any) -> Rhythm:  # noqa: ANN401 - whatever a file holds
    """Return the rhythm that is written as an interval, a time of day or a cron line.

    Raises:
        ValueError: If it is none of them; the message says what is allowed.
    """
    if isinstance(value, Mapping):  # TOML makes a table of x.search without quotation marks
        msg = 'must be text; names with a dot are written in quotation marks, such as "x.search"'
        raise ValueError(msg)  # noqa: TRY004 - pydantic collects ValueErrors only
    text = value.strip().casefold() if isinstance(value, str) else ""
    if match := _INTERVAL.fullmatch(text):
        return Rhythm(every=_parse_interval(match))
    if match := _TIME.fullmatch(text):
        hour, minute = _parse_time(match)
        return Rhythm(cron=f"{minute} {hour} * * *")
    if len(text.split()) > 2 and re.match(r"[\d*]", text):
        return Rhythm(cron=normalise_cron(text))
    raise ValueError(_ALLOWED)


def parse_weekly_time(value: Any) -> WeeklyTime:  # noqa: ANN401 - whatever a file holds
    """Return the weekday and the time of `mon 07:00`.

    Raises:
        ValueError: If it is something else.
    """
    match = _WEEKLY.fullmatch(value.strip().casefold()) if isinstance(value, str) else None
    if match is None:
        msg = f'must be a weekday ({", ".join(WEEKDAYS)}) and a time, such as "mon 07:00"'
        raise ValueError(msg)
    hour, minute = _parse_time(match)
    return WeeklyTime(weekday=WEEKDAYS.index(match["weekday"]), hour=hour, minute=minute)


def _parse_interval(match: re.Match[str]) -> timedelta:
    unit = _UNITS.get(match["unit"].removesuffix("s"))
    if unit is None:
        msg = 'must be counted in minutes, hours, days or weeks, such as "15 minutes"'
        raise ValueError(msg)
    every = int(match["count"]) * unit
    if not _SHORTEST <= every <= _LONGEST:
        msg = "must be between 1 minute and 31 days"
        raise ValueError(msg)
    return every


def _parse_time(match: re.Match[str]) -> tuple[int, int]:
    hour, minute = int(match["hour"]), int(match["minute"])
    if hour > 23 or minute > 59:
        msg = f"there is no time {match['hour']}:{match['minute']}; times go from 00:00 to 23:59"
        raise ValueError(msg)
    return hour, minute
