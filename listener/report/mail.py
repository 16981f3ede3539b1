"""Render what a mail says of one brand's week: no quotation, and nobody's name."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import css_inline

from listener.report.environment import render_template
from listener.report.headlines import list_headlines
from listener.report.language import Language
from listener.report.mail_charts import MailChart, draw_outcomes, draw_waits
from listener.report.pictures import Picture
from listener.report.render import tell_week
from listener.report.summary import list_sentences
from listener.report.weekly import BrandWeek

_LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class MailPage:
    """What a mail says, once in each form; both carry the same figures.

    Attributes:
        pictures: Those that the HTML shows, by their `content_id`.
    """

    subject: str
    html: str
    text: str
    pictures: tuple[Picture, ...] = ()


def render_mail(
    week: BrandWeek,
    language: str = "en",
    *,
    place: str,
    unsubscribe: str = "",
    templates: Path | None = None,
) -> MailPage:
    """Return one brand's week as a mail.

    Args:
        week: What to tell; its cases are not told.
        language: Of the mail.
        place: Where the full report is: an address, or the path of its page, of which only
            the folders of brand and week are told: nobody can click on a server's path.
        unsubscribe: An `https:` or `mailto:` address by which its reader gets no more mail;
            empty where an answer is enough.
        templates: A folder of own templates, searched first.

    Raises:
        ConfigError: If a template cannot be rendered.
    """
    spoken = Language(language, week.brand.time_zone)
    charts = {"waits": draw_waits(week, spoken), "outcomes": draw_outcomes(week, spoken)}
    values = tell_week(week, spoken) | {
        "charts": charts,
        "sentences": list_sentences(week, spoken),
        "headlines": list_headlines(week, spoken),
        "place": place,
        "is_linked": place.startswith(("https://", "http://")),
        "unsubscribe": unsubscribe,
        "folder": "/".join(Path(place).parts[-3:-1]),
    }
    html = render_template("mail.html", spoken, templates, **values)
    return MailPage(
        subject=_render_subject(week, spoken),
        # Many mail programs drop style sheets: each element carries its own style.
        html=css_inline.inline(html, load_remote_stylesheets=False),
        text=render_template("mail.txt", spoken, templates, **values),
        pictures=_list_shown(charts.values(), html),
    )


def _list_shown(charts: Iterable[MailChart | None], html: str) -> tuple[Picture, ...]:
    """Return the pictures that a template, which may be an operator's own, has in it."""
    pictures = (chart.picture for chart in charts if chart)
    return tuple(picture for picture in pictures if f"cid:{picture.content_id}" in html)


def _render_subject(week: BrandWeek, language: Language) -> str:
    """Return brand, week and finding in one line; a long name does not push the finding out."""
    name = week.brand.name
    if len(name) > _LONGEST_NAME:
        name = f"{name[: _LONGEST_NAME - 1].rstrip()}…"
    return f"{name}, {language.week(week.figures.week)}: {_find(week, language)}"


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
