"""Frozen results: counts, rate and interval travel together.

Shares carry a 95 % Wilson interval, times a Brookmeyer–Crowley interval
(`docs/measures.md`, sections 2 and 8). Nothing here computes; `measure` does.
"""

from dataclasses import dataclass, field

MIN_CASES_FOR_A_RATE = 10


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a whole.

    Attributes:
        count: How many it holds for.
        total: Out of how many.
        low: Lower end of the 95 % interval of the rate; None without cases.
        high: Upper end.
        unit: What is counted: `cases` or `replies`.
    """

    count: int
    total: int
    low: float | None
    high: float | None
    unit: str = "cases"

    @property
    def rate(self) -> float | None:
        """The share between 0 and 1, or None when there is nothing to count."""
        return self.count / self.total if self.total else None

    @property
    def is_shown_as_rate(self) -> bool:
        """Whether there are enough cases to print more than the counts."""
        return self.total >= MIN_CASES_FOR_A_RATE


@dataclass(frozen=True, slots=True)
class Quantile:
    """A quantile of a waiting time read off a Kaplan–Meier curve, in seconds.

    Attributes:
        seconds: The smallest time at which the curve has come down to it, or
            None when it was never reached: then it is "> longest".
        low: Lower end of the 95 % interval, None if unbounded.
        high: Upper end, None if not reached.
        longest: The longest time that was observed, None without cases.
    """

    seconds: float | None
    low: float | None
    high: float | None
    longest: float | None


@dataclass(frozen=True, slots=True)
class Within:
    """The share answered within a limit, estimated from a Kaplan–Meier curve.

    Attributes:
        seconds: The limit.
        rate: 1 − S(limit), None when nobody was followed that long and
            nothing can be said.
        low: Lower end of the 95 % interval.
        high: Upper end.
        method: `log-log`, or `wilson` where S is 0 or 1 and the band undefined.
    """

    seconds: float
    rate: float | None
    low: float | None
    high: float | None
    method: str


@dataclass(frozen=True, slots=True)
class Curve:
    """A Kaplan–Meier curve: one entry a distinct event time, in seconds."""

    seconds: tuple[float, ...] = ()
    waiting: tuple[float, ...] = ()
    low: tuple[float | None, ...] = ()
    high: tuple[float | None, ...] = ()
    at_risk: tuple[int, ...] = ()
    events: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Clock:
    """How long customers waited for one kind of answer.

    Attributes:
        name: `first_reply`, `first_helpful_reply` or `followup_reply`.
        total: Clocks that ran.
        answered: Clocks that an answer stopped.
        open: Clocks still running at the end of observation (censored).
        skewed: Answers more than five minutes before their post: no clock.
    """

    name: str
    total: int
    answered: int
    open: int
    skewed: int
    median: Quantile
    p90: Quantile
    within_1h: Within
    within_24h: Within
    curve: Curve = field(repr=False)


@dataclass(frozen=True, slots=True)
class Resolution:
    """Bounds for the share of settled cases that were resolved (section 4)."""

    settled: int
    resolved: int
    unresolved: int
    lower: Share
    upper: Share
    confirmed_share: Share


@dataclass(frozen=True, slots=True)
class Difference:
    """Two shares apart, in points, with Newcombe's 95 % interval.

    `q` is the Benjamini–Hochberg corrected p value over one page's comparisons.
    """

    points: float
    low: float
    high: float
    p: float
    q: float | None = None
