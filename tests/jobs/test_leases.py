"""Leases are renewed while their holder works, and known to be lost when they are."""

import threading
from datetime import timedelta

import pytest

from listener.errors import StoreError
from listener.jobs.leases import Leases

PATIENCE_SECONDS = 30
SHORT = timedelta(milliseconds=40)
# Renewed every 50 ms, and never over within a test.
LONG = timedelta(seconds=120)


class Renewals:
    """Answers like a database, and lets a test wait for the next question."""

    def __init__(self):
        self.asked = []
        self.refused = set()
        self.error = None
        self._news = threading.Condition()

    def __call__(self, names):
        with self._news:
            self.asked.append(sorted(names))
            self._news.notify_all()
        if self.error:
            raise self.error
        return set(names) - self.refused

    def wait_for(self, names, more=1):
        """Wait until these names were asked for so many times from now on."""
        with self._news:
            start = len(self.asked)
            assert self._news.wait_for(
                lambda: self.asked[start:].count(sorted(names)) >= more, PATIENCE_SECONDS
            )


@pytest.fixture
def renewals():
    return Renewals()


@pytest.fixture
def quick(monkeypatch):
    """Let a long lease be renewed very often."""
    monkeypatch.setattr("listener.jobs.leases._RENEWALS_A_LEASE", 12_000)


def test_leases_are_renewed_again_and_again(renewals, quick):
    with Leases(renewals, LONG, ["one", "two"]) as leases:
        renewals.wait_for(["one", "two"], more=3)
        assert leases.holds("one")
        assert leases.holds("two")
    assert not leases.holds("three")


def test_nothing_is_renewed_after_the_end(renewals, quick):
    with Leases(renewals, LONG, ["one"]):
        renewals.wait_for(["one"])
    assert "leases" not in {thread.name for thread in threading.enumerate()}


def test_names_come_and_go(renewals, quick):
    with Leases(renewals, LONG) as leases:
        leases.add("one")
        renewals.wait_for(["one"])
        leases.add("two")
        renewals.wait_for(["one", "two"])
        leases.discard("one")
        renewals.wait_for(["two"])
        assert not leases.holds("one")
        leases.discard("never there")


def test_a_lease_that_somebody_else_has_is_lost(renewals, quick, caplog):
    with Leases(renewals, LONG, ["one", "two"]) as leases:
        renewals.refused = {"one"}
        renewals.wait_for(["two"], more=2)
        assert not leases.holds("one")
        assert leases.holds("two")
    assert "the lease of one was lost" in caplog.text


@pytest.mark.parametrize("error", [StoreError("away"), RuntimeError("a mistake")])
def test_a_lease_outlives_a_database_that_is_away_for_a_moment(renewals, quick, error):
    with Leases(renewals, LONG, ["one"]) as leases:
        renewals.error = error
        renewals.wait_for(["one"], more=3)
        assert leases.holds("one")
        renewals.error = None
        renewals.wait_for(["one"], more=2)
        assert leases.holds("one")


def test_a_lease_that_nobody_could_renew_in_time_is_lost(renewals):
    renewals.error = StoreError("away")
    with Leases(renewals, SHORT, ["one"]) as leases:
        renewals.wait_for(["one"], more=6)
        assert not leases.holds("one")


def test_a_task_that_was_claimed_anew_is_not_lost_by_an_old_answer(quick):
    asked, may_answer = threading.Event(), threading.Event()

    def renew(names):
        asked.set()
        assert may_answer.wait(PATIENCE_SECONDS)
        return set()

    with Leases(renew, LONG, ["one"]) as leases:
        assert asked.wait(PATIENCE_SECONDS)
        leases.discard("one")
        leases.add("one")
        leases._end.set()
        may_answer.set()
        leases._thread.join(PATIENCE_SECONDS)
        assert leases.holds("one")
