import errno
import os
import re

import polars as pl
import pytest

from listener.errors import ConfigError, DeliveryError
from listener.report import files
from listener.report.files import PAGE, load_entries, save_index, save_overview, save_report
from listener.report.render import render_page
from tests.report.builders import MONDAY, World, make_brand


@pytest.fixture(scope="module")
def world() -> World:
    return World(cases=12, weeks=1)


@pytest.fixture(scope="module")
def week(world):
    return world.tell()


def find_files(folder):
    return sorted(
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()
    )


def test_a_report_lies_in_a_folder_of_brand_and_week(tmp_path, world, week):
    folder = save_report(tmp_path, week, {"cases": world.tables.cases})
    assert folder == tmp_path / "acme" / "2017-W44"
    assert find_files(folder) == [
        "evidence/cases.csv",
        "evidence/cases.parquet",
        "index.html",
        "report.json",
        "report.txt",
    ]


def test_only_the_wanted_formats_are_written_and_old_ones_go(tmp_path, world, week):
    save_report(tmp_path, week, {})
    folder = save_report(tmp_path, week, {}, formats=("json",))
    assert find_files(folder) == ["report.json"]


@pytest.mark.parametrize("fails", ["save_evidence", "dump_figures"])
def test_a_full_disk_leaves_the_older_report_whole(tmp_path, world, week, monkeypatch, fails):
    folder = save_report(tmp_path, week, {}, language="de")
    before = (folder / "index.html").read_text()

    def fail(*args, **kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(files, fails, fail)
    with pytest.raises(DeliveryError, match="No space left on device"):
        save_report(tmp_path, week, {}, language="en")
    assert (folder / "index.html").read_text() == before
    assert find_files(tmp_path) == [f"acme/2017-W44/{name}" for name in find_files(folder)]


def test_a_failing_swap_puts_the_older_report_back(tmp_path, week, monkeypatch):
    folder = save_report(tmp_path, week, {})
    rename = os.rename
    moves = []

    def fail_second(source, target, **kwargs):
        moves.append(target)
        if len(moves) == 2:
            raise OSError(errno.EIO, "Input/output error")
        return rename(source, target, **kwargs)

    from pathlib import Path

    monkeypatch.setattr(
        Path, "rename", lambda self, target: fail_second(self, target) or Path(target)
    )
    with pytest.raises(DeliveryError, match="Input/output error"):
        save_report(tmp_path, week, {})
    assert (folder / "index.html").exists()


def test_a_brand_key_cannot_leave_the_folder(tmp_path, world):
    outside = World(make_brand("..", "Evil"), weeks=0).tell()
    with pytest.raises(ConfigError, match="cannot name a folder"):
        save_report(tmp_path, outside, {})


def test_the_index_lists_what_lies_there_and_survives_broken_files(tmp_path, world, week):
    save_report(tmp_path, week, {})
    other = World(make_brand("bolt", "Bolt <b>"), cases=3, weeks=1).tell()
    broken = save_report(tmp_path, other, {})
    save_overview(tmp_path, [week, other])
    assert [entry.brand for entry in load_entries(tmp_path)] == ["Acme Telecom", "Bolt <b>"]
    (broken / "report.json").write_text("{")
    (tmp_path / "notes" / "drafts").mkdir(parents=True)
    (tmp_path / "notes" / "drafts" / "index.html").write_text("mine")
    entries = load_entries(tmp_path)
    assert [(entry.brand, entry.cases) for entry in entries] == [
        ("Acme Telecom", 12),
        ("bolt", None),
    ]
    page = save_index(tmp_path, language="de").read_text(encoding="utf-8")
    assert 'href="acme/2017-W44/index.html"' in page
    assert 'href="2017-W44/overview.html"' in page


def test_an_empty_index_says_so(tmp_path):
    assert "There is no report yet." in save_index(tmp_path / "new").read_text(encoding="utf-8")


def test_figures_without_cases_of_their_own_lead_to_the_tables_beside_the_page(tmp_path):
    week = World(cases=40, weeks=3).tell(as_of=MONDAY)
    names = ("cases", "posts", "replies", "turns", "coverage", "runs")
    tables = dict.fromkeys(names, pl.DataFrame({"brand": ["acme"]}))
    folder = save_report(tmp_path, week, tables)
    page = (folder / PAGE).read_text(encoding="utf-8")
    behind = re.findall(r'<p class="small behind">.*?</p>', page)
    linked = {name for text in behind for name in re.findall(r'href="([^"]+)"', text)}
    assert {f"evidence/{name}.csv" for name in names} == linked
    assert all((folder / name).exists() for name in linked)
    assert "small behind" not in render_page(week)
