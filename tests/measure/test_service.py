"""Section 2: service time, the part of a wait that lies in the brand's opening hours."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from listener.measure.open_hours import find_holidays, find_open_time, find_open_weekdays
from listener.measure.service import measure_service
from listener.posts import WEEKDAYS, OpeningHours
from listener.settings.hours import join_opening_hours, parse_opening_hours
from tests.measure.test_week import measure as measure_by
from tests.measure.world import ACME, DAY, HOUR, MINUTE, START, World

DAY_AND_NIGHT = ("mon-sun 00:00-24:00",)
OFFICE = ("mon-fri 09:00-17:00",)


def make_brand(*hours, **fields):
    """Return the brand with these hours, as a settings file writes them."""
    spans = join_opening_hours(map(parse_opening_hours, hours))
    return replace(ACME, opening_hours=spans, **{"time_zone": "Europe/Berlin", **fields})


def count_seconds(brand, start, end):
    """Return the open seconds between two local times of the brand."""
    moments = [datetime.fromisoformat(text).astimezone(UTC) for text in (start, end)]
    opened = find_open_time(brand, *moments)
    since, until = (pl.Series([moment], dtype=pl.Datetime("us", "UTC")) for moment in moments)
    return opened.measure_seconds(since, until).item()


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        ("2026-03-02T10:00+01:00", "2026-03-02T11:30+01:00", 1.5),  # inside
        ("2026-03-02T16:00+01:00", "2026-03-03T10:00+01:00", 2),  # a night
        ("2026-03-06T16:30+01:00", "2026-03-09T09:30+01:00", 1),  # a weekend
        ("2026-03-02T07:00+01:00", "2026-03-02T09:00+01:00", 0),  # up to opening
        ("2026-03-02T17:00+01:00", "2026-03-02T18:00+01:00", 0),  # from closing on
        ("2026-03-07T10:00+01:00", "2026-03-08T10:00+01:00", 0),  # a weekend alone
        ("2026-03-02T00:00+01:00", "2026-03-09T00:00+01:00", 40),  # a week
        ("2025-12-31T16:00+01:00", "2026-01-02T10:00+01:00", 10),  # New Year's Day is open here
        ("2026-12-28T00:00+01:00", "2027-01-04T00:00+01:00", 40),  # week 53
    ],
)
def test_only_opening_hours_count(start, end, hours):
    assert count_seconds(make_brand(*OFFICE), start, end) == hours * 3600


@pytest.mark.parametrize(
    ("holidays", "hours"), [(None, 16), ("DE", 8), ("DE-BY", 0), ("AT", 8), ("FR", 16)]
)
def test_public_holidays_are_off_where_the_brand_is(holidays, hours):
    # Whit Monday is off in Germany, Austria and France, Corpus Christi in Bavaria and Austria.
    brand = make_brand(*OFFICE, holidays=holidays)
    corpus_christi = count_seconds(brand, "2026-06-04T00:00+02:00", "2026-06-05T00:00+02:00")
    unity_day = count_seconds(brand, "2025-10-03T00:00+02:00", "2025-10-04T00:00+02:00")
    expected = {None: (8, 8), "DE": (8, 0), "DE-BY": (0, 0), "AT": (0, 8), "FR": (8, 8)}[holidays]
    assert (corpus_christi / 3600, unity_day / 3600) == expected
    assert sum(expected) == hours


def test_holidays_of_two_years_are_known_at_the_turn_of_the_year():
    brand = make_brand(*OFFICE, holidays="DE")
    assert count_seconds(brand, "2025-12-24T09:00+01:00", "2026-01-02T10:00+01:00") == 33 * 3600


@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        (DAY_AND_NIGHT, 23),  # 29 March 2026 has no hour from 2 to 3
        (("mon-sun 01:00-04:00",), 2),
        (("mon-sun 02:00-03:00",), 0),
        (("mon-sun 02:30-04:00",), 1),  # it opens when clocks jump
        (("mon-sun 01:00-02:30",), 1),  # it closes when clocks jump
        (("mon-sun 02:15-02:45",), 0),
        (("mon-sun 01:00-02:30", "mon-sun 02:30-04:00"), 2),
    ],
)
def test_an_hour_that_clocks_leave_out_is_open_at_no_time(hours, expected):
    brand = make_brand(*hours)
    open_for = count_seconds(brand, "2026-03-29T00:00+01:00", "2026-03-30T00:00+02:00")
    assert open_for == expected * 3600


@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        (DAY_AND_NIGHT, 25),  # 25 October 2026 has the hour from 2 to 3 twice
        (("mon-sun 01:00-04:00",), 4),
        (("mon-sun 02:00-03:00",), 2),
        (("mon-sun 02:30-04:00",), 2.5),  # from the first half past two on
        (("mon-sun 01:00-02:30",), 2.5),  # up to the second one
        (("mon-sun 01:00-02:30", "mon-sun 02:30-04:00"), 4),
    ],
)
def test_an_hour_that_comes_twice_is_open_both_times(hours, expected):
    brand = make_brand(*hours)
    open_for = count_seconds(brand, "2026-10-25T00:00+02:00", "2026-10-26T00:00+01:00")
    assert open_for == expected * 3600


def test_a_day_that_a_zone_left_out_has_no_hours():
    samoa = make_brand(*DAY_AND_NIGHT, time_zone="Pacific/Apia")
    assert count_seconds(samoa, "2011-12-29T00:00-10:00", "2012-01-01T00:00+14:00") == 48 * 3600


def test_a_midnight_that_does_not_exist_opens_at_one():
    brand = make_brand("mon-sun 00:00-02:00", time_zone="America/Sao_Paulo")
    assert count_seconds(brand, "2017-10-14T12:00-03:00", "2017-10-15T12:00-02:00") == 3600


def test_hours_over_midnight_are_two_spans_and_one_stretch():
    brand = make_brand("fri 20:00-24:00", "sat 00:00-02:00")
    assert count_seconds(brand, "2026-03-06T23:00+01:00", "2026-03-07T12:00+01:00") == 3 * 3600


def test_a_lunch_break_is_closed():
    brand = make_brand("mon-fri 09:00-12:00", "mon-fri 13:00-17:00")
    assert count_seconds(brand, "2026-03-02T11:30+01:00", "2026-03-02T13:30+01:00") == 3600


def test_a_brand_without_hours_works_from_monday_to_friday_when_days_are_counted():
    assert find_open_weekdays(ACME) == frozenset(WEEKDAYS[:5])
    assert find_open_weekdays(make_brand("sat 09:00-12:00")) == {"sat"}
    assert find_holidays(ACME, START.date(), START.date()) == frozenset()


# From here on cases: 2 March 2026, 9:00 UTC, is a Monday, 10:00 in Berlin.


def wait_of(world, **options):
    case = world.case(**options)
    return case["first_reply_service_seconds"], case["first_reply_off_hours"]


def ask(brand, asked, answered=None, *, labels="answer"):
    world = World(brand)
    first = world.say("anna", "@acme help", at=asked, labels="need")
    if answered is not None:
        world.say("acme", "@anna sure", at=answered, to=first, labels=labels)
    return world


def test_a_wait_over_night_is_as_long_as_the_doors_were_open():
    world = ask(make_brand(*OFFICE), 6 * HOUR, 24 * HOUR)  # Monday 16:00 to Tuesday 10:00
    assert wait_of(world) == (2 * 3600, False)
    assert world.case()["first_reply_seconds"] == 18 * 3600


def test_a_wait_outside_of_opening_hours_has_no_service_time():
    world = ask(make_brand(*OFFICE), 8 * HOUR, 9 * HOUR)  # Monday 18:00 to 19:00
    assert wait_of(world) == (None, True)


def test_an_answer_at_once_while_open_is_no_wait_but_in_hours():
    world = ask(make_brand(*OFFICE), 1 * HOUR, 1 * HOUR - 1 * MINUTE)
    assert wait_of(world) == (0, False)


def test_an_open_wait_counts_up_to_the_end_of_observation():
    world = ask(make_brand(*OFFICE), 6 * HOUR)
    assert wait_of(world, observed=2 * DAY) == (10 * 3600, False)  # 1 + 8 + 1 h
    assert world.case(observed=2 * DAY)["first_reply_observed"] is False


def test_an_open_wait_in_the_night_is_off_hours_so_far():
    world = ask(make_brand(*OFFICE), 8 * HOUR)
    assert wait_of(world, as_of=10 * HOUR) == (None, True)
    assert wait_of(world, as_of=24 * HOUR) == (3600, False)


def test_a_case_without_a_clock_has_no_service_time():
    world = World(make_brand(*OFFICE))
    world.say("anna", "@acme nice", at=HOUR, labels="praise")
    assert wait_of(world) == (None, False)


def test_a_brand_without_opening_hours_has_no_service_time():
    assert wait_of(ask(ACME, HOUR, 2 * HOUR)) == (None, False)


def test_help_and_follow_ups_run_in_service_time_too():
    world = World(make_brand(*OFFICE))
    first = world.say("anna", "@acme help", at=0 * HOUR, labels="need")  # Monday 10:00
    reply = world.say("acme", "@anna which?", at=1 * HOUR, to=first, labels="question")
    told = world.say("anna", "@acme the blue one", at=6 * HOUR, to=reply, labels="need")
    world.say("acme", "@anna restart", at=24 * HOUR, to=told, labels="answer")
    case = world.case()
    assert case["first_reply_service_seconds"] == 3600
    assert case["first_helpful_service_seconds"] == 8 * 3600  # 7 h on Monday, 1 h on Tuesday
    turns = world.tables().turns.filter(clock="followup_reply")
    assert turns.select("service_seconds", "off_hours").rows() == [(2 * 3600, False)]


def measure(world, brand, **options):
    tables = world.tables(**options)
    return measure_service(tables.turns, tables.cases.filter("has_need"), brand)


def test_waits_outside_are_counted_and_in_no_curve():
    brand = make_brand(*OFFICE)
    world = World(brand)
    for name, asked, answered in (
        ("anna", 0 * HOUR, 1 * HOUR),  # 1 h
        ("ben", 6 * HOUR, 24 * HOUR),  # 2 h
        ("cem", 8 * HOUR, 9 * HOUR),  # in the evening
        ("dora", 5 * DAY, 5 * DAY + HOUR),  # on Saturday
        ("emil", 4 * DAY + 5 * HOUR, None),  # Friday 15:00, never: 2 h, and 8 h on Monday
    ):
        first = world.say(name, "@acme help", at=asked, labels="need")
        if answered:
            world.say("acme", f"@{name} sure", at=answered, to=first, labels="answer")
    service = measure(world, brand, observed=8 * DAY - HOUR)
    first = service.first_reply
    assert (first.total, first.answered, first.open) == (3, 2, 1)
    assert first.curve.seconds == (3600, 7200)
    assert first.median.seconds == 7200
    assert first.median.longest == 10 * 3600
    assert first.within_1h.rate == pytest.approx(1 / 3)
    assert first.within_24h.rate is None  # nobody was open that long
    assert service.off_hours == {
        "first_reply": 2, "first_helpful_reply": 2, "followup_reply": 0
    }  # fmt: skip
    assert service.opening_hours[0] == "mon 09:00-17:00"
    assert (service.time_zone, service.holidays) == ("Europe/Berlin", None)


def test_a_week_of_holidays_has_no_curve():
    brand = make_brand("thu-fri 09:00-17:00", holidays="DE-BY")
    good_friday = datetime(2026, 4, 3, 10, tzinfo=UTC) - START
    world = ask(brand, good_friday, good_friday + HOUR)
    service = measure(world, brand)
    assert service.first_reply.total == 0
    assert service.first_reply.median.seconds is None
    assert service.off_hours["first_reply"] == 1


def test_without_opening_hours_there_are_no_figures():
    world = ask(ACME, HOUR, 2 * HOUR)
    assert measure(world, ACME) is None
    assert measure_by(world).service is None


def test_a_day_that_ends_at_midnight_is_written_so():
    brand = make_brand("mon 08:00-24:00")
    assert measure(ask(brand, HOUR, 2 * HOUR), brand).opening_hours == ("mon 08:00-24:00",)


def test_brands_have_their_own_hours_in_one_store():
    other = replace(make_brand("mon 12:00-13:00"), key="bolt", accounts=make_accounts("bolt"))
    world = World(make_brand(*OFFICE), other)
    for brand in ("acme", "bolt"):
        first = world.say(f"anna{brand}", f"@{brand} help", at=0 * HOUR, labels="need")
        world.say(brand, f"@anna{brand} sure", at=6 * HOUR, to=first, labels="answer")
    cases = world.tables().cases.sort("brand")
    assert cases["first_reply_service_seconds"].to_list() == [6 * 3600, 3600]


def make_accounts(handle):
    return (replace(ACME.accounts[0], handle=handle),)


ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC")
YEAR = 366 * 24 * 60
quick = settings(max_examples=150, deadline=None)


@st.composite
def brands(draw):
    """Draw opening hours: up to three spans a day, in any zone, with or without holidays."""
    spans = []
    for day in draw(st.lists(st.sampled_from(WEEKDAYS), unique=True)):
        ends = sorted(draw(st.lists(st.integers(0, 96), min_size=2, max_size=6, unique=True)))
        for opens, closes in zip(ends[::2], ends[1::2], strict=False):
            spans.append(
                OpeningHours(weekday=day, opens=make_time(opens), closes=make_time(closes))
            )
    zone, holidays = draw(st.sampled_from(ZONES)), draw(st.sampled_from([None, "DE-BY", "US"]))
    return replace(ACME, opening_hours=tuple(spans), time_zone=zone, holidays=holidays)


def make_time(quarters):
    return time.max if quarters == 96 else time(quarters // 4, quarters % 4 * 15)


def measure_between(brand, *minutes):
    """Return the open seconds from each moment of 2026 to the next."""
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    at = [begin + timedelta(minutes=minute) for minute in minutes]
    moments = pl.Series(at, dtype=pl.Datetime("us", "UTC"))
    opened = find_open_time(brand, min(at), max(at))
    return opened.measure_seconds(moments.head(-1), moments.tail(-1)).to_list()


moments_of_a_year = st.lists(st.integers(0, YEAR), min_size=3, max_size=3).map(sorted)


@quick
@given(brands(), moments_of_a_year)
def test_service_time_is_never_longer_than_calendar_time(brand, minutes):
    first, second = measure_between(brand, *minutes)
    assert 0 <= first <= 60 * (minutes[1] - minutes[0])
    assert 0 <= second <= 60 * (minutes[2] - minutes[1])


@quick
@given(brands(), moments_of_a_year)
def test_service_time_adds_up_and_never_shrinks(brand, minutes):
    parts = measure_between(brand, *minutes)
    (whole,) = measure_between(brand, minutes[0], minutes[2])
    assert sum(parts) == whole
    assert whole >= parts[0]


@quick
@given(st.sampled_from(ZONES), moments_of_a_year)
def test_who_is_always_open_has_calendar_time(zone, minutes):
    brand = make_brand(*DAY_AND_NIGHT, time_zone=zone)
    assert measure_between(brand, *minutes) == [
        60 * (minutes[1] - minutes[0]), 60 * (minutes[2] - minutes[1])
    ]  # fmt: skip


@quick
@given(brands(), moments_of_a_year)
def test_it_is_what_a_clock_on_the_wall_would_count(brand, minutes):
    """Minute by minute, with a watch on the wall; away from hours that come twice."""
    start = minutes[0]
    end = min(minutes[1], start + 600)
    (open_seconds,) = measure_between(brand, start, end)
    days_off = find_holidays(brand, date(2026, 1, 1), date(2026, 12, 31))
    counted = sum(is_open(brand, days_off, minute) for minute in range(start, end))
    if not any(is_ambiguous(brand, minute) for minute in (start, end)):
        assert open_seconds == 60 * counted


def is_open(brand, days_off, minute):
    local = find_local(brand, minute)
    day = WEEKDAYS[local.weekday()]
    return local.date() not in days_off and any(
        span.weekday == day and span.opens <= local.time() < span.closes
        for span in brand.opening_hours
    )


def is_ambiguous(brand, minute):
    """Return whether clocks change within fifteen hours: hours that come twice may be cut."""
    offsets = {find_local(brand, minute + 60 * hours).utcoffset() for hours in range(-15, 16)}
    return len(offsets) > 1


def find_local(brand, minute):
    moment = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)
    return moment.astimezone(ZoneInfo(brand.time_zone))
