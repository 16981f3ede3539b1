"""When something is due that was promised "by Friday" or "within 3 business days".

`docs/measures.md`, section 4. All by the brand's own calendar; a day lasts until its end,
so that nobody is late who kept the word in the most generous reading.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from listener.measure.open_hours import ONE_DAY, find_holidays, find_open_weekdays
from listener.posts import WEEKDAYS, Brand

UNTOLD_DAYS = 7
"""A promise that names no time is due so many days later."""

_AFTERNOON_ENDS = time(18)
_PAST_DAYS = 180
_EXACT: Mapping[str, timedelta] = {
    "minutes": timedelta(minutes=1), "hours": timedelta(hours=1)
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class DueCalendar:
    """The calendar of a brand.

    Attributes:
        zone: Its time zone.
        weekdays: On which days of the week it works.
        days_off: Its holidays.
    """

    zone: ZoneInfo
    weekdays: frozenset[str]
    days_off: frozenset[date]

    def find_due(self, kind: str, amount: int, at: datetime) -> datetime | None:
        """Return when something is due that was said at a moment; None if it cannot be.

        Args:
            kind: Such as `workdays`, from `label_promises`.
            amount: How many; the day of the week from 1; a date as yyyymmdd or mmdd;
                minutes of the day.
            at: When it was said.
        """
        if kind in _EXACT:
            return at + amount * _EXACT[kind]
        local = at.astimezone(self.zone)
        if kind in {"clock", "afternoon"}:
            return self._find_time_of_day(kind, amount, at)
        day = self._count_workdays(amount, local.date()) if kind == "workdays" else None
        if kind in _DAYS:
            day = _DAYS[kind](local.date(), amount)
        return None if day is None else self._end(day)

    def _find_time_of_day(self, kind: str, amount: int, at: datetime) -> datetime:
        """Return a time of this day; once it is over the next day's, or the end of the day."""
        day = at.astimezone(self.zone).date()
        if kind == "afternoon":
            due = self._find_moment(day, _AFTERNOON_ENDS)
            return due if due > at else self._end(day)
        told = time(amount // 60, amount % 60)
        due = self._find_moment(day, told)
        return due if due > at else self._find_moment(day + ONE_DAY, told)

    def _find_moment(self, day: date, at: time) -> datetime:
        return datetime.combine(day, at, self.zone).astimezone(UTC)

    def _count_workdays(self, count: int, day: date) -> date:
        """Return the last of so many days after this one on which the brand works."""
        while count > 0:
            day += ONE_DAY
            if WEEKDAYS[day.weekday()] in self.weekdays and day not in self.days_off:
                count -= 1
        return day

    def _end(self, day: date) -> datetime:
        return self._find_moment(day + ONE_DAY, time())


def make_due_calendar(brand: Brand, since: datetime, until: datetime) -> DueCalendar:
    """Return the brand's calendar for what is said between two moments."""
    zone = ZoneInfo(brand.time_zone)
    first, last = (moment.astimezone(zone).date() for moment in (since, until))
    return DueCalendar(
        zone, find_open_weekdays(brand), find_holidays(brand, first, last + timedelta(days=1_200))
    )


def _find_month_end(day: date, months: int) -> date:
    month = day.month - 1 + months
    following = date(day.year + (month + 1) // 12, (month + 1) % 12 + 1, 1)
    return following - ONE_DAY


def _add_months(day: date, months: int) -> date:
    end = _find_month_end(day, months)
    return end.replace(day=min(day.day, end.day))


def _find_weekday(day: date, weekday: int) -> date:
    """Return the next such day after this one: who means today says so."""
    return day + timedelta(days=(weekday - day.isoweekday() - 1) % 7 + 1)


def _find_sunday(day: date, weeks: int = 0) -> date:
    return day + timedelta(days=7 - day.isoweekday(), weeks=weeks)


def _find_date(day: date, told: int) -> date | None:
    """Return a date that was named; None if there is none, or it has passed."""
    year, month, number = told // 10_000, told // 100 % 100, told % 100
    try:
        if year:
            found = date(year, month, number)
        else:
            found = date(day.year, month, number)
            if (day - found).days > _PAST_DAYS:
                found = date(day.year + 1, month, number)
    except ValueError:
        return None
    return found if found >= day else None


_DAYS: Mapping[str, Callable[[date, int], date | None]] = {
    "today": lambda day, _: day,
    "tomorrow": lambda day, _: day + ONE_DAY,
    "days": lambda day, count: day + timedelta(days=count),
    "weeks": lambda day, count: day + timedelta(weeks=count),
    "months": _add_months,
    "weekday": _find_weekday,
    # "Next Friday" is this week's for some, and the one after it for others.
    "next_weekday": lambda day, weekday: _find_sunday(day) + timedelta(days=weekday),
    "this_week": lambda day, _: _find_sunday(day),
    "next_week": lambda day, _: _find_sunday(day, 1),
    "this_month": lambda day, _: _find_month_end(day, 0),
    "next_month": lambda day, _: _find_month_end(day, 1),
    "date": _find_date,
}
