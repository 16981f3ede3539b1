"""Shares from weighted samples of cases: right on average, and as uncertain as they say."""

import numpy as np
import pytest

from listener.measure.statistics import measure_wilson
from listener.measure.statistics.samples import measure_f1, measure_sample

ROUNDS = 600


def test_equal_cases_of_one_trial_each_give_wilsons_interval():
    found = measure_sample([1] * 12 + [0] * 28, [1] * 40, [3.0] * 40)
    # With the n - 1 of a sample's variance, as for any mean.
    assert found.effective == pytest.approx(39)
    low, high = measure_wilson(12, 40)
    assert (found.rate, found.count, found.total) == (pytest.approx(0.3), 12, 40)
    assert found.low == pytest.approx(low, abs=0.003)
    assert found.high == pytest.approx(high, abs=0.003)


@pytest.mark.parametrize(("hits", "ends"), [(0, (0.0, 0.161)), (1, (0.839, 1.0))])
def test_none_and_all_have_an_interval(hits, ends):
    found = measure_sample([hits] * 20, [1] * 20, [1.0] * 20)
    assert (found.low, found.high) == pytest.approx(ends, abs=0.001)
    assert found.effective == pytest.approx(20)


def test_unequal_weights_count_for_less():
    found = measure_sample([1] * 20, [1] * 20, [10.0] * 2 + [1.0] * 18)
    assert found.effective == pytest.approx(38**2 / 218)


def test_posts_of_one_case_are_alike():
    apart = measure_sample([1, 0] * 20, [1] * 40, [1.0] * 40)
    together = measure_sample([4, 0] * 5, [4] * 10, [1.0] * 10)
    assert apart.rate == together.rate
    assert together.effective < apart.effective / 3


def test_weights_move_the_share():
    assert measure_sample([1, 0], [1, 1], [3.0, 1.0]).rate == pytest.approx(0.75)


def test_the_same_share_in_each_case_and_a_single_case():
    assert measure_sample([1, 2], [2, 4], [1.0, 1.0]).effective == pytest.approx(6)
    assert measure_sample([1], [4], [2.0]).effective == pytest.approx(4)


@pytest.mark.parametrize("cases", [0, 3])
def test_nothing_counted_is_no_share(cases):
    found = measure_sample([0] * cases, [0] * cases, [1.0] * cases)
    assert (found.rate, found.low, found.high, found.total) == (None, None, None, 0)
    assert measure_f1([0] * cases, [0] * cases, [1.0] * cases).rate is None


def test_f1_is_that_of_precision_and_recall():
    # 6 right, 2 false, 3 missed: precision 6/8, recall 6/9.
    found = measure_f1([1] * 6 + [0] * 5, [0] * 6 + [1] * 5, [1.0] * 11)
    assert found.rate == pytest.approx(2 * 0.75 * (6 / 9) / (0.75 + 6 / 9))
    assert found.low < found.rate < found.high


def simulate(rng, *, rate=0.85):
    """Draw from weeks of unequal size cases of one to four posts that are alike."""
    sizes, drawn = rng.integers(40, 400, 8), rng.integers(8, 30, 8)
    hits, trials, weights = [], [], []
    for size, number in zip(sizes, drawn, strict=True):
        own = rng.beta(rate * 4, (1 - rate) * 4, number)
        posts = rng.integers(1, 5, number)
        hits += list(rng.binomial(posts, own))
        trials += list(posts)
        weights += [size / number] * number
    return measure_sample(hits, trials, weights)


@pytest.mark.parametrize("rate", [0.6, 0.85, 0.95])
def test_intervals_cover_the_truth_in_about_95_of_100_samples(rate):
    rng = np.random.default_rng(5)
    found = [simulate(rng, rate=rate) for _ in range(ROUNDS)]
    covered = np.mean([each.low <= rate <= each.high for each in found])
    assert 0.92 <= covered <= 0.98
    assert np.mean([each.rate for each in found]) == pytest.approx(rate, abs=0.01)
