"""Which weeks' reports are due: once each, by the clock on the brand's wall."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listener.jobs.due_editions import Edition, find_due_editions, tell_report_time
from listener.measure.periods import find_week, find_week_of, shift_week
from listener.settings import WeeklyTime, load_settings
from listener.settings.values import BrandSchedule
from tests.builders import make_brand

BERLIN = "Europe/Berlin"
# Half and three quarters of an hour, clocks that change at midnight, both ends of the world.
ZONES = (
    "UTC",
    BERLIN,
    "America/New_York",
    "America/Santiago",
    "Africa/Cairo",
    "Asia/Beirut",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Kiritimati",
    "Pacific/Pago_Pago",
)


MONDAY = WeeklyTime(0, 7, 0)


@cache
def load_default():
    return load_settings(env={}).schedule


def make_schedule(report=MONDAY, **brands):
    own = {key: BrandSchedule(rhythms={}, report=each) for key, each in brands.items()}
    return replace(load_default(), report=report, brands=own)


def at(text, zone="UTC"):
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def find_due(now, made=(), *, report=MONDAY, zone="UTC", weeks_back=4, first_posts=None, **brand):
    found = find_due_editions(
        [make_brand(time_zone=zone, **brand)],
        make_schedule(report),
        made,
        now=now,
        weeks_back=weeks_back,
        first_posts=first_posts,
    )
    return [each.week for each in found]


weekly_times = st.builds(
    WeeklyTime, st.integers(0, 6), st.integers(0, 23), st.sampled_from([0, 15, 30, 59])
)
SIX_YEARS_OF_SECONDS = 6 * 366 * 86_400
moments = st.integers(0, SIX_YEARS_OF_SECONDS).map(
    lambda seconds: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)


def test_keys_can_be_read_back():
    edition = Edition("acme-help", "2026-W47")
    assert edition.key == "acme-help:2026-W47"
    assert Edition.parse(edition.key) == edition


def test_a_week_is_due_when_its_hour_has_come_and_not_before():
    hour = at("2026-11-23T07:00", BERLIN)
    assert find_due(hour - timedelta(seconds=1), zone=BERLIN, weeks_back=1) == []
    assert find_due(hour, zone=BERLIN, weeks_back=1) == ["2026-W47"]


def test_an_hour_later_in_the_week_is_that_long_after_its_end():
    friday = WeeklyTime(4, 17, 30)
    assert find_due(at("2026-11-27T17:29"), report=friday, weeks_back=1) == []
    assert find_due(at("2026-11-27T17:30"), report=friday, weeks_back=1) == ["2026-W47"]
    assert find_due(at("2026-11-29T23:59"), report=friday, weeks_back=1) == ["2026-W47"]


def test_midnight_on_monday_is_the_very_end_of_the_week():
    midnight = WeeklyTime(0, 0, 0)
    assert find_due(at("2026-11-23T00:00"), report=midnight, weeks_back=1) == ["2026-W47"]


def test_what_was_made_is_not_due_and_what_was_missed_is_made_up_for_the_oldest_first():
    now = at("2026-11-23T09:00")
    weeks = ["2026-W44", "2026-W45", "2026-W46", "2026-W47"]
    assert find_due(now) == weeks
    assert find_due(now, {"acme:2026-W45", "acme:2026-W47"}) == ["2026-W44", "2026-W46"]
    assert find_due(now, {"other:2026-W45"}) == weeks


def test_weeks_before_the_first_post_have_no_edition():
    now = at("2026-11-23T09:00")
    first = {"acme": at("2026-11-15T23:59:59")}
    assert find_due(now, first_posts=first) == ["2026-W46", "2026-W47"]
    assert find_due(now, first_posts={"acme": at("2026-11-16")}) == ["2026-W47"]
    assert find_due(now, first_posts={"other": at("2020-01-01")}) == []


def test_weeks_before_the_first_day_that_counts_have_no_edition():
    now = at("2026-11-23T09:00", BERLIN)
    assert find_due(now, zone=BERLIN, count_from=date(2026, 11, 15)) == ["2026-W46", "2026-W47"]
    assert find_due(now, zone=BERLIN, count_from=date(2026, 11, 16)) == ["2026-W47"]
    assert find_due(now, zone=BERLIN, count_from=date(2026, 12, 1)) == []


def test_each_brand_has_its_own_zone_and_hour_and_weeks_stay_together():
    brands = [make_brand("late", time_zone="America/New_York"), make_brand("early")]
    schedule = make_schedule(early=WeeklyTime(0, 3, 0))
    due = find_due_editions(brands, schedule, (), now=at("2026-11-23T09:00"), weeks_back=2)
    assert [each.key for each in due] == ["late:2026-W46", "early:2026-W46", "early:2026-W47"]


@pytest.mark.parametrize(
    ("week", "local", "utc"),
    [
        ("2026-W12", "02:30", "2026-03-29T01:30Z"),  # left out: 02:30 is 03:30 in summer
        ("2026-W12", "03:30", "2026-03-29T01:30Z"),
        ("2026-W42", "02:30", "2026-10-25T00:30Z"),  # comes twice: the first one
        ("2026-W42", "03:00", "2026-10-25T02:00Z"),
        ("2026-W53", "07:00", "2027-01-10T06:00Z"),
        ("2020-W53", "07:00", "2021-01-10T06:00Z"),
        ("2025-W52", "07:00", "2026-01-04T06:00Z"),
    ],
)
def test_sundays_on_which_clocks_and_years_change(week, local, utc):
    hour = time.fromisoformat(local)
    sunday = WeeklyTime(6, hour.hour, hour.minute)
    told = tell_report_time(find_week(week, BERLIN), sunday, BERLIN)
    assert told == datetime.fromisoformat(utc)


def test_new_year_and_week_53_are_weeks_like_others():
    now = at("2027-01-11T08:00", BERLIN)
    assert find_due(now, zone=BERLIN) == ["2026-W51", "2026-W52", "2026-W53", "2027-W01"]


@given(moment=moments, zone=st.sampled_from(ZONES), weekly=weekly_times)
def test_a_report_comes_within_a_week_of_the_end_at_the_hour_on_the_wall(moment, zone, weekly):
    week = find_week_of(moment, zone)
    told = tell_report_time(week, weekly, zone)
    local = told.astimezone(ZoneInfo(zone))
    assert week.until <= told < week.until + timedelta(days=7, hours=2)
    assert local.weekday() == weekly.weekday
    off = (local.hour - weekly.hour) * 60 + local.minute - weekly.minute
    assert off in (0, 30, 60)  # later only where the clock leaves the hour out
    following = tell_report_time(shift_week(week, 1, zone), weekly, zone)
    assert abs(following - told - timedelta(days=7)) <= timedelta(hours=2)


@given(
    start=moments,
    zone=st.sampled_from(ZONES),
    weekly=weekly_times,
    steps=st.lists(st.integers(1, 60 * 60), min_size=50, max_size=100),
)
def test_who_looks_now_and_then_makes_each_week_once_and_in_order(start, zone, weekly, steps):
    now, made = start, {f"acme:{week}" for week in find_due(start, zone=zone, report=weekly)}
    news = []
    for step in steps:
        before, now = now, now + timedelta(minutes=step)
        for name in find_due(now, made, zone=zone, report=weekly):
            assert before < tell_report_time(find_week(name, zone), weekly, zone) <= now
            made.add(f"acme:{name}")
            news.append(name)
    assert news == list_weeks(start, now, weekly, zone)


def list_weeks(since, until, weekly, zone):
    """Return the weeks whose hour came in between, found week by week."""
    week, found = shift_week(find_week_of(since, zone), -2, zone), []
    while week.until <= until:
        if since < tell_report_time(week, weekly, zone) <= until:
            found.append(week.name)
        week = shift_week(week, 1, zone)
    return found


@given(now=moments, back=st.timedeltas(timedelta(0), timedelta(days=20)), weekly=weekly_times)
def test_a_clock_that_steps_back_makes_nothing_twice(now, back, weekly):
    made = {f"acme:{week}" for week in find_due(now, report=weekly)}
    newly = set(find_due(now - back, made, report=weekly))
    assert not {f"acme:{week}" for week in newly} & made
    assert find_due(now, made, report=weekly) == []
