"""Only files of reports are found, and nothing leads out of their folder."""

import os
from pathlib import Path

import pytest

from listener.serve.archive import find_parts, open_file

PAGE = ("acme", "2026-W10", "index.html")


@pytest.mark.parametrize(
    "path",
    [
        "acme/2026-W10/index.html",
        "acme/2026-W10/",
        "acme/2026-W10/report.json",
        "Straßen Bahn/2026-03-01_2026-03-31/report.txt",
        "acme/2026-W10/evidence/cases.csv",
        "acme/2026-W10/stories/12.html",
        "2026-W10/overview.html",
    ],
)
def test_files_of_reports_have_an_address(path):
    assert find_parts(path)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "acme",
        "acme/",
        "acme/2026-W10",
        "acme/2026-W10/evidence/",
        "acme/2026-W10/evidence/../index.html",
        "acme/2026-W10/other.html",
        "acme/2026-W10/evidence/a.py",
        "acme/2026-W10/stories/0.html",
        "acme/2026-W10/stories/index.html",
        "acme/notes/index.html",
        ".hidden/2026-W10/index.html",
        "../2026-W10/index.html",
        "/acme/2026-W10/index.html",
        "acme//2026-W10/index.html",
        "acme/.2026-W10.abc/index.html",
        "acme\0/2026-W10/index.html",
        "acme/2026-W10/index.html\n",
        f"{'a' * 300}/2026-W10/index.html",
        "listener.db",
        "index.html/",
    ],
)
def test_everything_else_has_none(path):
    assert find_parts(path) is None


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "out" / "acme" / "2026-W10").mkdir(parents=True)
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "index.html").write_text("hush")
    return tmp_path / "out"


def test_a_plain_file_is_opened(folder):
    folder.joinpath(*PAGE).write_text("page")
    with open_file(folder, PAGE) as file:
        assert file.read() == b"page"


def test_a_link_in_the_place_of_a_file_is_not_followed(folder):
    folder.joinpath(*PAGE).symlink_to(folder.parent / "secret" / "index.html")
    assert open_file(folder, PAGE) is None


@pytest.mark.parametrize("part", ["acme", "acme/2026-W10"])
def test_a_link_in_the_place_of_a_folder_is_not_followed(folder, part):
    place = folder / part
    kept = folder.parent / "elsewhere"
    place.rename(kept)
    (kept / "index.html" if part != "acme" else kept / "2026-W10" / "index.html").write_text("hush")
    place.symlink_to(kept)
    assert open_file(folder, PAGE) is None


def test_pipes_and_folders_are_no_files_and_hold_up_nobody(folder):
    os.mkfifo(folder.joinpath(*PAGE))
    assert open_file(folder, PAGE) is None
    folder.joinpath(*PAGE).unlink()
    folder.joinpath(*PAGE).mkdir()
    assert open_file(folder, PAGE) is None
    assert open_file(folder / "nowhere", PAGE) is None


def test_no_handle_stays_open(folder):
    before = len(list(Path("/proc/self/fd").iterdir()))
    folder.joinpath(*PAGE).mkdir()
    for _ in range(20):
        open_file(folder, PAGE)
        open_file(folder, ("acme", "2026-W11", "index.html"))
    assert len(list(Path("/proc/self/fd").iterdir())) <= before + 1
