"""What a report says of live collection, and that it says nothing of it for files."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from listener.figures import Gap, Hole, PlatformCoverage, Runs
from listener.measure.coverage import REASONS
from listener.report import words
from listener.report.coverage import SHOWN_GAPS, list_watch
from listener.report.language import Language
from listener.report.render import render_overview, render_page, render_text
from tests.report.builders import World

MONDAY = datetime(2017, 10, 30, 0, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
ENGLISH = Language("en")
LIVE = PlatformCoverage(
    platform="x",
    grade="partial",
    reasons=("hole", "loss"),
    watched_from=MONDAY - 48 * HOUR,
    runs=Runs(planned=170, done=167, failed=2, paused=1),
    hole=Hole(MONDAY + HOUR, MONDAY + 201 * HOUR, False, "x:acme:acme:mentions:"),
    posts=31,
    announced=100,
    collected=99,
    gaps=(Gap(None, MONDAY + HOUR), Gap(MONDAY + 3 * HOUR, MONDAY + 5 * HOUR)),
    lost_seconds=3 * 3600,
)
FILE = PlatformCoverage(platform="mastodon", grade="unknown")


@pytest.fixture(scope="module")
def week():
    return World(cases=14, weeks=1).tell()


def with_platforms(week, *platforms, **changes):
    coverage = replace(week.figures.coverage, platforms=platforms, **changes)
    return replace(week, figures=replace(week.figures, coverage=coverage))


def rows(week, *platforms, language=ENGLISH):
    return dict(list_watch(with_platforms(week, *platforms).figures.coverage, language))


def test_runs_holes_and_losses_are_said(week):
    assert rows(week, LIVE) == {
        "Why it is not complete": "X: a hole in the watch is longer than posts can be found "
        "again; posts are known to be lost",
        "Collected since": "X: Sat 28 Oct 2017, 00:00",
        "Runs of the collection": "X: 167 of 170 came to their end, 2 failed, "
        "1 paused at the cap of the budget",
        "Longest hole in the watch": "X: 8.4\u00a0days, from Mon 30 Oct 2017, 01:00 to "
        "Tue 7 Nov 2017, 09:00",
        "Known losses": "X: 2 stretches, 3\u00a0h of this period (everything before "
        "Mon 30 Oct 2017, 01:00; Mon 30 Oct 2017, 03:00 to Mon 30 Oct 2017, 05:00)",
    }


def test_where_nothing_is_wrong_it_is_short(week):
    calm = replace(
        LIVE, grade="complete", reasons=(), hole=None, gaps=(), runs=Runs(planned=1, done=1)
    )
    told = rows(week, calm)
    assert "Why it is not complete" not in told
    assert told["Runs of the collection"] == "X: 1 of 1 came to its end"
    assert told["Longest hole in the watch"] == told["Known losses"] == "X: none"


def test_an_open_hole_has_no_end(week):
    hole = Hole(MONDAY, MONDAY + HOUR, True, "s")
    told = rows(week, replace(LIVE, hole=hole, runs=Runs()))
    assert told["Longest hole in the watch"] == "X: 1\u00a0h, from Mon 30 Oct 2017, 00:00 on"
    assert told["Runs of the collection"] == "X: none in this period"


def test_many_losses_are_counted_and_the_first_are_dated(week):
    gaps = tuple(Gap(MONDAY + n * HOUR, MONDAY + (n + 0.5) * HOUR) for n in range(9))
    told = rows(week, replace(LIVE, gaps=gaps))["Known losses"]
    assert told.startswith("X: 9 stretches")
    assert told.count(" to ") == SHOWN_GAPS
    assert told.endswith("…)")


def test_platforms_of_different_grades_are_told_apart(week):
    told = rows(week, FILE, LIVE)
    assert told["Coverage by platform"] == "Mastodon: unknown (imported file) · X: partial"
    assert "Mastodon" not in told["Runs of the collection"]


@pytest.mark.parametrize("language", ["en", "de"])
def test_page_and_text_say_the_same_of_a_live_week(week, language):
    live = with_platforms(week, LIVE, grade="partial", announced=100, collected=99)
    page, text = render_page(live, language), render_text(live, language)
    for title, told in list_watch(live.figures.coverage, Language(language, "UTC")):
        assert title in page
        assert told.split(": ")[0] in page
        assert title in " ".join(text.split())
    assert max(map(len, text.splitlines())) <= 72
    assert "\n\n\n" not in text
    assert "99" in text
    assert render_overview([live, live], language)


def test_german_says_it_in_german(week):
    told = rows(week, LIVE, language=Language("de"))
    assert told["Läufe der Erfassung"].startswith("X: 167 von 170 kamen ans Ende, 2 gescheitert")


def test_files_have_no_runs_to_tell_of(week):
    assert rows(week, FILE) == {}
    imported = with_platforms(week, replace(FILE, platform="x"), grade="unknown")
    for shown in (render_page(imported), render_text(imported)):
        assert "Runs of the collection" not in shown
        assert "Longest hole" not in shown


def test_replies_counted_in_a_file_are_compared_with_and_nothing_else_is(week):
    counted = {"grade": "unknown", "announced": 15, "collected": 14}
    page = render_page(with_platforms(week, replace(FILE, platform="x"), **counted))
    assert "14 of 15 were collected" in page
    assert "Nobody knows which other posts the file lacks." in page
    assert "nothing to compare" not in page


def test_every_reason_has_words():
    assert set(words.COVERAGE_REASONS) == set(REASONS)
