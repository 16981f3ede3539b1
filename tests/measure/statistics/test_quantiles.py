import itertools
import math
from fractions import Fraction

import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from lifelines import KaplanMeierFitter
from lifelines.utils import median_survival_times, qth_survival_times

from listener.measure.statistics import event_table, measure_curve, measure_quantile
from tests.measure.statistics.waits import (
    TREATED,
    UNTREATED,
    make_waits,
    read_curve_exactly,
    some_waits,
)


def quantile_of(waits, q=0.5):
    return measure_quantile(event_table(make_waits(waits)), q)


def is_falling(values):
    numbers = [value for value in values if value is not None]
    return all(later <= earlier for earlier, later in itertools.pairwise(numbers))


def test_the_textbook_medians_come_out():
    treated, untreated = quantile_of(TREATED), quantile_of(UNTREATED)
    assert (treated.seconds, treated.low, treated.high) == (23, 13, None)
    assert (untreated.seconds, untreated.low, untreated.high) == (8, 4, 11)


def test_a_quantile_that_is_not_reached_tells_the_longest_wait():
    quantile = quantile_of(TREATED, 0.9)
    assert (quantile.seconds, quantile.high, quantile.longest) == (None, None, 35)


def test_no_waits_give_no_quantile_and_no_longest_wait():
    quantile = quantile_of([])
    assert (quantile.seconds, quantile.low, quantile.high, quantile.longest) == (None,) * 4


def test_waits_that_are_all_open_reach_no_quantile():
    quantile = quantile_of("60+ 120+")
    assert (quantile.seconds, quantile.low, quantile.high) == (None, None, None)
    assert quantile.longest == 120


def test_one_answered_wait_is_its_own_median_without_bounds():
    quantile = quantile_of("60")
    assert (quantile.seconds, quantile.low, quantile.high) == (60, None, None)


def test_where_everybody_was_answered_the_band_bounds_nothing():
    # S(1) = 1/2 with the band from 0.006 to 0.910; S(2) = 0, without a band
    quantile = quantile_of("1 2", 0.9)
    assert (quantile.seconds, quantile.low, quantile.high) == (2, 1, None)


def test_answers_after_0_seconds_are_a_median_of_0():
    assert quantile_of("0 0 0 5").seconds == 0


def test_a_level_stretch_at_one_half_gives_its_beginning():
    assert quantile_of("1 2 3 4").seconds == 2


def test_half_of_ten_cases_is_one_half():
    assert quantile_of("1 2 3 4 5 6 7 8 9 10").seconds == 5


def test_nine_of_ten_cases_are_the_90th_percentile():
    # 1 - 0.9 in floating point is less than 0.1
    assert quantile_of("1 2 3 4 5 6 7 8 9 10", 0.9).seconds == 9


def test_a_half_that_floating_point_misses_is_one_half():
    # 9/10 · 5/6 · 2/3 = 1/2, but 0.5000000000000001 in floating point
    waits = "1+ 2 3+ 4+ 4+ 5 5+ 6+ 7 8+ 8+"
    assert measure_curve(event_table(make_waits(waits))).waiting[-1] > 0.5
    assert quantile_of(waits).seconds == 7


def test_just_more_than_a_half_is_not_one_half():
    total = 1_000_001
    waits = [(1.0, True)] * (total // 2) + [(2.0, False)] * (total - total // 2)
    assert quantile_of(waits).seconds is None


def test_a_hair_above_the_level_is_above_it():
    # S(1) lies 5 / 10**10 above one half: nearer than the rounding error of a long curve may be
    half = 5 * 10**8
    counts = {"events": [half, 1], "at_risk": [2 * half + 1, half + 1]}
    table = event_table(make_waits("1 2")).with_columns(pl.DataFrame(counts))
    assert measure_quantile(table, 0.5).seconds == 2


@settings(derandomize=True, deadline=None)
@given(some_waits(), st.sampled_from([0.1, 0.25, 0.3, 0.5, 0.6, 0.75, 0.8, 0.9, 0.95]))
def test_quantiles_agree_with_exact_fractions(waits, q):
    level = 1 - Fraction(str(q))
    reached = [second for second, left in read_curve_exactly(waits).items() if left <= level]
    assert quantile_of(waits, q).seconds == (reached[0] if reached else None)


@settings(derandomize=True, deadline=None, max_examples=200)
@given(some_waits(min_size=1), st.sampled_from([0.5, 0.9]))
def test_quantiles_and_intervals_agree_with_lifelines(waits, q):
    curve = measure_curve(event_table(make_waits(waits)))
    exact = read_curve_exactly(waits)
    assume(1 - Fraction(str(q)) not in exact.values())  # there lifelines may miss it by rounding
    assume(is_falling(curve.low) and is_falling(curve.high))  # lifelines searches by halving
    seconds, observed = zip(*waits, strict=True)
    theirs = KaplanMeierFitter().fit(list(seconds), list(observed))
    low, high = qth_survival_times(1 - q, theirs.confidence_interval_).iloc[0]
    expected = qth_survival_times(1 - q, theirs.survival_function_)
    if q == 0.5:
        assert median_survival_times(theirs.confidence_interval_).iloc[0].to_list() == [low, high]
    end = next((second for second, left in exact.items() if left == 0), None)
    # lifelines lets the band come down to 0 with the curve, R and we leave it undefined there
    unbounded = {math.inf, end}
    quantile = quantile_of(waits, q)
    assert quantile.seconds == (None if expected == math.inf else expected)
    assert quantile.low == (None if low in unbounded else low)
    assert quantile.high == (None if high in unbounded else high)


@settings(derandomize=True, deadline=None)
@given(some_waits(), st.integers(1, 1000))
def test_waiting_longer_all_together_moves_every_quantile(waits, by):
    quantile = quantile_of(waits)
    later = quantile_of([(seconds + by, observed) for seconds, observed in waits])
    for name in ("seconds", "low", "high", "longest"):
        before = getattr(quantile, name)
        assert getattr(later, name) == (None if before is None else before + by)


@settings(derandomize=True, deadline=None)
@given(some_waits(min_size=1))
def test_the_interval_encloses_the_quantile(waits):
    quantile = quantile_of(waits)
    if quantile.seconds is not None and quantile.low is not None:
        assert quantile.low <= quantile.seconds
    if quantile.high is not None:
        assert quantile.seconds is not None
        assert quantile.seconds <= quantile.high


@pytest.mark.parametrize("q", [0, 1, -0.5, 50])
def test_a_quantile_outside_0_and_1_is_refused(q):
    with pytest.raises(ValueError, match="does not lie between 0 and 1"):
        quantile_of("1 2", q)
