"""A part of a whole, with its interval."""

from dataclasses import dataclass

MIN_CASES_FOR_A_RATE = 10


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a whole.

    Attributes:
        count: How many it holds for.
        total: Out of how many.
        low: Lower end of the 95 % interval of the rate; None without cases.
        high: Upper end.
        unit: What is counted: `cases`, `replies`, `posts` or `customers`.
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
