"""Put a site together: pages of reports, lists of them, and what is remembered of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import orjson

from listener.deliver.publish import SiteFolder
from listener.deliver.site_state import Correction, PageState
from listener.figures import Compared, WeekFigures
from listener.jobs.published_reports import PublicReport
from listener.jobs.site_form import hash_form, hash_week, make_site
from listener.report.export import dump_figures
from listener.report.files import DATA
from listener.report.reading import parse_figures
from listener.report.render import render_overview, render_page
from listener.report.site import (
    SiteEntry,
    compare_headlines,
    name_site,
    render_entries_feed,
    render_list,
    render_robots,
    tell_privacy,
)
from listener.report.site_pages import CorrectionNote, SitePage
from listener.report.weekly import BrandWeek
from listener.settings import Settings

MOST_CORRECTIONS = 20
# What is no figure of the period itself, or says how it came about.
_NO_FIGURES = frozenset(
    ("as_of", "method", "coverage", "trend", "trend_since", "changes", "maturing", "accuracy")
)


def parse_published(data: bytes | None) -> WeekFigures | None:
    """Return the figures of a published file, None if it is not of this version."""
    try:
        return parse_figures(data) if data is not None else None
    except ValueError:
        return None


@dataclass(slots=True)
class SiteWriting:
    """A site while it is put together.

    Attributes:
        entries: The reports that are on it by now.
        pages: What is to be remembered of each, by folder.
        form: Hash of all that makes pages besides what they say.
    """

    settings: Settings
    site: SiteFolder
    now: datetime
    entries: list[SiteEntry] = field(default_factory=list)
    pages: dict[str, PageState] = field(default_factory=dict)
    corrected: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    form: str = ""
    compared: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Look at what makes pages."""
        self.form = hash_form(self.settings)

    def add_report(self, report: PublicReport) -> None:
        """Add a report: a page in each language, and its figures."""
        folder, week = report.made.folder, report.week
        if week is None:
            self.left.append(f"{folder}: its posts are not kept any more, nor is a report.json")
            return
        data = dump_figures(week.figures, brand_name=week.brand.name, statements=week.statements)
        state = self.pages[folder] = self._tell_state(report, week, data)
        if state != self.site.before.pages.get(folder) or not self._keep(folder):
            self.site.add(f"{folder}{DATA}", data)
            self._add_pages(report, week, state)
        entry = SiteEntry(
            folder=folder,
            week=week.without_stories(),
            published_at=state.published_at,
            updated_at=state.updated_at,
        )
        self.entries.append(entry)

    def _keep(self, folder: str) -> bool:
        """Leave a report's files as they are, for they would become the same; charts take time."""
        site = make_site(self.settings)
        return self.site.keep(
            [f"{folder}{DATA}", *(f"{folder}{site.name_page(each)}" for each in site.languages)]
        )

    def _add_pages(self, report: PublicReport, week: BrandWeek, state: PageState) -> None:
        for language in make_site(self.settings).languages:
            page = self._make_page(report, state, language)
            text = render_page(
                week,
                language,
                templates=self.settings.report.templates,
                files=(DATA,),
                site=page,
                reports={name: f"../{name}/{page.name}" for name in self._find_earlier(report)},
            )
            self.site.add(f"{page.folder}{page.name}", text.encode())

    def _find_earlier(self, report: PublicReport) -> list[str]:
        """Return the brand's weeks on the site to which the page leads: those that came before."""
        key, period = report.made.brand.key, report.made.period
        weeks = (folder.split("/")[1] for folder in self.pages if folder.startswith(f"{key}/"))
        return sorted(week for week in weeks if "W" in week and week < period)

    def _make_page(self, report: PublicReport, state: PageState, language: str) -> SitePage:
        site, publish = make_site(self.settings), self.settings.publish
        return SitePage(
            site=site,
            folder=report.made.folder,
            language=language,
            title=name_site(site, language),
            corrections=[_make_note(each, language) for each in reversed(state.corrections)],
            notes=tell_privacy(
                report.made.brand,
                language,
                excerpt_x=publish.excerpt_x,
                quotes=publish.mastodon_quotes,
                full=publish.handles == "full",
            ),
            is_erased=report.is_erased,
        )

    def _tell_state(self, report: PublicReport, week: BrandWeek, data: bytes) -> PageState:
        """Return what is to be remembered: it changes only where the report does."""
        folder, digest = report.made.folder, hash_week(week)
        # Pages to which this one leads change its form, and nothing that it says.
        form = " ".join((self.form, *self._find_earlier(report)))
        before = self.site.before.pages.get(folder)
        if before is None:
            return PageState(digest=digest, form=form, published_at=self.now, updated_at=self.now)
        before = replace(before, form=form)
        if before.digest == digest:
            return before
        corrections = before.corrections
        published = self.site.read(f"{folder}{DATA}")
        if published is not None and _differ(_list_figures(published), _list_figures(data)):
            self.corrected.append(folder)
            corrections = (*corrections, self._correct(week, published))[-MOST_CORRECTIONS:]
        return replace(before, digest=digest, updated_at=self.now, corrections=corrections)

    def _correct(self, week: BrandWeek, published: bytes) -> Correction:
        before = parse_published(published)
        if before is None:
            return Correction(self.now, "posts")
        rows = {
            language: [list(row) for row in compare_headlines(week, before, language)]
            for language in make_site(self.settings).languages
        }
        is_other_method = before.method != week.figures.method
        return Correction(self.now, "method" if is_other_method else "posts", rows)

    def add_comparisons(self, contrasts: Mapping[tuple[str, ...], Sequence[Compared]]) -> None:
        """Add a comparison for each period of which several brands have reports.

        Args:
            contrasts: What brands differ in for sure, by the folders of all their reports.
        """
        by_period: dict[str, list[SiteEntry]] = {}
        for entry in self.entries:
            by_period.setdefault(entry.period, []).append(entry)
        for period, same in by_period.items():
            if len(same) > 1:
                known = contrasts.get(tuple(sorted(each.folder for each in same)), ())
                self._add_comparison(f"{period}/", [each.week for each in same], known)

    def _add_comparison(
        self, folder: str, weeks: Sequence[BrandWeek], contrasts: Sequence[Compared]
    ) -> None:
        site, templates = make_site(self.settings), self.settings.report.templates
        self.compared.add(folder)
        for language in site.languages:
            title = name_site(site, language)
            page = SitePage(
                site=site, folder=folder, language=language, title=title, is_of_brand=False
            )
            text = render_overview(
                weeks, language, templates=templates, contrasts=contrasts, site=page
            )
            self.site.add(f"{folder}{page.name}", text.encode())

    def add_lists(self) -> None:
        """Add the lists of reports with their feeds, of each brand and of all, and robots.txt."""
        site, begun_at = make_site(self.settings), self.site.before.begun_at
        names = {each.week.brand.key: each.week.brand.name for each in self.entries}
        for language in site.languages:
            for brand in (None, *sorted(names.items())):
                place = f"{brand[0]}/" if brand else ""
                own = [each for each in self.entries if each.folder.startswith(place)]
                templates = self.settings.report.templates
                listed = render_list(
                    site, own, language, brand=brand, compared=self.compared, templates=templates
                )
                feed = render_entries_feed(site, own, language, brand=brand, begun_at=begun_at)
                self.site.add(f"{place}{site.name_page(language)}", listed.encode())
                self.site.add(f"{place}{site.name_feed(language)}", feed)
        self.site.add("robots.txt", render_robots(site).encode())


def _make_note(correction: Correction, language: str) -> CorrectionNote:
    rows = correction.rows.get(language) or next(iter(correction.rows.values()), [])
    return CorrectionNote(
        correction.at, correction.reason, tuple((row[0], row[1], row[2]) for row in rows)
    )


def _list_figures(data: bytes) -> Mapping[str, Any]:
    """Return what a published file says of the period itself."""
    told: dict[str, Any] = orjson.loads(data)
    return {name: value for name, value in told.items() if name not in _NO_FIGURES}


def _differ(before: Any, after: Any) -> bool:  # noqa: ANN401 - whatever JSON can say
    """Tell whether something is told otherwise; what only one version tells is no change."""
    if isinstance(before, dict) and isinstance(after, dict):
        return any(_differ(before[name], after[name]) for name in before.keys() & after.keys())
    if isinstance(before, list) and isinstance(after, list):
        pairs = zip(before, after, strict=False)
        return len(before) != len(after) or any(_differ(*pair) for pair in pairs)
    return bool(before != after)
