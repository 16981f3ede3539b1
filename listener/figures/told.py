"""What came of cases by those who were told elsewhere, apart from what was seen."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ToldCounts:
    """Cases of which solved and unsolved were told; no rate, for chance did not draw them."""

    solved: int = 0
    unsolved: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldElsewhere:
    """What was told from elsewhere of the cases whose outcomes are told (`outcome_week`).

    Attributes:
        cases: How many of these cases anything was told of.
        total: How many cases there are.
        told: By the last word on each case.
        sources: By the last word of each source on each case; one case may be in several.
        observed: The same cases as `told`, by the outcome that was seen in public.
        contradicted: Cases on which sources disagree in their last words.
    """

    cases: int = 0
    total: int = 0
    told: ToldCounts = ToldCounts()
    sources: dict[str, ToldCounts] = field(default_factory=dict)
    observed: dict[str, ToldCounts] = field(default_factory=dict)
    contradicted: int = 0
