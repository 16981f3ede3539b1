"""Write the reports of brands and periods with everything that proves them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from listener.cores import Begin
from listener.errors import ConfigError
from listener.figures import Compared, WeekFigures
from listener.jobs.accuracy import measure_brand_week
from listener.jobs.basis import make_basis
from listener.jobs.beside import save_behind, working_beside
from listener.jobs.choices import check_week, choose_brands
from listener.jobs.evidence import LabelQuotes, gather_evidence
from listener.jobs.measuring import Measured
from listener.label import Phrases
from listener.measure.case_reasons import explain_cases
from listener.measure.changes import measure_contrasts
from listener.measure.comparing import Sample, take_sample
from listener.measure.held import find_measured_since
from listener.measure.periods import (
    Period,
    find_days,
    find_judged_period,
    find_last_complete_week,
    find_period,
    find_week,
)
from listener.measure.reviewed import stamp_reviews
from listener.measure.selection import opened_in
from listener.measure.setting import Setting
from listener.posts import Brand
from listener.report.case_list import build_brand_week
from listener.report.comparison import build_comparison
from listener.report.files import FORMATS, save_index, save_overview, save_report
from listener.report.weekly import BrandWeek, Options

if TYPE_CHECKING:
    from listener.report.drawings import Drawings


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportRequest:
    """What is to be written, and where.

    Attributes:
        brands: Keys of brands; all if empty.
        week: An ISO week such as `2017-W44`; the last complete one if nothing is said. Of a
            report that was made it may be the name of a free period, as its folder is called.
        since: First day of a free period, with `until`, its last day.
        formats: Which of `html`, `text` and `json` to write.
        handles: How customers are shown, `initials` or `full`.
        archive: The address of a web archive, empty for none.
    """

    output: Path
    brands: tuple[str, ...] = ()
    week: str | None = None
    since: date | None = None
    until: date | None = None
    formats: tuple[str, ...] = FORMATS
    language: str = "en"
    handles: str = "initials"
    templates: Path | None = None
    archive: str = ""


@dataclass(frozen=True, slots=True)
class WrittenReports:
    """Where the reports lie.

    Attributes:
        folders: One folder a brand, with its page, text, figures and evidence.
        overviews: The comparison of brands, one a period with several brands.
        index: The list of all reports in the output folder.
    """

    folders: tuple[Path, ...]
    overviews: tuple[Path, ...]
    index: Path


def write_reports(measured: Measured, request: ReportRequest, phrases: Phrases) -> WrittenReports:
    """Measure the period for each brand and write its report.

    Raises:
        ConfigError: If a brand does not exist.
        DeliveryError: If the folder cannot be written.
    """
    brands = choose_brands(measured.brands, request.brands)
    has_page = "html" in request.formats
    with working_beside(_count_posts(measured, brands), _prepare(request)) as begin:
        figures = [_measure(measured, brand, request) for brand in brands]
        drawing = _draw_ahead(begin, brands, figures, request)
        quotes = LabelQuotes(measured, brands, phrases, _list_told(measured, brands, figures))
        built = (
            _Built(
                brand,
                _build_week(measured, brand, own, request, quotes, with_further=has_page),
                charts,
            )
            for brand, own, charts in zip(brands, figures, drawing, strict=True)
        )
        written = list(save_behind(partial(_save, measured, request, quotes, begin), built))
    folders, weeks = zip(*written, strict=True)
    return WrittenReports(folders, _save_overviews(measured, weeks, request), _save_index(request))


def write_comparison(measured: Measured, request: ReportRequest) -> tuple[Path, ...]:
    """Write the comparison of these brands alone, for reports that were made one by one.

    Raises:
        ConfigError: If a brand does not exist.
        DeliveryError: If the folder cannot be written.
    """
    brands = choose_brands(measured.brands, request.brands)
    weeks = [
        _build_week(measured, brand, _measure(measured, brand, request), request).without_stories()
        for brand in brands
    ]
    overviews = _save_overviews(measured, weeks, request)
    _save_index(request)
    return overviews


@dataclass(frozen=True, slots=True)
class _Built:
    """A report that is ready to be written.

    Attributes:
        charts: Waits for the page's drawings; None where no page is wanted.
    """

    brand: Brand
    week: BrandWeek
    charts: "Callable[[], Drawings] | None"


def _count_posts(measured: Measured, brands: Sequence[Brand]) -> int:
    own = pl.col("brand").is_in([brand.key for brand in brands])
    return measured.tables.case_posts.filter(own).height


def _list_told(
    measured: Measured, brands: Sequence[Brand], figures: Sequence[WeekFigures]
) -> pl.Series:
    """Return the names of the cases of which these reports tell."""
    cases = measured.tables.cases
    told = [
        cases.filter(
            (pl.col("brand") == brand.key)
            & (
                pl.col("opened_at").is_between(own.since, own.until, "left")
                | opened_in(own.outcome_week, brand)
            )
        )["case"]
        for brand, own in zip(brands, figures, strict=True)
    ]
    return pl.concat(told)


def _prepare(request: ReportRequest) -> Callable[[], None] | None:
    """Return what gets a process ready to make pages; nothing where no page is wanted."""
    if "html" not in request.formats:
        return None
    from listener.report.page_files import prepare_pages

    return partial(prepare_pages, request.language, request.templates)


def _draw_ahead(
    begin: Begin, brands: Sequence[Brand], figures: Sequence[WeekFigures], request: ReportRequest
) -> "Sequence[Callable[[], Drawings] | None]":
    """Begin to draw the charts of all pages, in their order; none where no page is wanted."""
    if "html" not in request.formats:
        return [None] * len(brands)
    from listener.report.drawings import draw_charts
    from listener.report.language import Language

    return [
        begin(partial(draw_charts, own, Language(request.language, brand.time_zone)))
        for brand, own in zip(brands, figures, strict=True)
    ]


def list_silent_brands(measured: Measured, request: ReportRequest) -> list[str]:
    """Return the names of the wanted brands of which no post was ever seen."""
    tables = measured.tables
    seen = {*tables.cases["brand"].unique(), *tables.replies["brand"].unique()}
    wanted = choose_brands(measured.brands, request.brands)
    return [brand.name for brand in wanted if brand.key not in seen]


def check_request(request: ReportRequest, as_of: datetime) -> None:
    """Refuse what contradicts itself, before anything is measured.

    Raises:
        ConfigError: With one line for each mistake.
    """
    problems = list(_find_problems(request))
    if problems:
        raise ConfigError(*problems)
    from listener.report.template_check import refuse_mistakes  # with it comes what renders

    refuse_mistakes(request.templates)
    check_week(request.week)
    if request.week and find_week(request.week, "UTC").since > as_of + timedelta(days=1):
        msg = f"--week: {request.week} has not begun"
        raise ConfigError(msg)


def _find_problems(request: ReportRequest) -> Iterator[str]:
    for form in request.formats:
        if form not in FORMATS:
            yield f'--format: there is no "{form}"; choose from {", ".join(FORMATS)}'
    if (request.since is None) != (request.until is None):
        yield "--since and --until: give both, the first and the last day"
    elif request.since and request.until and request.until < request.since:
        yield f"--until: {request.until} lies before --since {request.since}"
    if request.week and (request.since or request.until):
        yield "--week: give a week or --since and --until, not both"
    if request.templates is not None and not request.templates.is_dir():
        yield f"report.templates: there is no folder {request.templates}"


def choose_period(brand: Brand, request: ReportRequest, observed_until: datetime) -> Period:
    """Return the period of the report in the brand's time zone."""
    if request.week:
        return find_period(request.week, brand.time_zone)
    if request.since and request.until:
        return find_days(request.since, request.until, brand.time_zone)
    return find_last_complete_week(observed_until, brand.time_zone)


def _measure(measured: Measured, brand: Brand, request: ReportRequest) -> WeekFigures:
    setting = make_setting(measured, brand)
    observed = min([setting.as_of, *setting.observed_until.values()])
    period = choose_period(brand, request, observed)
    _refuse_erased(brand, period, setting, request.output)
    return measure_brand_week(measured, brand, period, setting)


def _refuse_erased(brand: Brand, period: Period, setting: Setting, output: Path) -> None:
    since = setting.measured_since
    if since is not None and period.since < since:
        msg = (
            f"{brand.key}: words of {period.name} are gone (retention.days), weeks can be measured "
            f"from {since:%Y-%m-%d} on; look in {output} for a report that was made in time"
        )
        raise ConfigError(msg)


def _build_week(
    measured: Measured,
    brand: Brand,
    figures: WeekFigures,
    request: ReportRequest,
    quotes: LabelQuotes | None = None,
    *,
    with_further: bool = False,
) -> BrandWeek:
    return build_brand_week(
        figures,
        brand,
        measured.tables.cases,
        measured.tables.case_posts,
        settings=Options(handles=request.handles, archive=request.archive),
        find_evidence=None if quotes is None else quotes.find,
        promises=measured.tables.promises,
        tables=measured.tables,
        explain=lambda cases: explain_cases(
            measured.tables, cases, settle_days=measured.observation.settle_days
        ),
        settle_days=measured.observation.settle_days,
        with_further=with_further,
    )


def make_setting(measured: Measured, brand: Brand) -> Setting:
    """Return what the brand's weeks are measured with, on its own platforms only."""
    observation, tables = measured.observation, measured.tables
    until = observation.until.filter(pl.col("brand") == brand.key)
    known = dict(until.select("platform", "observed_until").iter_rows())
    platforms = sorted({account.platform for account in brand.accounts})
    observed: dict[str, datetime] = {
        platform: min(observation.as_of, known[platform].astimezone(UTC))
        for platform in platforms
        if platform in known
    }
    method = measured.method
    if not measured.reviews.is_empty:
        seen = tables.cases, tables.case_posts, tables.replies
        method = stamp_reviews(method, brand.key, *seen)
    return Setting(
        as_of=observation.as_of,
        settle_days=observation.settle_days,
        method=method,
        grade=measured.grade,
        observed_until=observed or dict.fromkeys(platforms, observation.as_of),
        watch=measured.watch,
        measured_since=measured.texts_since and find_measured_since(measured.texts_since),
        private_since=measured.private_since,
    )


def _save(
    measured: Measured, request: ReportRequest, quotes: LabelQuotes, begin: Begin, built: _Built
) -> tuple[Path, BrandWeek]:
    brand, week = built.brand, built.week
    folder = save_report(
        request.output,
        week,
        gather_evidence(measured, brand, week.figures, quotes),
        language=request.language,
        formats=request.formats,
        templates=request.templates,
        settings=Options(handles=request.handles),
        basis=make_basis(measured, brand, week.figures),
        charts=built.charts,
        begin=begin,
    )
    return folder, week.without_stories()


def _save_index(request: ReportRequest) -> Path:
    return save_index(request.output, language=request.language, templates=request.templates)


def _save_overviews(
    measured: Measured, weeks: Sequence[BrandWeek], request: ReportRequest
) -> tuple[Path, ...]:
    if "html" not in request.formats:
        return ()
    by_period: dict[str, list[BrandWeek]] = {}
    for week in weeks:
        by_period.setdefault(week.figures.week, []).append(week)
    return tuple(
        save_overview(
            request.output,
            same,
            contrasts=contrast_brands(measured, same),
            language=request.language,
            templates=request.templates,
        )
        for same in by_period.values()
        if len(same) > 1
    )


def contrast_brands(measured: Measured, weeks: Sequence[BrandWeek]) -> tuple[Compared, ...]:
    """Compare the brands of a period that were seen in the same way."""
    groups = build_comparison(weeks).groups
    return measure_contrasts([[_sample(measured, week) for week in group] for group in groups])


def _sample(measured: Measured, week: BrandWeek) -> Sample:
    figures, zone = week.figures, week.brand.time_zone
    periods = (find_period(figures.week, zone), find_judged_period(figures.outcome_week, zone))
    setting = make_setting(measured, week.brand)
    return take_sample(measured.tables, week.brand, periods, setting, name=week.brand.key)
