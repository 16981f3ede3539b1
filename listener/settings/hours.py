"""Opening hours, written as `mon-fri 08:00-20:00`."""

import re
from collections.abc import Iterable
from datetime import time
from itertools import pairwise

from listener.posts import WEEKDAYS, OpeningHours

_SPAN = re.compile(r"(?P<days>\S+)\s+(?P<opens>\d\d?:\d\d)\s*-\s*(?P<closes>\d\d?:\d\d)")
_EXAMPLE = '"mon-fri 08:00-20:00"'


def parse_opening_hours(text: str) -> tuple[OpeningHours, ...]:
    """Return one span for each weekday of `mon-fri 08:00-20:00` or `sat,sun 10:00-16:00`.

    `24:00` is the end of the day.

    Raises:
        ValueError: If it cannot be read, or closes before it opens.
    """
    match = _SPAN.fullmatch(text.strip().lower())
    if match is None:
        msg = f"must be days and times, such as {_EXAMPLE}"
        raise ValueError(msg)
    days = [day for part in match["days"].split(",") for day in _parse_days(part)]
    opens, closes = _parse_time(match["opens"]), _parse_time(match["closes"])
    if closes <= opens:
        raise ValueError(_tell_overnight(days, match["opens"], match["closes"]))
    return tuple(OpeningHours(weekday=day, opens=opens, closes=closes) for day in days)


def join_opening_hours(spans: Iterable[Iterable[OpeningHours]]) -> tuple[OpeningHours, ...]:
    """Return all spans in the order of the week.

    Raises:
        ValueError: If two of them overlap.
    """
    hours = sorted(
        (hour for span in spans for hour in span),
        key=lambda hour: (WEEKDAYS.index(hour.weekday), hour.opens),
    )
    for before, after in pairwise(hours):
        if before.weekday == after.weekday and after.opens < before.closes:
            msg = f"two spans overlap on {after.weekday} at {after.opens:%H:%M}"
            raise ValueError(msg)
    return tuple(hours)


def _parse_days(text: str) -> list[str]:
    first, _, last = text.partition("-")
    last = last or first
    unknown = [day for day in (first, last) if day not in WEEKDAYS]
    if unknown or text.endswith("-"):
        msg = f"days are {', '.join(WEEKDAYS)}, alone or as {_EXAMPLE}"
        raise ValueError(msg)
    start = WEEKDAYS.index(first)
    length = (WEEKDAYS.index(last) - start) % len(WEEKDAYS) + 1
    return [WEEKDAYS[(start + step) % len(WEEKDAYS)] for step in range(length)]


def _parse_time(text: str) -> time:
    hour, minute = (int(part) for part in text.split(":"))
    if (hour, minute) == (24, 0):
        return time.max
    try:
        return time(hour, minute)
    except ValueError:
        msg = f"there is no time {text}; times go from 00:00 to 24:00"
        raise ValueError(msg) from None


def _tell_overnight(days: Iterable[str], opens: str, closes: str) -> str:
    if opens == closes:
        return "opens and closes at the same time; a whole day is 00:00-24:00"
    evening = f'"{",".join(days)} {opens}-24:00"'
    if _parse_time(closes) == time.min:
        return f"closes before it opens; the end of the day is 24:00: {evening}"
    after = ",".join(WEEKDAYS[(WEEKDAYS.index(day) + 1) % len(WEEKDAYS)] for day in days)
    return f'closes before it opens; write two spans: {evening} and "{after} 00:00-{closes}"'
