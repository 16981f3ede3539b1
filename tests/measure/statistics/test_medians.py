"""Medians of many parts at once are those of each part alone."""

import random

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from listener.measure.statistics import (
    event_table,
    event_tables,
    measure_medians,
    measure_quantile,
)
from tests.measure.statistics.waits import make_waits, some_waits


def medians_one_by_one(frame, least=1):
    """Measure each part as if there were no other."""
    never = measure_quantile(event_table(make_waits([])), 0.5)
    return {
        part: (
            own.height,
            measure_quantile(event_table(own), 0.5) if own.height >= least else never,
        )
        for part, own in frame.partition_by("part", as_dict=True).items()
    }


@settings(derandomize=True, deadline=None, max_examples=60)
@given(some_waits(), st.integers(1, 4), st.integers(1, 5))
def test_medians_of_parts_are_those_of_each_part_alone(waits, parts, least):
    frame = make_waits(waits).with_columns(part=pl.int_range(pl.len()) % parts)
    medians = measure_medians(event_tables(frame, "part"), "part", least=least)
    assert medians == medians_one_by_one(frame, least)


@pytest.mark.parametrize("answered", [0.3, 0.6, 0.95, 1.0])
def test_so_they_are_with_many_waits(answered):
    chance = random.Random(str(answered))  # noqa: S311
    waits = [(chance.expovariate(1e-4), chance.random() < answered) for _ in range(3_000)]
    frame = make_waits(waits).with_columns(part=(pl.int_range(pl.len()).sqrt() / 2).cast(pl.Int64))
    medians = measure_medians(event_tables(frame, "part"), "part")
    assert medians == medians_one_by_one(frame)


def test_a_half_that_floating_point_misses_is_one_half_beside_others():
    # 9/10 · 5/6 · 2/3 = 1/2; the product of the rounded logarithms is not
    waits = make_waits("1+ 2 3+ 4+ 4+ 5 5+ 6+ 7 8+ 8+")
    frame = pl.concat([waits, waits]).with_columns(part=pl.int_range(pl.len()) // waits.height)
    medians = measure_medians(event_tables(frame, "part"), "part")
    assert [median.seconds for _, median in medians.values()] == [7, 7]
