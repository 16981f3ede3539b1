"""Say how well the program reads this brand's posts, beside the figures that rest on it."""

from collections.abc import Iterator
from dataclasses import dataclass

from listener.figures import MIN_CASES_FOR_A_RATE, Accuracy, Corrected, Estimate, WeekFigures
from listener.report.language import Language
from listener.report.wording import Shown, show_interval, show_rate

MIN_POSTS = 5
"""Labels of which people have seen fewer posts are not listed."""


@dataclass(frozen=True, slots=True)
class AccuracyRow:
    """How well one label is given: in words, and over how many posts that bear it."""

    label: str
    precision: Shown
    recall: Shown
    posts: int


def show_estimate(language: Language, estimate: Estimate) -> Shown:
    """Return an estimated share in words; fewer than ten are told as counts only."""
    if estimate.rate is None:
        return Shown(language.gettext("no data"), "")
    counts = language.gettext("%(count)s of %(total)s") % {
        "count": language.number(estimate.count),
        "total": language.number(estimate.total),
    }
    if estimate.total < MIN_CASES_FOR_A_RATE:
        return Shown(counts, language.gettext("too few for a rate"))
    interval = show_interval(language, estimate.low, estimate.high)
    return Shown(show_rate(language, estimate.rate), counts, interval, estimate.rate)


def tell_accuracy(language: Language, figures: WeekFigures) -> tuple[str, ...]:
    """Return what is known of the program's errors, in sentences; nothing without reviews."""
    accuracy = figures.accuracy
    return () if accuracy is None else tuple(_list_sentences(accuracy, language))


def _list_sentences(accuracy: Accuracy, language: Language) -> Iterator[str]:
    cases = language.number(accuracy.cases)
    yield language.ngettext(
        "People have gone through %(count)s case that was drawn by chance.",
        "People have gone through %(count)s cases that were drawn by chance.",
        accuracy.cases,
    ) % {"count": cases}
    shown = show_estimate(language, accuracy.outcome)
    if shown.interval:
        text = language.gettext(
            "The program’s word on what came of a case was right in %(rate)s of them "
            "(95%% interval %(interval)s)."
        )
        yield text % {"rate": shown.value, "interval": shown.interval}
    if accuracy.missing:
        text = language.ngettext(
            "One more is needed before shares are corrected for its errors.",
            "%(count)s more are needed before shares are corrected for its errors.",
            accuracy.missing,
        )
        yield text % {"count": language.number(accuracy.missing)}


def tell_correction(language: Language, figures: WeekFigures, name: str) -> str:
    """Return a share as corrected for known errors, or why it is not; empty without reviews."""
    corrected = figures.accuracy and figures.accuracy.corrected.get(name)
    if not corrected:
        return ""
    return _REASONS.get(corrected.reason, _tell_rate)(corrected, language)


def _tell_rate(corrected: Corrected, language: Language) -> str:
    text = language.gettext(
        "Corrected for the program’s known errors: %(rate)s (95%% interval %(interval)s); "
        "by its own count %(apparent)s."
    )
    return text % {
        "rate": show_rate(language, corrected.rate or 0),
        "interval": show_interval(language, corrected.low, corrected.high),
        "apparent": show_rate(language, corrected.apparent.rate or 0),
    }


def _tell_few(_: Corrected, language: Language) -> str:
    return language.gettext(
        "Not corrected for errors: too few of the checked cases are of this kind."
    )


def _tell_guessing(_: Corrected, language: Language) -> str:
    return language.gettext(
        "Not corrected for errors: the program tells these cases from others too badly."
    )


def _tell_nothing(_: Corrected, __: Language) -> str:
    return ""


_REASONS = {
    "few_cases": _tell_nothing,
    "few_of_a_kind": _tell_few,
    "program_guesses": _tell_guessing,
}


def list_accuracy_rows(language: Language, figures: WeekFigures) -> tuple[AccuracyRow, ...]:
    """Return the labels of which people have seen enough posts."""
    if figures.accuracy is None:
        return ()
    return tuple(
        AccuracyRow(
            label=_name_label(language, name),
            precision=show_estimate(language, label.precision),
            recall=show_estimate(language, label.recall),
            posts=label.recall.total,
        )
        for name, label in figures.accuracy.labels.items()
        if label.recall.total >= MIN_POSTS
    )


def _name_label(language: Language, name: str) -> str:
    side, dot, label = name.rpartition(".")
    word = language.word("LABELS", label)
    if not dot:
        return word
    sides = {"brand": language.gettext("brand"), "customer": language.gettext("customer")}
    return f"{word} ({sides[side]})"
