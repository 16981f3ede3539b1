"""Whether a brand talks with people or at them (`docs/measures.md`, section 7)."""

from dataclasses import dataclass

from listener.figures.comparisons import Difference
from listener.figures.shares import Share


@dataclass(frozen=True, slots=True, kw_only=True)
class Selective:
    """Who is answered sooner: those who praise, or those who complain.

    Attributes:
        praise: Answered cases among those that open with praise.
        complaint: Answered cases among those that open with a complaint.
        difference: The first less the second; None where either has too few cases for a rate.
    """

    praise: Share
    complaint: Share
    difference: Difference | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialogue:
    """Dialogue or monologue.

    Attributes:
        reply_share: Replies to customers over all posts of the brand, of the period itself.
        reach: Customers who got a reply, over customers with a need (`outcome_week`).
        depth: Cases in which each side had at least two turns, over cases with a need
            (`outcome_week`).
        asks_back: Cases in which the brand asked something, over answered cases
            (`outcome_week`).
        selective: Replies to praise against replies to complaints (`outcome_week`).
    """

    reply_share: Share
    reach: Share
    depth: Share
    asks_back: Share
    selective: Selective
