"""`listener tidy` as a person or cron runs it."""

from datetime import UTC, datetime, timedelta

import pytest

from listener.measure.periods import find_week_of
from tests.builders import make_post, talk

NOW = datetime.now(UTC)
OLD = NOW - timedelta(days=500)


@pytest.fixture
def filled(program):
    posts = [
        *talk("anna: @acme my parcel is lost", "+5m acme: @anna Please DM us", at=OLD),
        *talk("ben: @acme mine too", "+5m acme: @ben Please DM us", at=NOW - timedelta(days=3)),
        make_post("psst", visibility="direct", at=OLD),
    ]
    program.run("import", program.write(*posts), "--brand", "acme=acme")
    return program


def test_old_words_go_and_what_went_is_told(filled):
    told = filled.run("tidy").out.splitlines()
    assert "words and names of 2 posts erased" in told[0]
    assert told[1].endswith("1 deleted")
    exported = filled.run("export", "--include-private").out
    assert "anna" not in exported
    assert "psst" not in exported
    assert "mine too" in exported
    assert "0 posts erased" in filled.run("tidy").out


def test_without_retention_everything_stays(filled, monkeypatch):
    monkeypatch.setenv("LISTENER_RETENTION__DAYS", "none")
    monkeypatch.setenv("LISTENER_RETENTION__PRIVATE_DAYS", "none")
    assert "kept for ever, words and names of 0 posts erased" in filled.run("tidy").out
    assert "anna" in filled.run("export").out


def test_cases_of_erased_weeks_are_listed_no_more_and_their_reports_refused(filled):
    assert filled.run("cases", "--format", "csv").out.count("\n") == 3
    filled.run("tidy")
    assert filled.run("cases", "--format", "csv").out.count("\n") == 2
    week = find_week_of(OLD, "UTC").name
    error = filled.run("report", "--week", week, code=2).err
    assert "are gone (retention.days)" in error
    assert error.count("\n") == 1


def test_an_old_archive_comes_in_without_words(filled):
    filled.run("tidy")
    told = filled.run("import", filled.folder / "posts.jsonl").err
    assert "come in without words and names (retention.days" in told
    assert "anna" not in filled.run("export").out
