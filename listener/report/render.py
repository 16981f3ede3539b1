"""Render pages and texts; the only module that knows the template language."""

import base64
import hashlib
import textwrap
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import jinja2
from markupsafe import Markup, escape

from listener.errors import ConfigError
from listener.figures import Compared
from listener.report import wording
from listener.report.accuracy import list_accuracy_rows, tell_accuracy, tell_correction
from listener.report.case_filters import (
    CODES,
    find_section,
    list_marks,
    make_filter_rules,
    make_label_rules,
    make_sort_keys,
    name_filter,
)
from listener.report.changes import explain_no_changes, list_changes, list_contrasts
from listener.report.comparison import build_comparison
from listener.report.coverage import list_watch
from listener.report.dialogue import list_dialogue_rows
from listener.report.drawings import draw_charts
from listener.report.flow_chart import sort_ways
from listener.report.hours import spell_hours
from listener.report.language import Language, load_catalogue
from listener.report.private import count_private, list_private_rows
from listener.report.promises import list_promise_rows, tell_promises
from listener.report.rhythm_chart import list_weekdays
from listener.report.sentences import say_value
from listener.report.signs import render_signs
from listener.report.site_pages import SitePage
from listener.report.summary import render_summary
from listener.report.voice import list_registers, list_voice_rows, tell_cluster
from listener.report.waiting import list_readings
from listener.report.weekly import BrandWeek, IndexEntry
from listener.report.words import AXIS_TICKS
from listener.resources import templates_dir

TEXT_COLUMNS = 72
_WORK_PAGES = ("work.html", "work_case.html")


def render_page(
    week: BrandWeek,
    language: str = "en",
    *,
    templates: Path | None = None,
    files: Sequence[str] = (),
    site: SitePage | None = None,
) -> str:
    """Return one brand's week as one self-contained page.

    Args:
        week: What to tell.
        language: Of the page.
        templates: A folder of own templates, searched first.
        files: Names of the files beside the page, which it links to.
        site: The site that it is published on, if it is.
    """
    spoken = Language(language, week.brand.time_zone)
    return render_template(
        "page.html",
        spoken,
        templates,
        **tell_week(week, spoken),
        charts=draw_charts(week, spoken),
        readings=list_readings(week.figures),
        service_readings=week.figures.service and list_readings(week.figures.service),
        files=files,
        site=site,
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
        "signs": render_signs(week, language),
        "previous": max(earlier, key=lambda point: point.week, default=None),
        "days": _name_days(week.figures.since, week.figures.until, language),
        "watch": list_watch(week.figures.coverage, language),
        "ticks": AXIS_TICKS,
    }


def _name_days(since: datetime, until: datetime, language: Language) -> str:
    zone = ZoneInfo(language.time_zone)
    last = until - timedelta(seconds=1)
    return language.day_range(since.astimezone(zone).date(), last.astimezone(zone).date())


def render_template(name: str, language: Language, templates: Path | None, **values: object) -> str:
    """Return a template filled with values, and with what every template may use.

    Raises:
        ConfigError: If it cannot be rendered; names file and line.
    """
    environment = _make_environment(language.name, templates)
    style, script = _read_looks(environment, name, language, values)
    try:
        return environment.get_template(name).render(
            **{"site": None, **values},
            **_make_filters(language),
            language=language,
            style=Markup(style),  # noqa: S704 - the operator's own file
            style_hash=_hash(style),
            script=Markup(script),  # noqa: S704 - the operator's own file
            script_hash=_hash(script),
        )
    except jinja2.TemplateError as error:
        place = f"{getattr(error, 'name', None) or name}:{getattr(error, 'lineno', '?')}"
        msg = f"report.templates: {place}: {error}"
        raise ConfigError(msg) from error


def _read_looks(
    environment: jinja2.Environment, name: str, language: Language, values: Mapping[str, object]
) -> tuple[str, str]:
    """Return the style and the script that are put into a page."""
    style = _read_source(environment, "style.css")
    if isinstance(week := values.get("week"), BrandWeek) and name == "page.html":
        rules = (make_label_rules(language), make_filter_rules(week.filters))
        style = "\n".join((style, *rules, ""))
    if name in _WORK_PAGES:
        style = f"{style}\n{_read_source(environment, 'work.css')}"
    return style, _read_source(environment, "work.js" if name == "work.html" else "page.js")


@lru_cache(maxsize=8)
def _make_environment(language: str, templates: Path | None) -> jinja2.Environment:
    folders = [folder for folder in (templates, templates_dir()) if folder is not None]
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folders),
        # Everything but plain text is escaped, whatever a template is called:
        # Jinja's own rule would let `page.html.j2` through unescaped.
        autoescape=_escapes,  # noqa: S701 - only plain text is left as it is
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        extensions=["jinja2.ext.i18n"],
    )
    catalogue = load_catalogue(language)
    environment.install_gettext_callables(  # type: ignore[attr-defined]
        catalogue.gettext, catalogue.ngettext, newstyle=True
    )
    environment.filters["fill"] = _fill
    environment.filters["filter_code"] = CODES.__getitem__
    environment.filters["filter_marks"] = lambda name: " ".join(list_marks(name))
    environment.filters["sort_keys"] = make_sort_keys
    environment.filters["filter_section"] = find_section
    environment.filters["handle"] = _break_handle
    return environment


def _escapes(name: str | None) -> bool:
    return name is None or not name.endswith(".txt")


def _make_filters(language: Language) -> dict[str, Callable[..., Any]]:
    """Return the functions by which templates put figures into words."""
    return {
        "show_share": lambda share: wording.show_share(language, share),
        "show_quantile": lambda quantile, total: wording.show_quantile(language, quantile, total),
        "show_within": lambda within, total: wording.show_within(language, within, total),
        "show_median": lambda clock, until: wording.show_median(language, clock, until),
        "show_trend_median": lambda quantile, clocked: wording.show_trend_median(
            language, quantile, clocked
        ),
        "show_trend_help": lambda point, outcome_week: wording.show_trend_help(
            language, point, outcome_week
        ),
        "show_wait": lambda wait: wording.show_wait(language, wait),
        "show_percent": lambda count, total: wording.show_percent(language, count, total),
        "answered_share": lambda figures: wording.show_answered(language, figures),
        "show_counts": lambda *counts: wording.show_counts(language, *counts),
        "list_promise_rows": lambda week: list_promise_rows(week, language),
        "tell_promises": lambda week: tell_promises(week, language),
        "spell_hours": lambda spans: spell_hours(language, spans),
        "say": lambda value: say_value(language, value),
        "list_changes": lambda figures: list_changes(language, figures.changes),
        "explain_no_changes": lambda figures: explain_no_changes(language, figures.changes),
        "tell_accuracy": lambda figures: tell_accuracy(language, figures),
        "tell_correction": lambda figures, name: tell_correction(language, figures, name),
        "list_voice_rows": lambda week: list_voice_rows(week, language),
        "list_registers": lambda week: list_registers(week, language),
        "tell_cluster": lambda cluster: tell_cluster(cluster, language),
        "list_private_rows": lambda week: list_private_rows(week, language),
        "count_private": lambda week: count_private(week, language),
        "list_dialogue_rows": lambda week: list_dialogue_rows(week, language),
        "sort_ways": sort_ways,
        "name_days": lambda since, until: _name_days(since, until, language),
        "list_weekdays": lambda width: list_weekdays(language, width),
        "name_filter": lambda name: name_filter(language, name),
        "list_accuracy_rows": lambda figures: list_accuracy_rows(language, figures),
    }


def _break_handle(name: str) -> Markup:
    """Allow a handle to be broken before its server, and nowhere else by choice."""
    person, at, server = name[1:].partition("@")
    return escape(name[:1] + person) + Markup("<wbr>") * bool(at) + escape(at + server)


def _fill(text: str, indent: int = 0, columns: int = TEXT_COLUMNS) -> str:
    """Wrap plain text; later lines are indented."""
    return textwrap.fill(
        text,
        columns,
        subsequent_indent=" " * indent,
        break_long_words=True,
        break_on_hyphens=False,
    )


def _read_source(environment: jinja2.Environment, name: str) -> str:
    if environment.loader is None:
        return ""
    return environment.loader.get_source(environment, name)[0]


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"
