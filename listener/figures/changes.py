"""One figure of two groups of cases beside each other, and whether they differ for sure."""

from dataclasses import dataclass

from listener.figures.clocks import Quantile
from listener.figures.comparisons import Difference
from listener.figures.shares import Share

MAX_Q = 0.05


@dataclass(frozen=True, slots=True)
class Waits:
    """The waits of one of two groups that are compared: how many, and their median."""

    cases: int
    median: Quantile


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A figure of two weeks of one brand, or of two brands in one week.

    Attributes:
        figure: `first_reply` or `first_helpful_reply` (whole curves, told by their
            medians), `deflection_rate`, `bare_deflection_rate`, `fast_no_help` or
            `confirmed_share`.
        base: The week, or key of the brand, that is compared with.
        subject: The week, or key of the brand, that is compared.
        base_value: What the figure was there.
        value: What it is here.
        difference: Of two shares, in points: `value` less `base_value`; None for curves
            and where nothing is compared.
        p: Of the score test, of the log-rank test for curves.
        q: The same, corrected over all comparisons of the page.
        reason: Why the two are not compared: `few_cases`, `no_cases`, `other_coverage`,
            `words_gone`; empty if they are.
    """

    figure: str
    base: str
    subject: str
    base_value: Share | Waits
    value: Share | Waits
    difference: Difference | None = None
    p: float | None = None
    q: float | None = None
    reason: str = ""

    @property
    def is_claimed(self) -> bool:
        """Whether a difference may be claimed (`docs/measures.md`, section 8)."""
        if self.q is None or self.q > MAX_Q:
            return False
        return self.difference is None or self.difference.excludes_zero
