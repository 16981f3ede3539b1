"""Section 2 and 8: until when a brand was watched, holes, losses, runs."""

from datetime import timedelta
from itertools import pairwise

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from listener.figures import Gap
from listener.measure.periods import Period, find_week
from listener.measure.watch import (
    Watch,
    count_runs,
    find_live_until,
    find_longest_hole,
    list_gaps,
    list_holes,
    list_known_runs,
    list_sources,
    measure_lost,
    select_gaps,
)
from tests.measure.ledger import MENTIONS, POSTS, daily, run, watch
from tests.measure.world import DAY, HOUR, MINUTE, START

WEEK = find_week("2026-W10", "UTC")  # begins nine hours before START
MIDNIGHT = timedelta(hours=-9)


def until(ledger, *, as_of=30 * DAY):
    """Return the ends of observation as time since the start, by brand and platform."""
    return {
        (brand, platform): moment - START
        for brand, platform, moment in find_live_until(ledger, START + as_of).iter_rows()
    }


def holes(ledger, *, as_of=30 * DAY):
    """Return each hole as `(since, until, is_open)` since the start."""
    found = list_holes(ledger, START + as_of).select("since", "until", "is_open")
    return [(since - START, end - START, is_open) for since, end, is_open in found.iter_rows()]


def longest(ledger, period=WEEK, *, as_of=30 * DAY):
    return find_longest_hole(list_holes(ledger, START + as_of), period)


def days(first, last):
    """Return a period of whole days since midnight before the start."""
    since, end = START + MIDNIGHT + first * DAY, START + MIDNIGHT + last * DAY
    return Period(f"{first}_{last}", since, end)


def test_without_runs_nothing_is_watched():
    nothing = Watch()
    assert until(nothing) == {}
    assert holes(nothing) == []
    assert longest(nothing) is None
    assert list_sources(nothing, START).is_empty()


def test_observation_ends_where_the_last_complete_run_began():
    ledger = watch(run(0 * HOUR), run(5 * HOUR), run(6 * HOUR, "failed"), run(7 * HOUR, "running"))
    assert until(ledger) == {("acme", "x"): 5 * HOUR}


def test_the_platforms_delay_is_taken_off():
    ledger = watch(run(5 * HOUR), delays={"x": 30})
    assert until(ledger) == {("acme", "x"): 5 * HOUR - timedelta(seconds=30)}


def test_the_source_that_is_furthest_behind_counts():
    ledger = watch(
        run(5 * HOUR), run(3 * HOUR, source=POSTS), run(4 * HOUR, "failed", source=POSTS)
    )
    assert until(ledger) == {("acme", "x"): 3 * HOUR}


def test_brands_and_platforms_stand_for_themselves():
    other, fediverse = "x:bolt:bolt:mentions:", "mastodon:acme:a@b.example:posts:"
    ledger = watch(run(5 * HOUR), run(3 * HOUR, source=other), run(4 * HOUR, source=fediverse))
    assert until(ledger) == {
        ("acme", "mastodon"): 4 * HOUR,
        ("acme", "x"): 5 * HOUR,
        ("bolt", "x"): 3 * HOUR,
    }


@pytest.mark.parametrize("kind", ["visits", "states", "private"])
def test_what_is_no_source_holds_nothing_back(kind):
    apart = f"x:acme:acme:{kind}:"
    ledger = watch(run(5 * HOUR), run(1 * HOUR, "failed", source=apart))
    assert until(ledger) == {("acme", "x"): 5 * HOUR}
    assert until(watch(run(1 * HOUR, source=apart))) == {}


@pytest.mark.parametrize("state", ["failed", "stopped", "paused", "running"])
def test_what_never_came_to_its_end_was_watched_until_its_first_run(state):
    ledger = watch(
        *daily(0, 9), run(4 * DAY, state, source=POSTS), run(6 * DAY, state, source=POSTS)
    )
    assert until(ledger) == {("acme", "x"): 4 * DAY}


def test_runs_are_taken_as_they_were_known_at_the_moment():
    ledger = watch(run(1 * HOUR), run(2 * HOUR, took=HOUR), run(9 * HOUR))
    assert until(ledger, as_of=2 * HOUR + 30 * MINUTE) == {("acme", "x"): 1 * HOUR}
    assert until(ledger, as_of=3 * HOUR) == {("acme", "x"): 2 * HOUR}
    assert until(ledger, as_of=30 * MINUTE) == {}
    known = list_known_runs(ledger, START + 2 * HOUR + 30 * MINUTE)
    assert known["state"].to_list() == ["done", "running"]


@pytest.mark.parametrize(("last", "expected"), [(29, 0), (30, 0), (31, 31)])
def test_a_source_that_was_removed_holds_back_for_thirty_days_at_most(last, expected):
    ledger = watch(run(0 * DAY, source=POSTS), run(last * DAY))
    assert until(ledger, as_of=90 * DAY) == {("acme", "x"): expected * DAY}


def test_when_everything_stands_still_nothing_counts_as_removed():
    ledger = watch(run(0 * DAY, source=POSTS), run(1 * DAY))
    assert until(ledger, as_of=900 * DAY) == {("acme", "x"): 0 * DAY}


def test_sources_that_the_settings_no_longer_name_are_ignored_at_once():
    runs = (run(0 * DAY, source=POSTS), run(1 * DAY))
    assert until(watch(*runs, current=frozenset({MENTIONS}))) == {("acme", "x"): 1 * DAY}
    assert until(watch(*runs, current=frozenset({MENTIONS, POSTS}))) == {("acme", "x"): 0 * DAY}


def test_a_named_source_holds_back_however_long_it_has_not_run():
    ledger = watch(run(0 * DAY, source=POSTS), run(80 * DAY), current=frozenset({MENTIONS, POSTS}))
    assert until(ledger, as_of=90 * DAY) == {("acme", "x"): 0 * DAY}


def test_a_brand_of_which_no_source_is_named_keeps_what_it_had():
    ledger = watch(
        run(0 * DAY, source=POSTS), run(1 * DAY), current=frozenset({"x:other:o:posts:"})
    )
    assert until(ledger) == {("acme", "x"): 0 * DAY}


def test_holes_lie_between_the_starts_of_complete_runs():
    ledger = watch(run(0 * HOUR), run(1 * HOUR, "failed"), run(5 * HOUR), run(6 * HOUR))
    assert holes(ledger, as_of=8 * HOUR) == [
        (0 * HOUR, 5 * HOUR, False),
        (5 * HOUR, 6 * HOUR, False),
        (6 * HOUR, 8 * HOUR, True),
    ]


def test_the_first_hole_begins_with_the_first_run():
    ledger = watch(run(0 * HOUR, "failed"), run(2 * HOUR, "paused"), run(3 * HOUR))
    assert holes(ledger, as_of=4 * HOUR) == [
        (0 * HOUR, 3 * HOUR, False),
        (3 * HOUR, 4 * HOUR, True),
    ]


@pytest.mark.parametrize("state", ["failed", "stopped", "paused", "running"])
def test_runs_that_break_off_leave_one_long_hole(state):
    ledger = watch(*(run(n * DAY, state) for n in range(5)))
    assert holes(ledger, as_of=6 * DAY) == [(0 * DAY, 6 * DAY, True)]


def test_holes_of_a_removed_source_end_with_its_last_run():
    runs = [run(1 * DAY, source=POSTS), run(3 * DAY, "failed", source=POSTS), *daily(1, 9)]
    ledger = watch(*runs, current=frozenset({MENTIONS}))
    mine = list_holes(ledger, START + 10 * DAY).filter(pl.col("source") == POSTS)
    assert mine.select("since", "until", "is_open").rows() == [
        (START + 1 * DAY, START + 3 * DAY, False)
    ]


def test_the_longest_hole_counts_whole_wherever_the_week_cuts_it():
    ledger = watch(run(0 * DAY), run(5 * DAY), run(12 * DAY), run(13 * DAY))
    for week in ("2026-W10", "2026-W11"):
        hole = longest(ledger, find_week(week, "UTC"), as_of=14 * DAY)
        assert (hole.since - START, hole.until - START) == (5 * DAY, 12 * DAY)
        assert (hole.is_open, hole.seconds, hole.source) == (False, 7 * 86_400, MENTIONS)


def test_an_open_hole_ends_with_the_week_or_with_the_moment():
    ledger = watch(run(2 * DAY))
    assert longest(ledger, as_of=3 * DAY).until == START + 3 * DAY
    assert longest(ledger, as_of=90 * DAY).until == WEEK.until
    assert longest(ledger).is_open


def test_a_week_without_runs_is_one_hole():
    ledger = watch(run(0 * DAY), run(20 * DAY))
    hole = longest(ledger, find_week("2026-W11", "UTC"))
    assert (hole.since, hole.until) == (START, START + 20 * DAY)
    assert longest(ledger, find_week("2026-W09", "UTC")) is None


def test_a_hole_that_ends_where_the_week_begins_is_not_in_it():
    ledger = watch(run(-2 * DAY), run(MIDNIGHT), run(MIDNIGHT + HOUR))
    assert longest(ledger, as_of=MIDNIGHT + 2 * HOUR).since == WEEK.since


def test_the_longest_hole_is_sought_over_all_sources():
    ledger = watch(*daily(0, 6), run(0 * DAY, source=POSTS), run(4 * DAY, source=POSTS))
    hole = longest(ledger, as_of=4 * DAY)
    assert (hole.source, hole.seconds) == (POSTS, 4 * 86_400)


def test_of_equal_holes_the_earliest_is_told():
    ledger = watch(*daily(0, 6))
    assert longest(ledger, as_of=6 * DAY).since == START


def test_runs_belong_to_the_week_in_which_they_were_planned():
    eve = 6 * DAY + 14 * HOUR + 59 * MINUTE
    late = run(eve + 2 * MINUTE, planned_at=START + eve)
    known = watch(
        late, run(0 * DAY, "failed"), run(1 * DAY, "stopped"), run(2 * DAY, "paused"),
        run(3 * DAY, "running"), run(8 * DAY), run(3 * DAY, source="x:acme:acme:visits:"),
    ).runs  # fmt: skip
    counted = count_runs(known, WEEK)
    assert (counted.planned, counted.done, counted.failed, counted.paused) == (6, 2, 2, 1)
    following = count_runs(known, find_week("2026-W11", "UTC"))
    assert (following.planned, following.done) == (1, 1)


def lost(since, end, at=9 * DAY, **changes):
    """Return a run that tells of a loss."""
    began = None if since is None else START + since
    return run(at, lost_since=began, lost_until=START + end, **changes)


def test_losses_are_cut_at_the_week_and_overlaps_count_once():
    runs = watch(
        lost(1 * DAY, 2 * DAY),
        lost(1 * DAY + 12 * HOUR, 3 * DAY, source=POSTS),
        lost(6 * DAY, 8 * DAY),
    ).runs
    gaps = select_gaps(list_gaps(runs), WEEK)
    assert len(gaps) == 3
    assert measure_lost(gaps, WEEK) == (2 * DAY + 15 * HOUR).total_seconds()


def test_a_loss_since_ever_reaches_back_without_end():
    gaps = list_gaps(watch(lost(None, 1 * DAY)).runs)
    assert select_gaps(gaps, WEEK) == (Gap(None, START + DAY),)
    assert measure_lost(select_gaps(gaps, WEEK), WEEK) == 33 * 3600
    before = find_week("2025-W01", "UTC")
    assert measure_lost(select_gaps(gaps, before), before) == 7 * 86_400
    assert select_gaps(gaps, find_week("2026-W11", "UTC")) == ()


def test_what_is_told_again_is_lost_once():
    runs = watch(
        lost(1 * DAY, 2 * DAY),
        lost(1 * DAY, 2 * DAY, at=10 * DAY),
        lost(DAY, 2 * DAY, source=POSTS),
    ).runs
    assert list_gaps(runs).height == 2
    assert select_gaps(list_gaps(runs), WEEK) == (Gap(START + DAY, START + 2 * DAY),)


def test_losses_of_no_length_and_of_private_posts_are_none():
    runs = watch(
        lost(2 * DAY, 2 * DAY),
        lost(3 * DAY, 2 * DAY),
        lost(1 * DAY, 2 * DAY, kind="private"),
        run(DAY),
    ).runs
    assert list_gaps(runs).is_empty()
    assert measure_lost((), WEEK) == 0


minutes = st.integers(0, 21 * 24 * 60).map(lambda number: timedelta(minutes=number))
runs_drawn = st.lists(
    st.builds(
        run,
        minutes,
        st.sampled_from(["done", "failed", "stopped", "paused", "running"]),
        source=st.sampled_from([MENTIONS, POSTS]),
    ),
    max_size=12,
)
losses_drawn = st.lists(st.builds(lost, st.none() | minutes, minutes), max_size=6)
cuts = st.lists(st.integers(1, 20), unique=True, max_size=4).map(sorted)
quick = settings(max_examples=150, deadline=None)


def parts(points):
    edges = [0, *points, 21]
    return [days(since, end) for since, end in pairwise(edges)]


@quick
@given(runs_drawn, minutes)
def test_holes_are_longer_than_nothing_and_never_overlap_within_a_source(rows, as_of):
    ledger = watch(*rows)
    found = list_holes(ledger, START + as_of)
    assert found.select((pl.col("since") < pl.col("until")).all()).item()
    assert found.select((pl.col("until") <= START + as_of).all()).item()
    joined = found.with_columns(pl.col("until").shift(1).over("source").alias("before"))
    touching = joined.filter(pl.col("before").is_not_null())
    assert touching.select((pl.col("before") == pl.col("since")).all()).item()


@quick
@given(runs_drawn, minutes)
def test_holes_tile_the_time_from_the_first_run_on(rows, as_of):
    ledger = watch(*rows)
    moment = START + as_of
    sources = list_sources(ledger, moment)
    total = list_holes(ledger, moment).select((pl.col("until") - pl.col("since")).sum()).item()
    expected = sum((moment - first for first in sources["first_run"]), timedelta())
    assert (total or timedelta()) == expected


@quick
@given(runs_drawn, minutes, cuts)
def test_the_longest_hole_of_a_period_is_the_longest_of_its_parts(rows, as_of, points):
    found = list_holes(watch(*rows), START + as_of)
    whole = find_longest_hole(found, days(0, 21))
    pieces = [find_longest_hole(found, part) for part in parts(points)]
    seconds = [hole.seconds for hole in pieces if hole is not None]
    assert (whole.seconds if whole else None) == max(seconds, default=None)


@quick
@given(losses_drawn, cuts)
def test_what_was_lost_in_a_period_is_the_sum_of_its_parts(rows, points):
    gaps = list_gaps(watch(*rows).runs)
    sizes = [measure_lost(select_gaps(gaps, part), part) for part in parts(points)]
    whole = measure_lost(select_gaps(gaps, days(0, 21)), days(0, 21))
    assert whole == pytest.approx(sum(sizes))
    assert all(
        0 <= size <= (part.until - part.since).total_seconds()
        for size, part in zip(sizes, parts(points), strict=True)
    )


@quick
@given(runs_drawn, cuts)
def test_every_run_is_counted_in_one_period(rows, points):
    runs = watch(*rows).runs
    whole = count_runs(runs, days(0, 22))
    pieces = [count_runs(runs, part) for part in [*parts(points), days(21, 22)]]
    for name in ("planned", "done", "failed", "paused"):
        assert getattr(whole, name) == sum(getattr(each, name) for each in pieces)
    assert whole.planned >= whole.done + whole.failed + whole.paused


@quick
@given(runs_drawn, minutes, st.randoms())
def test_the_order_of_the_ledger_changes_nothing(rows, as_of, random):
    before = watch(*rows)
    shuffled = list(rows)
    random.shuffle(shuffled)
    assert until(before, as_of=as_of) == until(watch(*shuffled), as_of=as_of)
    assert holes(before, as_of=as_of) == holes(watch(*shuffled), as_of=as_of)


@quick
@given(runs_drawn, minutes)
def test_nothing_is_observed_later_than_its_last_complete_run(rows, as_of):
    ledger = watch(*rows)
    known = [row["started_at"] for row in rows if row["started_at"] <= START + as_of]
    for moment in find_live_until(ledger, START + as_of)["observed_until"]:
        assert min(known) <= moment <= max(known)
