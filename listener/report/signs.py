"""Sort what was seen in a week: what went well, what did not, what nobody knows."""

from collections.abc import Iterator
from dataclasses import dataclass

from listener.figures import Share
from listener.report.language import Language
from listener.report.weekly import BrandWeek

_OPEN_ENDS = ("pending", "brand_silent", "customer_silent", "not_revisited")


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
    """Return what was seen in this week, sorted; nothing that did not happen is listed."""
    return Signs(
        good=tuple(_find_good(week, language)),
        bad=tuple(_find_bad(week, language)),
        unknown=tuple(_find_unknown(week, language)),
    )


def _find_good(week: BrandWeek, language: Language) -> Iterator[Sign]:
    figures, period = week.figures, _outcome_period(week)
    yield from _sign(
        language,
        figures.handling["public"],
        language.gettext("%(count)s of %(total)s cases got a helpful answer in public"),
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
        yield from _sign(
            language,
            figures.handling["unanswered"],
            language.gettext("%(count)s of %(total)s cases without a public reply so far"),
            "handling-unanswered",
        )
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
        yield from _sign(
            language,
            figures.handling["unanswered"],
            language.gettext(
                "For %(count)s of %(total)s cases the file holds no reply; it cannot show "
                "whether there was one"
            ),
            "handling-unanswered",
        )
    yield from _sign(
        language,
        figures.fate["silence"],
        language.gettext(
            "For %(count)s of %(total)s hand-overs nobody said in public how they ended"
        ),
        "fate-silence",
        period,
    )
    yield from _sign(
        language,
        figures.outcomes["claimed"],
        language.gettext(
            "In %(count)s of %(total)s cases help was given and the customer wrote nothing more"
        ),
        "outcome-claimed",
        period,
    )
    yield from _find_open_ends(week, language)
    cases = figures.counts["cases_with_need"]
    if cases and not week.has_own_outcomes:
        text = language.ngettext(
            "How %(count)s case of this period ends: too early to say",
            "How the %(count)s cases of this period end: too early to say",
            cases,
        )
        yield Sign(text % {"count": language.number(cases)})


def _find_open_ends(week: BrandWeek, language: Language) -> Iterator[Sign]:
    outcomes = [week.figures.outcomes[outcome] for outcome in _OPEN_ENDS]
    together = Share(sum(share.count for share in outcomes), outcomes[0].total, None, None)
    text = language.gettext("In %(count)s of %(total)s cases the talk broke off or is still open")
    yield from _sign(language, together, text, None, _outcome_period(week))


def _outcome_period(week: BrandWeek) -> str | None:
    return None if week.has_own_outcomes else week.figures.outcome_week


def _sign(
    language: Language, share: Share, text: str, name: str | None, period: str | None = None
) -> Iterator[Sign]:
    if share.count:
        numbers = {"count": language.number(share.count), "total": language.number(share.total)}
        yield Sign(text % numbers, name, period)
