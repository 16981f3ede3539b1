"""Figures of a report can be computed again from its evidence, and from nothing else."""

import shutil
from datetime import UTC, date, datetime

import orjson
import polars as pl
import pytest

from listener.app import load_phrases, open_store
from listener.jobs.archives import ImportOptions, import_file
from listener.jobs.demo import find_newest
from listener.jobs.measuring import measure_store
from listener.jobs.reports import ReportRequest, make_setting, write_reports
from listener.jobs.verifying import verify_report
from listener.measure.periods import find_days, find_week
from listener.measure.tables import Tables
from listener.measure.week import measure_week
from listener.report.export import figures_to_json
from listener.resources import config_dir, demo_archive
from listener.settings import load_settings
from tests.jobs.recount import assert_recount_agrees

NOW = datetime(2026, 4, 1, tzinfo=UTC)

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def reported(tmp_path_factory):
    """Write reports of the demonstration's brands; return the folder and what was measured."""
    folder = tmp_path_factory.mktemp("evidence")
    database = {"database_url": str(folder / "demo.db")}
    settings = load_settings(config_dir() / "demo" / "demo.toml", database, env={})
    phrases = load_phrases(settings)
    with open_store(settings) as store:
        import_file(store, demo_archive(), ImportOptions(), now=NOW)
        measured = measure_store(
            store, settings.brands, phrases, as_of=find_newest(store), settle_days=7
        )
    february = {"since": date(2026, 2, 1), "until": date(2026, 2, 28)}
    for period in ({"week": "2026-W08"}, {"week": "2026-W10"}, february):
        write_reports(measured, ReportRequest(output=folder, **period), phrases)
    return folder, measured


def load_tables(folder):
    """Read the exported tables back, and nothing else."""
    names = ("cases", "posts", "turns", "replies", "deletions", "promises")
    found = {name: pl.read_parquet(folder / "evidence" / f"{name}.parquet") for name in names}
    return Tables(case_posts=found.pop("posts"), **found)


def find_period(name, zone):
    if "_" not in name:
        return find_week(name, zone)
    first, last = (date.fromisoformat(day) for day in name.split("_"))
    return find_days(first, last, zone)


@pytest.mark.parametrize("period", ["2026-W08", "2026-W10", "2026-02-01_2026-02-28"])
@pytest.mark.parametrize("key", ["kranich", "hedgewick", "kiebitz"])
def test_every_figure_follows_from_the_evidence(reported, key, period):
    folder, measured = reported
    brand = next(brand for brand in measured.brands if brand.key == key)
    report = folder / key / period
    figures = measure_week(
        load_tables(report),
        brand,
        find_period(period, brand.time_zone),
        make_setting(measured, brand),
    )
    told = orjson.loads((report / "report.json").read_bytes())
    again = orjson.loads(orjson.dumps(figures_to_json(figures)))
    assert {name: told[name] for name in again} == again


@pytest.mark.parametrize("period", ["2026-W08", "2026-W10", "2026-02-01_2026-02-28"])
@pytest.mark.parametrize("key", ["kranich", "hedgewick", "kiebitz"])
def test_the_report_verifies_and_agrees_with_a_count_by_hand(reported, key, period):
    report = reported[0] / key / period
    found = verify_report(report)
    assert found.is_good, found.differences[:5]
    assert found.figures > 300
    assert not found.not_recomputed
    assert_recount_agrees(report)


def test_csv_alone_gives_the_same_figures(reported, tmp_path):
    folder = shutil.copytree(reported[0] / "hedgewick" / "2026-W10", tmp_path / "report")
    paths = sorted((folder / "evidence").glob("*.parquet"))
    for path in paths:
        path.unlink()
    found = verify_report(folder)
    assert found.is_good, found.differences[:5]
    assert list(found.missing) == [f"evidence/{path.name}" for path in paths]


def test_the_counts_table_holds_every_count_and_share(reported):
    folder, _ = reported
    report = folder / "hedgewick" / "2026-W10"
    counts = pl.read_parquet(report / "evidence" / "weekly_counts.parquet")
    told = orjson.loads((report / "report.json").read_bytes())
    found = {row["figure"]: (row["count"], row["total"]) for row in counts.iter_rows(named=True)}
    assert found["handling.moved"] == (
        told["handling"]["moved"]["count"],
        told["handling"]["moved"]["total"],
    )
    assert found["fast_no_help"] == (told["fast_no_help"]["count"], told["fast_no_help"]["total"])
    assert found["counts.cases"][0] == told["counts"]["cases"]
    assert set(counts.filter(figure="fast_no_help")["week"]) == {told["outcome_week"]}


def test_no_private_post_and_no_text_is_in_the_evidence(reported):
    folder, _ = reported
    for path in (folder / "kranich").rglob("*.parquet"):
        table = pl.read_parquet(path)
        assert "text" not in table.columns
        if "visibility" in table.columns:
            assert set(table["visibility"]) <= {"public", "unlisted"}
