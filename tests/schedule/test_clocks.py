"""A clock that is set is noticed, once."""

from datetime import UTC, datetime, timedelta

import pytest

from listener.schedule.clocks import ClockWatch


class Clocks:
    """A wall clock and a monotonic one, both moved by hand."""

    def __init__(self):
        self.wall, self.seconds = datetime(2026, 3, 28, 12, tzinfo=UTC), 1_000.0

    def pass_by(self, seconds):
        self.wall += timedelta(seconds=seconds)
        self.seconds += seconds

    def watch(self):
        return ClockWatch(lambda: self.wall, lambda: self.seconds)


def test_time_that_passes_is_no_step():
    clocks = Clocks()
    watch = clocks.watch()
    clocks.pass_by(86_400 * 365)
    assert watch.find_step() is None


@pytest.mark.parametrize("hours", [-3, -0.01, 0.01, 24 * 365])
def test_a_step_is_told_once(hours):
    clocks = Clocks()
    watch = clocks.watch()
    clocks.pass_by(60)
    clocks.wall += timedelta(hours=hours)
    assert watch.find_step() == timedelta(hours=hours)
    clocks.pass_by(60)
    assert watch.find_step() is None


def test_clocks_may_differ_a_little():
    clocks = Clocks()
    watch = clocks.watch()
    clocks.wall += timedelta(seconds=29)
    assert watch.find_step() is None
