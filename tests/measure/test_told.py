"""What was told from elsewhere stands beside what was seen, and is never part of it."""

from dataclasses import replace
from datetime import timedelta

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from listener.figures import ToldCounts, ToldElsewhere
from listener.measure.told import TOLD_SCHEMA, attach_told, measure_told, no_told
from listener.measure.told_reasons import give_told_reasons
from tests.measure.world import START, World

DAY = timedelta(days=1)
CASES = pl.DataFrame(
    {
        "case": ["c1", "c2", "c3", "c4"],
        "outcome": ["handed_over", "handed_over", "unresolved", "claimed"],
    }
)


def table(*rows):
    """Return told outcomes from (case, source, outcome, day)."""
    told = [
        {"case": case, "brand": "acme", "platform": "x", "source": source, "outcome": outcome}
        | {"told_at": START + day * DAY}
        for case, source, outcome, day in rows
    ]
    return pl.DataFrame(told, schema=TOLD_SCHEMA)


def test_counts_by_source_and_beside_what_was_seen():
    told = table(
        ("c1", "crm", "solved", 1),
        ("c2", "crm", "unsolved", 2),
        ("c3", "letters", "solved", 3),
        ("elsewhere", "crm", "solved", 3),
    )
    assert measure_told(told, CASES) == ToldElsewhere(
        cases=3,
        total=4,
        told=ToldCounts(solved=2, unsolved=1),
        sources={"crm": ToldCounts(1, 1), "letters": ToldCounts(1, 0)},
        observed={"handed_over": ToldCounts(1, 1), "unresolved": ToldCounts(1, 0)},
        contradicted=0,
    )


def test_the_last_word_on_a_case_counts_and_each_source_has_its_own():
    told = table(
        ("c1", "crm", "unsolved", 1),
        ("c1", "letters", "unsolved", 3),
        ("c1", "crm", "solved", 2),
    )
    found = measure_told(told, CASES)
    assert found.told == ToldCounts(0, 1)
    assert found.sources == {"crm": ToldCounts(1, 0), "letters": ToldCounts(0, 1)}
    assert (found.cases, found.contradicted) == (1, 1)


def test_nothing_told_is_nothing_and_not_a_share():
    assert measure_told(no_told(), CASES) == ToldElsewhere(total=4)
    assert measure_told(no_told(), CASES.clear()) == ToldElsewhere()


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["c1", "c2", "c3", "c4", "c9"]),
            st.sampled_from(["crm", "letters"]),
            st.sampled_from(["solved", "unsolved"]),
            st.integers(0, 5),
        ),
        max_size=20,
    )
)
def test_every_split_adds_up(rows):
    found = measure_told(table(*rows), CASES)
    known = {case for case, *_ in rows if case != "c9"}
    assert found.cases == len(known) == found.told.solved + found.told.unsolved
    assert sum(each.solved for each in found.observed.values()) == found.told.solved
    assert sum(each.unsolved for each in found.observed.values()) == found.told.unsolved
    both = {(case, source) for case, source, *_ in rows if case in known}
    assert sum(each.solved + each.unsolved for each in found.sources.values()) == len(both)


def make_world():
    world = World()
    asked = world.say("anna", "@acme help", at=timedelta(0), labels="need")
    world.say("acme", "@anna DM us", at=timedelta(hours=1), to=asked, labels="dm")
    return world, asked


def stored(post_id, case="then", **changes):
    row = {
        "brand": "acme",
        "platform": "x",
        "post_id": post_id,
        "case": case,
        "source": "crm",
        "outcome": "solved",
        "told_at": START,
    }
    return pl.DataFrame([row | changes])


def test_no_observed_figure_changes():
    world, asked = make_world()
    tables = world.tables()
    told = attach_told(stored(asked), tables.case_posts)
    assert told["case"].to_list() == tables.cases["case"].to_list()
    assert replace(tables, told=told).cases.equals(tables.cases)
    assert tables.cases["outcome"].to_list() == ["handed_over"]


def test_it_follows_the_post_when_an_earlier_one_gives_the_case_another_name():
    world, asked = make_world()
    before = world.tables().cases["case"].item()
    world.say("anna", "@acme my box is dead", at=-timedelta(hours=1), labels="need", post_id="0")
    world.posts[0] = replace(world.posts[0], reply_to_id="0")
    after = world.tables()
    assert after.cases["case"].item() != before
    told = attach_told(stored(asked, case=before), after.case_posts)
    assert told["case"].to_list() == after.cases["case"].to_list()


def test_two_cases_that_turn_out_to_be_one_take_both_along_and_the_later_word_counts():
    world, asked = make_world()
    again = world.say("anna", "@acme still dead", at=timedelta(hours=9), labels="need")
    assert world.tables().cases.height == 2
    world.posts[-1] = replace(world.posts[-1], reply_to_id=asked)
    tables = world.tables()
    both = pl.concat([stored(asked), stored(again, outcome="unsolved", told_at=START + DAY)])
    told = attach_told(both, tables.case_posts)
    assert told["case"].n_unique() == 1
    assert told.height == 2
    assert measure_told(told, tables.cases).told == ToldCounts(0, 1)


def test_a_post_in_several_cases_is_told_of_the_case_that_was_named():
    posts = pl.DataFrame(
        {
            "brand": ["acme"] * 3 + ["bolt"],
            "platform": ["x"] * 4,
            "post_id": ["1"] * 4,
            "side": ["brand", "brand", "customer", "customer"],
            "case": ["a", "b", "c", "d"],
        }
    )
    named = attach_told(stored("1", case="b"), posts)["case"].to_list()
    unnamed = attach_told(stored("1", case="gone"), posts)["case"].to_list()
    assert (named, unnamed) == (["b"], ["c"])


def test_a_case_that_is_gone_takes_what_was_told_of_it_out_of_all_tables():
    world, _ = make_world()
    assert attach_told(stored("99"), world.tables().case_posts).is_empty()
    other = stored("1", brand="bolt")
    assert attach_told(other, world.tables().case_posts).is_empty()


def test_the_story_of_a_case_tells_each_with_its_source():
    told = table(("c1", "letters", "unsolved", 2), ("c1", "crm", "solved", 1))
    reasons = list(give_told_reasons(told.to_dicts()))
    assert [(each.what, str(each.value), each.section) for each in reasons] == [
        ("told_elsewhere", "solved", "4"),
        ("told_elsewhere", "unsolved", "4"),
    ]
    assert str(reasons[0].because).startswith("told by crm as of 2026-03-03 09:00 UTC; not seen")
