"""Waves: more customers complain than is usual at this hour of the week.

Compared is the running hour, and the last three, with the same hours of the same weekday in
earlier weeks. How many there would be if all were as usual is told by a negative binomial
distribution: around the mean of those weeks, as uneven as the brand's hours have been, and
wider because a mean of few weeks is uncertain. A count only grows while its hour runs, so it
makes no difference how often one looks: each clock hour is tested twice, for one hour and for
three, and the bound on chance is such that together they raise one false alarm a year.
`docs/statistics.md` says how that was tried.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import polars as pl

WAVE_HOURS = (1, 3)
FALSE_ALARMS_A_YEAR = 1.0
LEAST_WEEKS = 8
MOST_WEEKS = 12
# The week before the first one tells whether one was watching by then.
WAVE_HISTORY = timedelta(weeks=MOST_WEEKS + 1, days=1)

_WEEK = 7 * 24
_HOURS_BACK = 12
_HOURS_A_YEAR = 365.25 * 24
_MOST_CHANCE = FALSE_ALARMS_A_YEAR / (_HOURS_A_YEAR * len(WAVE_HOURS))
# A wave of an earlier week is no measure of how uneven usual hours are.
_MOST_DEVIATION = 36.0
_NEGLIGIBLE = 1e-12
_LENGTH = WAVE_HISTORY // timedelta(hours=1)

Counts = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wave:
    """A wave.

    Attributes:
        since: When the first of its hours began.
        usual: How many there are at that time of the week, by the earlier weeks.
        weeks: How many weeks that were.
        chance: Of at least so many if all were as usual.
    """

    since: datetime
    hours: int
    count: int
    usual: float
    weeks: int
    chance: float


def find_waves(
    moments: Sequence[datetime], *, zone: str, as_of: datetime, at_least: int
) -> list[Wave]:
    """Return the waves of the last twelve hours, the first one of each day.

    Those that are over are news to whoever did not want to be disturbed meanwhile.
    For the arguments see `find_wave`.
    """
    hour = _begin_hour(zone, as_of)
    # Complaints of the hour itself come before its last moment.
    ends = [hour - timedelta(hours=back, microseconds=1) for back in range(_HOURS_BACK)]
    found: dict[date, Wave] = {}
    for end in (*reversed(ends), as_of):
        wave = find_wave(moments, zone=zone, as_of=end, at_least=at_least)
        if wave is not None:
            found.setdefault(wave.since.astimezone(ZoneInfo(zone)).date(), wave)
    return list(found.values())


def find_wave(
    moments: Sequence[datetime], *, zone: str, as_of: datetime, at_least: int
) -> Wave | None:
    """Return the wave that runs now; None for none, and where too little is known to tell.

    Args:
        moments: When customers complained, each one once a case; of 13 weeks at least.
        zone: In which hours and weekdays are meant.
        as_of: Now; what was said later does not count.
        at_least: Fewer are no wave, however unusual.
    """
    counts = _count_hours(moments, zone, as_of)
    hour = _begin_hour(zone, as_of)
    found = [
        _test(counts, hours, hour) for hours in WAVE_HOURS if counts[-hours:].sum() >= at_least
    ]
    waves = [wave for wave in found if wave is not None and wave.chance < _MOST_CHANCE]
    return min(waves, key=lambda wave: wave.chance, default=None)


def _begin_hour(zone: str, at: datetime) -> datetime:
    """Return when the hour began that the wall clock shows."""
    hour = at.astimezone(ZoneInfo(zone)).replace(minute=0, second=0, microsecond=0)
    return hour.astimezone(UTC)


def tell_chance(count: int, *, mean: float, variance: float) -> float:
    """Return the chance of at least so many, by the negative binomial distribution.

    Args:
        count: So many.
        mean: Of the distribution; above 0.
        variance: Of the distribution; above the mean.
    """
    if count <= mean:  # nobody asks how small a chance that is
        return 1.0
    size, share = mean * mean / (variance - mean), mean / variance
    term = math.exp(
        math.lgamma(count + size) - math.lgamma(size) - math.lgamma(count + 1)
        + size * math.log(share) + count * math.log1p(-share)
    )  # fmt: skip
    total, number = term, count
    while term > total * _NEGLIGIBLE:
        term *= (number + size) / (number + 1) * (1 - share)
        number += 1
        total += term
    return total


def _count_hours(moments: Sequence[datetime], zone: str, as_of: datetime) -> Counts:
    """Return the counts of the last hours by the wall clock, the running one last."""
    at = pl.Series("at", [*moments, as_of], dtype=pl.Datetime("us", "UTC"))
    wall = at.dt.convert_time_zone(zone).dt.replace_time_zone(None)
    hours = wall.dt.epoch("s").to_numpy() // 3600
    place = hours[:-1] - hours[-1] + _LENGTH - 1
    # What bears a time that is still to come belongs to no hour.
    inside = place[(place >= 0) & (place < _LENGTH)]
    return np.bincount(inside, minlength=_LENGTH).astype(np.float64)


def _test(counts: Counts, hours: int, hour: datetime) -> Wave | None:
    """Return how unusual the last hours are; None where too few weeks are known."""
    past = _list_past(counts, hours)
    if len(past) < LEAST_WEEKS:
        return None
    mean, variance = _expect(past)
    count = int(counts[-hours:].sum())
    return Wave(
        since=hour - timedelta(hours=hours - 1),
        hours=hours,
        count=count,
        usual=float(past[:, 0].mean()),
        weeks=len(past),
        chance=tell_chance(count, mean=mean, variance=variance),
    )


def _list_past(counts: Counts, hours: int) -> Counts:
    """Return one row for each earlier week that was watched: what came in so many hours.

    The first column is that of the hours in question, the next ones go back hour by hour.
    """
    sums = np.convolve(counts, np.ones(hours))[: len(counts)]
    ends = [len(counts) - number * _WEEK for number in range(1, MOST_WEEKS + 1)]
    rows = [sums[end - _WEEK : end][::-1] for end in ends if _is_watched(counts, end)]
    return np.array(rows).reshape(len(rows), _WEEK)


def _is_watched(counts: Counts, end: int) -> bool:
    """Tell whether a week counts: something came in it, and something before it began."""
    return bool(counts[end - _WEEK : end].any() and counts[: end - _WEEK].any())


def _expect(past: Counts) -> tuple[float, float]:
    """Return mean and variance of what is to come, if all is as usual."""
    weeks = len(past)
    ordered = np.sort(past, axis=0)
    # The busiest week may have been a wave itself: it counts as much as the second one.
    means = (ordered[:-1].sum(axis=0) + ordered[-2]) / weeks
    # What is usual is uneven by more than chance: by days, by weather, by who talks to whom.
    squares = np.minimum((past - means) ** 2, _MOST_DEVIATION * np.maximum(means, 1.0))
    spread = squares.sum() / (weeks - 1) / max(means.sum(), _NEGLIGIBLE)
    mean = means[0] + 0.5 / weeks  # none so far does not mean that there is never one
    return mean, mean * max(spread, 1.0) * (1 + 1 / weeks)
