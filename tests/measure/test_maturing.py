"""Weeks that mature: what customers say after a week was first told of."""

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.measure.test_week import measure
from tests.measure.world import DAY, HOUR, World


def say_case(world, name, *, at, later=(), reply="answer"):
    asked = world.say(name, "@acme help", at=at, labels="need")
    answer = world.say("acme", f"@{name} do this", at=at + HOUR, to=asked, labels=reply)
    for after, labels in later:
        world.say(name, "@acme so", at=at + after, to=answer, labels=labels)
    return answer


def mature(world, *, as_of=60 * DAY, week="2026-W12"):
    return {row.week: row for row in measure(world, week, as_of=as_of).maturing}


def test_a_word_after_the_first_judgement_counts_now_and_not_at_first():
    """W10 ends on day 7 and is judged on day 14; W12 is the outcome week."""
    world = World()
    say_case(world, "anna", at=1 * DAY, later=[(2 * DAY, "solved")])
    say_case(world, "ben", at=2 * DAY, later=[(13 * DAY, "unsolved")])  # day 15
    say_case(world, "cem", at=3 * DAY, later=[(2 * DAY, "unsolved"), (12 * DAY, "solved")])
    say_case(world, "dora", at=4 * DAY)
    week = mature(world)["2026-W10"]
    assert week.cases == 4
    assert (week.first.count, week.first.total) == (1, 2)  # anna; cem was not helped
    assert (week.now.count, week.now.total) == (2, 3)  # anna, cem; ben was not helped


def test_what_is_said_at_the_very_end_still_counts_as_first():
    world = World()
    say_case(world, "anna", at=5 * DAY, later=[(9 * DAY - 9 * HOUR, "solved")])  # day 14, 0:00
    say_case(world, "ben", at=5 * DAY, later=[(9 * DAY - 8 * HOUR, "solved")])
    week = mature(world)["2026-W10"]
    assert (week.first.total, week.now.total) == (1, 2)


def test_a_recontact_after_the_first_judgement_breaks_a_claim_only_now():
    world = World()
    last = say_case(world, "anna", at=6 * DAY)
    world.say("acme", "@anna more", at=8 * DAY, to=last, labels="answer")
    world.say("anna", "@acme again", at=14.5 * DAY, labels="need")
    week = mature(world)["2026-W10"]
    assert week.first.total == 0
    assert (week.now.count, week.now.total) == (0, 1)


def test_an_earlier_recontact_counts_at_first_too():
    world = World()
    say_case(world, "anna", at=2 * DAY)
    world.say("anna", "@acme again", at=4 * DAY, labels="need")
    world.say("anna", "@acme and again", at=15 * DAY, labels="need")
    first = world.tables().cases.sort("opened_at")["told_first"].to_list()
    assert first == ["unresolved", None, None]


def test_the_outcome_week_itself_and_later_ones_are_not_listed():
    world = World()
    for week in range(4):
        say_case(world, f"c{week}", at=week * 7 * DAY, later=[(DAY, "solved")])
    assert list(mature(world, as_of=23 * DAY, week="2026-W12")) == ["2026-W10"]


def test_a_free_period_has_no_maturing_weeks():
    from listener.measure.periods import find_days
    from tests.measure.world import START

    world = World()
    say_case(world, "anna", at=1 * DAY)
    period = find_days(START.date(), (START + 13 * DAY).date(), "UTC")
    assert measure(world, period=period).maturing == ()


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 6 * 24),
            st.lists(
                st.tuples(
                    st.integers(2, 30 * 24),
                    st.sampled_from(["solved", "unsolved", "need", "thanks", "complaint"]),
                ),
                max_size=3,
            ),
        ),
        min_size=1,
        max_size=6,
    )
)
def test_first_is_what_a_report_of_that_moment_says(cases):
    """Measured at the moment of the first judgement, nothing but later words is missing."""
    world = World()
    for number, (at, later) in enumerate(cases):
        said = sorted((hours * HOUR, labels) for hours, labels in later)
        say_case(world, f"c{number}", at=at * HOUR, later=said)
    now = world.tables(as_of=60 * DAY).cases
    then = world.tables(as_of=14 * DAY - 9 * HOUR).cases
    told = pl.col("outcome").is_in(["resolved", "unresolved"])
    seen = then.select("case", expected=pl.when(told).then("outcome"))
    week = now.filter(pl.col("week") == "2026-W10").join(seen, on="case", how="inner")
    assert week["told_first"].to_list() == week["expected"].to_list()
