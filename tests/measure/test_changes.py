"""What has changed since the week before, and what may be claimed of it."""

from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from listener.figures import Compared, Difference, Waits
from listener.measure.changes import measure_changes, measure_contrasts
from listener.measure.comparing import Sample, take_sample
from listener.measure.periods import find_days, find_week, shift_week
from listener.measure.setting import Setting
from listener.measure.statistics import event_table, make_share, measure_quantile
from tests.measure.test_week import METHOD, measure
from tests.measure.world import ACME, DAY, HOUR, MINUTE, START, World


def fill_week(world, week, *, moved, helped, wait=HOUR):
    """Add cases of one week, all opened on its Monday."""
    for number in range(moved + helped):
        at = week * 7 * DAY + number * MINUTE
        name = f"c{week}x{number}"
        asked = world.say(name, "@acme help", at=at, labels="need")
        labels = "dm" if number < moved else "answer"
        world.say("acme", f"@{name} so {number}", at=at + wait, to=asked, labels=labels)


def find_changes(world, **options):
    return {each.figure: each for each in measure(world, "2026-W11", **options).changes}


def test_a_clear_change_is_claimed_with_its_interval():
    world = World()
    fill_week(world, 0, moved=5, helped=45)
    fill_week(world, 1, moved=30, helped=20)
    changes = find_changes(world)
    moved = changes["deflection_rate"]
    assert (moved.base, moved.subject) == ("2026-W10", "2026-W11")
    assert (moved.base_value.count, moved.value.count, moved.value.total) == (5, 30, 50)
    assert moved.difference.points == pytest.approx(50)
    assert moved.difference.low > 0
    assert moved.p < moved.q <= 0.05 or moved.p == pytest.approx(moved.q)
    assert moved.is_claimed
    assert not changes["first_reply"].is_claimed


def test_a_slower_week_is_claimed_by_the_log_rank_test():
    world = World()
    fill_week(world, 0, moved=0, helped=30, wait=HOUR)
    fill_week(world, 1, moved=0, helped=30, wait=9 * HOUR)
    change = find_changes(world)["first_reply"]
    assert (change.base_value.median.seconds, change.value.median.seconds) == (3600, 9 * 3600)
    assert change.difference is None
    assert change.is_claimed


def test_fewer_than_ten_cases_are_not_compared():
    world = World()
    fill_week(world, 0, moved=4, helped=5)
    fill_week(world, 1, moved=20, helped=0)
    changes = find_changes(world).values()
    assert {(each.reason, each.p, each.q, each.difference) for each in changes} == {
        ("few_cases", None, None, None)
    }


def test_a_brand_without_an_earlier_week_has_nothing_to_compare_with():
    world = World()
    fill_week(world, 1, moved=20, helped=0)
    assert {each.reason for each in find_changes(world).values()} == {"no_cases"}


def test_a_free_period_is_compared_with_nothing():
    world = World()
    fill_week(world, 0, moved=20, helped=0)
    period = find_days(START.date(), START.date(), "UTC")
    assert measure(world, period=period).changes == ()


def make_setting(as_of, **fields):
    return Setting(
        as_of=START + as_of,
        settle_days=7,
        method=METHOD,
        grade="unknown",
        observed_until={"x": START + as_of},
        **fields,
    )


def test_weeks_of_another_coverage_and_without_words_are_told_but_not_compared():
    world = World()
    fill_week(world, 0, moved=20, helped=0)
    fill_week(world, 1, moved=0, helped=20)
    tables, week = world.tables(), find_week("2026-W11", "UTC")
    other = measure_changes(tables, ACME, (week, week), make_setting(60 * DAY), grade="complete")
    assert {each.reason for each in other} == {"other_coverage"}
    moved = next(each for each in other if each.figure == "deflection_rate")
    assert (moved.base_value.count, moved.value.count, moved.difference) == (20, 0, None)
    gone = make_setting(60 * DAY, measured_since=week.since)
    erased = measure_changes(tables, ACME, (week, week), gone, grade="unknown")
    assert {each.reason for each in erased} == {"words_gone"}


CASES = st.lists(
    st.tuples(
        st.integers(0, 7 * 24 - 10),  # opened, hours after Monday 9:00
        st.lists(
            st.tuples(st.integers(1, 20 * 24), st.sampled_from(["dm", "answer", "apology", ""])),
            max_size=3,
        ),
        st.lists(
            st.tuples(st.integers(2, 20 * 24), st.sampled_from(["solved", "unsolved", "thanks"])),
            max_size=2,
        ),
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=40, deadline=None)
@given(CASES)
def test_the_earlier_week_is_seen_as_a_report_of_the_same_age_saw_it(cases):
    """Cutting off a week of knowledge gives what was measured a week ago."""
    world = World()
    for number, (opened, replies, later) in enumerate(cases):
        name, at = f"c{number}", opened * HOUR
        asked = world.say(name, "@acme help", at=at, labels="need")
        for hours, labels in sorted(replies):
            text = f"@{name} {number} {hours} {labels}"
            world.say("acme", text, at=at + hours * HOUR, to=asked, labels=labels)
        for hours, labels in sorted(later):
            world.say(name, "@acme so", at=at + hours * HOUR + MINUTE, to=asked, labels=labels)
    as_of = 21 * DAY + 5 * HOUR
    week = find_week("2026-W10", "UTC")
    now = take_sample(
        world.tables(as_of=as_of), ACME, (week, week), make_setting(as_of), younger=7 * DAY
    )
    early = as_of - 7 * DAY
    then = take_sample(world.tables(as_of=early), ACME, (week, week), make_setting(early))
    for figure in ("first_reply", "first_helpful_reply"):
        assert now.tables[figure].equals(then.tables[figure])
    for figure in ("deflection_rate", "bare_deflection_rate", "confirmed_share"):
        assert now.shares[figure] == then.shares[figure]


def make_sample(name, *, moved, total):
    waits = event_table(_frame([3600.0] * total))
    share = make_share(moved, total)
    return Sample(
        name,
        name,
        tables={"first_reply": waits},
        waits={"first_reply": Waits(total, measure_quantile(waits, 0.5))},
        shares={"deflection_rate": share},
    )


def _frame(seconds):
    return pl.DataFrame({"seconds": seconds}).with_columns(observed=pl.lit(value=True))


def test_pairs_of_brands_of_a_group_are_compared_and_corrected_together():
    a, b, c = (
        make_sample(name, moved=moved, total=50)
        for name, moved in (("a", 10), ("b", 25), ("c", 40))
    )
    contrasts = measure_contrasts([[a, b], [c]])
    assert [(each.base, each.subject, each.figure) for each in contrasts] == [
        ("a", "b", "first_reply"),
        ("a", "b", "deflection_rate"),
    ]
    pairs = measure_contrasts([[a, b, c]])
    assert len(pairs) == 6
    claimed = {(each.base, each.subject) for each in pairs if each.is_claimed}
    assert claimed == {("a", "b"), ("a", "c"), ("b", "c")}
    alone = next(each for each in contrasts if each.p and each.p < 1)
    together = next(
        each for each in pairs if (each.base, each.subject) == ("a", "b") and each.difference
    )
    assert alone.p == together.p
    assert alone.q <= 2 * alone.p
    assert together.q >= together.p


def test_a_difference_whose_interval_holds_zero_is_never_claimed():
    compared = Compared(
        figure="deflection_rate",
        base="a",
        subject="b",
        base_value=make_share(1, 20),
        value=make_share(6, 20),
        difference=Difference(points=25, low=-1, high=47, p=0.04),
        p=0.04,
        q=0.04,
    )
    assert not compared.is_claimed
    surer = replace(compared, difference=Difference(points=25, low=1, high=47, p=0.04))
    assert surer.is_claimed
    assert not replace(surer, q=0.06).is_claimed


def test_weeks_around_a_clock_change_are_of_the_same_age():
    """The week of the change is an hour shorter; it began an hour less than a week ago."""
    week = find_week("2026-W14", "Europe/Berlin")
    earlier = shift_week(week, -1, "Europe/Berlin")
    assert week.since - earlier.since == 7 * DAY - HOUR
