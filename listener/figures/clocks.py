"""How long customers waited: clocks, read off Kaplan–Meier curves."""

from dataclasses import dataclass, field


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
