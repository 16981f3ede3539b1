"""Two cases that show what the figures mean."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Examples:
    """The best and the worst conversation of `outcome_week`, chosen by rule.

    Attributes:
        best: Name of a case, None if none qualifies.
        worst: The same.
        best_of: Out of how many cases the best one was chosen.
        worst_of: The same for the worst one.
    """

    best: str | None = None
    worst: str | None = None
    best_of: int = 0
    worst_of: int = 0
