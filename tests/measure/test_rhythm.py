"""When customers begin, as a clock on the brand's wall shows it."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from listener.measure.periods import Period
from listener.measure.rhythm import measure_rhythm
from listener.measure.statistics import event_table, measure_quantile

SINCE, UNTIL = datetime(2017, 1, 1, tzinfo=UTC), datetime(2019, 1, 1, tzinfo=UTC)
ALWAYS = Period("always", SINCE, UNTIL)
SCHEMA = {
    "opened_at": pl.Datetime("us", "UTC"),
    "opened_by": pl.String,
    "opening_unknown": pl.Boolean,
    "first_reply_seconds": pl.Float64,
    "first_reply_observed": pl.Boolean,
}


def case(at: datetime, seconds: float | None = 60.0, **changes) -> dict:
    return {
        "opened_at": at, "opened_by": "customer", "opening_unknown": False,
        "first_reply_seconds": seconds, "first_reply_observed": seconds is not None, **changes,
    }  # fmt: skip


def measure(*rows: dict, time_zone: str = "Europe/Berlin", period: Period = ALWAYS):
    return measure_rhythm(pl.DataFrame(rows, schema=SCHEMA), period, time_zone)


def list_hours(rhythm) -> dict[tuple[int, int], int]:
    return {
        (weekday, hour): count
        for weekday, hours in enumerate(rhythm.opened, 1)
        for hour, count in enumerate(hours)
        if count
    }


def test_an_hour_is_that_of_the_brand():
    # 23:30 on a Sunday in UTC is half past midnight on Monday in Berlin.
    rhythm = measure(case(datetime(2017, 11, 5, 23, 30, tzinfo=UTC)))
    assert list_hours(rhythm) == {(1, 0): 1}
    assert rhythm.total == 1


def test_where_clocks_are_set_back_the_hour_that_comes_twice_holds_both():
    twice = [datetime(2017, 10, 29, hour, 30, tzinfo=UTC) for hour in (0, 1)]
    assert list_hours(measure(*map(case, twice))) == {(7, 2): 2}


def test_where_clocks_are_set_forward_no_case_falls_into_the_hour_left_out():
    around = [datetime(2018, 3, 25, 0, 59, tzinfo=UTC), datetime(2018, 3, 25, 1, 0, tzinfo=UTC)]
    assert list_hours(measure(*map(case, around))) == {(7, 1): 1, (7, 3): 1}


def test_a_wait_over_a_clock_change_is_as_long_as_it_was():
    # Ten cases at 01:30, each answered after 7,200 real seconds: at 02:30 by the clock.
    at = datetime(2017, 10, 28, 23, 30, tzinfo=UTC)
    waits = measure(*[case(at, 7200.0)] * 10).waits
    assert [(wait.weekday, wait.hour, wait.clocked) for wait in waits] == [(7, 0, 10)]
    assert waits[0].median.seconds == 7200


def test_nine_waits_have_no_median_and_ten_have_one():
    at = datetime(2017, 11, 6, 10, tzinfo=UTC)
    nine = measure(*[case(at + timedelta(minutes=10 * n), 60.0 * n) for n in range(9)]).waits
    ten = measure(*[case(at + timedelta(minutes=6 * n), 60.0 * n) for n in range(10)]).waits
    assert [(wait.hour, wait.clocked, wait.median.seconds) for wait in nine] == [
        (9, 6, None),
        (12, 3, None),
    ]
    assert [(wait.hour, wait.clocked, wait.median.seconds) for wait in ten] == [(9, 10, 240.0)]


def test_waits_still_open_count_as_long_as_they_were_watched():
    at = datetime(2017, 11, 6, 10, tzinfo=UTC)
    rows = [case(at, 60.0)] * 4 + [case(at, 5_000.0, first_reply_observed=False)] * 6
    (wait,) = measure(*rows).waits
    assert (wait.median.seconds, wait.median.longest) == (None, 5_000.0)


@pytest.mark.parametrize(
    "left_out", [{"opened_by": "brand"}, {"opening_unknown": True}, {"opened_at": UNTIL}]
)
def test_left_out_is_whoever_began_at_an_unknown_time(left_out):
    rhythm = measure(case(SINCE) | left_out)
    assert (rhythm.total, list_hours(rhythm), rhythm.waits) == (0, {}, ())


def test_a_case_without_a_clock_began_but_did_not_wait():
    rhythm = measure(case(SINCE, None))
    assert (rhythm.total, rhythm.waits) == (1, ())


ZONES = ("Europe/Berlin", "America/St_Johns", "Asia/Kathmandu", "Australia/Lord_Howe", "UTC")
MOMENTS = st.datetimes(datetime(2017, 1, 2), datetime(2018, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001


@given(st.lists(st.tuples(MOMENTS, st.integers(0, 90_000)), max_size=40), st.sampled_from(ZONES))
def test_every_case_stands_where_a_clock_on_the_wall_was(begun, zone):
    rhythm = measure(*(case(at, float(seconds)) for at, seconds in begun), time_zone=zone)
    wall = [at.astimezone(ZoneInfo(zone)) for at, _ in begun]
    expected: dict[tuple[int, int], int] = {}
    for at in wall:
        expected[at.isoweekday(), at.hour] = expected.get((at.isoweekday(), at.hour), 0) + 1
    assert list_hours(rhythm) == expected
    assert rhythm.total == len(begun) == sum(wait.clocked for wait in rhythm.waits)


@given(st.lists(st.integers(0, 90_000), min_size=10, max_size=30))
def test_a_block_has_the_median_of_its_waits(seconds):
    at = datetime(2017, 11, 6, 10, tzinfo=UTC)
    (wait,) = measure(*(case(at, float(each)) for each in seconds)).waits
    waits = pl.DataFrame({"seconds": [float(each) for each in seconds], "observed": True})
    assert wait.median == measure_quantile(event_table(waits), 0.5)
    assert wait.median.seconds == sorted(seconds)[(len(seconds) - 1) // 2]
