import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from lifelines.statistics import logrank_test
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import confint_proportions_2indep, proportions_ztest

from listener.measure.statistics import (
    correct_benjamini_hochberg,
    event_table,
    make_share,
    measure_difference,
    measure_logrank,
)
from tests.measure.statistics.waits import TREATED, UNTREATED, make_waits, some_waits

COUNTS = st.integers(1, 100_000).flatmap(
    lambda total: st.tuples(st.integers(0, total), st.just(total))
)
P_VALUES = st.lists(st.floats(0, 1), max_size=30)


def logrank_of(a, b):
    return measure_logrank(event_table(make_waits(a)), event_table(make_waits(b)))


@pytest.mark.parametrize(
    ("a", "b", "low", "high"),
    [  # Newcombe 1998 (Statistics in Medicine 17:873), table II, method 10
        ((56, 70), (48, 80), 5.24, 33.39),
        ((9, 10), (3, 10), 17.05, 80.90),
        ((6, 7), (2, 7), 5.82, 80.62),
        ((5, 56), (0, 29), -3.81, 19.26),
        ((0, 10), (0, 20), -16.11, 27.75),
        ((0, 10), (0, 10), -27.75, 27.75),
        ((10, 10), (0, 20), 67.91, 100.00),
        ((10, 10), (0, 10), 60.75, 100.00),
    ],
)
def test_published_newcombe_intervals_come_out(a, b, low, high):
    difference = measure_difference(make_share(*a), make_share(*b))
    assert (difference.low, difference.high) == pytest.approx((low, high), abs=5e-3)


def test_the_difference_is_in_points_and_the_first_share_comes_first():
    difference = measure_difference(make_share(56, 70), make_share(48, 80))
    assert difference.points == pytest.approx(20)
    assert difference.excludes_zero == (difference.low > 0)


@settings(derandomize=True, deadline=None)
@given(COUNTS, COUNTS)
def test_the_interval_agrees_with_statsmodels(a, b):
    difference = measure_difference(make_share(*a), make_share(*b))
    theirs = confint_proportions_2indep(*a, *b, method="newcomb", compare="diff")
    ours = (difference.low / 100, difference.high / 100)
    assert ours == pytest.approx(theirs, abs=1e-9)


@settings(derandomize=True, deadline=None)
@given(COUNTS, COUNTS)
def test_the_score_test_agrees_with_scipy_and_statsmodels(a, b):
    assume(0 < a[0] + b[0] < a[1] + b[1])
    difference = measure_difference(make_share(*a), make_share(*b))
    counts, totals = np.array([a, b]).T
    chi_square = stats.chi2_contingency([counts, totals - counts], correction=False)
    assert difference.p == pytest.approx(chi_square.pvalue, abs=1e-9)
    assert difference.p == pytest.approx(proportions_ztest(counts, totals)[1], abs=1e-9)


@settings(derandomize=True, deadline=None)
@given(COUNTS, COUNTS)
def test_exchanging_the_shares_mirrors_the_difference(a, b):
    one = measure_difference(make_share(*a), make_share(*b))
    other = measure_difference(make_share(*b), make_share(*a))
    assert (other.points, other.low, other.high, other.p) == pytest.approx(
        (-one.points, -one.high, -one.low, one.p)
    )


@pytest.mark.parametrize(("a", "b"), [((0, 5), (0, 9)), ((5, 5), (9, 9)), ((1, 3), (2, 6))])
def test_equal_shares_give_no_hint_of_a_difference(a, b):
    difference = measure_difference(make_share(*a), make_share(*b))
    assert (difference.points, difference.p) == (0, 1)
    assert difference.low < 0 < difference.high


def test_a_share_without_cases_cannot_be_compared():
    assert measure_difference(make_share(0, 0), make_share(1, 2)) is None
    assert measure_difference(make_share(1, 2), make_share(0, 0)) is None


def test_cases_are_not_compared_with_replies():
    with pytest.raises(ValueError, match="a share of cases cannot be compared with a share of rep"):
        measure_difference(make_share(1, 2), make_share(1, 2, unit="replies"))


def test_the_textbook_log_rank_test_comes_out():
    # chi-square 16.79 with one degree of freedom
    p = logrank_of(TREATED, UNTREATED)
    assert p == pytest.approx(stats.chi2.sf(16.79, 1), rel=5e-3)


@settings(derandomize=True, deadline=None, max_examples=60)
@given(some_waits(min_size=1), some_waits(min_size=1))
def test_the_log_rank_test_agrees_with_lifelines_and_scipy(a, b):
    p = logrank_of(a, b)
    assume(p < 1)
    (times_a, seen_a), (times_b, seen_b) = (zip(*waits, strict=True) for waits in (a, b))
    theirs = logrank_test(times_a, times_b, event_observed_A=seen_a, event_observed_B=seen_b)
    assert p == pytest.approx(theirs.p_value, abs=1e-9)
    assert p == pytest.approx(stats.logrank(censor(a), censor(b)).pvalue, abs=1e-9)


def censor(waits):
    return stats.CensoredData(
        uncensored=[seconds for seconds, observed in waits if observed],
        right=[seconds for seconds, observed in waits if not observed],
    )


@settings(derandomize=True, deadline=None)
@given(some_waits(min_size=1), some_waits(min_size=1), st.integers(1, 1000))
def test_the_log_rank_test_knows_no_first_group_and_no_zero(a, b, by):
    later_a, later_b = ([(seconds + by, seen) for seconds, seen in waits] for waits in (a, b))
    assert logrank_of(b, a) == pytest.approx(logrank_of(a, b), abs=1e-9)
    assert logrank_of(later_a, later_b) == logrank_of(a, b)


@settings(derandomize=True, deadline=None)
@given(some_waits(min_size=1))
def test_a_group_does_not_differ_from_itself(waits):
    assert logrank_of(waits, waits) == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize(("a", "b"), [("5+ 7+", "6+"), ("5", "3+"), ("5", "3+ 4+")])
def test_waits_that_cannot_be_told_apart_give_p_1(a, b):
    assert logrank_of(a, b) == 1


def test_a_group_without_waits_gives_no_log_rank_test():
    assert logrank_of([], "1 2") is None
    assert logrank_of("1 2", []) is None


def test_a_hand_computed_correction_comes_out():
    # 0.005·4/1, 0.01·4/2, 0.03·4/3, 0.04·4/4, each no larger than the next
    assert correct_benjamini_hochberg([0.04, 0.005, 0.03, 0.01]) == pytest.approx(
        [0.04, 0.02, 0.04, 0.02]
    )


@settings(derandomize=True, deadline=None)
@given(P_VALUES.filter(bool))
def test_the_correction_agrees_with_scipy_and_statsmodels(ps):
    ours = correct_benjamini_hochberg(ps)
    assert ours == pytest.approx(stats.false_discovery_control(ps).tolist(), abs=1e-9)
    assert ours == pytest.approx(multipletests(ps, method="fdr_bh")[1].tolist(), abs=1e-9)


@settings(derandomize=True, deadline=None)
@given(P_VALUES)
def test_a_correction_never_makes_a_p_value_smaller_or_more_than_1(ps):
    for p, q in zip(ps, correct_benjamini_hochberg(ps), strict=True):
        assert p <= q * (1 + 1e-12) <= 1 + 1e-12


def test_a_single_p_value_needs_no_correction_and_none_gives_none():
    assert correct_benjamini_hochberg([0.03]) == [0.03]
    assert correct_benjamini_hochberg([]) == []


def test_the_p_value_is_two_sided():
    faster = measure_difference(make_share(56, 70), make_share(48, 80))
    z = 0.2 / math.sqrt(104 / 150 * 46 / 150 * (1 / 70 + 1 / 80))
    assert faster.p == pytest.approx(2 * stats.norm.sf(z))
