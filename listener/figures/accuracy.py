"""How well the program reads, measured by what people said."""

from dataclasses import dataclass, field

from listener.figures.shares import Share


@dataclass(frozen=True, slots=True)
class Estimate:
    """A share estimated from a sample whose cases stand for different numbers of others.

    Attributes:
        rate: The weighted share; None if nothing was counted.
        low: Lower end of the 95 % interval.
        high: Upper end.
        count: For how many of the sample it holds, unweighted.
        total: Out of how many.
        effective: How many independent equal ones would tell as much.
    """

    rate: float | None
    low: float | None
    high: float | None
    count: int
    total: int
    effective: float


@dataclass(frozen=True, slots=True)
class LabelAccuracy:
    """How well the program gives one label."""

    precision: Estimate
    recall: Estimate
    f1: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """How far two people who labelled the same posts agree.

    Attributes:
        posts: Posts that two people or more have labelled.
        same: Those of them with the very same labels.
        kappa: Cohen's kappa over all labels of these posts; None if chance would do as well.
    """

    posts: int
    same: Share
    kappa: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrected:
    """A share of cases corrected for the errors that the program is known to make.

    Attributes:
        apparent: What the program alone has counted.
        sensitivity: The share of cases it counts among those that people would count.
        specificity: The share it leaves out among those that people would leave out.
        rate: Corrected by Rogan and Gladen; None if it cannot be.
        low: Lower end of the 95 % interval by Lang and Reiczigel.
        high: Upper end.
        reason: Why there is no rate: `few_cases`, `few_of_a_kind`, `program_guesses`.
    """

    apparent: Share
    sensitivity: Estimate
    specificity: Estimate
    rate: float | None = None
    low: float | None = None
    high: float | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accuracy:
    """How well the program reads, by cases that chance has drawn and people have gone through.

    Attributes:
        cases: How many these are.
        posts: Their posts.
        skipped: Cases that chance has drawn before these, and nobody has finished.
        missing: How many more are needed before shares are corrected.
        outcome: Right outcomes.
        labels: By name, those that occur; `brand.thanks` and `customer.thanks` are two.
        languages: The same for the posts of each language.
        agreement: Of people with each other, over all reviews; None without second opinions.
        corrected: Shares of the report by the names of `measures.md`, such as
            `deflection_rate` and `outcomes.resolved`.
    """

    cases: int
    posts: int
    skipped: int
    missing: int
    outcome: Estimate
    labels: dict[str, LabelAccuracy]
    languages: dict[str, dict[str, LabelAccuracy]]
    agreement: Agreement | None = None
    corrected: dict[str, Corrected] = field(default_factory=dict)
