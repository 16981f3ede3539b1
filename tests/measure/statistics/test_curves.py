import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from lifelines import KaplanMeierFitter

from listener.measure.statistics import (
    event_table,
    measure_curve,
    measure_wilson,
    measure_within,
)
from tests.measure.statistics.waits import (
    TREATED,
    make_waits,
    read_curve_exactly,
    some_waits,
)


def curve_of(waits):
    return measure_curve(event_table(make_waits(waits)))


def within_of(waits, seconds):
    return measure_within(event_table(make_waits(waits)), seconds)


def fit(waits):
    seconds, observed = zip(*waits, strict=True)
    return KaplanMeierFitter().fit(list(seconds), list(observed))


def test_the_textbook_curve_comes_out():
    curve = curve_of(TREATED)
    assert curve.seconds == (6, 7, 10, 13, 16, 22, 23)
    assert curve.at_risk == (21, 17, 15, 12, 11, 7, 6)
    assert curve.events == (3, 1, 1, 1, 1, 1, 1)
    expected = (0.8571, 0.8067, 0.7529, 0.6902, 0.6275, 0.5378, 0.4482)
    assert curve.waiting == pytest.approx(expected, abs=5e-5)


def test_the_textbook_band_comes_out():
    curve = curve_of(TREATED)
    low = (0.6197, 0.5631, 0.5032, 0.4316, 0.3675, 0.2678, 0.1881)
    high = (0.9516, 0.9228, 0.8894, 0.8491, 0.8049, 0.7468, 0.6801)
    assert curve.low == pytest.approx(low, abs=5e-5)
    assert curve.high == pytest.approx(high, abs=5e-5)


def test_no_waits_give_an_empty_curve():
    assert curve_of([]).seconds == ()


def test_waits_that_are_all_open_give_a_curve_without_steps():
    assert curve_of("5+ 7+").waiting == ()


def test_one_answered_wait_goes_down_to_0_without_a_band():
    curve = curve_of("60")
    assert (curve.seconds, curve.waiting, curve.at_risk) == ((60,), (0,), (1,))
    assert (curve.low, curve.high) == ((None,), (None,))


def test_a_wait_open_at_the_second_of_an_answer_was_at_risk_of_it():
    assert curve_of("60 60+").waiting == (0.5,)


def test_answers_after_0_seconds_are_a_step_at_0():
    curve = curve_of("0 0 5 9+")
    assert curve.seconds == (0, 5)
    assert curve.waiting == (0.5, 0.25)


def test_without_open_waits_the_curve_is_exactly_the_share_left():
    for total in range(1, 200):
        waits = [(float(second), True) for second in range(total)]
        assert curve_of(waits).waiting == tuple(left / total for left in reversed(range(total)))


@settings(derandomize=True, deadline=None)
@given(some_waits(min_size=1))
def test_the_curve_agrees_with_exact_fractions(waits):
    curve, exact = curve_of(waits), read_curve_exactly(waits)
    assert curve.seconds == tuple(exact)
    assert curve.waiting == pytest.approx([float(waiting) for waiting in exact.values()])


@settings(derandomize=True, deadline=None, max_examples=60)
@given(some_waits(min_size=1))
def test_the_curve_and_its_band_agree_with_lifelines(waits):
    curve, theirs = curve_of(waits), fit(waits)
    seconds = list(curve.seconds)
    expected = theirs.survival_function_["KM_estimate"].loc[seconds]
    assert curve.waiting == pytest.approx(expected.to_list(), abs=1e-9)
    band = theirs.confidence_interval_.loc[seconds].to_numpy().tolist()
    for waiting, low, high, ends in zip(curve.waiting, curve.low, curve.high, band, strict=True):
        # lifelines draws the band of nobody waiting at (0, 0), R and we leave it undefined
        expected_ends = ends if waiting else (None, None)
        assert (low, high) == pytest.approx(tuple(expected_ends), abs=1e-9)


@settings(derandomize=True, deadline=None)
@given(some_waits(min_size=1))
def test_the_band_encloses_the_curve(waits):
    curve = curve_of(waits)
    for waiting, low, high in zip(curve.waiting, curve.low, curve.high, strict=True):
        assert low is high is None if waiting == 0 else 0 <= low <= waiting <= high <= 1


@settings(derandomize=True, deadline=None)
@given(some_waits(), st.integers(1, 1000), st.randoms(use_true_random=False))
def test_waiting_longer_all_together_moves_the_curve_and_changes_nothing_else(waits, by, chance):
    moved = [(seconds + by, observed) for seconds, observed in chance.sample(waits, len(waits))]
    curve, later = curve_of(waits), curve_of(moved)
    assert later.seconds == tuple(seconds + by for seconds in curve.seconds)
    assert (later.waiting, later.low, later.high) == (curve.waiting, curve.low, curve.high)


def test_the_share_answered_within_a_limit_is_read_off_the_curve():
    within = within_of(TREATED, 12)
    assert within.method == "log-log"
    assert within.rate == pytest.approx(1 - 0.7529, abs=5e-5)
    assert (within.low, within.high) == pytest.approx((1 - 0.8894, 1 - 0.5032), abs=5e-5)


def test_an_answer_at_the_very_limit_is_within_it():
    assert within_of("10 20", 10).rate == 0.5


@settings(derandomize=True, deadline=None, max_examples=60)
@given(some_waits(min_size=1), st.integers(0, 20))
def test_the_share_within_a_limit_agrees_with_lifelines(waits, limit):
    theirs = fit(waits)
    waiting = theirs.survival_function_at_times(limit).item()
    assume(0 < waiting < 1)
    assume(limit <= max(seconds for seconds, _ in waits))
    within = within_of(waits, limit)
    low, high = theirs.confidence_interval_.loc[:limit].iloc[-1]
    assert within.method == "log-log"
    assert (within.rate, within.low, within.high) == pytest.approx(
        (1 - waiting, 1 - high, 1 - low), abs=1e-9
    )


def test_nobody_answered_yet_counts_those_followed_for_longer():
    within = within_of("5+ 10+ 20+ 30 40", 10)
    assert (within.rate, within.method) == (0, "wilson")
    assert (within.low, within.high) == measure_wilson(0, 3)


def test_everybody_answered_counts_the_answers_and_not_those_lost_before():
    within = within_of("1+ 2 3 3", 10)
    assert (within.rate, within.method) == (1, "wilson")
    assert (within.low, within.high) == measure_wilson(3, 3)


def test_a_limit_at_which_nobody_was_followed_any_more_gives_no_rate():
    within = within_of("5+ 10+", 10)
    assert (within.rate, within.low, within.high) == (None, None, None)


def test_a_limit_after_the_longest_wait_gives_no_rate_while_somebody_waits():
    within = within_of("5 5 5 9+", 10)
    assert (within.rate, within.low, within.high) == (None, None, None)


def test_a_limit_at_the_longest_wait_still_gives_a_rate():
    assert within_of("5 5 5 9+", 9).rate == 0.75


def test_no_waits_give_no_rate():
    within = within_of([], 3600)
    assert (within.seconds, within.rate, within.low, within.high) == (3600, None, None, None)
