"""ISO weeks and free periods in a brand's time zone."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_WEEK = re.compile(r"(\d{4})-W(\d{2})")


@dataclass(frozen=True, slots=True)
class Period:
    """A span of local days: `since` inclusive, `until` exclusive, both UTC."""

    name: str
    since: datetime
    until: datetime


def find_week(name: str, time_zone: str) -> Period:
    """Return the ISO week of this name, such as `2017-W44`.

    Raises:
        ValueError: If there is no such week.
    """
    match = _WEEK.fullmatch(name)
    if match is None:
        msg = f'"{name}" is not an ISO week such as 2017-W44'
        raise ValueError(msg)
    year, week = int(match[1]), int(match[2])
    try:
        monday = date.fromisocalendar(year, week, 1)
    except ValueError:
        msg = f"{year} has no week {week}"
        raise ValueError(msg) from None
    return _week_from(monday, time_zone)


def find_week_of(moment: datetime, time_zone: str) -> Period:
    """Return the ISO week in which a moment lies."""
    local = moment.astimezone(ZoneInfo(time_zone)).date()
    return _week_from(local - timedelta(days=local.weekday()), time_zone)


def find_last_complete_week(moment: datetime, time_zone: str) -> Period:
    """Return the latest ISO week that had ended by then."""
    return shift_week(find_week_of(moment, time_zone), -1, time_zone)


def shift_week(week: Period, weeks: int, time_zone: str) -> Period:
    """Return the ISO week so many weeks later (or earlier)."""
    monday = week.since.astimezone(ZoneInfo(time_zone)).date()
    return _week_from(monday + timedelta(weeks=weeks), time_zone)


def find_days(first: date, last: date, time_zone: str) -> Period:
    """Return the period from the first day to the last one, both included.

    Raises:
        ValueError: If the last day lies before the first.
    """
    if last < first:
        msg = f"the period ends ({last}) before it begins ({first})"
        raise ValueError(msg)
    until = last + timedelta(days=1)
    name = f"{first.isoformat()}_{last.isoformat()}"
    return Period(name, _midnight(first, time_zone), _midnight(until, time_zone))


def find_period(name: str, time_zone: str) -> Period:
    """Return the week, or the free period, of this name.

    Raises:
        ValueError: If there is none.
    """
    if "_" not in name:
        return find_week(name, time_zone)
    first, last = _parse_days(name)
    return find_days(first, last, time_zone)


def find_judged_period(name: str, time_zone: str) -> Period:
    """Return the period of outcomes of this name; if nothing was old enough it is empty.

    Raises:
        ValueError: If there is none.
    """
    if "_" in name:
        first, last = _parse_days(name)
        if last < first:
            return Period(name, _midnight(first, time_zone), _midnight(first, time_zone))
    return find_period(name, time_zone)


def _parse_days(name: str) -> tuple[date, date]:
    first, last = (date.fromisoformat(day) for day in name.split("_"))
    return first, last


def find_outcome_period(
    period: Period, observed_until: datetime, time_zone: str, *, settle_days: int
) -> Period:
    """Return the latest period, not after this one, whose cases were all watched long enough.

    For a week it is a week. A free period is cut where observation is too
    short; what is left may be empty.

    Args:
        period: The period of the report.
        observed_until: The end of observation.
        time_zone: Of the brand.
        settle_days: How long cases must have been watched.
    """
    settled = observed_until - timedelta(days=settle_days)
    if period.until <= settled:
        return period
    if _WEEK.fullmatch(period.name):
        return find_last_complete_week(settled, time_zone)
    until = _midnight(settled.astimezone(ZoneInfo(time_zone)).date(), time_zone)
    until = max(period.since, until)
    last = until.astimezone(ZoneInfo(time_zone)).date() - timedelta(days=1)
    return Period(f"{period.name[:10]}_{last.isoformat()}", period.since, until)


def _week_from(monday: date, time_zone: str) -> Period:
    year, week, _ = monday.isocalendar()
    name = f"{year}-W{week:02d}"
    after = monday + timedelta(weeks=1)
    return Period(name, _midnight(monday, time_zone), _midnight(after, time_zone))


def _midnight(day: date, time_zone: str) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(time_zone)).astimezone(UTC)
