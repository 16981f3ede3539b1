"""Hold a week's figures against the goals that the settings name.

A goal is reached or missed only where the whole interval lies on one side of it: a figure of
thirty cases that is a few points away may be chance.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from listener.figures import Within
from listener.posts import Goal
from listener.report.language import Language
from listener.report.waiting import read_within
from listener.report.weekly import BrandWeek
from listener.report.wording import Shown, show_answered, show_share, show_within

_HOUR, _DAY = 3_600, 86_400


@dataclass(frozen=True, slots=True)
class GoalRow:
    """A goal, what became of it, and the figure it was held against.

    Attributes:
        verdict: `reached`, `missed`, `chance` or `unseen`; a key of `GOAL_VERDICTS`.
        word: The same in words.
        goal: What was wanted.
        seen: What was seen, in a sentence.
        filter: Names the cases that were counted for it.
    """

    verdict: str
    word: str
    goal: str
    seen: str
    filter: str


def list_goals(week: BrandWeek, language: Language) -> tuple[GoalRow, ...]:
    """Return the brand's goals in the order of the settings, each with its verdict."""
    if not week.figures.counts["cases_with_need"]:
        return ()
    return tuple(_tell_goals(week, language))


def _tell_goals(week: BrandWeek, language: Language) -> Iterator[GoalRow]:
    for goal in week.brand.goals:
        shown = _show(goal, week, language)
        verdict = _judge(goal, shown)
        yield GoalRow(
            verdict,
            language.word("GOAL_VERDICTS", verdict),
            _name(goal, language),
            _tell_seen(shown, language),
            _FILTERS[goal.figure],
        )


_FILTERS = {
    "first_reply": "replied",
    "helpful_reply": "helped",
    "answered": "answered",
    "sent_elsewhere": "deflected",
}


def _show(goal: Goal, week: BrandWeek, language: Language) -> Shown | None:
    """Return the figure in words, or nothing where it was not seen."""
    figures = week.figures
    if goal.figure == "sent_elsewhere":
        return show_share(language, figures.deflection_rate)
    if goal.figure == "answered":
        # A file need not hold cases that nobody answered.
        return None if week.is_imported else show_answered(language, figures)
    is_first = goal.figure == "first_reply"
    clock = figures.first_reply if is_first else figures.first_helpful_reply
    known = {_HOUR: clock.within_1h, _DAY: clock.within_24h}
    seconds = goal.seconds or 0
    within: Within | None = known.get(seconds) or read_within(clock, seconds)
    return show_within(language, within, clock.total) if within else None


def _judge(goal: Goal, shown: Shown | None) -> str:
    if shown is None or shown.rate is None:
        return "unseen"
    if shown.low is None or shown.high is None:
        return "chance"
    wanted = goal.percent / 100
    if goal.figure == "sent_elsewhere":
        is_reached, is_missed = shown.high <= wanted, shown.low > wanted
    else:
        is_reached, is_missed = shown.low >= wanted, shown.high < wanted
    return "reached" if is_reached else "missed" if is_missed else "chance"


def _name(goal: Goal, language: Language) -> str:
    say = language.gettext
    texts = {
        "first_reply": say("%(percent)s with a first public reply within %(time)s"),
        "helpful_reply": say("%(percent)s with a helpful public reply within %(time)s"),
        "answered": say("at least %(percent)s with a public reply"),
        "sent_elsewhere": say("at most %(percent)s sent elsewhere"),
    }
    return texts[goal.figure] % {
        "percent": language.percent(goal.percent / 100),
        "time": language.duration(goal.seconds or 0),
    }


def _tell_seen(shown: Shown | None, language: Language) -> str:
    if shown is None:
        return language.gettext("not seen")
    if shown.rate is None:
        return f"{shown.value}, {shown.counts}" if shown.counts else shown.value
    return f"{shown.value} ({shown.counts}; {shown.interval})" if shown.interval else shown.value
