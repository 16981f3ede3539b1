"""Render the pages and the text of reports."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from listener.figures import Compared
from listener.report.changes import list_contrasts
from listener.report.comparison import build_comparison
from listener.report.coverage import list_watch
from listener.report.drawings import Drawings, draw_charts
from listener.report.environment import render_template
from listener.report.functions import name_days
from listener.report.language import Language
from listener.report.signs import render_signs
from listener.report.site_pages import SitePage
from listener.report.summary import list_claims, render_summary
from listener.report.waiting import list_readings
from listener.report.weekly import BrandWeek, IndexEntry
from listener.report.words import AXIS_TICKS


def render_page(
    week: BrandWeek,
    language: str = "en",
    *,
    templates: Path | None = None,
    files: Sequence[str] = (),
    site: SitePage | None = None,
    reports: Mapping[str, str] = MappingProxyType({}),
    charts: Drawings | None = None,
) -> str:
    """Return one brand's week as one self-contained page.

    Args:
        week: What to tell.
        language: Of the page.
        templates: A folder of own templates, searched first.
        files: Names of the files beside the page, which it links to.
        site: The site that it is published on, if it is.
        reports: Where the brand's reports of other weeks lie, seen from the page.
        charts: Its drawings, where they are drawn already.
    """
    spoken = Language(language, week.brand.time_zone)
    return render_template(
        "page.html",
        spoken,
        templates,
        **tell_week(week, spoken),
        charts=draw_charts(week.figures, spoken) if charts is None else charts,
        readings=list_readings(week.figures),
        service_readings=week.figures.service and list_readings(week.figures.service),
        files=files,
        site=site,
        reports=reports,
    )


def render_stories(
    week: BrandWeek, number: int, language: str = "en", *, templates: Path | None = None
) -> str:
    """Return a page of cases that the brand's page lists in brief.

    Args:
        week: What to tell.
        number: Which of `week.further`, from 1.
        language: Of the page.
        templates: A folder of own templates, searched first.
    """
    spoken = Language(language, week.brand.time_zone)
    return render_template(
        "stories.html",
        spoken,
        templates,
        week=week,
        figures=week.figures,
        rows=week.further[number - 1],
        number=number,
        pages=len(week.further),
    )


def render_text(week: BrandWeek, language: str = "en", *, templates: Path | None = None) -> str:
    """Return the same figures as text of 72 columns."""
    spoken = Language(language, week.brand.time_zone)
    return render_template("report.txt", spoken, templates, **tell_week(week, spoken))


def render_overview(
    weeks: Sequence[BrandWeek],
    language: str = "en",
    *,
    templates: Path | None = None,
    contrasts: Sequence[Compared] = (),
    site: SitePage | None = None,
) -> str:
    """Return the page that compares brands, only like with like.

    Args:
        weeks: The brands' weeks.
        language: Of the page.
        templates: A folder of own templates, searched first.
        contrasts: The figures of all pairs of brands that may be compared.
        site: The site that it is published on, if it is.
    """
    spoken = Language(language, weeks[0].brand.time_zone if weeks else "UTC")
    by_name = sorted(weeks, key=lambda week: week.brand.name.casefold())
    told = [week for week in by_name if week.cases or week.outcome_cases] or by_name
    return render_template(
        "overview.html",
        spoken,
        templates,
        weeks=told,
        quiet=[week for week in by_name if week not in told],
        comparison=build_comparison(told),
        contrasts=list_contrasts(
            spoken, contrasts, {week.brand.key: week.brand.name for week in told}
        ),
        compared=sum(each.p is not None for each in contrasts),
        summaries={week.brand.key: render_summary(week, spoken) for week in told},
        site=site,
    )


def render_index(
    entries: Sequence[IndexEntry],
    language: str = "en",
    *,
    templates: Path | None = None,
    work_list: str = "",
) -> str:
    """Return the page that lists all reports.

    Args:
        entries: The reports.
        language: Of the page.
        templates: A folder of own templates, searched first.
        work_list: Where the work list can be read; empty if nowhere.
    """
    return render_template(
        "index.html", Language(language), templates, entries=entries, work_list=work_list
    )


def tell_week(week: BrandWeek, language: Language) -> dict[str, Any]:
    """Return what page, text and mail have in common."""
    earlier = [point for point in week.figures.trend if point.week < week.figures.week]
    return {
        "week": week,
        "figures": week.figures,
        "summary": render_summary(week, language),
        "claims": list_claims(week, language),
        "signs": render_signs(week, language),
        "previous": max(earlier, key=lambda point: point.week, default=None),
        "days": name_days(week.figures.since, week.figures.until, language),
        "watch": list_watch(week.figures.coverage, language),
        "ticks": AXIS_TICKS,
    }
