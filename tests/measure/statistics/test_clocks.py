import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from listener.measure.statistics import measure_clock
from tests.measure.statistics.waits import SCHEMA, make_waits, some_waits
from tests.work import counting


def clock_of(rows):
    return measure_clock("first_reply", pl.DataFrame(rows, schema=SCHEMA, orient="row"))


def test_a_clock_counts_answered_open_and_skewed_apart():
    clock = clock_of(
        [(60, True, False), (120, True, None), (300, False, False), (None, None, True)]
    )
    assert clock.name == "first_reply"
    assert (clock.total, clock.answered, clock.open, clock.skewed) == (3, 2, 1, 1)


def test_a_skewed_answer_gives_no_clock_whatever_its_seconds():
    clock = clock_of([(0, True, True), (60, True, False)])
    assert (clock.total, clock.skewed, clock.median.seconds) == (1, 1, 60)


def test_a_case_without_a_clock_changes_nothing():
    with_it = clock_of([(60, True, False), (None, None, False)])
    assert with_it == clock_of([(60, True, False)])


def test_without_clocks_every_figure_is_no_data_and_never_0():
    clock = clock_of([(None, None, False), (None, None, True)])
    assert (clock.total, clock.answered, clock.open, clock.skewed) == (0, 0, 0, 1)
    for quantile in (clock.median, clock.p90):
        assert (quantile.seconds, quantile.low, quantile.high, quantile.longest) == (None,) * 4
    for within in (clock.within_1h, clock.within_24h):
        assert (within.rate, within.low, within.high) == (None, None, None)
    assert clock.curve.seconds == ()


def test_an_empty_frame_is_a_clock_without_data():
    assert clock_of([]).total == 0


def test_open_waits_lengthen_the_median_and_are_never_dropped():
    minutes = [(60.0 * minute, True) for minute in (1, 2, 3, 4, 5)]
    still_open = [(600.0, False)] * 4
    assert measure_clock("first_reply", make_waits(minutes)).median.seconds == 180
    assert measure_clock("first_reply", make_waits(minutes + still_open)).median.seconds == 300


def test_the_limits_are_an_hour_and_a_day():
    clock = measure_clock("first_reply", make_waits("3600 3601 86400 90000+"))
    assert (clock.within_1h.seconds, clock.within_1h.rate) == (3600, 0.25)
    assert (clock.within_24h.seconds, clock.within_24h.rate) == (86400, 0.75)


def test_the_median_and_the_90th_percentile_stand_under_their_names():
    clock = measure_clock("first_reply", make_waits("1 2 3 4 5 6 7 8 9 10"))
    assert (clock.median.seconds, clock.p90.seconds) == (5, 9)


@settings(derandomize=True, deadline=None)
@given(some_waits(), st.randoms(use_true_random=False))
def test_the_order_of_the_cases_changes_nothing(waits, chance):
    shuffled = make_waits(chance.sample(waits, len(waits)))
    assert measure_clock("first_reply", shuffled) == measure_clock("first_reply", make_waits(waits))


@settings(derandomize=True, deadline=None)
@given(some_waits())
def test_answered_and_open_waits_add_up(waits):
    clock = measure_clock("first_reply", make_waits(waits))
    assert clock.total == len(waits) == clock.answered + clock.open
    assert sum(clock.curve.events) == clock.answered


def test_a_million_waits_cost_no_more_than_going_once_through_their_different_lengths():
    chance = np.random.default_rng(1)
    waits = pl.DataFrame(
        {
            "seconds": np.floor(chance.exponential(50_000, 1_000_000)),
            "observed": chance.random(1_000_000) < 0.7,
            "skewed": np.zeros(1_000_000, dtype=bool),
        }
    )
    with counting(calls=True) as work:
        assert measure_clock("first_reply", waits).total == 1_000_000
    lengths = waits["seconds"].n_unique()
    assert work.total("calls") < lengths + 100
    assert work.total("rows") < 5 * waits.height
