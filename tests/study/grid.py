"""Over which weeks the study goes."""

from collections.abc import Iterator
from itertools import product

from tests.study.replicates import Plan
from tests.study.worlds import DAY, Losses, Truth

HOUR = 3600.0
CASES = (10, 30, 100, 300)
MEDIANS = (0.5 * HOUR, 4 * HOUR)
ANSWERED = (0.7, 0.95)
# A Monday's report looks six hours after the week; the report two weeks later has settled.
AGES = (6 * HOUR, 14 * DAY)
LOSSES = {
    "nothing is lost": (0.0, Losses()),
    "collection is 36 h behind": (36 * HOUR, Losses()),
    "5 % of posts are missing": (0.0, Losses(missing=0.05)),
    "20 % of posts are missing": (0.0, Losses(missing=0.2)),
    "half of those who wait a day delete their post": (0.0, Losses(deleting=0.5)),
}


def list_plans(replicates: int) -> Iterator[Plan]:
    """Yield the points over which coverage is averaged."""
    for number, (cases, median, answered, age) in enumerate(
        product(CASES, MEDIANS, ANSWERED, AGES)
    ):
        yield Plan(
            truth=Truth(median=median, answered=answered),
            cases=cases,
            replicates=replicates,
            age=age,
            seed=2026 + number,
        )


def list_loss_plans(replicates: int) -> Iterator[tuple[str, Plan]]:
    """Yield the points at which bias by losses is shown."""
    for number, (name, (behind, losses)) in enumerate(LOSSES.items()):
        yield (
            name,
            Plan(
                truth=Truth(median=4 * HOUR, answered=0.8),
                cases=300,
                replicates=replicates,
                age=6 * HOUR if behind else 14 * DAY,
                behind=behind,
                losses=losses,
                seed=4052 + number,
            ),
        )


def make_claim_plans(replicates: int) -> tuple[Plan, Plan]:
    """Return weeks that are alike, and weeks in which 20 points fewer are handed over."""
    first = Plan(truth=Truth(), cases=100, replicates=replicates, age=14 * DAY, seed=6078)
    second = Plan(truth=Truth(moved=0.3), cases=100, replicates=replicates, age=14 * DAY, seed=8104)
    return first, second
