"""How far two shares lie apart."""

from dataclasses import dataclass


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
