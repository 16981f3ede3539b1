"""Alerts: each is told once, and what may have been told is not told again."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from listener.figures.alerts import Alert

LEASE = timedelta(minutes=2)
PAUSE = timedelta(minutes=5)
ALERTS = [
    Alert(kind="unanswered", key=key, brand="acme", since=datetime(2026, 3, 2, tzinfo=UTC))
    for key in ("k1", "k2")
]
KEYS = {"k1", "k2"}


def claim(store, owner="a", target="team", alerts=ALERTS):
    return store.claim_alerts(target, alerts, owner, lease=LEASE)


def tell(store, owner="a"):
    assert claim(store, owner) == KEYS
    assert store.begin_alerts("team", KEYS, owner)
    return store.finish_alerts("team", KEYS, owner)


def states(store):
    return [each.state for each in store.list_told_alerts()]


def test_an_alert_is_told_once(timed, clock):
    assert claim(timed) == KEYS
    assert claim(timed, "b") == frozenset()
    assert claim(timed, "a") == frozenset()
    assert states(timed) == ["sending"] * 2
    assert timed.begin_alerts("team", KEYS, "a")
    clock.turn(seconds=3)
    assert timed.finish_alerts("team", KEYS, "a") == 2
    assert {(each.state, each.at, each.kind, each.brand) for each in timed.list_told_alerts()} == {
        ("told", clock.now, "unanswered", "acme")
    }
    clock.turn(days=400)
    assert claim(timed, "b") == frozenset()
    assert timed.finish_alerts("team", KEYS, "a") == 0


def test_each_target_is_told(timed):
    tell(timed)
    assert claim(timed, "b", "boss") == KEYS


def test_what_is_new_is_taken_beside_what_was_told(timed):
    assert claim(timed, alerts=ALERTS[:1]) == {"k1"}
    assert claim(timed, "b") == {"k2"}


def test_who_dies_before_he_begins_has_told_nobody(timed, clock):
    assert claim(timed) == KEYS
    clock.turn(minutes=2)
    assert states(timed) == []
    assert claim(timed, "b") == KEYS
    assert not timed.begin_alerts("team", KEYS, "a")
    assert timed.begin_alerts("team", KEYS, "b")


def test_who_dies_after_he_began_may_have_told(timed, clock):
    claim(timed)
    assert timed.begin_alerts("team", KEYS, "a")
    assert states(timed) == ["sending"] * 2
    clock.turn(minutes=2)
    assert states(timed) == ["unsure"] * 2
    assert claim(timed, "b") == frozenset()


def test_who_was_too_slow_does_not_begin(timed, clock):
    claim(timed)
    clock.turn(minutes=2)
    assert not timed.begin_alerts("team", KEYS, "a")
    assert claim(timed, "b", alerts=ALERTS[:1]) == {"k1"}
    assert not timed.begin_alerts("team", KEYS, "b")  # one of them is not his
    clock.turn(minutes=2)
    assert claim(timed, "c") == KEYS


def test_what_certainly_failed_is_tried_again_after_its_pause(timed, clock):
    claim(timed)
    timed.begin_alerts("team", KEYS, "a")
    failed = timed.release_alerts("team", KEYS, "a", error="no\nanswer", next_in=PAUSE)
    assert failed == 2
    each = timed.list_told_alerts()[0]
    assert (each.state, each.error, each.next_at) == ("failed", "no answer", clock.now + PAUSE)
    assert claim(timed, "b") == frozenset()
    clock.turn(minutes=5)
    tell(timed, "b")
    assert states(timed) == ["told"] * 2


def test_a_pause_of_a_clock_that_was_ahead_is_over(timed, clock):
    clock.turn(days=3)
    claim(timed)
    timed.release_alerts("team", KEYS, "a", error="no", next_in=PAUSE)
    clock.turn(days=-3)
    assert claim(timed, "b") == KEYS


def test_what_is_in_doubt_stays_so(timed, clock):
    claim(timed)
    timed.begin_alerts("team", KEYS, "a")
    assert timed.doubt_alerts("team", KEYS, "a", error="no answer") == 2
    assert states(timed) == ["unsure"] * 2
    clock.turn(days=3)
    assert claim(timed, "b") == frozenset()


def test_what_failed_and_is_true_no_more_is_forgotten(timed, clock):
    tell(timed)
    claim(timed, target="boss")
    timed.release_alerts("boss", KEYS, "a", error="no", next_in=PAUSE)
    assert timed.drop_failed_alerts([]) == 0  # the target is left alone until then
    clock.turn(minutes=5)
    assert timed.drop_failed_alerts(["k1"]) == 1
    assert timed.drop_failed_alerts([]) == 1
    assert states(timed) == ["told"] * 2


def test_a_thousand_alerts_are_told_together(timed, clock, monkeypatch):
    monkeypatch.setattr("listener.store.alerts._MOST_KEYS", 300)
    many = [replace(ALERTS[0], key=f"{number}") for number in range(1000)]
    keys = claim(timed, alerts=many)
    assert len(keys) == 1000
    assert timed.begin_alerts("team", keys, "a")
    assert timed.release_alerts("team", keys, "a", error="no", next_in=PAUSE) == 1000
    clock.turn(minutes=5)
    assert timed.drop_failed_alerts(["7"]) == 999
    assert claim(timed, alerts=many[7:8]) == {"7"}
    clock.turn(minutes=2)
    assert not timed.begin_alerts("team", ["7", "8"], "a")
    assert states(timed) == []


def test_old_alerts_are_forgotten(timed, clock):
    tell(timed)
    assert timed.clear_alerts(clock.now) == 0
    clock.turn(days=1)
    claim(timed, target="boss")
    assert timed.clear_alerts(clock.now) == 2
    assert [each.target for each in timed.list_told_alerts()] == ["boss", "boss"]


@pytest.mark.parametrize("name", ["finish_alerts", "begin_alerts"])
def test_others_alerts_are_left_alone(timed, name):
    claim(timed)
    assert not getattr(timed, name)("team", KEYS, "b")
