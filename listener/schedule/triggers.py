"""When a task is due next: rhythms and weekly times as triggers of APScheduler.

Three things of APScheduler 3.11 are not used, because of how they behave:

- Its cron trigger with a local time fires twice where the clock is set back, and leaves a
  week out where the time does not exist (midnight in Cairo or São Paulo). `WeeklyTrigger`
  fires once in every week.
- Its interval trigger counts from the time before, spread included, and so drifts. Here it is
  always asked as if for the first time: its steps are those since the epoch.
- `from_crontab` takes 0 for Monday; `Rhythm` takes weekdays by name only.
"""

import random
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from apscheduler.triggers.base import BaseTrigger  # type: ignore[import-untyped]
from apscheduler.triggers.cron import CronTrigger  # type: ignore[import-untyped]
from apscheduler.triggers.interval import IntervalTrigger  # type: ignore[import-untyped]

from listener.settings.rhythms import Rhythm, WeeklyTime

# A Monday, so that an interval of a week begins with it.
_EPOCH = datetime(1970, 1, 5, tzinfo=UTC)
_WEEK = timedelta(weeks=1)
_LONGEST_MONTHS = timedelta(days=400)


class WeeklyTrigger(BaseTrigger):  # type: ignore[misc]
    """Fires once in each week, at a local time.

    Where the clock is set forward past that time, it fires as long after the jump as the
    time lies in the gap; where it is set back, at the first of the two.
    """

    def __init__(self, time: WeeklyTime, zone: str, *, jitter: float = 0) -> None:
        """Take a zone's name, such as `Europe/Berlin`; `jitter` spreads, in seconds."""
        self._time, self._zone, self._jitter = time, ZoneInfo(zone), jitter

    def get_next_fire_time(
        self,
        previous_fire_time: datetime | None,  # noqa: ARG002 - weeks follow from `now` alone
        now: datetime,
    ) -> datetime:
        """Return the first moment that is not before `now`."""
        local = now.astimezone(self._zone).date()
        monday = local - timedelta(days=local.weekday())
        # One more on either side: an offset can move a moment to another day.
        weeks = (self._find(monday + step * _WEEK) for step in (-1, 0, 1, 2))
        found = next(moment for moment in weeks if moment >= now)
        spread: datetime = self._apply_jitter(found, self._jitter, now)
        return spread

    def _find(self, monday: date) -> datetime:
        day = monday + timedelta(days=self._time.weekday)
        # The same without a word is `fold=0`: the first of two, and the old offset in a gap.
        local = datetime(
            day.year, day.month, day.day, self._time.hour, self._time.minute, tzinfo=self._zone
        )
        return local.astimezone(UTC)


def make_trigger(when: Rhythm | WeeklyTime, *, zone: str = "UTC", jitter: float = 0) -> BaseTrigger:
    """Return the trigger of a rhythm, which is in UTC, or of a weekly time in its zone.

    Args:
        when: How often, or when.
        zone: Of a weekly time.
        jitter: Seconds by which starts are spread: each is up to so much later.
    """
    if isinstance(when, WeeklyTime):
        return WeeklyTrigger(when, zone, jitter=jitter)
    if when.cron is not None:
        minute, hour, day, month, weekday = when.cron.split()
        return CronTrigger(
            minute=minute,
            hour=hour,
            day=day,
            month=month,
            day_of_week=weekday,
            timezone=UTC,
            jitter=jitter or None,
        )
    every = when.every or timedelta(minutes=1)
    return IntervalTrigger(
        seconds=int(every.total_seconds()), start_date=_EPOCH, timezone=UTC, jitter=jitter or None
    )


def tell_next(trigger: BaseTrigger, after: datetime) -> datetime:
    """Return the first moment after this one at which a trigger fires, in UTC."""
    found = trigger.get_next_fire_time(None, after.astimezone(UTC) + timedelta(microseconds=1))
    # A day that never comes, such as the 30th of February: never is far enough away.
    moment: datetime = found or after + _LONGEST_MONTHS
    return moment.astimezone(UTC)


def spread_start(seconds: float) -> timedelta:
    """Return a random part of that time: what begins together is spread over it."""
    return timedelta(seconds=random.uniform(0, seconds))  # noqa: S311 - no secret
