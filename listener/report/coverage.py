"""Tell how a brand was watched live: runs, holes, losses, and why it is not complete.

Nothing is told of platforms whose posts come from files alone.
"""

from collections.abc import Callable, Iterator, Sequence

from listener.figures import Coverage, Gap, PlatformCoverage
from listener.report.language import Language

SHOWN_GAPS = 3
_Words = Callable[[PlatformCoverage, Language], str]


def list_watch(coverage: Coverage, language: Language) -> tuple[tuple[str, str], ...]:
    """Return what is to be told of live collection, as titles and their texts."""
    watched = [each for each in coverage.platforms if each.watched_from is not None]
    if not watched:
        return ()
    rows = list(_list_rows(watched, language))
    if len({each.grade for each in coverage.platforms}) > 1:
        title = language.gettext("Coverage by platform")
        rows.insert(0, (title, _join(coverage.platforms, _tell_grade, language)))
    return tuple(rows)


def _list_rows(
    watched: Sequence[PlatformCoverage], language: Language
) -> Iterator[tuple[str, str]]:
    say = language.gettext
    partial = [each for each in watched if each.reasons]
    if partial:
        yield say("Why it is not complete"), _join(partial, _tell_reasons, language)
    yield say("Collected since"), _join(watched, _tell_start, language)
    yield say("Runs of the collection"), _join(watched, _tell_runs, language)
    yield say("Longest hole in the watch"), _join(watched, _tell_hole, language)
    yield say("Known losses"), _join(watched, _tell_losses, language)


def _join(platforms: Sequence[PlatformCoverage], tell: _Words, language: Language) -> str:
    return " · ".join(
        f"{language.word('PLATFORMS', each.platform)}: {tell(each, language)}" for each in platforms
    )


def _tell_grade(seen: PlatformCoverage, language: Language) -> str:
    return language.word("GRADES", seen.grade)


def _tell_reasons(seen: PlatformCoverage, language: Language) -> str:
    return "; ".join(language.word("COVERAGE_REASONS", reason) for reason in seen.reasons)


def _tell_start(seen: PlatformCoverage, language: Language) -> str:
    return language.moment(seen.watched_from) if seen.watched_from else ""


def _tell_runs(seen: PlatformCoverage, language: Language) -> str:
    runs = seen.runs
    if not runs.planned:
        return language.gettext("none in this period")
    done = language.ngettext(
        "%(done)s of %(count)s came to its end",
        "%(done)s of %(count)s came to their end",
        runs.planned,
    ) % {"done": language.number(runs.done), "count": language.number(runs.planned)}
    others = (
        (language.gettext("%(count)s failed"), runs.failed),
        (language.gettext("%(count)s paused at the cap of the budget"), runs.paused),
    )
    told = [text % {"count": language.number(count)} for text, count in others if count]
    return ", ".join([done, *told])


def _tell_hole(seen: PlatformCoverage, language: Language) -> str:
    if seen.hole is None:
        return language.gettext("none")
    text = (
        language.gettext("%(time)s, from %(first)s on")
        if seen.hole.is_open
        else language.gettext("%(time)s, from %(first)s to %(last)s")
    )
    return text % {
        "time": language.duration(seen.hole.seconds),
        "first": language.moment(seen.hole.since),
        "last": language.moment(seen.hole.until),
    }


def _tell_losses(seen: PlatformCoverage, language: Language) -> str:
    if not seen.gaps:
        return language.gettext("none")
    lost = language.ngettext(
        "%(count)s stretch, %(time)s of this period",
        "%(count)s stretches, %(time)s of this period",
        len(seen.gaps),
    ) % {
        "count": language.number(len(seen.gaps)),
        "time": language.duration(seen.lost_seconds),
    }
    shown = [_tell_gap(gap, language) for gap in seen.gaps[:SHOWN_GAPS]]
    rest = ["…"] if len(seen.gaps) > SHOWN_GAPS else []
    return f"{lost} ({'; '.join([*shown, *rest])})"


def _tell_gap(gap: Gap, language: Language) -> str:
    last = language.moment(gap.until)
    if gap.since is None:
        return language.gettext("everything before %(last)s") % {"last": last}
    first = language.moment(gap.since)
    return language.gettext("%(first)s to %(last)s") % {"first": first, "last": last}
