"""How often 95 % intervals hold the truth, and how far estimates lie from it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from listener.figures import Clock, Quantile, Resolution, Share, WeekFigures, Within
from tests.study.replicates import Plan, Replicate, run_plan
from tests.study.truths import find_truths
from tests.study.worlds import DAY

# What these figures are taken for.
GOALS = {
    "naive.mean": "first_reply.median",
    "naive.median": "first_reply.median",
    "naive.within_24h": "first_reply.within_24h",
    "naive.answered_24h": "first_reply.within_24h",
    "resolution.lower": "resolution",
    "resolution.upper": "resolution",
    "resolution.told": "resolution",
}


@dataclass(slots=True)
class Tally:
    """What became of one figure at one point of the grid.

    Attributes:
        truth: Its true value.
        trials: Weeks in which the figure had an interval.
        covered: How many of these held the truth.
        estimates: What was estimated.
    """

    truth: float
    trials: int = 0
    covered: int = 0
    estimates: list[float] = field(default_factory=list)

    @property
    def coverage(self) -> float:
        """The share of intervals that hold the truth."""
        return self.covered / self.trials if self.trials else float("nan")

    @property
    def bias(self) -> float:
        """How far estimates lie from the truth on average, in its unit."""
        return float(np.mean(self.estimates)) - self.truth if self.estimates else float("nan")


def study_point(plan: Plan) -> dict[str, Tally]:
    """Return the tally of each figure of which the truth is known."""
    truths = find_truths(plan.truth, plan.seed)
    tallies = {
        name: Tally(value)
        for name, goal in {**{name: name for name in truths}, **GOALS}.items()
        if (value := truths[goal]) is not None
    }
    for replicate in run_plan(plan):
        for name, estimate, low, high in _list_estimates(replicate.figures):
            _count(tallies.get(name), estimate, low, high)
        for name, value in _guess(replicate).items():
            if name in tallies:
                tallies[name].estimates.append(value)
    return tallies


Estimate = tuple[str, float | None, float, float]  # name, estimate, low and high end


def _count(tally: Tally | None, estimate: float | None, low: float, high: float) -> None:
    if tally is None:
        return
    tally.trials += 1
    tally.covered += low <= tally.truth <= high
    if estimate is not None:
        tally.estimates.append(estimate)


def _list_estimates(figures: WeekFigures) -> Iterator[Estimate]:
    for clock in (figures.first_reply, figures.first_helpful_reply):
        yield from _list_of_clock(clock)
    shares: Mapping[str, Share] = {
        "deflection_rate": figures.deflection_rate,
        "confirmed_share": figures.resolution.confirmed_share,
        "fast_no_help": figures.fast_no_help,
    }
    for name, share in shares.items():
        if share.low is not None and share.high is not None:
            yield name, share.rate, share.low, share.high
    yield from _list_bounds(figures.resolution)


def _list_bounds(resolution: Resolution) -> Iterator[Estimate]:
    low, high = resolution.lower.rate, resolution.upper.rate
    if low is None or high is None:
        return
    yield "resolution.lower", low, low, high
    yield "resolution.upper", high, low, high
    yield "resolution.told", resolution.confirmed_share.rate, low, high


def _list_of_clock(clock: Clock) -> Iterator[Estimate]:
    quantiles: Mapping[str, Quantile] = {"median": clock.median, "p90": clock.p90}
    for name, quantile in quantiles.items():
        if quantile.longest is not None:
            high = float("inf") if quantile.high is None else quantile.high
            yield f"{clock.name}.{name}", quantile.seconds, quantile.low or 0.0, high
    limits: Mapping[str, Within] = {"within_1h": clock.within_1h, "within_24h": clock.within_24h}
    for name, within in limits.items():
        if within.low is not None and within.high is not None:
            yield f"{clock.name}.{name}", within.rate, within.low, within.high


def _guess(replicate: Replicate) -> dict[str, float]:
    """Return what others report: figures over the answered cases, or over all as they stand."""
    cases = replicate.tables.cases
    answered = cases.filter(pl.col("first_reply_observed").fill_null(value=False))
    if answered.is_empty():
        return {}
    seconds = answered["first_reply_seconds"].to_numpy()
    quick = float(np.sum(seconds <= DAY))
    return {
        "naive.mean": float(np.mean(seconds)),
        "naive.median": float(np.median(seconds)),
        "naive.within_24h": quick / cases.height,
        "naive.answered_24h": quick / answered.height,
    }
