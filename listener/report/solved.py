"""Say how many cases are known to be solved: the count first, and then what is possible.

Page, text and mail speak through these functions, so that they cannot disagree.
"""

from listener.figures import Resolution
from listener.report.language import Language
from listener.report.wording import Shown, show_counts, show_share


def show_solved(language: Language, bounds: Resolution, days: int) -> Shown:
    """Return the figure in words; its counts end with the range where there are enough cases.

    Args:
        language: Of the words.
        bounds: What is known and what is possible.
        days: How long the cases were watched.
    """
    say = language.gettext
    if not bounds.settled:
        return Shown(say("no data"), "")
    known = say("%(unresolved)s known not solved, %(open)s unknown, watched for %(days)s days")
    counts = known % {
        "unresolved": language.number(bounds.unresolved),
        "open": language.number(bounds.settled - bounds.resolved - bounds.unresolved),
        "days": days,
    }
    lower, upper = bounds.lower, bounds.upper
    if lower.is_shown_as_rate and lower.rate is not None and upper.rate is not None:
        between = say("so the share solved lies somewhere in %(range)s")
        told = between % {"range": language.percent_range(lower.rate, upper.rate)}
        counts = f"{counts} · {told}"
    return Shown(show_counts(language, bounds.resolved, bounds.settled), counts)


def explain_solved(language: Language, bounds: Resolution) -> str:
    """Return what the range means, and how many of those who said were helped."""
    said = show_share(language, bounds.confirmed_share)
    if not bounds.lower.is_shown_as_rate:
        label = language.gettext("Of the customers who said, solved")
        return f"{label}: {said.value}." if bounds.confirmed_share.total else ""
    text = language.gettext(
        "The range is from “only those who said so” to “all but those who said no”. Of the "
        "customers who said: %(told)s."
    )
    counts = f" ({said.counts})" if bounds.confirmed_share.is_shown_as_rate else ""
    return text % {"told": f"{said.value}{counts}"}
