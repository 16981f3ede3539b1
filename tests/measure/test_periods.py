from datetime import UTC, date, datetime, timedelta

import pytest

from listener.measure.periods import (
    find_days,
    find_last_complete_week,
    find_outcome_period,
    find_week,
    find_week_of,
    shift_week,
)

BERLIN = "Europe/Berlin"


def test_a_week_begins_at_local_midnight_on_monday():
    week = find_week("2026-W10", BERLIN)
    assert week.since == datetime(2026, 3, 1, 23, 0, tzinfo=UTC)
    assert week.until == datetime(2026, 3, 8, 23, 0, tzinfo=UTC)


@pytest.mark.parametrize(("name", "hours"), [("2026-W13", 167), ("2026-W43", 169)])
def test_weeks_with_a_clock_change_are_an_hour_shorter_or_longer(name, hours):
    week = find_week(name, BERLIN)
    assert week.until - week.since == timedelta(hours=hours)


def test_week_53_exists_in_2026():
    assert find_week("2026-W53", "UTC").until == datetime(2027, 1, 4, tzinfo=UTC)


def test_the_week_of_a_moment_depends_on_the_zone():
    moment = datetime(2026, 3, 8, 23, 30, tzinfo=UTC)
    assert find_week_of(moment, "UTC").name == "2026-W10"
    assert find_week_of(moment, BERLIN).name == "2026-W11"


def test_the_last_complete_week_on_a_monday_is_the_one_that_just_ended():
    monday = datetime(2026, 3, 9, 0, 0, tzinfo=UTC)
    assert find_last_complete_week(monday, "UTC").name == "2026-W10"
    assert find_last_complete_week(monday - timedelta(seconds=1), "UTC").name == "2026-W09"


def test_shifting_across_new_year():
    assert shift_week(find_week("2027-W01", "UTC"), -1, "UTC").name == "2026-W53"


def test_free_periods_include_their_last_day():
    period = find_days(date(2026, 3, 1), date(2026, 3, 1), "UTC")
    assert period.until - period.since == timedelta(days=1)
    assert period.name == "2026-03-01_2026-03-01"


def test_a_period_that_ends_before_it_begins_is_refused():
    with pytest.raises(ValueError, match="ends"):
        find_days(date(2026, 3, 2), date(2026, 3, 1), "UTC")


def test_the_outcome_week_of_an_old_report_is_its_own():
    week = find_week("2026-W10", "UTC")
    later = week.until + timedelta(days=7)
    assert find_outcome_period(week, later, "UTC", settle_days=7) == week


def test_the_outcome_week_of_a_fresh_report_is_two_weeks_back():
    week = find_week("2026-W10", "UTC")
    monday = week.until + timedelta(hours=8)
    assert find_outcome_period(week, monday, "UTC", settle_days=7).name == "2026-W09"


def test_a_free_period_is_cut_where_observation_is_too_short():
    period = find_days(date(2026, 3, 1), date(2026, 3, 31), "UTC")
    found = find_outcome_period(period, datetime(2026, 3, 20, 5, tzinfo=UTC), "UTC", settle_days=7)
    assert found.name == "2026-03-01_2026-03-12"
    assert found.until == datetime(2026, 3, 13, tzinfo=UTC)


def test_a_free_period_may_have_no_settled_part():
    period = find_days(date(2026, 3, 1), date(2026, 3, 31), "UTC")
    found = find_outcome_period(period, datetime(2026, 3, 2, tzinfo=UTC), "UTC", settle_days=7)
    assert found.since == found.until
