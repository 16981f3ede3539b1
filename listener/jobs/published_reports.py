"""Find the reports that a site is made of, and measure them again in public form.

Each is measured as of the moment when it was made, from what the store holds now: what was
deleted or forgotten since is in none of its figures. Private messages are not looked at.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from pathlib import Path

import polars as pl

from listener.errors import ConfigError, DeliveryError
from listener.figures import Compared, WeekFigures
from listener.jobs.accuracy import measure_brand_week
from listener.jobs.evidence import LabelQuotes
from listener.jobs.measuring import Measured
from listener.jobs.reports import ReportRequest, contrast_brands, make_setting
from listener.jobs.windows import measure_for_reports
from listener.label import Phrases
from listener.measure.case_reasons import explain_cases
from listener.measure.periods import find_period
from listener.measure.told import no_told
from listener.posts import Brand, Platform
from listener.report.case_list import build_brand_week
from listener.report.files import DATA
from listener.report.privacy import PublicPages
from listener.report.quotations import clean_text
from listener.report.reading import load_figures
from listener.report.site import strip_figures
from listener.report.stories import Finder
from listener.report.weekly import BrandWeek, Options
from listener.settings import Settings
from listener.store.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeReport:
    """A report that was made: of whom, of when, and its figures as far as a file tells.

    Attributes:
        period: Its name, such as `2026-W10`, as its folder is called.
        as_of: When it was measured.
    """

    brand: Brand
    period: str
    as_of: datetime
    figures: WeekFigures | None = None

    @property
    def folder(self) -> str:
        """Where it lies on a site."""
        return f"{self.brand.key}/{self.period}/"


@dataclass(frozen=True, slots=True)
class PublicReport:
    """A report in public form.

    Attributes:
        week: What it says; None where no file has the figures of posts that are gone.
        is_erased: Whether its posts are not kept any more.
        posts: Platform and id of each post of the cases that it lists, and of each single one.
    """

    made: MadeReport
    week: BrandWeek | None
    is_erased: bool = False
    posts: frozenset[tuple[Platform, str]] = frozenset()


def choose_published(brands: Sequence[Brand], keys: Sequence[str]) -> dict[str, Brand]:
    """Return the brands that are published, by key.

    Raises:
        ConfigError: If one does not exist.
    """
    known = {brand.key: brand for brand in brands}
    unknown = [key for key in keys if key not in known]
    if unknown:
        raise ConfigError(*(f'publish.brands: there is no brand "{key}"' for key in unknown))
    return {key: known[key] for key in keys} if keys else known


def find_reports(
    store: Store, settings: Settings, brands: Mapping[str, Brand]
) -> Iterator[MadeReport]:
    """Yield the reports of these brands: those in the folder of reports, and all editions.

    A folder whose `report.json` is missing does not tell when it was measured; only if the
    store knows its edition it is found.
    """
    found = set()
    for path in sorted(settings.report.output.glob(f"*/*/{DATA}")):
        key, period = path.parts[-3:-1]
        figures = _read(path)
        if key in brands and figures is not None and _is_period(period):
            found.add((key, period))
            yield MadeReport(brand=brands[key], period=period, as_of=figures.as_of, figures=figures)
    made = store.load_editions().drop_nulls("made_at").select("key", "made_at", "folder")
    for name, made_at, folder in made.iter_rows():
        key, _, period = name.rpartition(":")
        if key in brands and (key, period) not in found:
            figures = _read(Path(folder) / DATA)
            as_of = figures.as_of if figures else made_at
            yield MadeReport(brand=brands[key], period=period, as_of=as_of, figures=figures)


def _is_period(name: str) -> bool:
    try:
        find_period(name, "UTC")
    except ValueError:
        return False
    return True


def _read(path: Path) -> WeekFigures | None:
    try:
        return load_figures(path)
    except DeliveryError:
        return None


class PublicWeeks:
    """Measures reports anew, those of one moment together."""

    def __init__(
        self,
        store: Store,
        settings: Settings,
        phrases: Phrases,
        brands: Sequence[Brand],
        privacy: PublicPages,
    ) -> None:
        """Take all brands: posts of one that is left out would be taken for nobody's.

        `contrasts` are what brands differ in, by the folders of reports that were measured as
        of the same moment.
        """
        self._store, self._settings, self._phrases = store, settings, phrases
        self._brands, self._privacy = brands, privacy
        self.contrasts: dict[tuple[str, ...], tuple[Compared, ...]] = {}

    def measure(self, reports: Iterable[MadeReport]) -> Iterator[PublicReport]:
        """Yield reports in public form; one whose posts are gone with the figures of its file."""
        texts_since = self._store.load_texts_since()
        in_time = sorted(reports, key=lambda report: (report.as_of, report.folder))
        for as_of, group in groupby(in_time, key=lambda report: report.as_of):
            together = list(group)
            if texts_since and all(_find_since(each) < texts_since for each in together):
                yield from map(self._keep, together)
                continue
            measured = self._measure(as_of, together)
            quotes = self._find_words(measured, [each.brand for each in together])
            told = [self._tell(measured, each, quotes) for each in together]
            self._compare(measured, told)
            yield from told

    def _measure(self, as_of: datetime, reports: Sequence[MadeReport]) -> Measured:
        """Measure without private messages, and without what was told elsewhere if that is so."""
        measured = measure_for_reports(
            self._store,
            self._settings,
            self._brands,
            self._phrases,
            [_ask_for(each, self._settings) for each in reports],
            as_of=as_of,
            with_private=False,
        )
        if self._settings.publish.told_outcomes:
            return measured
        return replace(measured, tables=replace(measured.tables, told=no_told()))

    def _find_words(self, measured: Measured, brands: Sequence[Brand]) -> Finder | None:
        """Return what finds the words behind labels; of posts of X they are not shown."""
        on_mastodon = [
            brand
            for brand in brands
            if any(account.platform == "mastodon" for account in brand.accounts)
        ]
        if not on_mastodon or self._privacy.mastodon_quotes == "none":
            return None
        return LabelQuotes(measured, on_mastodon, self._phrases).find

    def _tell(self, measured: Measured, report: MadeReport, quotes: Finder | None) -> PublicReport:
        setting = make_setting(measured, report.brand)
        period = find_period(report.period, report.brand.time_zone)
        if setting.measured_since is not None and period.since < setting.measured_since:
            return self._keep(report)
        figures = measure_brand_week(measured, report.brand, period, setting)
        week = build_brand_week(
            strip_figures(figures, told=self._settings.publish.told_outcomes),
            report.brand,
            measured.tables.cases,
            measured.tables.case_posts,
            settings=Options(archive=self._settings.report.archive),
            find_evidence=quotes,
            promises=measured.tables.promises,
            tables=measured.tables,
            explain=lambda cases: explain_cases(
                measured.tables, cases, settle_days=measured.observation.settle_days
            ),
            settle_days=measured.observation.settle_days,
            privacy=self._privacy,
        )
        return PublicReport(report, week, posts=_list_posts(measured, week))

    def _compare(self, measured: Measured, told: Sequence[PublicReport]) -> None:
        by_period: dict[str, list[PublicReport]] = {}
        for each in told:
            if not each.is_erased:
                by_period.setdefault(each.made.period, []).append(each)
        for same in by_period.values():
            weeks = [each.week for each in same if each.week is not None]
            folders = tuple(sorted(each.made.folder for each in same))
            self.contrasts[folders] = contrast_brands(measured, weeks)

    def _keep(self, report: MadeReport) -> PublicReport:
        """Return a report whose posts are gone: its figures stand, and no case is listed."""
        if report.figures is None:
            return PublicReport(report, None, is_erased=True)
        week = BrandWeek(
            brand=replace(report.brand, name=clean_text(report.brand.name)),
            figures=strip_figures(report.figures, told=self._settings.publish.told_outcomes),
            cases=(),
            outcome_cases=(),
            filters={},
            settle_days=self._settings.settle_days,
        )
        return PublicReport(report, week, is_erased=True)


def _list_posts(measured: Measured, week: BrandWeek) -> frozenset[tuple[Platform, str]]:
    listed = [row.case for row in (*week.cases, *week.outcome_cases)]
    posts = measured.tables.case_posts.filter(pl.col("case").is_in(listed), ~pl.col("deleted"))
    single = {(post.platform, post.post_id) for group in week.posts for post in group.posts}
    return frozenset(posts.select("platform", "post_id").iter_rows()) | single


def _find_since(report: MadeReport) -> datetime:
    return find_period(report.period, report.brand.time_zone).since


def _ask_for(report: MadeReport, settings: Settings) -> ReportRequest:
    output, brands = settings.report.output, (report.brand.key,)
    return ReportRequest(output=output, brands=brands, week=report.period)
