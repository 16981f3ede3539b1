"""Say in a few short true sentences what the week was."""

from listener.figures import MIN_CASES_FOR_A_RATE, Share
from listener.report.language import Language
from listener.report.weekly import BrandWeek


def render_summary(week: BrandWeek, language: Language) -> str:
    """Return the week in up to four sentences that claim no more than is known."""
    return " ".join(list_sentences(week, language))


def list_sentences(week: BrandWeek, language: Language) -> tuple[str, ...]:
    """Return the same sentences one by one; the first one stands alone."""
    return tuple(sentence for sentence, _ in list_claims(week, language))


def list_claims(week: BrandWeek, language: Language) -> tuple[tuple[str, str], ...]:
    """Return the same sentences, each with the name of the figure whose cases prove it."""
    if not week.figures.counts["cases_with_need"]:
        text = language.gettext("No case that called for a reply from %(brand)s was collected.")
        return ((text % {"brand": week.brand.name}, ""),)
    claims = (
        (_tell_answers(week, language), "answered"),
        (_tell_waits(week, language), "helped"),
        (_tell_hand_overs(week, language), "deflected"),
        (_tell_fate(week, language), "fated"),
    )
    return tuple((sentence, name) for sentence, name in claims if sentence)


def _tell_answers(week: BrandWeek, language: Language) -> str:
    counts = week.figures.counts
    answered, total = counts["answered"], counts["cases_with_need"]
    if week.is_imported:
        text = language.ngettext(
            "As far as the imported file shows, %(brand)s replied in public in %(count)s of "
            "%(total)s case.",
            "As far as the imported file shows, %(brand)s replied in public in %(count)s of "
            "%(total)s cases.",
            total,
        )
    elif answered == 0:
        text = language.ngettext(
            "No public reply from %(brand)s was seen in %(total)s case.",
            "No public reply from %(brand)s was seen in any of %(total)s cases.",
            total,
        )
    elif answered == total:
        text = language.ngettext(
            "%(brand)s replied in public in the only case.",
            "%(brand)s replied in public in all %(total)s cases.",
            total,
        )
    else:
        text = language.ngettext(
            "%(brand)s replied in public in %(count)s of %(total)s case.",
            "%(brand)s replied in public in %(count)s of %(total)s cases.",
            total,
        )
    return text % {
        "brand": week.brand.name,
        "count": language.number(answered),
        "total": language.number(total),
    }


def _tell_waits(week: BrandWeek, language: Language) -> str:
    first, helpful = week.figures.first_reply, week.figures.first_helpful_reply
    if min(first.total, helpful.total) < MIN_CASES_FOR_A_RATE or not first.answered:
        return ""
    if first.median.seconds is None:
        return _tell_help_alone(week, language)
    medians = (first.median.seconds, helpful.median.seconds or 0)
    told = [language.long_duration(seconds) for seconds in medians]
    if helpful.median.seconds is None:
        text = _choose_known_help(helpful.answered, language)
    elif told[0] == told[1]:
        text = language.gettext(
            "In %(half)s a first reply came within %(first)s, and a helpful one did, too."
        )
    else:
        text = language.gettext(
            "In %(half)s the first reply came within %(first)s and the first helpful one "
            "within %(helpful)s."
        )
    return text % {
        "half": _name_half(week, language),
        "first": told[0],
        "helpful": told[1],
        "count": language.number(helpful.answered),
        "total": language.number(helpful.total),
    }


def _choose_known_help(count: int, language: Language) -> str:
    """Return the words for a median that help did not reach: so it is known in less than half."""
    if not count:
        return language.gettext(
            "In %(half)s the first reply came within %(first)s; a helpful one is known in none "
            "of these %(total)s."
        )
    return language.gettext(
        "In %(half)s the first reply came within %(first)s; a helpful one is known in only "
        "%(count)s of these %(total)s."
    )


def _tell_help_alone(week: BrandWeek, language: Language) -> str:
    """Return in how many cases help is known, where not even replies reached half of them."""
    helpful = week.figures.first_helpful_reply
    if helpful.answered:
        text = language.gettext(
            "A helpful reply is known in only %(count)s of the %(total)s cases whose beginning "
            "is known."
        )
    else:
        text = language.gettext(
            "A helpful reply is known in none of the %(total)s cases whose beginning is known."
        )
    return text % {
        "count": language.number(helpful.answered),
        "total": language.number(helpful.total),
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
        "%(count)s case was sent elsewhere (direct message, telephone, form …).",
        "%(count)s cases were sent elsewhere (direct message, telephone, form …).",
        count,
    )
    return text % {"count": language.number(count)}


def _tell_fate(week: BrandWeek, language: Language) -> str:
    solved = week.figures.fate["solved"]
    if not solved.total:
        return ""
    is_same = week.has_own_outcomes and solved.total == week.figures.deflection_rate.count
    choose = _choose_same_fate if is_same else _choose_fate
    text = choose(solved, language)
    return text % {
        "count": language.number(solved.count),
        "total": language.number(solved.total),
        "span": language.short_days(week.figures.outcome_week),
        "days": week.settle_days,
    }


def _choose_same_fate(solved: Share, language: Language) -> str:
    """Return what came of the cases that the sentence before told of."""
    if not solved.count:
        return language.ngettext(
            "It is not known to have been solved.",
            "None of these is known to have been solved.",
            solved.total,
        )
    if solved.total == 1:
        return language.gettext("It is known to have been solved.")
    return language.ngettext(
        "%(count)s of these is known to have been solved.",
        "%(count)s of these are known to have been solved.",
        solved.count,
    )


def _choose_fate(solved: Share, language: Language) -> str:
    """Return what came of the cases of an older period."""
    if not solved.count:
        return language.ngettext(
            "The one case opened %(span)s that was sent elsewhere at least %(days)s days ago is "
            "not known to have been solved.",
            "Of the %(total)s cases opened %(span)s that were sent elsewhere at least %(days)s "
            "days ago, none is known to have been solved.",
            solved.total,
        )
    if solved.total == 1:
        return language.gettext(
            "The one case opened %(span)s that was sent elsewhere at least %(days)s days ago is "
            "known to have been solved."
        )
    return language.ngettext(
        "Of the %(total)s cases opened %(span)s that were sent elsewhere at least %(days)s days "
        "ago, %(count)s is known to have been solved.",
        "Of the %(total)s cases opened %(span)s that were sent elsewhere at least %(days)s days "
        "ago, %(count)s are known to have been solved.",
        solved.count,
    )
