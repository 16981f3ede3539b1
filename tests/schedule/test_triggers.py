"""When things are due: the triggers are asked, nobody waits for them."""

import itertools
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listener.schedule.triggers import make_trigger, tell_next
from listener.settings.rhythms import parse_rhythm, parse_weekly_time

ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "America/Sao_Paulo",
    "Africa/Cairo",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Pacific/Kiritimati",
)


def moment(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def list_next(trigger, after, count):
    found = []
    for _ in range(count):
        after = tell_next(trigger, after)
        found.append(after)
    return found


def show(moments):
    return [f"{each:%Y-%m-%dT%H:%M}" for each in moments]


def test_an_interval_goes_on_in_even_steps_whoever_asks():
    trigger = make_trigger(parse_rhythm("15 minutes"))
    assert show(list_next(trigger, moment("2026-12-31T23:38:12"), 3)) == [
        "2026-12-31T23:45",
        "2027-01-01T00:00",
        "2027-01-01T00:15",
    ]


def test_the_next_moment_is_never_the_one_that_is_now():
    trigger = make_trigger(parse_rhythm("1 hour"))
    assert show([tell_next(trigger, moment("2026-03-29T01:00:00"))]) == ["2026-03-29T02:00"]


def test_intervals_are_as_long_as_they_say_when_clocks_are_changed():
    for day in ("2026-03-28", "2026-10-24"):
        trigger = make_trigger(parse_rhythm("2 hours"))
        found = list_next(trigger, moment(f"{day}T12:00:00"), 24)
        assert {b - a for a, b in itertools.pairwise(found)} == {timedelta(hours=2)}


def test_cron_lines_are_in_utc():
    trigger = make_trigger(parse_rhythm("*/20 6-22 * * mon-fri"))
    assert show(list_next(trigger, moment("2026-12-31T22:30:00"), 2)) == [
        "2026-12-31T22:40",
        "2027-01-01T06:00",
    ]
    assert show(list_next(trigger, moment("2027-01-01T22:41:00"), 1)) == ["2027-01-04T06:00"]


def test_monday_is_the_first_day_of_a_week():
    trigger = make_trigger(parse_rhythm("0 7 * * mon"))
    found = list_next(trigger, moment("2026-12-20T00:00:00"), 3)
    assert show(found) == ["2026-12-21T07:00", "2026-12-28T07:00", "2027-01-04T07:00"]


@pytest.mark.parametrize(
    ("when", "zone", "after", "expected"),
    [
        # 02:30 does not exist on 29 March: it is 03:30 then.
        ("sun 02:30", "Europe/Berlin", "2026-03-23", ["03-29T01:30", "04-05T00:30"]),
        # 02:30 exists twice on 25 October: the first one counts.
        ("sun 02:30", "Europe/Berlin", "2026-10-19", ["10-25T00:30", "11-01T01:30"]),
        ("mon 07:00", "Europe/Berlin", "2026-03-20", ["03-23T06:00", "03-30T05:00"]),
        ("mon 07:00", "Europe/Berlin", "2026-10-18", ["10-19T05:00", "10-26T06:00"]),
        # Midnight does not exist on that Friday.
        ("fri 00:00", "Africa/Cairo", "2026-04-18", ["04-23T22:00", "04-30T21:00"]),
        ("mon 07:00", "Asia/Kathmandu", "2026-04-18", ["04-20T01:15", "04-27T01:15"]),
        # A week 53, and New Year.
        ("mon 00:30", "Europe/Berlin", "2026-12-26", ["12-27T23:30", "01-03T23:30"]),
        ("thu 23:45", "America/New_York", "2026-12-26", ["01-01T04:45", "01-08T04:45"]),
    ],
)
def test_a_weekly_time_is_local(when, zone, after, expected):
    trigger = make_trigger(parse_weekly_time(when), zone=zone)
    found = list_next(trigger, moment(f"{after}T12:00:00"), 2)
    assert [each[5:] for each in show(found)] == expected


@given(
    weekday=st.sampled_from(("mon", "tue", "wed", "thu", "fri", "sat", "sun")),
    minutes=st.integers(0, 24 * 60 - 1),
    zone=st.sampled_from(ZONES),
    year=st.integers(1999, 2040),
)
def test_a_weekly_time_comes_once_in_each_week(weekday, minutes, zone, year):
    when = parse_weekly_time(f"{weekday} {minutes // 60:02}:{minutes % 60:02}")
    trigger = make_trigger(when, zone=zone)
    after = datetime(year, 1, 4, 12, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    found = list_next(trigger, after, 54)
    gaps = {b - a for a, b in itertools.pairwise(found)}
    # Samoa left a whole day out once.
    assert all(timedelta(days=5, hours=22) <= gap <= timedelta(days=7, hours=2) for gap in gaps)
    weeks = [_tell_week(each, zone, when.weekday) for each in found]
    assert weeks == sorted(set(weeks))
    assert len(weeks) == 54


def _tell_week(found, zone, weekday):
    """Return the Monday of the week that a moment is for, even if a gap moved it on by a day."""
    local = found.astimezone(ZoneInfo(zone)).date()
    return local - timedelta(days=(local.weekday() - weekday) % 7 + weekday)


@given(seconds=st.integers(0, 120), hours=st.floats(0, 9_000))
@pytest.mark.parametrize("text", ["15 minutes", "1 minute", "*/20 6-22 * * mon-fri"])
def test_spread_starts_are_late_by_no_more_than_that_and_do_not_drift(text, seconds, hours):
    after = moment("2026-01-01") + timedelta(hours=hours)
    even, spread = (make_trigger(parse_rhythm(text), jitter=j) for j in (0, seconds))
    late = tell_next(spread, after) - tell_next(even, after)
    assert timedelta(0) <= late <= timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "text",
    [
        "1 minute",
        "31 days",
        "03:30",
        "0 0 29 2 *",
        "*/59 * * * *",
        "0-0 0 1,15 */11 *",
        "5 4 * * sun,tue",
    ],
)
def test_whatever_settings_allow_has_a_next_time(text):
    after = datetime(2026, 3, 1, tzinfo=UTC)
    found = tell_next(make_trigger(parse_rhythm(text)), after)
    assert after < found < after + timedelta(days=4 * 366)


def test_weeks_are_those_of_the_calendar():
    trigger = make_trigger(parse_rhythm("1 week"))
    found = list_next(trigger, moment("2026-12-23T00:00:00"), 3)
    assert [each.date() for each in found] == [
        date(2026, 12, 28), date(2027, 1, 4), date(2027, 1, 11)
    ]  # fmt: skip
