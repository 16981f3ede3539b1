"""What is seen of private talks with a brand's own access (`docs/measures.md`, section 5)."""

from dataclasses import dataclass

from listener.figures.clocks import Clock
from listener.figures.shares import Share


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivatePart:
    """The private part of one brand and period, apart from everything public.

    Attributes:
        counts: `parts` that began in the period, those that were `joined` to a case
            that was handed over, and `private_only` ones.
        private_reply: The wait for the first private reply, of parts that began then.
        unanswered: Parts in which the customer wrote and no person replied, over those in
            which the customer wrote (`outcome_week`).
        outcomes: What came of the parts of the `outcome_week`, by what was said there.
    """

    counts: dict[str, int]
    private_reply: Clock
    unanswered: Share
    outcomes: dict[str, Share]
