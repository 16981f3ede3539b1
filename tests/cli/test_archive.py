"""`listener archive` as a person or cron runs it."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from listener.measure.periods import find_week_of
from tests.builders import make_post, talk

NOW = datetime.now(UTC)
OLD = NOW - timedelta(weeks=30)


@pytest.fixture
def filled(program, monkeypatch):
    monkeypatch.setenv("LISTENER_ARCHIVE__FOLDER", str(program.folder / "old"))
    posts = [
        *talk("anna: @acme my parcel is lost", "+5m acme: @anna Please DM us", at=OLD),
        *talk("ben: @acme mine too", "+5m acme: @ben Please DM us", at=NOW - timedelta(days=9)),
        make_post("psst", visibility="direct", at=OLD),
    ]
    program.run("import", program.write(*posts), "--brand", "acme=acme")
    return program


def make_report(program, week):
    program.run("report", "--week", week, "--format", "json", "--output", program.folder / "out")
    (path,) = (program.folder / "out").rglob("report.json")
    told = json.loads(path.read_text())
    return {name: value for name, value in told.items() if name != "as_of"}


def test_old_weeks_are_moved_and_brought_back_and_no_report_changes(filled):
    week = find_week_of(OLD, "UTC").name
    exported, report = filled.run("export", "--include-private").out, make_report(filled, week)
    told = filled.run("archive", "--older-than", "26", "--dry-run").out
    assert told.splitlines()[0].split() == [week, "x", "2", "posts"]
    assert "2 posts from before" in told
    assert "would be moved" in told
    assert not (filled.folder / "old").exists()
    told = filled.run("archive", "--older-than", "26").out.splitlines()
    assert "2 posts from before" in told[1]
    assert told[2].startswith("2 posts from ")
    (path,) = (filled.folder / "old").iterdir()
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.name in filled.run("archive", "--list").out
    assert filled.run("export", "--include-private").out == exported
    assert make_report(filled, week) == report
    assert "2 posts from " in filled.run("status").out
    assert "would be" in filled.run("archive", "--restore", "--dry-run").out
    assert "2 posts are in the database again" in filled.run("archive", "--restore").out
    assert list((filled.folder / "old").iterdir()) == []
    assert filled.run("archive", "--list").out == "no posts are archived\n"
    assert filled.run("export", "--include-private").out == exported


def test_the_nightly_tidying_does_it_if_the_settings_say_so(filled, monkeypatch):
    monkeypatch.setenv("LISTENER_ARCHIVE__OLDER_THAN_WEEKS", "26")
    assert "2 posts of old weeks were moved into files" in filled.run("tidy").out
    assert "moved into files" not in filled.run("tidy").out
    assert filled.run("forget", "@anna").out
    assert list((filled.folder / "old").iterdir()) == []
    assert "anna" not in filled.run("export").out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "say what is old"),
        (("--before", "2025-W77"), "--before: 2025 has no week 77"),
        (("--before", "2999-W01"), "--before: 2999-W01 has not begun"),
        (("--before", "2025-W01", "--older-than", "3"), "give one of them"),
        (("--list", "--restore"), "give one of them"),
    ],
)
def test_what_cannot_be_meant_is_told_in_one_line(filled, words, told):
    error = filled.run("archive", *words, code=2).err
    assert told in error
    assert error.count("\n") == 1


def test_failures_are_one_line_and_lose_nothing(filled, monkeypatch):
    exported = filled.run("export").out
    (filled.folder / "old").write_text("no folder")
    error = filled.run("archive", "--older-than", "26", code=1).err
    assert "cannot be written to" in error
    assert error.count("\n") == 1
    assert filled.run("export").out == exported
    monkeypatch.delenv("LISTENER_ARCHIVE__FOLDER")
    assert "archive.folder: is not set" in filled.run("archive", "--older-than", "26", code=2).err
