"""How often changes are claimed: where there are none, and where there are."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from listener.figures import Compared
from listener.measure.comparing import Sample, compare_samples, correct_page, take_sample
from listener.measure.periods import find_week
from tests.study.replicates import WEEK_NAME, Plan, Replicate, run_plan
from tests.study.truths import find_truths


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What came of comparing pairs of weeks.

    Attributes:
        pairs: How many pages with comparisons.
        false_pages: Pages with at least one claim, of pairs that do not differ at all.
        logrank: Share of such pairs with p below 0.05 in the log-rank test.
        score: The same for the score test of `deflection_rate`.
        found: Share of pairs in which a difference of `deflection_rate` was claimed.
        covered: Share of Newcombe intervals that held its true difference.
        points: What that is.
    """

    pairs: int
    false_pages: float
    logrank: float
    score: float
    found: float
    covered: float
    points: float


def study_claims(same: Plan, other: Plan) -> Claims:
    """Compare weeks of one plan with each other, and with those of another plan."""
    weeks = [_sample(each) for each in run_plan(same)]
    others = [_sample(each) for each in run_plan(other)]
    pages = [_compare(*pair) for pair in list(pairwise(weeks))[::2]]
    apart = [_compare(*pair) for pair in zip(weeks, others, strict=True)]
    moved = [_find(page, "deflection_rate") for page in apart]
    truth = 100 * (_true_share(other, "deflection_rate") - _true_share(same, "deflection_rate"))
    return Claims(
        pairs=len(pages),
        false_pages=_share([any(each.is_claimed for each in page) for page in pages]),
        logrank=_share([_rejects(page, "first_reply") for page in pages]),
        score=_share([_rejects(page, "deflection_rate") for page in pages]),
        found=_share([each.is_claimed for each in moved]),
        covered=_share(
            [d.low <= truth <= d.high for each in moved if (d := each.difference) is not None]
        ),
        points=truth,
    )


def _sample(replicate: Replicate) -> Sample:
    week = find_week(WEEK_NAME, "UTC")
    return take_sample(
        replicate.tables,
        replicate.brand,
        (week, week),
        replicate.setting,
        name=replicate.brand.key,
    )


def _compare(base: Sample, subject: Sample) -> tuple[Compared, ...]:
    return correct_page(compare_samples(base, subject))


def _find(page: Sequence[Compared], figure: str) -> Compared:
    return next(each for each in page if each.figure == figure)


def _rejects(page: Sequence[Compared], figure: str) -> bool:
    p = _find(page, figure).p
    return p is not None and p < 0.05


def _true_share(plan: Plan, figure: str) -> float:
    value = find_truths(plan.truth, plan.seed)[figure]
    return float("nan") if value is None else value


def _share(holds: Sequence[bool]) -> float:
    return sum(holds) / len(holds) if holds else float("nan")
