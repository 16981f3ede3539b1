"""Sort what was seen in a week: what went well, what did not, what nobody knows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from listener.figures import Share
from listener.report.language import Language
from listener.report.weekly import BrandWeek

_OPEN_ENDS = ("brand_silent", "customer_silent", "pending")


@dataclass(frozen=True, slots=True)
class Sign:
    """One thing that was seen.

    Attributes:
        text: What was seen.
        filter: Names the cases behind it.
        period: Whose cases they are, if not the report's own period.
    """

    text: str
    filter: str | None = None
    period: str | None = None


@dataclass(frozen=True, slots=True)
class Signs:
    """What was seen, sorted by what it says; a hand-over by itself is neither good nor bad."""

    good: tuple[Sign, ...]
    bad: tuple[Sign, ...]
    unknown: tuple[Sign, ...]


def render_signs(week: BrandWeek, language: Language) -> Signs:
    """Return what was seen in this week, sorted; nothing that did not happen is listed.

    Within each list the period's own cases come first.
    """
    found = (_find_good(week, language), _find_bad(week, language), _find_unknown(week, language))
    good, bad, unknown = (
        tuple(sorted(signs, key=lambda sign: sign.period is not None)) for signs in found
    )
    return Signs(good, bad, unknown)


def _find_good(week: BrandWeek, language: Language) -> Iterator[Sign]:
    figures, period = week.figures, _outcome_period(week)
    yield from _sign(
        language,
        figures.handling["public"],
        language.gettext(
            "%(count)s of %(total)s cases got a helpful answer in public and were not sent "
            "elsewhere"
        ),
        "handling-public",
    )
    yield from _sign(
        language,
        figures.outcomes["resolved"],
        language.gettext(
            "In %(count)s of %(total)s cases the customer’s words show that it was solved"
        ),
        "outcome-resolved",
        period,
    )
    yield from _sign(
        language,
        figures.brand_followup_unasked,
        language.gettext("In %(count)s of %(total)s cases the brand came back unasked"),
        "followup_unasked",
        period,
    )


def _find_bad(week: BrandWeek, language: Language) -> Iterator[Sign]:
    figures, period = week.figures, _outcome_period(week)
    if not week.is_imported:
        text = language.gettext("%(count)s of %(total)s cases without a public reply so far")
        yield from _find_unanswered(week, language, text)
    yield from _sign(
        language,
        figures.fast_no_help,
        language.gettext(
            "In %(count)s of %(total)s cases with a reply within an hour, no help was seen in "
            "seven days"
        ),
        "fast_no_help",
        period,
    )
    yield from _sign(
        language,
        figures.outcomes["unresolved"],
        language.gettext("%(count)s of %(total)s cases ended unsolved"),
        "outcome-unresolved",
        period,
    )
    if not week.is_imported:  # a file does not show what else was said
        yield from _sign(
            language,
            figures.outcomes["brand_silent"],
            language.gettext(
                "In %(count)s of %(total)s cases the brand did not reply to the customer’s last "
                "word"
            ),
            "outcome-brand_silent",
            period,
        )
    yield from _sign(
        language,
        figures.chased,
        language.gettext("In %(count)s of %(total)s answered cases the customer had to ask again"),
        "chased",
        period,
    )


def _find_unknown(week: BrandWeek, language: Language) -> Iterator[Sign]:
    figures, period = week.figures, _outcome_period(week)
    if week.is_imported:
        text = language.gettext(
            "For %(count)s of %(total)s cases the file holds no reply; it cannot show "
            "whether there was one"
        )
        yield from _find_unanswered(week, language, text)
    yield from _find_moved(week, language)
    yield from _sign(
        language,
        figures.fate["silence"],
        language.gettext(
            "For %(count)s of %(total)s cases that were sent elsewhere nobody said in public "
            "how they ended"
        ),
        "fate-silence",
        period,
    )
    yield from _sign(
        language,
        figures.outcomes["claimed"],
        language.gettext(
            "In %(count)s of %(total)s cases an answer or a link was given and the customer "
            "wrote nothing more"
        ),
        "outcome-claimed",
        period,
    )
    yield from _find_open_ends(week, language)
    cases = figures.counts["cases_with_need"]
    if cases and not week.has_own_outcomes:
        text = _choose_too_early(week, language, cases)
        told = {"count": language.number(cases), "days": week.settle_days}
        yield Sign(text % told, "own")


def _find_moved(week: BrandWeek, language: Language) -> Iterator[Sign]:
    """Tell of hand-overs whose end is to be reported when they are older."""
    if not week.has_own_outcomes:
        text = language.gettext(
            "%(count)s of %(total)s cases were sent elsewhere without help in public; what came of "
            "them nobody can tell yet"
        )
        yield from _sign(language, week.figures.handling["moved"], text, "handling-moved")


def _choose_too_early(week: BrandWeek, language: Language, cases: int) -> str:
    if "-W" in week.figures.week:
        return language.ngettext(
            "This week’s %(count)s case was not watched for %(days)s days yet: how it ended is "
            "told later",
            "Not all of this week’s %(count)s cases were watched for %(days)s days yet: how they "
            "ended is told later",
            cases,
        )
    return language.ngettext(
        "This period’s %(count)s case was not watched for %(days)s days yet: how it ended is told "
        "later",
        "Not all of this period’s %(count)s cases were watched for %(days)s days yet: how they "
        "ended is told later",
        cases,
    )


def _find_unanswered(week: BrandWeek, language: Language, text: str) -> Iterator[Sign]:
    """Tell of cases without a reply: the period's own, and those of the settled period."""
    figures = week.figures
    yield from _sign(language, figures.handling["unanswered"], text, "handling-unanswered")
    if not week.has_own_outcomes:
        settled, period = figures.outcomes["unanswered"], figures.outcome_week
        yield from _sign(language, settled, text, "outcome-unanswered", period)


def _find_open_ends(week: BrandWeek, language: Language) -> Iterator[Sign]:
    outcomes, period = week.figures.outcomes, _outcome_period(week)
    told = {
        "customer_silent": language.gettext(
            "In %(count)s of %(total)s cases the customer wrote nothing more after the brand’s "
            "last word"
        ),
        "pending": language.gettext(
            "In %(count)s of %(total)s cases the conversation is still open"
        ),
        "not_revisited": language.gettext(
            "For %(count)s of %(total)s cases nobody looked again whether more was said"
        ),
    }
    if week.is_imported:  # a file does not show who fell silent
        broken_off = _add_up([outcomes[outcome] for outcome in _OPEN_ENDS])
        text = language.gettext(
            "In %(count)s of %(total)s cases the conversation broke off or is still open"
        )
        yield from _sign(language, broken_off, text, "open_end", period)
        told = {"not_revisited": told["not_revisited"]}
    for outcome, text in told.items():
        yield from _sign(language, outcomes[outcome], text, f"outcome-{outcome}", period)


def _add_up(shares: Sequence[Share]) -> Share:
    return Share(sum(share.count for share in shares), shares[0].total, None, None)


def _outcome_period(week: BrandWeek) -> str | None:
    return None if week.has_own_outcomes else week.figures.outcome_week


def _sign(
    language: Language, share: Share, text: str, name: str | None, period: str | None = None
) -> Iterator[Sign]:
    if share.count:
        numbers = {"count": language.number(share.count), "total": language.number(share.total)}
        yield Sign(text % numbers, name, period)
