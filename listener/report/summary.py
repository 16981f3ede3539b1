"""Say in one true sentence what the week was."""

from listener.figures import MIN_CASES_FOR_A_RATE, Share
from listener.report.language import Language
from listener.report.weekly import BrandWeek
from listener.report.wording import floor_wait


def render_summary(week: BrandWeek, language: Language) -> str:
    """Return the week in one sentence that claims no more than is known."""
    if not week.figures.counts["cases_with_need"]:
        text = language.gettext("No case that called for a reply from %(brand)s was collected.")
        return text % {"brand": week.brand.name}
    clauses = (
        _tell_answers(week, language),
        _tell_waits(week, language),
        _tell_hand_overs(week, language),
        _tell_fate(week, language),
    )
    return "; ".join(clause for clause in clauses if clause) + "."


def _tell_answers(week: BrandWeek, language: Language) -> str:
    counts = week.figures.counts
    answered, total = counts["answered"], counts["cases_with_need"]
    if week.is_imported:
        text = language.ngettext(
            "As far as the imported file shows, %(brand)s replied in public in %(count)s of "
            "%(total)s case",
            "As far as the imported file shows, %(brand)s replied in public in %(count)s of "
            "%(total)s cases",
            total,
        )
    elif answered == 0:
        text = language.ngettext(
            "No public reply from %(brand)s was seen in %(total)s case",
            "No public reply from %(brand)s was seen in any of %(total)s cases",
            total,
        )
    elif answered == total:
        text = language.ngettext(
            "%(brand)s replied in public in the only case",
            "%(brand)s replied in public in all %(total)s cases",
            total,
        )
    else:
        text = language.ngettext(
            "%(brand)s replied in public in %(count)s of %(total)s case",
            "%(brand)s replied in public in %(count)s of %(total)s cases",
            total,
        )
    return text % {
        "brand": week.brand.name,
        "count": language.number(answered),
        "total": language.number(total),
    }


def _tell_waits(week: BrandWeek, language: Language) -> str:
    first, helpful = week.figures.first_reply, week.figures.first_helpful_reply
    if min(first.total, helpful.total) < MIN_CASES_FOR_A_RATE or first.median.longest is None:
        return ""
    if first.median.seconds is None:
        text = language.gettext("in more than %(half)s no reply came within %(longest)s")
        longest = floor_wait(first.median.longest)
    elif helpful.median.seconds is None:
        text = language.gettext(
            "in %(half)s the first reply came within %(first)s, but in more than half "
            "no helpful one was seen within %(longest)s"
        )
        longest = floor_wait(helpful.median.longest or 0)
    else:
        text = language.gettext(
            "in %(half)s the first reply came within %(first)s and the first helpful "
            "one within %(longest)s"
        )
        longest = helpful.median.seconds
    return text % {
        "half": _name_half(week, language),
        "first": language.long_duration(first.median.seconds or 0),
        "longest": language.long_duration(longest),
    }


def _name_half(week: BrandWeek, language: Language) -> str:
    """Return whose half a median is: clocks run only where the beginning is known."""
    clocks = week.figures.first_reply.total
    if clocks == week.figures.counts["cases_with_need"]:
        return language.gettext("half of the cases")
    text = language.gettext("half of the %(total)s cases whose beginning is known")
    return text % {"total": language.number(clocks)}


def _tell_hand_overs(week: BrandWeek, language: Language) -> str:
    count = week.figures.deflection_rate.count
    if not count:
        return ""
    text = language.ngettext(
        "%(count)s case was sent elsewhere (direct message, telephone, form …)",
        "%(count)s cases were sent elsewhere (direct message, telephone, form …)",
        count,
    )
    return text % {"count": language.number(count)}


def _tell_fate(week: BrandWeek, language: Language) -> str:
    solved = week.figures.fate["solved"]
    if not solved.total:
        return ""
    is_same = week.has_own_outcomes and solved.total == week.figures.deflection_rate.count
    text = _choose_fate(solved, language, is_same=is_same)
    return text % {
        "count": language.number(solved.count),
        "total": language.number(solved.total),
        "week": language.week(week.figures.outcome_week),
    }


def _choose_fate(solved: Share, language: Language, *, is_same: bool) -> str:
    if is_same and not solved.count:
        return language.ngettext(
            "it is not known that this was solved",
            "none of these is known to have been solved",
            solved.total,
        )
    if is_same:
        return language.ngettext(
            "of these, %(count)s is known to have been solved",
            "of these, %(count)s are known to have been solved",
            solved.count,
        )
    if not solved.count:
        return language.ngettext(
            "the only hand-over of %(week)s is not known to have been solved",
            "of the %(total)s hand-overs of %(week)s, none is known to have been solved",
            solved.total,
        )
    return language.ngettext(
        "of the %(total)s hand-overs of %(week)s, %(count)s is known to have been solved",
        "of the %(total)s hand-overs of %(week)s, %(count)s are known to have been solved",
        solved.count,
    )
