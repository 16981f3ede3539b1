"""Put comparisons into words: what has changed, and which brands differ for sure."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from listener.figures import Compared, Difference, Share, Waits
from listener.report.language import Language, round_half_up
from listener.report.wording import show_share, show_trend_median


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One comparison in words.

    Attributes:
        figure: A key of `COMPARED`.
        label: What is compared.
        base: The figure of the week, or brand, that is compared with.
        value: The figure of this one.
        points: How far apart, with the interval; empty where nothing is said of it.
        verdict: What may be claimed.
        is_claimed: Whether a difference is.
        names: Base and subject: weeks or brands.
    """

    figure: str
    label: str
    base: str
    value: str
    points: str
    verdict: str
    is_claimed: bool
    names: tuple[str, str]


def list_changes(language: Language, compared: Sequence[Compared]) -> tuple[ChangeRow, ...]:
    """Return one row a figure: this week against the one before."""
    return tuple(_tell(language, each, (each.base, each.subject)) for each in compared)


def explain_no_changes(language: Language, compared: Sequence[Compared]) -> str:
    """Return why the two weeks are not compared at all; empty if they are."""
    reasons = {each.reason for each in compared}
    if len(reasons) != 1 or "" in reasons:
        return ""
    return language.word("NO_COMPARISON", reasons.pop())


def list_contrasts(
    language: Language, compared: Sequence[Compared], brands: Mapping[str, str]
) -> tuple[ChangeRow, ...]:
    """Return the differences between brands that may be claimed, the surest first.

    Args:
        language: Of the page.
        compared: All pairs of brands that may be compared.
        brands: The brands' names by key.
    """
    claimed = sorted((each for each in compared if each.is_claimed), key=lambda each: each.q or 0)
    return tuple(
        _tell(language, each, (brands[each.base], brands[each.subject])) for each in claimed
    )


def _tell(language: Language, compared: Compared, names: tuple[str, str]) -> ChangeRow:
    return ChangeRow(
        figure=compared.figure,
        label=language.word("COMPARED", compared.figure),
        base=_show(language, compared.base_value),
        value=_show(language, compared.value),
        points=_show_points(language, compared),
        verdict=_judge(language, compared),
        is_claimed=compared.is_claimed,
        names=names,
    )


def _show(language: Language, value: Share | Waits) -> str:
    if isinstance(value, Share):
        return show_share(language, value).value
    return show_trend_median(language, value.median, value.cases).value


def _show_points(language: Language, compared: Compared) -> str:
    base, value, apart = compared.base_value, compared.value, compared.difference
    if apart is None or not isinstance(base, Share) or not isinstance(value, Share):
        return ""
    points, low, high = show_difference(language, base, value, apart)
    text = language.gettext("%(points)s points (%(low)s to %(high)s)")
    return text % {"points": points, "low": low, "high": high}


def show_difference(
    language: Language, base: Share, share: Share, difference: Difference
) -> tuple[str, str, str]:
    """Return how many points a share lies above another one, and the ends of the interval.

    The points are those between both shares as they are printed: who subtracts the figures
    beside them must find the same.
    """
    before, now = (round_half_up(100 * (each.rate or 0)) for each in (base, share))
    ends = (now - before, difference.low, difference.high)
    points, low, high = (language.points(end) for end in ends)
    return points, low, high


def _judge(language: Language, compared: Compared) -> str:
    if compared.reason:
        return language.word("NO_COMPARISON", compared.reason)
    if not compared.is_claimed:
        medians = (_find_median(value) for value in (compared.base_value, compared.value))
        if isinstance(compared.value, Waits) and set(medians) == {math.inf}:
            return language.word("VERDICTS", "unreached")
        return language.word("VERDICTS", "among_many" if _stands_alone(compared) else "chance")
    return language.word("VERDICTS", _find_direction(compared))


def _stands_alone(compared: Compared) -> bool:
    """Whether the interval beside it leaves out zero though nothing is claimed."""
    return compared.difference is not None and compared.difference.excludes_zero


def _find_direction(compared: Compared) -> str:
    """Return which way it differs; curves by their medians, one never reached is the longest."""
    if compared.difference is not None:
        return "higher" if compared.difference.points > 0 else "lower"
    before, now = (_find_median(value) for value in (compared.base_value, compared.value))
    if before == now:
        return "different"
    return "longer" if now > before else "shorter"


def _find_median(value: Share | Waits) -> float:
    if isinstance(value, Share) or value.median.seconds is None:
        return math.inf
    return value.median.seconds
