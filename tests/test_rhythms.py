"""How often something is done, as operators write it."""

from datetime import UTC, datetime, timedelta

import pytest
from apscheduler.triggers.cron import CronTrigger

from listener.settings.rhythms import Rhythm, WeeklyTime, parse_rhythm, parse_weekly_time

NOON = datetime(2026, 12, 31, 12, tzinfo=UTC)
LINES = [
    ("*/20 6-22 * * mon-fri", "*/20 6-22 * * mon-fri"),
    ("  0   7 1,15 * *  ", "0 7 1,15 * *"),
    ("5,35 */6 * 1-11/2 *", "5,35 */6 * 1-11/2 *"),
    ("0 0 31 1-12 *", "0 0 31 1-12 *"),
    ("0 0 29 2 *", "0 0 29 2 *"),
    ("0 12 * * SAT", "0 12 * * sat"),
    ("0 12 * * sat-mon", "0 12 * * sat,sun,mon"),
    ("0 12 * * wed,sun-tue", "0 12 * * wed,sun,mon,tue"),
]


@pytest.mark.parametrize(
    ("text", "every"),
    [
        ("1 minute", timedelta(minutes=1)),
        ("15 minutes", timedelta(minutes=15)),
        (" 90 Minutes ", timedelta(hours=1.5)),
        ("2hours", timedelta(hours=2)),
        ("1 day", timedelta(days=1)),
        ("1 week", timedelta(days=7)),
        ("31 days", timedelta(days=31)),
    ],
)
def test_an_interval_is_a_number_and_a_unit(text, every):
    assert parse_rhythm(text) == Rhythm(every=every)


@pytest.mark.parametrize(("text", "cron"), [("03:30", "30 3 * * *"), ("0:00", "0 0 * * *")])
def test_a_time_of_day_is_a_cron_line(text, cron):
    assert parse_rhythm(text) == Rhythm(cron=cron)


@pytest.mark.parametrize(("line", "kept"), LINES)
def test_cron_lines_become_what_the_scheduler_understands(line, kept):
    assert parse_rhythm(line) == Rhythm(cron=kept)
    assert parse_rhythm(kept) == Rhythm(cron=kept)
    trigger = CronTrigger.from_crontab(kept, timezone=UTC)
    assert trigger.get_next_fire_time(None, NOON) is not None


def test_weekdays_around_the_end_of_the_week_are_those_that_are_meant():
    trigger = CronTrigger.from_crontab(parse_rhythm("0 12 * * sat-mon").cron, timezone=UTC)
    found, after = [], NOON
    for _ in range(3):
        after = trigger.get_next_fire_time(after, after)
        found.append(f"{after:%a %d}")
    assert found == ["Sat 02", "Sun 03", "Mon 04"]


@pytest.mark.parametrize(
    ("rhythm", "shown"),
    [
        (Rhythm(every=timedelta(minutes=1)), "1 minute"),
        (Rhythm(every=timedelta(minutes=90)), "90 minutes"),
        (Rhythm(every=timedelta(hours=36)), "36 hours"),
        (Rhythm(every=timedelta(days=7)), "7 days"),
        (Rhythm(cron="*/5 * * * *"), "*/5 * * * *"),
        (WeeklyTime(weekday=0, hour=7, minute=5), "mon 07:05"),
    ],
)
def test_a_rhythm_is_shown_as_it_could_be_written(rhythm, shown):
    assert str(rhythm) == shown
    parse = parse_weekly_time if isinstance(rhythm, WeeklyTime) else parse_rhythm
    assert parse(shown) == rhythm


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (15, 'must be how often, such as "15 minutes"'),
        (True, 'must be how often, such as "15 minutes"'),
        (None, 'must be how often, such as "15 minutes"'),
        ("", 'must be how often, such as "15 minutes"'),
        ("often", 'must be how often, such as "15 minutes"'),
        ("15", 'must be how often, such as "15 minutes"'),
        ("-5 minutes", 'must be how often, such as "15 minutes"'),
        ("1.5 hours", 'must be how often, such as "15 minutes"'),
        ("@daily", 'must be how often, such as "15 minutes"'),
        ("mon 07:00", 'must be how often, such as "15 minutes"'),
        ("30 seconds", "must be counted in minutes, hours, days or weeks"),
        ("3 months", "must be counted in minutes, hours, days or weeks"),
        ("0 minutes", "must be between 1 minute and 31 days"),
        ("32 days", "must be between 1 minute and 31 days"),
        ("999999 weeks", "must be between 1 minute and 31 days"),
        ("24:00", "there is no time 24:00"),
        ("3:60", "there is no time 3:60"),
        ("* * * *", "a cron line has five fields"),
        ("* * * * * *", "a cron line has five fields"),
        ("60 * * * *", 'minute "60": must be numbers from 0 to 59'),
        ("*/0 * * * *", 'minute "*/0": must be numbers from 0 to 59'),
        ("*/60 * * * *", 'minute "*/60": must be numbers from 0 to 59'),
        ("5/10 * * * *", 'minute "5/10": must be numbers from 0 to 59'),
        ("1, * * * *", 'minute "": must be numbers from 0 to 59'),
        ("0 22-6 * * *", 'hour "22-6": must be numbers from 0 to 23'),
        ("0 0 0 * *", 'day "0": must be numbers from 1 to 31'),
        ("0 0 L * *", 'day "l": must be numbers from 1 to 31'),
        ("0 0 * jan *", 'month "jan": must be numbers from 1 to 12'),
        ("0 0 * 13 *", 'month "13": must be numbers from 1 to 12'),
        ("0 0 * * 1", 'weekday "1": write its name, such as "mon"'),
        ("0 0 * * 1-5", 'weekday "1-5": write its name, such as "mon"'),
        ("0 0 * * monday", 'weekday "monday": must be "*", or names such as "mon"'),
        ("0 0 * * mon-", 'weekday "mon-": must be "*", or names such as "mon"'),
        ("0 0 * * */2", 'weekday "*/2": must be "*", or names such as "mon"'),
        ("0 0 1 * mon", "names days of the month and weekdays"),
        ("0 0 31 2 *", "never comes"),
        ("0 0 30,31 2 *", "never comes"),
        ("0 0 31 4,6,9,11 *", "never comes"),
        ({"search": "1 hour"}, "names with a dot are written in quotation marks"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_what_is_allowed(value, told):
    with pytest.raises(ValueError, match=r"^[^\n]+$") as caught:
        parse_rhythm(value)
    assert told in str(caught.value)
    assert len(str(caught.value)) < 200


def test_what_is_refused_is_what_the_scheduler_reads_otherwise_than_cron():
    monday_to_cron = CronTrigger.from_crontab("0 0 * * 1", timezone=UTC)
    assert f"{monday_to_cron.get_next_fire_time(None, NOON):%a}" == "Tue"


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("mon 07:00", WeeklyTime(weekday=0, hour=7, minute=0)),
        (" SUN  23:59 ", WeeklyTime(weekday=6, hour=23, minute=59)),
        ("fri 0:05", WeeklyTime(weekday=4, hour=0, minute=5)),
    ],
)
def test_a_weekly_time_is_a_weekday_and_a_time(text, time):
    assert parse_weekly_time(text) == time


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (
            7,
            'must be a weekday (mon, tue, wed, thu, fri, sat, sun) and a time, such as "mon 07:00"',
        ),
        ("07:00", "must be a weekday"),
        ("mon", "must be a weekday"),
        ("monday 07:00", "must be a weekday"),
        ("mon 7", "must be a weekday"),
        ("mon 24:00", "there is no time 24:00; times go from 00:00 to 23:59"),
        ("mon 07:60", "there is no time 07:60"),
    ],
)
def test_another_weekly_time_is_refused(value, told):
    with pytest.raises(ValueError, match=r"^[^\n]+$") as caught:
        parse_weekly_time(value)
    assert told in str(caught.value)


@pytest.mark.parametrize("both", [{}, {"every": timedelta(hours=1), "cron": "* * * * *"}])
def test_a_rhythm_is_one_of_two_things(both):
    with pytest.raises(ValueError, match="either an interval or a cron line"):
        Rhythm(**both)
