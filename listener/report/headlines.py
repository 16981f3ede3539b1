"""Choose the few figures that a mail tells, with their uncertainty and the week before."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from listener.figures import MIN_CASES_FOR_A_RATE, Clock, Quantile, Share, TrendPoint
from listener.report.language import Language, round_half_up
from listener.report.solved import explain_solved, show_solved
from listener.report.weekly import BrandWeek
from listener.report.wording import (
    Shown,
    show_answered,
    show_median,
    show_share,
    show_trend_median,
    spell_open_end,
)

Bar = tuple[tuple[str, int], ...]
# Why there is no figure stands below it.
_NOTHING = "–"


@dataclass(frozen=True, slots=True)
class Headline:
    """One figure of a mail.

    Attributes:
        label: What it is.
        meaning: The same in a sentence, for who reads it for the first time.
        shown: Its value, counts and interval.
        period: Whose cases it is about, if not the report's own period.
        before: The same figure of the week before, in words; empty where there is none.
        bar: The parts of a bar from left to right, `track`, `range`, `point` or `known`,
            each with its width in per cent; empty where no rate is shown.
    """

    label: str
    meaning: str
    shown: Shown
    period: str | None = None
    before: str = ""
    bar: Bar = ()


def list_headlines(week: BrandWeek, language: Language) -> tuple[Headline, ...]:
    """Return the figures of a mail: each one of speed stands before one of help."""
    if not week.figures.counts["cases_with_need"]:
        return ()
    told = (
        _tell_speed(week, language),
        _tell_help(week, language),
        _tell_end(week, language),
        _tell_promises(week, language),
    )
    return tuple(headline for headlines in told for headline in headlines)


def _tell_speed(week: BrandWeek, language: Language) -> Iterator[Headline]:
    figures, say = week.figures, language.gettext
    if not week.is_imported:
        answered = show_answered(language, figures)
        before = _share_before(week, language, figures.week, lambda point: point.answered)
        yield Headline(say("Replied in public"), "", answered, None, before, _draw_share(answered))
    yield Headline(
        say("Median wait for the first public reply"),
        _explain_median(week, language),
        _show_wait(week, language, figures.first_reply),
        before=_median_before(week, language, lambda point: point.first_reply_median),
    )
    yield Headline(
        say("Median wait for the first helpful public reply"),
        say("The first public reply that gives an answer or says that the matter is done."),
        _show_wait(week, language, figures.first_helpful_reply),
        before=_median_before(week, language, lambda point: point.first_helpful_median),
    )


def _show_wait(week: BrandWeek, language: Language, clock: Clock) -> Shown:
    shown = show_median(language, clock, week.observed_until)
    if not clock.total or clock.median.longest is None:
        return Shown(_NOTHING, language.gettext("no case whose wait is known"))
    value, interval = (spell_open_end(language, text) for text in (shown.value, shown.interval))
    return replace(shown, value=value, interval=interval)


def _explain_median(week: BrandWeek, language: Language) -> str:
    if week.figures.first_reply.total < MIN_CASES_FOR_A_RATE:
        return ""
    return language.gettext(
        "Half of the cases waited no longer than this. Those still waiting are counted in."
    )


def _tell_help(week: BrandWeek, language: Language) -> Iterator[Headline]:
    figures, say = week.figures, language.gettext
    quick = _show_share(language, figures.fast_no_help, say("no case answered within an hour"))
    elsewhere = _show_share(language, figures.deflection_rate, say("no answered case"))
    yield Headline(
        say("Quick reply, no help"),
        say(
            "Of the cases answered within an hour: neither a helpful public reply nor the "
            "customer’s “solved” within seven days."
        ),
        quick,
        _outcome_period(week),
        _share_before(week, language, figures.outcome_week, lambda point: point.fast_no_help),
        _draw_share(quick),
    )
    yield Headline(
        say("Sent elsewhere"),
        say(
            "Of the answered cases: sent to a direct message, telephone, email, form or another "
            "account."
        ),
        elsewhere,
        None,
        _share_before(week, language, figures.week, lambda point: point.deflection_rate),
        _draw_share(elsewhere),
    )


def _show_share(language: Language, share: Share, nothing: str) -> Shown:
    """Return a share in words, or why there is none."""
    shown = show_share(language, share)
    return shown if share.total else Shown(_NOTHING, nothing)


def _tell_end(week: BrandWeek, language: Language) -> Iterator[Headline]:
    bounds, say = week.figures.resolution, language.gettext
    label, period = say("Known to be solved"), _outcome_period(week)
    lower, upper = bounds.lower.rate, bounds.upper.rate
    if not bounds.settled or lower is None or upper is None:
        text = say("too early: no case has been watched for %(days)s days")
        yield Headline(label, "", Shown(_NOTHING, text % {"days": week.settle_days}), period)
        return
    shown = show_solved(language, bounds, week.settle_days)
    known, possible = (round_half_up(100 * rate) for rate in (lower, upper))
    bar = _draw((0, "known"), (known, "range"), (possible, "track"))
    yield Headline(
        label,
        explain_solved(language, bounds),
        shown,
        period,
        bar=bar if bounds.lower.is_shown_as_rate else (),
    )


def _tell_promises(week: BrandWeek, language: Language) -> Iterator[Headline]:
    """Yield how many promises were kept, where there were some that anybody could see kept."""
    kept, say = week.figures.promises.states["kept"], language.gettext
    if week.has_outcomes and kept.total:
        shown = show_share(language, kept)
        meaning = say("Of the promises to come back, or to do something by a time.")
        bar = _draw_share(shown)
        yield Headline(say("Promises kept"), meaning, shown, _outcome_period(week), bar=bar)


def _outcome_period(week: BrandWeek) -> str | None:
    is_own = week.has_own_outcomes or not week.has_outcomes
    return None if is_own else week.figures.outcome_week


def _share_before(
    week: BrandWeek, language: Language, name: str, choose: Callable[[TrendPoint], Share]
) -> str:
    """Return a share of the week before the one with this name, if it had enough cases."""
    point = _find_before(week.figures.trend, name)
    if point is None or not choose(point).is_shown_as_rate:
        return ""
    return f"{language.short_days(point.week)}: {show_share(language, choose(point)).value}"


def _median_before(
    week: BrandWeek, language: Language, choose: Callable[[TrendPoint], Quantile]
) -> str:
    point = _find_before(week.figures.trend, week.figures.week)
    if point is None or point.clocked < MIN_CASES_FOR_A_RATE:
        return ""
    shown = show_trend_median(language, choose(point), point.clocked)
    return f"{language.short_days(point.week)}: {shown.value}"


def _find_before(trend: Sequence[TrendPoint], name: str) -> TrendPoint | None:
    earlier = [point for point in trend if point.week < name]
    return max(earlier, key=lambda point: point.week, default=None)


def _draw_share(shown: Shown) -> Bar:
    """Return a point in its interval, one per cent wide; nothing without a rate."""
    if shown.rate is None or shown.low is None or shown.high is None:
        return ()
    point = min(max(round_half_up(100 * shown.rate), 0), 99)
    low, high = (round_half_up(100 * end) for end in (shown.low, shown.high))
    return _draw(
        (0, "track"),
        (min(low, point), "range"),
        (point, "point"),
        (point + 1, "range"),
        (max(high, point + 1), "track"),
    )


def _draw(*parts: tuple[int, str]) -> Bar:
    """Return the parts of a bar, each given by its left end, as widths; empty ones go."""
    ends = [*(left for left, _ in parts[1:]), 100]
    widths = [(kind, end - left) for (left, kind), end in zip(parts, ends, strict=True)]
    return tuple((kind, width) for kind, width in widths if width > 0)
