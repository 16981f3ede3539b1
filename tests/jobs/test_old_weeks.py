"""No published figure changes when posts of old weeks lie in files."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from polars.testing import assert_frame_equal

from listener.errors import ConfigError
from listener.jobs.old_weeks import archive_old_weeks, choose_border
from listener.jobs.reports import ReportRequest
from listener.label import load_phrases
from listener.resources import phrases_dir
from listener.settings import load_settings
from listener.store import archive_files
from listener.store.store import Store
from tests.builders import make_post, talk
from tests.jobs.test_windows import BRANDS, END, World, list_cases, measure
from tests.sqlite import copy_migrated

REQUESTS = (
    ReportRequest(output=Path("out")),
    ReportRequest(output=Path("out"), since=date(2026, 7, 20), until=date(2026, 8, 31)),
)


@pytest.fixture
def store(tmp_path):
    copy_migrated(tmp_path / "posts.db")
    with Store.open(f"sqlite:///{tmp_path / 'posts.db'}", archive=tmp_path / "old") as made:
        yield made


@pytest.fixture
def opened(monkeypatch):
    """The names of the files that are opened."""
    names, real = [], archive_files.open_week_file

    def open_week_file(folder, name, sha256):
        names.append(name)
        return real(folder, name, sha256)

    monkeypatch.setattr(archive_files, "open_week_file", open_week_file)
    return names


def test_figures_of_new_and_old_weeks_stay_what_they_are(store):
    phrases = load_phrases([phrases_dir()])
    store.save_posts(World(7).live(120), seen_at=END)
    before = [measure(store, request, phrases, windowed=True) for request in REQUESTS]
    # The border lies in the middle of what the reports read.
    assert archive_old_weeks(store, END - timedelta(weeks=14)) > 150
    after = [measure(store, request, phrases, windowed=True) for request in REQUESTS]
    for (measured, expected), (again, found) in zip(before, after, strict=True):
        assert found == expected
        for brand in BRANDS:
            figures = expected[brand.key]
            assert_frame_equal(list_cases(again, figures), list_cases(measured, figures))


def test_only_the_files_are_opened_in_which_there_is_something(store, opened):
    old = talk("anna: @acme help", "+5m acme: @anna hi", at=END - timedelta(weeks=30))
    aside = talk("eve: @acme help", "+5m acme: @eve hi", at=END - timedelta(weeks=20))
    new = talk("ben: @acme help", "+5m acme: @ben hi", at=END - timedelta(days=9))
    store.save_posts([*old, *aside, *new], seen_at=END)
    archive_old_weeks(store, END - timedelta(weeks=10))
    since = END - timedelta(weeks=4)
    assert store.load_conversations(since=since, until=END).height == 2
    store.save_posts([make_post("@acme again", at=END - timedelta(days=8))], seen_at=END)
    store.load_newest_post(END)
    store.has_older_posts(["x"], since)
    assert opened == []
    late = make_post("@anna sorry", author="acme", at=END - timedelta(days=1), reply_to=old[1])
    store.save_posts([late], seen_at=END)
    assert opened == []
    assert store.load_conversations(since=since, until=END).height == 6
    assert len(set(opened)) == 1


def test_what_is_old_is_said_by_flags_before_the_settings():
    settings = load_settings(env={"LISTENER_ARCHIVE__OLDER_THAN_WEEKS": "26"})
    monday = choose_border(settings, None, None, now=END)
    assert monday.isoformat() == "2026-05-18T00:00:00+00:00"
    assert choose_border(settings, None, 1, now=END).isoformat()[:10] == "2026-11-09"
    assert choose_border(settings, "2026-W01", None, now=END).isoformat()[:10] == "2025-12-29"
    with pytest.raises(ConfigError, match="say what is old"):
        choose_border(load_settings(env={}), None, None, now=END)
