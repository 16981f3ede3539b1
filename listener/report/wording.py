"""Put one figure into words: value, counts and interval, or why there is none.

The page, the text version and the overview all speak through these functions,
so that they cannot disagree.
"""

import math
from dataclasses import dataclass, replace
from datetime import datetime

from listener.figures import (
    MIN_CASES_FOR_A_RATE,
    Clock,
    Quantile,
    Share,
    TrendPoint,
    WeekFigures,
    Within,
)
from listener.report.language import (
    DAY_SECONDS,
    MINUTE_SECONDS,
    TOLD_TO_THE_SECOND,
    Language,
)
from listener.report.weekly import Wait

_TENTH_OF_A_DAY = DAY_SECONDS // 10


@dataclass(frozen=True, slots=True)
class Shown:
    """A figure in words.

    Attributes:
        value: The figure itself, or "no data".
        counts: What it was counted from.
        interval: The 95 % interval; empty where none is shown.
        rate: Between 0 and 1, for a bar; None when only counts are shown.
        low: Lower end of the interval, for a bar.
        high: Upper end.
    """

    value: str
    counts: str
    interval: str = ""
    rate: float | None = None
    low: float | None = None
    high: float | None = None


def show_counts(language: Language, count: int, total: int, unit: str = "cases") -> str:
    """Return `22 of 48 cases`."""
    text = _COUNTED.get(unit, _count_cases)(language, total)
    return text % {"count": language.number(count), "total": language.number(total)}


def _count_cases(language: Language, total: int) -> str:
    return language.ngettext("%(count)s of %(total)s case", "%(count)s of %(total)s cases", total)


def _count_replies(language: Language, total: int) -> str:
    return language.ngettext(
        "%(count)s of %(total)s reply", "%(count)s of %(total)s replies", total
    )


def _count_posts(language: Language, total: int) -> str:
    return language.ngettext("%(count)s of %(total)s post", "%(count)s of %(total)s posts", total)


def _count_promises(language: Language, total: int) -> str:
    return language.ngettext(
        "%(count)s of %(total)s promise", "%(count)s of %(total)s promises", total
    )


def _count_customers(language: Language, total: int) -> str:
    return language.ngettext(
        "%(count)s of %(total)s customer", "%(count)s of %(total)s customers", total
    )


_COUNTED = {
    "replies": _count_replies,
    "posts": _count_posts,
    "customers": _count_customers,
    "promises": _count_promises,
}


def show_percent(language: Language, count: int, total: int) -> str:
    """Return a rate in whole per cent that says neither 0 nor 100 when it is not."""
    return show_rate(language, count / total)


def show_rate(language: Language, rate: float) -> str:
    """Return a rate in whole per cent that says neither 0 nor 100 when it is not."""
    if 0 < rate < 1 and not 0.005 <= rate < 0.995:
        edge, sign = (0.01, "<") if rate < 0.5 else (0.99, ">")
        return f"{sign}\u00a0{language.percent(edge)}"
    return language.percent(rate)


def show_interval(language: Language, low: float | None, high: float | None) -> str:
    """Return `34–61 %`, or nothing without an interval."""
    if low is None or high is None:
        return ""
    return language.percent_range(low, high)


def show_share(language: Language, share: Share) -> Shown:
    """Return a share in words; fewer than ten cases are told as counts only."""
    if not share.total:
        return Shown(language.gettext("no data"), "")
    counts = show_counts(language, share.count, share.total, share.unit)
    if not share.is_shown_as_rate:
        return Shown(counts, language.gettext("too few for a rate"))
    return Shown(
        show_percent(language, share.count, share.total),
        counts,
        show_interval(language, share.low, share.high),
        share.rate,
        share.low,
        share.high,
    )


def show_answered(language: Language, figures: WeekFigures) -> Shown:
    """Return the share of cases with a public reply: what is not without one."""
    unanswered = figures.handling["unanswered"]
    low, high = unanswered.low, unanswered.high
    answered = Share(
        unanswered.total - unanswered.count,
        unanswered.total,
        None if high is None else 1 - high,
        None if low is None else 1 - low,
    )
    return show_share(language, answered)


def show_quantile(language: Language, quantile: Quantile, total: int) -> Shown:
    """Return a quantile of waiting times; one that was not reached is "> longest"."""
    if not total or quantile.longest is None:
        return Shown(language.gettext("no data"), "")
    counts = _count_clocks(language, total)
    if total < MIN_CASES_FOR_A_RATE:
        return Shown(counts, language.gettext("too few for a median"))
    if quantile.seconds is None:
        return Shown(f">\u00a0{language.duration(floor_wait(quantile.longest))}", counts)
    return Shown(language.duration(quantile.seconds), counts, _show_span(language, quantile))


def show_median(language: Language, clock: Clock, until: datetime) -> Shown:
    """Return a median wait with what it was read from; one not reached says so.

    Args:
        language: Of the words.
        clock: Whose median.
        until: When observation ended.
    """
    if not clock.total or clock.median.longest is None:
        return Shown(language.gettext("no data"), "")
    seen = show_counts(language, clock.answered, clock.total)
    if clock.total < MIN_CASES_FOR_A_RATE:
        return Shown(seen, language.gettext("too few for a median"))
    shown = show_quantile(language, clock.median, clock.total)
    if clock.median.seconds is None:
        longest = spell_open_end(language, shown.value)
        said = f"{_say_not_reached(language, clock, until)} · {longest}"
        return Shown(language.gettext("not reached"), said)
    return Shown(shown.value, seen, shown.interval)


def spell_open_end(language: Language, text: str) -> str:
    """Return a wait in words where it is longer than one can know, instead of with a sign."""
    before, sign, wait = text.partition(">\u00a0")
    if not sign:
        return text
    return before + language.gettext("more than %(time)s") % {"time": wait}


def show_trend_median(language: Language, quantile: Quantile, clocked: int) -> Shown:
    """Return a week's median in a trend.

    Where it was not reached no time is given: it would only tell how long ago
    the week is, and look like a change.
    """
    if clocked and clocked < MIN_CASES_FOR_A_RATE:
        return Shown("–", "")
    if clocked and quantile.longest is not None and quantile.seconds is None:
        return Shown(language.gettext("not reached"), "")
    shown = show_quantile(language, quantile, clocked)
    if shown.interval and quantile.low is not None and quantile.high is None:
        low = language.duration(floor_wait(quantile.low))
        open_end = f"{low} – {language.gettext('not reached')}"
        return replace(shown, interval=open_end)
    return shown


def show_trend_help(language: Language, point: TrendPoint, outcome_week: str) -> Shown:
    """Return a week's `fast_no_help`, which is too early to say after the settled week."""
    if point.week > outcome_week:
        return Shown(language.gettext("too early"), "")
    return show_share(language, point.fast_no_help)


def show_within(language: Language, within: Within, total: int) -> Shown:
    """Return the share answered within a limit."""
    if within.rate is None:
        return Shown(language.gettext("no data"), "")
    counts = _count_clocks(language, total)
    if total < MIN_CASES_FOR_A_RATE:
        return Shown(counts, language.gettext("too few for a rate"))
    interval = show_interval(language, within.low, within.high)
    rate = show_rate(language, within.rate)
    return Shown(rate, counts, interval, within.rate, within.low, within.high)


def show_wait(language: Language, wait: Wait) -> str:
    """Return one customer's wait: how long, none so far, or no clock."""
    if wait.skewed:
        return language.gettext("yes, time unclear")
    if wait.seconds is None:
        return "–"
    if wait.observed:
        return language.duration(wait.seconds)
    return language.gettext("none")


def floor_wait(seconds: float) -> float:
    """Return a wait that was exceeded, rounded down so that "longer than" stays true.

    All other waits are rounded up, by `Language.duration` itself.
    """
    if seconds < TOLD_TO_THE_SECOND:
        return math.floor(seconds)
    unit = _TENTH_OF_A_DAY if seconds >= 2 * DAY_SECONDS else MINUTE_SECONDS
    return seconds // unit * unit


def _say_not_reached(language: Language, clock: Clock, until: datetime) -> str:
    if clock.name == "first_helpful_reply":
        text = language.gettext("only %(answered)s of %(total)s had a helpful reply by %(day)s")
    else:
        text = language.gettext("only %(answered)s of %(total)s had a reply by %(day)s")
    return text % {
        "answered": language.number(clock.answered),
        "total": language.number(clock.total),
        "day": language.short_day(until),
    }


def _count_clocks(language: Language, total: int) -> str:
    text = language.ngettext("%(count)s case", "%(count)s cases", total)
    return text % {"count": language.number(total)}


def _show_span(language: Language, quantile: Quantile) -> str:
    if quantile.low is None:
        return ""
    # The lower end is what waits are longer than.
    low = language.duration(floor_wait(quantile.low))
    if quantile.high is None:
        longest = quantile.longest if quantile.longest is not None else quantile.low
        return f"{low} – >\u00a0{language.duration(floor_wait(longest))}"
    return f"{low} – {language.duration(quantile.high)}"
