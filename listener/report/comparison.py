"""Compare brands of one period, but only like with like.

`docs/measures.md`, section 8: same mode, same coverage class, same
observation age, same rules.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from listener.report.weekly import BrandWeek


@dataclass(frozen=True, slots=True, order=True)
class Likeness:
    """What must be equal before two brands may stand in one table."""

    week: str
    outcome_week: str
    mode: str
    grade: str
    measures_version: str
    phrases_digest: str
    labeller: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """Brands that may be compared, and those that may not.

    Attributes:
        groups: Brands in alphabetical order; no rank is claimed.
        alone: Brands that were seen like no other.
    """

    groups: tuple[tuple[BrandWeek, ...], ...]
    alone: tuple[BrandWeek, ...]


def build_comparison(weeks: Sequence[BrandWeek]) -> Comparison:
    """Sort brands into groups of those seen in the same way."""
    alike: dict[Likeness, list[BrandWeek]] = defaultdict(list)
    for week in sorted(weeks, key=lambda week: week.brand.name.casefold()):
        alike[_likeness(week)].append(week)
    groups = [tuple(alike[likeness]) for likeness in sorted(alike)]
    return Comparison(
        groups=tuple(group for group in groups if len(group) > 1),
        alone=tuple(group[0] for group in groups if len(group) == 1),
    )


def _likeness(week: BrandWeek) -> Likeness:
    figures = week.figures
    return Likeness(
        figures.week,
        figures.outcome_week,
        figures.mode,
        figures.coverage.grade,
        figures.method.measures_version,
        figures.method.phrases_digest,
        figures.method.labeller,
    )
