"""From the first post over its handling to the outcome: which way cases went."""

from dataclasses import dataclass, field

from listener.figures.shares import Share


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """Which way the cases of `outcome_week` went; each goes one way.

    Attributes:
        total: How many cases there are.
        handling: How they were handled, over all of them.
        paths: For each handling what came of its cases, over the cases of that handling;
            ways that no case went are left out.
    """

    total: int = 0
    handling: dict[str, Share] = field(default_factory=dict)
    paths: dict[str, dict[str, Share]] = field(default_factory=dict)
