"""Which editions are due: each brand's report of each week is made once.

An edition is due when the weekly time of the schedule has come, for the first time
after the end of its week, by the clock in the brand's time zone.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Self
from zoneinfo import ZoneInfo

from listener.measure.periods import Period, find_week_of, shift_week
from listener.posts import Brand
from listener.settings import ScheduleSettings, WeeklyTime

WEEKS_BACK = 4


@dataclass(frozen=True, slots=True)
class Edition:
    """One brand's report of one week.

    Attributes:
        brand: The brand's key.
        week: Such as `2026-W47`.
    """

    brand: str
    week: str

    @property
    def key(self) -> str:
        """The name under which the store keeps it."""
        return f"{self.brand}:{self.week}"

    @classmethod
    def parse(cls, key: str) -> Self:
        """Return the edition of this key."""
        brand, _, week = key.rpartition(":")
        return cls(brand, week)


def find_due_editions(
    brands: Sequence[Brand],
    schedule: ScheduleSettings,
    made: Collection[str],
    *,
    now: datetime,
    weeks_back: int = WEEKS_BACK,
    first_posts: Mapping[str, datetime] | None = None,
) -> list[Edition]:
    """Return what is to be made now, the oldest week first.

    Args:
        brands: Whose reports are wanted.
        schedule: When each brand's reports are made.
        made: Keys of the editions that were made already.
        now: The moment of looking.
        weeks_back: Which of the last complete weeks are made up for: nobody wants
            older news.
        first_posts: When the first known post of each brand was written: weeks before
            it have no edition, and a brand that is not named here has none at all.
            None if nobody knows.
    """
    due = [
        Edition(brand.key, week.name)
        for brand in brands
        for week in _list_weeks(brand, now, weeks_back)
        if tell_report_time(week, schedule.find_report_time(brand.key), brand.time_zone) <= now
        and not _is_before(week, brand, first_posts)
    ]
    # Sorting keeps the order of brands, and brings weeks together whatever their zones.
    return sorted((each for each in due if each.key not in made), key=lambda each: each.week)


def tell_report_time(week: Period, weekly: WeeklyTime, time_zone: str) -> datetime:
    """Return when the report of a week is made: the first such time at or after its end.

    A time that the clock leaves out in spring is read by the clock before, so it lies
    as much later; of a time that comes twice in autumn the first one is meant.
    """
    end = week.until.astimezone(ZoneInfo(time_zone)).date()
    day = end + timedelta(days=(weekly.weekday - end.weekday()) % 7)
    local = datetime.combine(day, time(weekly.hour, weekly.minute), ZoneInfo(time_zone))
    return local.astimezone(UTC)


def _list_weeks(brand: Brand, now: datetime, weeks_back: int) -> Iterator[Period]:
    current = find_week_of(now, brand.time_zone)
    for ago in range(1, weeks_back + 1):
        yield shift_week(current, -ago, brand.time_zone)


def _is_before(week: Period, brand: Brand, first_posts: Mapping[str, datetime] | None) -> bool:
    """Tell whether a week was over before anything of the brand counted."""
    if first_posts is not None:
        first = first_posts.get(brand.key)
        if first is None or week.until <= first:
            return True
    after = week.until.astimezone(ZoneInfo(brand.time_zone)).date()
    return brand.count_from is not None and after <= brand.count_from
