"""Section 8: coverage and its grade, by tables that a person can check."""

from dataclasses import replace
from datetime import timedelta

import pytest

from listener.figures import Gap, Hole, Method
from listener.measure.coverage import GRADES, REASONS, join_grades, measure_coverage
from listener.measure.periods import find_week
from listener.measure.setting import Setting
from listener.posts import Account
from tests.measure.ledger import MENTIONS, POSTS, daily, run, watch
from tests.measure.world import ACME, BOLT, DAY, HOUR, START, World

METHOD = Method(measures_version="1", phrases_digest="abc", labeller="by hand")
EVE = -1  # the day before the week's first


def busy_week():
    """Two cases and a broadcast: five answers announced, four of them collected."""
    world = World()
    first = world.say("anna", "@acme help", at=1 * DAY, labels="need", replies_announced=1)
    answer = world.say("acme", "@anna ok", at=1 * DAY + HOUR, to=first, replies_announced=0)
    world.say("anna", "@acme thanks", at=1 * DAY + 2 * HOUR, to=answer, replies_announced=None)
    world.say("ben", "@acme and me", at=2 * DAY, to="lost", labels="need", replies_announced=0)
    news = world.say("acme", "New hours!", at=3 * DAY, replies_announced=4)
    for n in range(3):
        world.say(f"c{n}", "@acme nice", at=3 * DAY + n * HOUR, to=news)
    return world


def look(world, *runs, week="2026-W10", as_of=30 * DAY, brand=ACME, current=None, **options):
    setting = Setting(
        as_of=START + as_of,
        settle_days=7,
        method=METHOD,
        grade="unknown",
        observed_until=options.pop("observed", {"x": START + as_of}),
        watch=watch(*runs, current=current) if runs else None,
    )
    tables = world.tables(as_of=as_of)
    return measure_coverage(tables, brand, find_week(week, "UTC"), setting)


def grade(*runs, **options):
    """Return grade and reasons of a week in which nothing was announced."""
    world = World()
    world.say("anna", "@acme help", at=1 * DAY, labels="need")
    (seen,) = look(world, *runs, **options).platforms
    return seen.grade, seen.reasons


def test_files_have_nothing_to_be_compared_with():
    coverage = look(busy_week())
    (seen,) = coverage.platforms
    assert (coverage.grade, seen.grade, seen.reasons) == ("unknown", "unknown", ())
    assert (seen.watched_from, seen.hole, seen.gaps) == (None, None, ())
    assert (seen.runs.planned, seen.lost_seconds) == (0, 0)


def test_the_numbers_of_a_week():
    coverage = look(
        busy_week(),
        *daily(EVE, 8),
        run(2 * DAY + HOUR, "failed"),
        run(3 * DAY + HOUR, "paused"),
        run(4 * DAY + HOUR, "stopped"),
        run(5 * DAY, lost_since=START + 2 * DAY, lost_until=START + 2 * DAY + HOUR),
        as_of=9 * DAY,
    )
    (seen,) = coverage.platforms
    assert seen.watched_from == START - DAY
    assert (seen.runs.planned, seen.runs.done) == (11, 8)
    assert (seen.runs.failed, seen.runs.paused) == (2, 1)
    assert seen.hole == Hole(START - DAY, START, False, MENTIONS)
    assert seen.gaps == (Gap(START + 2 * DAY, START + 2 * DAY + HOUR),)
    assert seen.lost_seconds == 3600
    assert seen.opening_unknown == coverage.opening_unknown == 1
    assert (seen.announced, seen.collected) == (coverage.announced, coverage.collected) == (5, 4)
    assert seen.posts == coverage.posts == 7
    assert (seen.collected_from, seen.collected_to) == (
        START + 1 * DAY,
        START + 3 * DAY + 2 * HOUR,
    )
    assert (seen.grade, seen.reasons) == ("partial", ("replies_missing", "loss"))


def test_answers_count_below_posts_of_the_period_only():
    (seen,) = look(busy_week(), *daily(EVE, 15), week="2026-W11").platforms
    assert (seen.announced, seen.collected, seen.posts) == (None, None, 0)


def test_answers_beyond_an_old_announcement_make_up_for_nothing():
    world = World()
    first = world.say("anna", "@acme help", at=1 * DAY, replies_announced=0)
    world.say("acme", "@anna ok", at=2 * DAY, to=first, replies_announced=1)
    world.say("acme", "@anna and so", at=2 * DAY, to=first)
    (seen,) = look(world, *daily(EVE, 8), as_of=9 * DAY).platforms
    assert (seen.announced, seen.collected) == (1, 0)


def test_a_deleted_post_announces_nothing():
    world = World()
    first = world.say("anna", "@acme help", at=1 * DAY, labels="need")
    world.say("acme", "", at=2 * DAY, to=first, deleted_at=START + 3 * DAY, replies_announced=5)
    (seen,) = look(world, *daily(EVE, 8), as_of=9 * DAY).platforms
    assert (seen.announced, seen.deleted) == (None, 1)


@pytest.mark.parametrize(("had", "expected"), [(98, "complete"), (97, "partial")])
def test_two_of_a_hundred_answers_may_be_missing(had, expected):
    world = World()
    news = world.say("acme", "News", at=1 * DAY, replies_announced=100)
    for n in range(had):
        world.say(f"c{n}", "@acme well", at=1 * DAY + n * timedelta(minutes=1), to=news)
    (seen,) = look(world, *daily(EVE, 8), as_of=9 * DAY).platforms
    assert (seen.announced, seen.collected, seen.grade) == (100, had, expected)


def test_a_week_watched_from_before_until_after_is_complete():
    assert grade(*daily(EVE, 8), as_of=9 * DAY) == ("complete", ())


def test_failures_between_complete_runs_lose_nothing():
    failures = [run(n * DAY + HOUR, "failed") for n in range(7)]
    assert grade(*daily(EVE, 8), *failures, as_of=9 * DAY) == ("complete", ())


@pytest.mark.parametrize(("gap", "reasons"), [(7 * DAY, ()), (7 * DAY + HOUR, ("hole",))])
def test_a_hole_may_be_as_long_as_the_platform_remembers(gap, reasons):
    runs = [*daily(EVE, 1), run(1 * DAY + gap), run(1 * DAY + gap + HOUR)]
    assert grade(*runs, as_of=1 * DAY + gap + 2 * HOUR)[1] == reasons


def test_a_week_without_runs_is_partial():
    assert grade(run(-5 * DAY), run(12 * DAY)) == ("partial", ("hole",))


def test_a_week_after_which_nobody_looked_again():
    assert grade(run(-5 * DAY), run(2 * DAY), as_of=9 * DAY) == ("partial", ("stopped",))
    assert grade(run(-5 * DAY), as_of=60 * DAY) == ("partial", ("hole", "stopped"))


@pytest.mark.parametrize(("hours", "reasons"), [(23, ()), (25, ("stopped",))])
def test_the_last_day_may_be_missing_at_the_end(hours, reasons):
    end = find_week("2026-W10", "UTC").until - START
    assert grade(run(EVE * DAY), run(end - hours * HOUR), as_of=9 * DAY)[1] == reasons


@pytest.mark.parametrize(("hours", "reasons"), [(23, ()), (25, ("stopped",))])
def test_of_a_running_week_the_moment_is_the_end(hours, reasons):
    assert grade(*daily(EVE, 3), as_of=3 * DAY + hours * HOUR)[1] == reasons


def test_collection_must_have_begun_before_the_week():
    monday = find_week("2026-W10", "UTC").since - START
    assert grade(run(monday), *daily(0, 8), as_of=9 * DAY) == ("complete", ())
    late = run(monday + HOUR)
    assert grade(late, *daily(0, 8), as_of=9 * DAY) == ("partial", ("began_late",))
    assert grade(*daily(8, 12), as_of=13 * DAY) == ("partial", ("began_late",))


@pytest.mark.parametrize("state", ["failed", "stopped", "paused"])
def test_only_runs_that_broke_off(state):
    runs = [run(n * DAY, state) for n in range(EVE, 9)]
    assert grade(*runs, as_of=10 * DAY) == ("partial", ("hole", "stopped"))


def test_a_week_before_anything_was_known_to_run_is_like_a_file():
    assert grade(*daily(5, 8), as_of=2 * DAY) == ("unknown", ())


def test_a_removed_source_is_asked_for_only_while_it_ran():
    runs = [*daily(EVE, 8), run(EVE * DAY, source=POSTS), run(0 * DAY, source=POSTS)]
    assert grade(*runs, as_of=9 * DAY)[1] == ("stopped",)
    assert grade(*runs, as_of=9 * DAY, current=frozenset({MENTIONS})) == ("complete", ())


def test_a_source_that_came_later_does_not_spoil_earlier_weeks():
    runs = [*daily(EVE, 20), run(16 * DAY, "failed", source=POSTS)]
    assert grade(*runs, as_of=20 * DAY) == ("complete", ())
    assert grade(*runs, as_of=20 * DAY, week="2026-W12")[1] == ("stopped",)


def test_private_and_repeated_runs_are_no_watch():
    assert grade(run(0 * DAY, source="x:acme:acme:visits:")) == ("unknown", ())


def test_another_brands_runs_say_nothing():
    assert grade(run(0 * DAY, source="x:bolt:bolt:posts:")) == ("unknown", ())


def test_platforms_that_disagree_are_partial_together():
    both = replace(
        ACME, accounts=(*ACME.accounts, Account(platform="mastodon", handle="a@b.example"))
    )
    world = World(both)
    world.say("anna", "@acme help", at=1 * DAY, labels="need")
    world.say("ben@c.example", "@acme hi", at=1 * DAY, platform="mastodon", post_id="m1")
    ends = {"x": START + 9 * DAY, "mastodon": START + 9 * DAY}
    coverage = look(world, *daily(EVE, 8), as_of=9 * DAY, brand=both, observed=ends)
    assert {each.platform: each.grade for each in coverage.platforms} == {
        "mastodon": "unknown",
        "x": "complete",
    }
    assert coverage.grade == "partial"


def test_a_brand_without_platforms_has_the_grade_of_files():
    coverage = look(World(BOLT), brand=BOLT, observed={})
    assert (coverage.grade, coverage.platforms) == ("unknown", ())


def test_grades_and_reasons_have_names():
    assert join_grades([]) is None
    assert join_grades(["complete", "complete"]) == "complete"
    assert set(GRADES) == {"complete", "partial", "unknown"}
    assert len(set(REASONS)) == len(REASONS)
