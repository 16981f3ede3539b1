"""Render what a mail says of one brand's week: no quotation, and nobody's name."""

from dataclasses import dataclass
from pathlib import Path

import css_inline

from listener.report.headlines import list_headlines
from listener.report.language import Language
from listener.report.render import render_template, tell_week
from listener.report.summary import list_sentences
from listener.report.weekly import BrandWeek


@dataclass(frozen=True, slots=True)
class MailPage:
    """What a mail says, once in each form; both carry the same figures."""

    subject: str
    html: str
    text: str


def render_mail(
    week: BrandWeek, language: str = "en", *, place: str, templates: Path | None = None
) -> MailPage:
    """Return one brand's week as a mail.

    Args:
        week: What to tell; its cases are not told.
        language: Of the mail.
        place: Where the full report is: an address, or the path of its page, of which only
            the folders of brand and week are told: nobody can click on a server's path.
        templates: A folder of own templates, searched first.

    Raises:
        ConfigError: If a template cannot be rendered.
    """
    spoken = Language(language, week.brand.time_zone)
    values = tell_week(week, spoken) | {
        "sentences": list_sentences(week, spoken),
        "headlines": list_headlines(week, spoken),
        "place": place,
        "is_linked": place.startswith(("https://", "http://")),
        "folder": "/".join(Path(place).parts[-3:-1]),
    }
    html = render_template("mail.html", spoken, templates, **values)
    return MailPage(
        subject=_render_subject(week, spoken),
        # Many mail programs drop style sheets: each element carries its own style.
        html=css_inline.inline(html, load_remote_stylesheets=False),
        text=render_template("mail.txt", spoken, templates, **values),
    )


def _render_subject(week: BrandWeek, language: Language) -> str:
    """Return brand, week and finding in one line."""
    return f"{week.brand.name}, {language.week(week.figures.week)}: {_find(week, language)}"


def _find(week: BrandWeek, language: Language) -> str:
    counts = week.figures.counts
    total, elsewhere = counts["cases_with_need"], week.figures.deflection_rate
    if not total:
        return language.gettext("no case was collected")
    if week.is_imported:  # a file does not tell who got no answer
        text = language.ngettext(
            "%(elsewhere)s of %(answered)s answered case sent elsewhere",
            "%(elsewhere)s of %(answered)s answered cases sent elsewhere",
            elsewhere.total,
        )
    else:
        text = language.ngettext(
            "%(answered)s of %(total)s case answered in public, %(elsewhere)s sent elsewhere",
            "%(answered)s of %(total)s cases answered in public, %(elsewhere)s sent elsewhere",
            total,
        )
    return text % {
        "answered": language.number(counts["answered"]),
        "total": language.number(total),
        "elsewhere": language.number(elsewhere.count),
    }
