"""Corrected shares: by the formulas that are cited, and with intervals that keep their promise."""

import numpy as np
import pytest

from listener.figures import Estimate
from listener.measure.statistics import make_share
from listener.measure.statistics.corrections import (
    MIN_OF_A_KIND,
    MIN_REVIEWED_CASES,
    correct_share,
    measure_lang_reiczigel,
)
from listener.measure.statistics.samples import measure_sample

ROUNDS = 2_000


def estimate(count, total):
    return Estimate(count / total, 0.0, 1.0, count, total, float(total))


def correct(count, total, sensitivity, specificity, reviewed=200):
    return correct_share(
        make_share(count, total), estimate(*sensitivity), estimate(*specificity), reviewed=reviewed
    )


def test_the_share_is_that_of_rogan_and_gladen():
    found = correct(50, 100, (90, 100), (80, 100))
    assert found.rate == pytest.approx((0.5 + 0.8 - 1) / (0.9 + 0.8 - 1))
    assert found.low < found.rate < found.high
    assert (found.apparent.count, found.reason) == (50, "")


def test_who_never_errs_needs_no_correction():
    found = correct(30, 100, (60, 60), (140, 140))
    assert found.rate == pytest.approx(0.3)


def test_the_interval_by_hand():
    """Lang & Reiczigel (2014), step by step with the rounded numbers of a calculator."""
    low, high = measure_lang_reiczigel((0.3, 100), (0.9, 50), (0.95, 60))
    # q' = (30 + 1.9207)/103.8415 = 0.30740, Se' = 46/52 = 0.88462, Sp' = 58/62 = 0.93548
    # J = 0.82010, p' = (0.30740 + 0.93548 - 1)/J = 0.29616
    # Se'(1-Se')/52 = 0.0019629, Sp'(1-Sp')/62 = 0.00097345
    # shift = 7.68293·(0.29616·0.0019629 - 0.70384·0.00097345) = -0.00079764
    # root of (0.0020502 + 0.00017217 + 0.00048224)/J² → 0.063413; half = 0.124288
    assert (low, high) == pytest.approx((0.17107, 0.41965), abs=2e-4)


@pytest.mark.parametrize(
    ("count", "sensitivity", "specificity", "end"),
    [(5, (40, 50), (120, 150), "low"), (98, (30, 50), (149, 150), "high")],
)
def test_shares_stay_between_none_and_all(count, sensitivity, specificity, end):
    found = correct(count, 100, sensitivity, specificity)
    assert 0 <= found.low <= found.rate <= found.high <= 1
    assert getattr(found, end) == found.rate == (0 if end == "low" else 1)


@pytest.mark.parametrize(
    ("total", "sensitivity", "specificity", "reviewed", "reason"),
    [
        (100, (45, 50), (140, 150), MIN_REVIEWED_CASES - 1, "few_cases"),
        (9, (45, 50), (140, 150), 200, "few_cases"),
        (100, (15, MIN_OF_A_KIND - 1), (140, 150), 200, "few_of_a_kind"),
        (100, (45, 50), (15, MIN_OF_A_KIND - 1), 200, "few_of_a_kind"),
        (100, (30, 50), (90, 150), 200, "program_guesses"),
    ],
)
def test_nothing_is_corrected_by_too_little(total, sensitivity, specificity, reviewed, reason):
    found = correct(5, total, sensitivity, specificity, reviewed)
    assert (found.rate, found.low, found.high) == (None, None, None)
    assert found.reason == reason


def test_nothing_reviewed_is_too_little():
    nothing = Estimate(None, None, None, 0, 0, 0.0)
    found = correct_share(make_share(5, 100), nothing, nothing, reviewed=200)
    assert found.reason == "few_of_a_kind"


def test_a_counter_that_may_guess_tells_nothing():
    assert measure_lang_reiczigel((0.3, 100), (0.4, 30), (0.5, 30)) == (0, 1)


def simulate(rng, prevalence, sensitivity, specificity, reviewed):
    """Review a random sample, then count another week with the same errors."""
    true = rng.random(reviewed) < prevalence
    said = np.where(true, rng.random(reviewed) < sensitivity, rng.random(reviewed) > specificity)
    found = measure_sample(said[true], np.ones(true.sum()), np.ones(true.sum()))
    left = measure_sample(~said[~true], np.ones((~true).sum()), np.ones((~true).sum()))
    positive = prevalence * sensitivity + (1 - prevalence) * (1 - specificity)
    return correct_share(
        make_share(int(rng.binomial(200, positive)), 200), found, left, reviewed=reviewed
    )


@pytest.mark.parametrize("prevalence", [0.25, 0.5, 0.7])
@pytest.mark.parametrize(("sensitivity", "specificity"), [(0.95, 0.98), (0.85, 0.9), (0.7, 0.8)])
def test_intervals_cover_the_truth_in_about_95_of_100_weeks(prevalence, sensitivity, specificity):
    rng = np.random.default_rng(14)
    found = [
        simulate(rng, prevalence, sensitivity, specificity, MIN_REVIEWED_CASES + 20)
        for _ in range(ROUNDS)
    ]
    kept = [each for each in found if each.rate is not None]
    assert len(kept) > 0.75 * ROUNDS
    covered = np.mean([each.low <= prevalence <= each.high for each in kept])
    assert 0.93 <= covered <= 0.985
    assert np.mean([each.rate for each in kept]) == pytest.approx(prevalence, abs=0.02)
