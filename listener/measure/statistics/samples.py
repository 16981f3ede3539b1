"""Shares from a sample of cases of which each stands for a number of others.

The estimate is the weighted ratio; its variance comes from linearisation with the case
as the unit that was drawn, as posts of one case are alike. The interval is Wilson's with the
effective sample size that this variance amounts to (Franco, Little, Louis & Slud 2019).
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from listener.figures import Estimate
from listener.measure.statistics.shares import measure_wilson_of_rate

_Array = NDArray[np.float64]


def measure_sample(hits: ArrayLike, trials: ArrayLike, weights: ArrayLike) -> Estimate:
    """Estimate a share from counts by case.

    Args:
        hits: In how many of the case's trials it holds.
        trials: Out of how many: posts with a label, say; 0 for cases without any.
        weights: How many cases this one stands for.

    Returns:
        The share with its interval; everything None if there are no trials.
    """
    hit, tried, weight = (np.asarray(each, dtype=np.float64) for each in (hits, trials, weights))
    total = int(tried.sum())
    if not total:
        return Estimate(None, None, None, 0, 0, 0.0)
    mass = float((weight * tried).sum())
    rate = min(1.0, float((weight * hit).sum()) / mass)
    effective = _count_effective(hit, tried, weight / mass, rate)
    low, high = measure_wilson_of_rate(rate, effective)
    return Estimate(rate, low, high, int(hit.sum()), total, effective)


def measure_f1(hits: ArrayLike, errors: ArrayLike, weights: ArrayLike) -> Estimate:
    """Estimate F1 from counts by case of labels that are right, and of false and missed ones.

    F1 grows with the share of hits among hits and errors (Jaccard's), which is a share of
    trials; its interval is turned into one for F1.
    """
    found = np.asarray(hits, dtype=np.float64)
    shared = measure_sample(found, found + np.asarray(errors, dtype=np.float64), weights)
    rate, low, high = (
        None if end is None else 2 * end / (1 + end)
        for end in (shared.rate, shared.low, shared.high)
    )
    return Estimate(rate, low, high, shared.count, shared.total, shared.effective)


def _count_effective(hit: _Array, tried: _Array, share: _Array, rate: float) -> float:
    """Return how many independent equal trials would tell as much; never more than there are."""
    total = float(tried.sum())
    by_weights = 1 / float((share**2 * tried).sum())
    cases = int(np.count_nonzero(tried))
    if cases < 2 or not hit.any() or np.array_equal(hit, tried):
        # All alike: nothing can be seen of how cases differ.
        return min(by_weights, total)
    spread = float(((share * (hit - rate * tried)) ** 2).sum())
    if spread <= 0:  # each case holds the same share
        return min(by_weights, total)
    variance = spread * cases / (cases - 1)
    return min(rate * (1 - rate) / variance, total)
