"""Waves of complaints: what is unusual, how often that is said falsely, when nobody can tell."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from scipy import stats

from listener.measure import waves
from listener.measure.waves import LEAST_WEEKS, find_wave, tell_chance

NOW = datetime(2026, 11, 30, 14, 20, tzinfo=UTC)  # a Monday
HOUR = timedelta(hours=1)
WEEK = timedelta(weeks=1)


def complain(count, at):
    """Return so many complaints within the quarter of an hour after a moment."""
    return [at + timedelta(seconds=10 * number) for number in range(count)]


def live_through(weeks=13, usual=3, hour=14):
    """Return complaints in one hour of each Monday, the oldest first."""
    day = NOW.replace(hour=hour, minute=0)
    return [at for n in range(weeks, 0, -1) for at in complain(usual, day - n * WEEK)]


def find(moments, *, as_of=NOW, zone="UTC", at_least=5):
    return find_wave(moments, zone=zone, as_of=as_of, at_least=at_least)


def find_waves(moments, *, as_of):
    return waves.find_waves(moments, zone="UTC", as_of=as_of, at_least=5)


@pytest.mark.parametrize(
    ("count", "mean", "variance"),
    [(12, 3.0, 3.4), (60, 20.0, 66.0), (900, 600.0, 900.0), (8, 0.04, 0.05)],
)
def test_the_chance_is_the_negative_binomials(count, mean, variance):
    size, share = mean**2 / (variance - mean), mean / variance
    assert tell_chance(count, mean=mean, variance=variance) == pytest.approx(
        stats.nbinom.sf(count - 1, size, share), rel=1e-9
    )


def test_what_is_below_the_mean_is_not_looked_at_closer():
    assert tell_chance(3, mean=3.2, variance=4) == 1


def test_a_wave_is_told_by_hand():
    # Twelve Mondays with three complaints each from 14 to 15 h: mean (12·3 + 0.5)/12 = 3.0417,
    # no hour differs from week to week, so the spread is 1 and the variance 3.0417·(1 + 1/12).
    moments = live_through() + complain(14, NOW.replace(minute=0))
    wave = find(moments)
    mean = 36.5 / 12
    size, share = mean**2 / (mean / 12), 12 / 13
    assert (wave.hours, wave.count, wave.usual, wave.weeks) == (1, 14, 3.0, 12)
    assert wave.since == NOW.replace(minute=0)
    assert wave.chance == pytest.approx(stats.nbinom.sf(13, size, share), rel=1e-9)
    assert wave.chance < 1 / (365.25 * 24 * 2)


def test_a_busy_hour_is_no_wave():
    assert find(live_through() + complain(9, NOW.replace(minute=0))) is None


def test_a_wave_may_build_up_over_three_hours():
    moments = live_through()
    for back in range(3):
        moments += complain(6, NOW.replace(minute=0) - back * HOUR)
    wave = find(moments)
    assert (wave.hours, wave.count, wave.since) == (3, 18, NOW.replace(hour=12, minute=0))


def test_few_are_no_wave_however_unusual():
    quiet = live_through(hour=9)
    assert find(quiet + complain(4, NOW)) is None
    assert find(quiet + complain(5, NOW)).usual == 0
    assert find(quiet + complain(5, NOW), at_least=6) is None


def test_nobody_can_tell_after_a_few_weeks():
    storm = complain(500, NOW)
    assert find(live_through(weeks=LEAST_WEEKS) + storm) is None  # the first one begins somewhere
    assert find(live_through(weeks=LEAST_WEEKS + 1) + storm).weeks == LEAST_WEEKS
    assert find(storm) is None
    assert find([]) is None


def test_weeks_in_which_nothing_came_at_all_were_not_watched():
    watched = [at for at in live_through(weeks=13, usual=2) if not 2 * WEEK < NOW - at < 8 * WEEK]
    assert find(watched + complain(40, NOW)) is None


def test_usual_is_what_the_wall_clock_shows():
    # Until 25 October it was summer in Berlin: 15 h there was 13 h in UTC.
    day, winter = datetime(2026, 11, 30, 14, tzinfo=UTC), datetime(2026, 10, 25, tzinfo=UTC)
    moments = complain(32, day)
    for at in (day - n * WEEK for n in range(1, 14)):
        moments += complain(12, at if at > winter else at - HOUR)
    assert find(moments, zone="Europe/Berlin").usual == 12
    assert find(moments, zone="UTC") is None


def test_hours_begin_where_the_brand_is():
    moments = live_through(hour=14) + complain(14, NOW.replace(minute=5))
    wave = find(moments, zone="Asia/Kolkata")
    assert wave is None or wave.since.minute == 30


def test_one_wave_of_an_earlier_week_hides_no_other():
    moments = [at for hour in range(8, 20) for at in live_through(hour=hour)]
    moments += complain(200, NOW.replace(minute=0) - 3 * WEEK)
    assert find(moments + complain(20, NOW.replace(minute=0))) is not None


def test_what_bears_a_later_time_counts_in_no_hour():
    assert find(live_through() + complain(50, NOW + 2 * HOUR)) is None


def test_a_wave_of_the_night_is_known_in_the_morning_once():
    begin = NOW.replace(minute=0)
    moments = live_through() + complain(14, begin) + complain(14, begin + HOUR)
    (running,) = find_waves(moments, as_of=NOW)
    assert running == find(moments)
    for hours in (1, 5, 12):
        (over,) = find_waves(moments, as_of=NOW + hours * HOUR)
        assert (over.since, over.count) == (begin, 14)
    assert [wave.hours for wave in find_waves(moments, as_of=NOW + 13 * HOUR)] == [1]
    assert find_waves(moments, as_of=NOW + 16 * HOUR) == []


def test_each_day_has_its_first_wave():
    day = NOW.replace(hour=0, minute=0) + 24 * HOUR
    quiet = live_through(hour=9)
    moments = quiet + complain(20, day - 2 * HOUR) + complain(20, day + 2 * HOUR)
    found = find_waves(moments, as_of=day + 4 * HOUR)
    assert [wave.since for wave in found] == [day - 2 * HOUR, day + 2 * HOUR]


def test_looking_often_finds_no_more():
    moments = live_through() + complain(14, NOW.replace(minute=0))
    found = [find(moments, as_of=NOW.replace(minute=minute)) for minute in range(4, 60, 11)]
    assert {wave.chance for wave in found} == {found[0].chance}


@pytest.mark.parametrize(("level", "spread"), [(0.5, 1.0), (4.0, 1.0), (4.0, 2.0), (20.0, 3.0)])
def test_false_alarms_are_as_rare_as_is_said(level, spread):
    """Three years of usual weeks, uneven by hour and weekday; each hour is looked at."""
    random = np.random.default_rng(7)
    hours = waves._LENGTH + int(3 * 365.25 * 24)
    clock = np.arange(hours) % (7 * 24)
    means = level * (0.15 + np.exp(-((((clock % 24) - 14) / 5) ** 2))) * (1 - 0.5 * (clock >= 120))
    if spread == 1:
        counts = random.poisson(means).astype(float)
    else:
        counts = random.negative_binomial(means / (spread - 1), 1 / spread).astype(float)
    alarms = 0
    for end in np.flatnonzero(is_high(counts, means, spread)) + 1:
        if end >= waves._LENGTH:
            seen = counts[end - waves._LENGTH : end]
            tests = [waves._test(seen, span, NOW) for span in waves.WAVE_HOURS]
            alarms += any(each.count >= 5 and each.chance < waves._MOST_CHANCE for each in tests)
    # One a year is what is said; more than nine in three years come in one of 900 such trials.
    assert alarms <= 9


def is_high(counts, means, spread):
    """Tell which hours end with enough to be worth a test: the others never are a wave."""
    high = np.zeros(len(counts), dtype=bool)
    for span in waves.WAVE_HOURS:
        sums, usual = (np.convolve(each, np.ones(span))[: len(each)] for each in (counts, means))
        high |= (sums >= 5) & (sums > usual + 1.5 * np.sqrt(spread * usual))
    return high


def test_a_wave_of_three_times_the_usual_is_found():
    random = np.random.default_rng(8)
    found = 0
    for _ in range(100):
        seen = random.poisson(10.0, waves._LENGTH).astype(float)
        seen[-1] = random.poisson(32.0)
        found += waves._test(seen, 1, NOW).chance < waves._MOST_CHANCE
    assert found >= 80
