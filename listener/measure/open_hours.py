"""When a brand is open: its spans of time as moments, and how much of them lies between two.

`docs/measures.md`, section 2, service time. A span is what a clock on the wall shows: an
hour that a change of clocks takes away is open at no time, one that comes twice is open
both times.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import polars as pl

from listener.posts import WEEKDAYS, Brand, OpeningHours

ONE_DAY = timedelta(days=1)
_WORKDAYS = frozenset(WEEKDAYS[:5])
_MICROSECONDS = 1e6


@dataclass(frozen=True, slots=True)
class OpenTime:
    """The open spans of a brand in order, without overlaps; all in microseconds since 1970.

    Attributes:
        opens: Where each span begins.
        closes: Where it ends; that moment is no longer part of it.
        before: How long the brand was open in all earlier spans together.
    """

    opens: pl.Series
    closes: pl.Series
    before: pl.Series

    def measure_seconds(self, start: pl.Series, end: pl.Series) -> pl.Series:
        """Return the seconds of open time between two columns of moments, row by row."""
        open_time = self._count_until(end) - self._count_until(start)
        return (open_time / _MICROSECONDS).alias("seconds")

    def contains(self, moments: pl.Series) -> pl.Series:
        """Return whether the brand is open at each moment; null for null."""
        at, span = self._find_spans(moments)
        if self.opens.is_empty():
            return at.is_null() & False
        return (at < self.closes.gather(span)) & (at >= self.opens.gather(span))

    def _count_until(self, moments: pl.Series) -> pl.Series:
        """Return for how long the brand had been open up to each moment."""
        if self.opens.is_empty():
            return pl.repeat(0, len(moments), dtype=pl.Int64, eager=True)
        at, span = self._find_spans(moments)
        opens, closes = self.opens.gather(span), self.closes.gather(span)
        parts = pl.DataFrame({"at": at, "opens": opens, "closes": closes})
        inside = parts.select(pl.min_horizontal("at", "closes") - pl.col("opens")).to_series()
        return self.before.gather(span) + inside.clip(lower_bound=0)

    def _find_spans(self, moments: pl.Series) -> tuple[pl.Series, pl.Series]:
        """Return moments as numbers, and the span that each one lies in or comes after."""
        at = moments.dt.timestamp("us")
        found = self.opens.search_sorted(at.fill_null(0), side="right").cast(pl.Int64) - 1
        return at, found.clip(lower_bound=0)


def find_open_time(brand: Brand, since: datetime, until: datetime) -> OpenTime:
    """Return when the brand is open between two moments, by its hours, zone and holidays."""
    zone = ZoneInfo(brand.time_zone)
    first, last = (moment.astimezone(zone).date() for moment in (since, until))
    days = _list_days(first - ONE_DAY, last + ONE_DAY, find_holidays(brand, first, last))
    spans = list(_join_spans(sorted(_list_spans(brand.opening_hours, days, zone))))
    moments = pl.DataFrame(
        spans, schema={"opens": pl.Datetime("us", "UTC"), "closes": pl.Datetime("us", "UTC")},
        orient="row",
    ).select(pl.all().dt.timestamp("us"))  # fmt: skip
    opens, closes = moments["opens"], moments["closes"]
    length = closes - opens
    return OpenTime(opens, closes, length.cum_sum() - length)


def find_holidays(brand: Brand, first: date, last: date) -> frozenset[date]:
    """Return the days off of these years, whatever the weekday; none if the brand keeps none."""
    return frozenset() if brand.holidays is None else list_holidays(brand.holidays, first, last)


def list_holidays(region: str, first: date, last: date) -> frozenset[date]:
    """Return the public holidays of a country or a part of it, such as `DE-BY`, in these years."""
    import holidays  # here, as few brands name any: every command would wait for it

    country, _, part = region.partition("-")
    years = range(first.year - 1, last.year + 2)
    return frozenset(holidays.country_holidays(country, subdiv=part or None, years=years))


def find_open_weekdays(brand: Brand) -> frozenset[str]:
    """Return on which days of the week the brand works: Monday to Friday if it does not tell."""
    return frozenset(span.weekday for span in brand.opening_hours) or _WORKDAYS


def _list_days(first: date, last: date, off: frozenset[date]) -> Iterator[date]:
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return (day for day in days if day not in off)


def _list_spans(
    hours: Sequence[OpeningHours], days: Iterable[date], zone: ZoneInfo
) -> Iterator[tuple[datetime, datetime]]:
    for day in days:
        for span in hours:
            if span.weekday == WEEKDAYS[day.weekday()]:
                opens = _find_moment(day, span.opens, zone, fold=0)
                closes = _find_moment(day, span.closes, zone, fold=1)
                if opens < closes:
                    yield opens, closes


def _join_spans(spans: Iterable[tuple[datetime, datetime]]) -> Iterator[tuple[datetime, datetime]]:
    """Yield spans that neither touch nor overlap each other."""
    current: tuple[datetime, datetime] | None = None
    for opens, closes in spans:
        if current and opens <= current[1]:
            current = (current[0], max(current[1], closes))
        else:
            if current:
                yield current
            current = (opens, closes)
    if current:
        yield current


def _find_moment(day: date, at: time, zone: ZoneInfo, *, fold: int) -> datetime:
    """Return when the wall clock shows a time; `time.max` is the end of the day.

    Args:
        day: The local day.
        at: The local time; where clocks jump over it, the moment of the jump is meant.
        zone: Of the brand.
        fold: Which of two moments is meant that bear the same local time, 0 or 1.
    """
    if at == time.max:
        day, at = day + ONE_DAY, time.min
    local = datetime.combine(day, at, zone).replace(fold=fold)
    moment = local.astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None):
        return moment
    early, late = (local.replace(fold=side).astimezone(UTC) for side in (1, 0))
    return _find_jump(early, late, zone)


def _find_jump(early: datetime, late: datetime, zone: ZoneInfo) -> datetime:
    """Return the first second between two moments with the later one's offset from UTC."""
    offset = late.astimezone(zone).utcoffset()
    low, high = 0, int((late - early).total_seconds())
    while low < high:
        middle = (low + high) // 2
        if (early + timedelta(seconds=middle)).astimezone(zone).utcoffset() == offset:
            high = middle
        else:
            low = middle + 1
    return early + timedelta(seconds=low)
