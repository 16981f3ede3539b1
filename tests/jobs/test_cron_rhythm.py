"""How soon a dead cron is noticed, without alarms while it lives."""

from datetime import UTC, datetime, timedelta
from itertools import accumulate, repeat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listener.jobs.cron_rhythm import LONGEST, SHORTEST, expect_next

START = datetime(2026, 3, 2, 7, tzinfo=UTC)
HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(weeks=1)


def expect(pauses):
    """Return after each run how long it may take until the next one."""
    moments, waits, due_at = list(accumulate(pauses, initial=START)), [], None
    for number, moment in enumerate(moments):
        before = moments[number - 1] if number else None
        waits.append(expect_next(before, due_at, moment))
        due_at = moment + waits[-1]
    return waits


@pytest.mark.parametrize(
    ("every", "after", "most"),
    [
        (timedelta(minutes=15), 14 * DAY, 9 * HOUR),
        (HOUR, 7 * DAY, 2 * DAY),
        (HOUR, 14 * DAY, 10 * HOUR),
        (HOUR, 30 * DAY, 3.2 * HOUR),
        (6 * HOUR, 14 * DAY, 20 * HOUR),
        (DAY, 14 * DAY, 2.5 * DAY),
    ],
)
def test_a_rhythm_is_learnt_in_two_weeks(every, after, most):
    waits = expect(repeat(every, after // every))
    assert waits[0] == LONGEST
    assert SHORTEST <= waits[-1] <= most


@given(st.timedeltas(timedelta(minutes=1), WEEK), st.integers(1, 60))
def test_whoever_is_called_in_time_is_never_missed(every, number):
    assert all(wait > every for wait in expect(repeat(every, number)) if every < LONGEST)


def test_runs_by_hand_do_not_make_a_weekly_cron_late():
    """Two on Tuesday, one on Wednesday and one on Thursday: it is due on Monday all the same."""
    week = (DAY, timedelta(minutes=2), DAY - timedelta(minutes=2), DAY, 4 * DAY)
    waits = expect(week * 6)
    for number, pause in enumerate(week * 6):
        assert waits[number] > pause


def test_an_outage_is_forgotten():
    waits = expect([*repeat(HOUR, 24 * 20), 5 * DAY, *repeat(HOUR, 24 * 14)])
    assert waits[-1] < 10 * HOUR


def test_a_clock_that_was_set_back_changes_nothing():
    assert expect_next(START, START + DAY, START - HOUR) == DAY
