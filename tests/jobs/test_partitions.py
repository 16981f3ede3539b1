"""An archive that is measured in parts has the figures of the same posts in one database.

One made-up archive is measured once in this process; everything else is compared with that.
"""

import os
import time
from datetime import timedelta
from functools import partial
from pathlib import Path

import orjson
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from listener.engines import AllCores, ThisProcess, open_engine
from listener.errors import EngineError
from listener.jobs.accuracy import measure_brand_week
from listener.jobs.measuring import measure_store
from listener.jobs.partitions.figures import list_weeks
from listener.jobs.partitions.measuring import PartMeasurer
from listener.jobs.partitions.run import measure_archive
from listener.jobs.reports import make_setting
from listener.measure.periods import find_week
from listener.measure.statistics import measure_quantile
from listener.measure.week import SETTLED_OUTCOMES as OUTCOMES
from listener.report.export import figures_to_json
from listener.store.imports import ImportRecord
from listener.store.store import Store
from tests.cluster import run_cluster
from tests.jobs.archive_world import (
    BRANDS,
    END,
    World,
    make_request,
    shipped_phrases,
    write_archive,
)
from tests.sqlite import copy_migrated

WEEKS = ("2026-W43", "2026-W46")
NAMES = ["acme", "figures.json", "globe", "umbra"]


@pytest.fixture(scope="module")
def posts():
    return World(5).live(110)


@pytest.fixture(scope="module")
def request_(posts, tmp_path_factory):
    archive = write_archive(tmp_path_factory.mktemp("archive"), posts)
    return make_request(archive, weeks=WEEKS, posts_in_a_part=100)


@pytest.fixture(scope="module")
def here(request_, tmp_path_factory):
    """The folder that this process alone has made, and what it said of it.

    It counts week by week and writes few rows at once, as if there were too many for more.
    """
    folder = tmp_path_factory.mktemp("here")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("listener.engines.count_cores", lambda: 1)
        patch.setattr("listener.jobs.partitions.figures.WEEKS_AT_ONCE", timedelta(weeks=1))
        patch.setattr("listener.jobs.partitions.brand_tables.ROWS_AT_ONCE", 20)
        return folder, measure_archive(request_, ThisProcess(), folder, lambda _: None)


@pytest.fixture(scope="module")
def measured(posts, tmp_path_factory):
    """Everything in one database, measured at once."""
    path = tmp_path_factory.mktemp("store") / "listener.db"
    copy_migrated(path)
    newest = max(post.created_at for post in posts)
    with Store.open(f"sqlite:///{path}") as store:
        store.save_posts(posts, seen_at=END)
        store.save_import(
            ImportRecord(platform="x", file="a.csv", format="x", imported_at=END, newest=newest)
        )
        return measure_store(store, BRANDS, shipped_phrases(), as_of=END, settle_days=7)


def load_figures(folder):
    return orjson.loads((folder / "figures.json").read_bytes())["brands"]


def test_parts_give_the_figures_of_everything(here, measured):
    folder, done = here
    assert done.parts > 3
    found = load_figures(folder)
    for brand in BRANDS:
        setting = make_setting(measured, brand)
        periods = [find_week(name, brand.time_zone) for name in WEEKS]
        figures = [measure_brand_week(measured, brand, period, setting) for period in periods]
        expected = {each.week: figures_to_json(each) for each in figures}
        assert found[brand.key] == orjson.loads(orjson.dumps(expected))
    assert sorted(path.name for path in folder.iterdir()) == NAMES


def test_parts_give_the_evidence_of_everything(here, measured):
    tables = measured.tables
    reach = tables.replies.filter(pl.col("in_cases") > 1).height, tables.deletions.height
    assert min(*reach, tables.replies["automatic"].sum(), tables.replies["canned"].sum()) > 0
    for brand in BRANDS:
        own = pl.col("brand") == brand.key
        for name, whole, order in (
            ("cases", tables.cases, ["case"]),
            ("replies", tables.replies, ["post"]),
            ("posts", tables.case_posts.drop("text", "seen_at"), ["case", "order"]),
        ):
            found = pl.read_parquet(here[0] / brand.key / f"{name}.parquet")
            found = found.drop("seen_at", strict=False).sort(order)
            assert_frame_equal(found, whole.filter(own).sort(order))


def test_all_complete_weeks_are_measured_unless_some_are_named(measured):
    acme = BRANDS[0]
    moments = (measured.tables.replies["brand", "at"], measured.tables.cases["brand", "opened_at"])
    first = min(table.filter(brand="acme").to_series(1).min() for table in moments)
    weeks = list_weeks(first, acme, END)
    assert weeks[0].since <= first < weeks[0].until
    assert [week.until for week in weeks[:-1]] == [week.since for week in weeks[1:]]
    assert weeks[-1].name == "2026-W46"
    assert list_weeks(None, acme, END) == []


def test_what_parts_have_counted_adds_up_to_the_figures(here):
    folder, _ = here
    figures = load_figures(folder)
    for brand in BRANDS:
        table = pl.read_parquet(folder / brand.key / "counts.parquet")
        for week in WEEKS:
            counted = dict(table.filter(week=week).select("figure", "count").iter_rows())
            told = figures[brand.key][week]
            expected = {
                **{
                    f"handling.{name}": told["handling"][name]["count"] for name in told["handling"]
                },
                **{f"own_outcomes.{name}": told["own_outcomes"][name] for name in OUTCOMES},
                **{name: told["counts"][name] for name in ("cases", "cases_with_need", "answered")},
            }
            assert counted == {name: count for name, count in expected.items() if count}
            assert counted["cases_with_need"] > 1


def test_merged_event_tables_give_the_medians(here):
    folder, _ = here
    figures = load_figures(folder)
    for brand in BRANDS:
        events = pl.read_parquet(folder / brand.key / "events.parquet")
        for week in WEEKS:
            for clock in ("first_reply", "first_helpful_reply", "followup_reply"):
                table = events.filter(week=week, clock=clock)
                told = figures[brand.key][week][clock]
                assert measure_quantile(table, 0.5).seconds == told["median"]["seconds"]
                assert table["events"].sum() == told["answered"]


class Killing:
    """An engine that kills a process as soon as the first part is measured."""

    def __init__(self, engine, process, kind=PartMeasurer):
        self.engine, self.process, self.kind = engine, process, kind
        self.was_alive = None

    def map_parts(self, work, parts):
        for item in self.engine.map_parts(work, parts):
            if isinstance(work, self.kind) and self.was_alive is None:
                self.was_alive = self.process.poll() is None
                self.process.kill()
            yield item

    map_small_parts = map_made_parts = map_parts


def test_a_worker_of_a_cluster_dies_and_nothing_is_lost(here, request_, tmp_path):
    folder, expected = here
    there = tmp_path / "there"
    there.mkdir()
    with run_cluster(tmp_path) as cluster:
        with refusing("no worker has come within 4 s"):
            open_engine("dask", cluster.address, patience=4, folder=there).__enter__()
        workers = [cluster.add_worker(), cluster.add_worker()]
        with open_engine("dask", cluster.address, patience=60, folder=there) as engine:
            killing = Killing(engine, workers[0])
            assert measure_archive(request_, killing, there, lambda _: None) == expected
            assert killing.was_alive
            assert workers[0].wait(timeout=60) != 0
            assert workers[1].poll() is None
            assert load_figures(there) == load_figures(folder)
            assert_same_evidence(there, folder)
            assert sorted(path.name for path in there.iterdir()) == NAMES
            refuse_the_unfit(cluster, engine, there)


def assert_same_evidence(found, expected):
    for path in sorted(expected.glob("*/*.parquet")):
        own = found / path.relative_to(expected)
        assert_frame_equal(pl.read_parquet(own), pl.read_parquet(path))


def refuse_the_unfit(cluster, engine, folder):
    """Try what cannot go well with workers that live, and at last without their scheduler."""
    with refusing("cannot read or write the archive or .* No such file"):
        list(engine.map_parts(Path.read_bytes, [folder / "none"]))
    with pytest.raises(ZeroDivisionError):  # a mistake of ours keeps its name
        list(engine.map_parts(partial(divmod, 1), [0]))
    with (
        pytest.MonkeyPatch.context() as patch,
        refusing("does not see /proc/self/cwd; share --output"),
    ):
        patch.chdir(folder)  # which is another folder for each process
        open_engine("dask", cluster.address, patience=60, folder=Path("/proc/self/cwd")).__enter__()
    with pytest.MonkeyPatch.context() as patch, refusing("install it there"):
        patch.setattr("listener.engines.cluster.__version__", "9")
        engine.check_workers()
    cluster.add_worker()
    cluster.add_worker()
    with refusing("one part has killed all workers that took it; give workers more memory"):
        list(engine.map_parts(os._exit, [1]))
    with pytest.MonkeyPatch.context() as patch, refusing("no part was done for 1 s"):
        patch.setattr(engine, "_patience", 1)
        list(engine.map_parts(time.sleep, [3]))
    killing = Killing(engine, cluster.scheduler, type(abs))
    with refusing("the scheduler went away"):
        list(killing.map_parts(abs, [1, 2, 3]))


def refusing(told):
    return pytest.raises(EngineError, match=rf"^cluster tcp://127\.0\.0\.1:\d+: .*{told}")


def test_cores_give_the_same():
    with AllCores(2) as engine:
        for work in (abs, int):  # the processes go on from one work to the next
            assert list(engine.map_parts(work, [3, 1, 2])) == [(3, 3), (1, 1), (2, 2)]
