"""What a report was measured with, for whoever measures it again from its evidence."""

from datetime import UTC, datetime

import polars as pl

from listener.figures import Method, WeekFigures
from listener.jobs.measuring import Measured
from listener.measure.held import find_measured_since
from listener.measure.periods import Period, find_period
from listener.measure.reviewed import stamp_reviews
from listener.measure.setting import Setting
from listener.measure.tables import Tables
from listener.measure.watch import Watch, find_live_until, list_known_runs
from listener.posts import Brand
from listener.report.manifest import Basis


def make_basis(measured: Measured, brand: Brand, figures: WeekFigures) -> Basis:
    """Return with what a brand's figures were measured, as far as no table tells it."""
    observation, watch = measured.observation, measured.watch
    since = measured.texts_since
    return Basis(
        brand=brand.key,
        brand_name=brand.name,
        mode=brand.mode,
        time_zone=brand.time_zone,
        opening_hours=brand.opening_hours,
        holidays=brand.holidays,
        platforms=tuple(sorted({account.platform for account in brand.accounts})),
        week=figures.week,
        as_of=observation.as_of,
        settle_days=observation.settle_days,
        grade=measured.grade,
        filed_until=_find_filed(measured, brand),
        delays=dict(watch.delays),
        sources=_list_sources(measured, brand),
        measured_since=find_measured_since(since) if since else None,
        private_since=measured.private_since,
        measures_version=figures.method.measures_version,
        phrases_digest=figures.method.phrases_digest,
        labeller=figures.method.labeller,
    )


def _find_filed(measured: Measured, brand: Brand) -> dict[str, datetime]:
    filed = measured.observation.filed
    if filed is None:
        filed = measured.observation.until.rename({"observed_until": "filed_until"})
    own = filed.filter(pl.col("brand") == brand.key).sort("platform")
    rows = own.select("platform", "filed_until").iter_rows()
    return {platform: until.astimezone(UTC) for platform, until in rows}


def _list_sources(measured: Measured, brand: Brand) -> tuple[str, ...] | None:
    """Return which sources of the brand the settings name."""
    current = measured.watch.current
    if current is None:
        return None
    runs = list_runs(measured, brand)
    return tuple(sorted(current & set(runs["source"].unique())))


def list_runs(measured: Measured, brand: Brand) -> pl.DataFrame:
    """Return the runs behind coverage as they were known at the moment of measuring."""
    runs = list_known_runs(measured.watch, measured.observation.as_of)
    return runs.filter(pl.col("brand") == brand.key).select(list(Watch().runs.columns))


def build_brand(basis: Basis) -> Brand:
    """Return the brand as far as its figures depend on it."""
    return Brand(
        key=basis.brand,
        name=basis.brand_name,
        accounts=(),
        time_zone=basis.time_zone,
        opening_hours=basis.opening_hours,
        holidays=basis.holidays,
        mode=basis.mode,
    )


def build_period(basis: Basis) -> Period:
    """Return the period of a report by its name.

    Raises:
        ValueError: If there is no such period or time zone.
    """
    return find_period(basis.week, basis.time_zone)


def build_setting(basis: Basis, tables: Tables, runs: pl.DataFrame) -> Setting:
    """Return what the figures were measured with, out of manifest and tables."""
    sources = None if basis.sources is None else frozenset(basis.sources)
    watch = Watch(runs=runs, delays=basis.delays, current=sources)
    method = Method(
        measures_version=basis.measures_version,
        phrases_digest=basis.phrases_digest,
        labeller=basis.labeller,
    )
    return Setting(
        as_of=basis.as_of,
        settle_days=basis.settle_days,
        method=stamp_reviews(method, basis.brand, tables.cases, tables.case_posts, tables.replies),
        grade=basis.grade,
        observed_until=_find_observed(basis, watch),
        watch=watch,
        measured_since=basis.measured_since,
        private_since=basis.private_since,
    )


def _find_observed(basis: Basis, watch: Watch) -> dict[str, datetime]:
    """Return until when each platform was observed: by files, or by runs if that is later."""
    live = find_live_until(watch, basis.as_of)
    until = dict(live.select("platform", "observed_until").iter_rows())
    for platform, filed in basis.filed_until.items():
        until[platform] = max(filed, until.get(platform, filed))
    observed = {
        platform: min(basis.as_of, until[platform].astimezone(UTC))
        for platform in basis.platforms
        if platform in until
    }
    return observed or dict.fromkeys(basis.platforms, basis.as_of)
