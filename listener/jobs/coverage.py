"""Tell how completely brands were watched: week by week, and source by source."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from listener.figures import Method, PlatformCoverage
from listener.jobs.evidence import COVERAGE_SCHEMA, describe_coverage
from listener.jobs.measuring import Measured
from listener.jobs.observing import load_watch, observe
from listener.jobs.reports import make_setting
from listener.jobs.source_states import SourceState, list_source_states
from listener.label import LABELLER
from listener.measure import MEASURES_VERSION
from listener.measure.canned import CANNED_SCHEMA
from listener.measure.cases import build_threads
from listener.measure.coverage import LATEST_END, measure_coverage
from listener.measure.periods import Period, find_week_of, shift_week
from listener.measure.tables import build_tables
from listener.measure.watch import Watch, list_gaps, list_holes, list_known_runs
from listener.posts import LABELS, Brand
from listener.store.store import Store

WEEKS = 4


@dataclass(frozen=True, slots=True)
class CoverageReport:
    """How completely brands were watched.

    Attributes:
        weeks: One row a brand, platform and week, with the columns of the evidence.
        sources: What was read, and how that goes; empty if all posts are from files.
        holes: In these weeks, longer than a day: `brand`, `platform`, `source`, `since`,
            `until` and `is_open`.
        losses: In these weeks: `brand`, `platform`, `source`, `since` and `until`.
    """

    weeks: pl.DataFrame
    sources: tuple[SourceState, ...]
    holes: pl.DataFrame
    losses: pl.DataFrame


def report_coverage(
    store: Store,
    brands: Sequence[Brand],
    chosen: Sequence[Brand],
    *,
    as_of: datetime,
    weeks: int = WEEKS,
    delays: Mapping[str, float] | None = None,
    sources: Collection[str] | None = None,
) -> CoverageReport:
    """Look at the ledger and at who answers whom; what people said is not read.

    Args:
        store: Where both are.
        brands: All brands that there are: they tell brands' posts from customers'.
        chosen: Those that are told of.
        as_of: The moment of looking.
        weeks: How many weeks, the running one included.
        delays: How late posts arrive, in seconds by platform.
        sources: Keys of the sources that are collected now, None if not known.
    """
    watch = load_watch(store, delays=delays, sources=sources)
    measured = _measure_unread(store, brands, watch, as_of)
    periods = {brand.key: _list_weeks(measured, brand, weeks) for brand in chosen}
    since = min((weeks[0].since for weeks in periods.values()), default=as_of)
    inside = pl.col("brand").is_in(list(periods)) & (pl.col("until") > since)
    is_long = pl.col("until") - pl.col("since") > LATEST_END
    return CoverageReport(
        weeks=_list_coverage(measured, chosen, periods),
        sources=tuple(list_source_states(store, watch, list(periods), as_of)),
        holes=list_holes(watch, as_of).filter(inside, is_long),
        losses=list_gaps(list_known_runs(watch, as_of)).filter(inside),
    )


def _measure_unread(
    store: Store, brands: Sequence[Brand], watch: Watch, as_of: datetime
) -> Measured:
    """Sort posts into cases without labels: coverage does not depend on words."""
    threads = build_threads(store.load_posts(until=as_of), brands, as_of=as_of)
    observation = observe(store, threads, watch, as_of=as_of, settle_days=0, are_all=True)
    read = {"language": pl.String, **dict.fromkeys(LABELS, pl.Boolean)}
    schema = {**CANNED_SCHEMA, **read}
    tables = build_tables(threads, pl.DataFrame(schema=schema), brands, observation)
    return Measured(
        brands=tuple(brands),
        tables=tables,
        said=tables,
        readable=pl.DataFrame(),
        observation=observation,
        method=Method(measures_version=MEASURES_VERSION, phrases_digest="", labeller=LABELLER),
        watch=watch,
    )


def _list_weeks(measured: Measured, brand: Brand, count: int) -> list[Period]:
    """Return the last weeks up to now, or up to the end of files if there is nothing else."""
    setting = make_setting(measured, brand)
    is_live = not measured.watch.runs.filter(brand=brand.key).is_empty()
    ends = [setting.as_of] if is_live else setting.observed_until.values()
    last = find_week_of(max(ends, default=setting.as_of), brand.time_zone)
    return [shift_week(last, -ago, brand.time_zone) for ago in reversed(range(count))]


def _list_coverage(
    measured: Measured, brands: Sequence[Brand], periods: Mapping[str, Sequence[Period]]
) -> pl.DataFrame:
    rows = [
        {"brand": brand.key, "week": week.name, "mode": brand.mode, **describe_coverage(seen)}
        for brand in brands
        for seen, week in _measure_weeks(measured, brand, periods[brand.key])
    ]
    return pl.DataFrame(rows, schema=COVERAGE_SCHEMA)


def _measure_weeks(
    measured: Measured, brand: Brand, weeks: Sequence[Period]
) -> Iterator[tuple[PlatformCoverage, Period]]:
    """Yield the platforms of each week in which there was anything to be seen."""
    setting = make_setting(measured, brand)
    for week in weeks:
        for seen in measure_coverage(measured.tables, brand, week, setting).platforms:
            is_watched = seen.watched_from is not None and seen.watched_from < week.until
            if is_watched or seen.posts:
                yield seen, week
