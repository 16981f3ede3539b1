"""How far two shares lie apart."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Difference:
    """Two shares apart, in points, with Newcombe's 95 % interval and the score test's p."""

    points: float
    low: float
    high: float
    p: float

    @property
    def excludes_zero(self) -> bool:
        """Whether the interval leaves 0 out."""
        return self.low > 0 or self.high < 0
