import random

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lifelines.utils import survival_table_from_events
from polars.testing import assert_frame_equal

from listener.measure.statistics import event_table, event_tables, merge_event_tables
from tests.measure.statistics.waits import make_waits, some_waits

COLUMNS = ["seconds", "events", "censored", "at_risk"]


def test_an_event_table_has_one_sorted_row_a_distinct_time():
    table = event_table(make_waits("60 5 60+ 5 90+"))
    assert table.columns == COLUMNS
    assert table.rows() == [(5, 2, 0, 5), (60, 1, 1, 3), (90, 0, 1, 1)]


@settings(derandomize=True, deadline=None, max_examples=50)
@given(some_waits())
def test_an_event_table_counts_what_it_says(waits):
    expected = [
        (
            time,
            sum(observed for seconds, observed in waits if seconds == time),
            sum(not observed for seconds, observed in waits if seconds == time),
            sum(seconds >= time for seconds, _ in waits),
        )
        for time in sorted({seconds for seconds, _ in waits})
    ]
    assert event_table(make_waits(waits)).rows() == expected


def test_no_waits_give_a_table_without_rows_but_with_types():
    table = event_table(make_waits([]))
    assert table.is_empty()
    assert table.schema == event_table(make_waits("1")).schema


def test_waits_without_seconds_had_no_clock_and_are_left_out():
    waits = pl.DataFrame({"seconds": [None, 5.0], "observed": [None, True]})
    assert event_table(waits).rows() == [(5, 1, 0, 1)]


def test_whole_numbers_are_taken_as_seconds():
    waits = pl.DataFrame({"seconds": [3, 3], "observed": [True, False]})
    assert event_table(waits).rows() == [(3.0, 1, 1, 2)]


def test_zero_and_minus_zero_are_one_time():
    assert event_table(make_waits([(0.0, True), (-0.0, False)])).rows() == [(0, 1, 1, 2)]


@pytest.mark.parametrize("seconds", [-1.0, float("inf"), float("nan")])
def test_impossible_waits_are_refused(seconds):
    with pytest.raises(ValueError, match="negative or endless"):
        event_table(make_waits([(5.0, True), (seconds, True)]))


def test_a_wait_that_does_not_tell_whether_it_ended_is_refused():
    waits = pl.DataFrame({"seconds": [5.0], "observed": [None]})
    with pytest.raises(ValueError, match="does not say whether it was observed"):
        event_table(waits)


@settings(derandomize=True, deadline=None, max_examples=30)
@given(some_waits(), st.integers(1, 5))
def test_tables_of_parts_are_those_of_each_part_alone(waits, parts):
    number = pl.int_range(pl.len())
    frame = make_waits(waits).with_columns(half=number % 2, part=number // 2 % parts)
    tables = event_tables(frame, "half", "part")
    keys = ["half", "part"]
    alone = {key: event_table(own) for key, own in frame.partition_by(*keys, as_dict=True).items()}
    apart = tables.partition_by(*keys, as_dict=True, include_key=False, maintain_order=True)
    assert list(apart) == sorted(key for key, table in alone.items() if table.height)
    for key, table in apart.items():
        assert_frame_equal(table, alone[key])


@settings(derandomize=True, deadline=None)
@given(some_waits(), st.integers(1, 5), st.randoms(use_true_random=False))
def test_merged_tables_of_parts_equal_the_table_of_the_whole(waits, parts, chance):
    pieces = [[] for _ in range(parts)]
    for wait in waits:
        chance.choice(pieces).append(wait)
    merged = merge_event_tables(*(event_table(make_waits(piece)) for piece in pieces))
    assert_frame_equal(merged, event_table(make_waits(waits)))


def test_merging_nothing_gives_an_empty_table():
    assert_frame_equal(merge_event_tables(), event_table(make_waits([])))


@settings(derandomize=True, deadline=None)
@given(some_waits(), st.randoms(use_true_random=False))
def test_the_order_of_the_waits_changes_nothing(waits, chance):
    shuffled = chance.sample(waits, len(waits))
    assert_frame_equal(event_table(make_waits(shuffled)), event_table(make_waits(waits)))


def test_the_table_agrees_with_lifelines():
    chance = random.Random(1)  # noqa: S311
    waits = [(float(chance.randint(1, 30)), chance.random() < 0.6) for _ in range(200)]
    theirs = survival_table_from_events(*zip(*waits, strict=True)).iloc[1:]
    ours = event_table(make_waits(waits))
    assert ours["seconds"].to_list() == theirs.index.to_list()
    assert ours["events"].to_list() == theirs["observed"].to_list()
    assert ours["censored"].to_list() == theirs["censored"].to_list()
    assert ours["at_risk"].to_list() == theirs["at_risk"].to_list()
