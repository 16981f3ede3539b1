"""Tasks: planned once, done by one program at a time, and taken over from the dead."""

from datetime import timedelta

import polars as pl
import pytest

from listener.store.store import Store
from tests.builders import START

LEASE = timedelta(seconds=40)
HOUR = timedelta(hours=1)
WEEK = timedelta(weeks=1)
NAME = "collect:x:acme:acme:mentions:"
MOMENT = pl.Datetime("us", "UTC")


def claim(store, owner="a", name=NAME, *, lease=LEASE, latest=WEEK):
    return store.claim_task(name, owner, lease=lease, latest=latest)


def finish(store, state, error="", *, owner="a", next_in=timedelta(0)):
    return store.finish_task(NAME, owner, state=state, error=error, next_in=next_in)


def load(store, name=NAME):
    return store.load_tasks().row(by_predicate=pl.col("name") == name, named=True)


def test_without_tasks_the_frame_has_its_columns(store):
    store.plan_tasks([])
    assert dict(store.load_tasks().schema) == {
        "owner": pl.String,
        "leased_at": MOMENT,
        "lease_until": MOMENT,
        "name": pl.String,
        "due_at": MOMENT,
        "started_at": MOMENT,
        "finished_at": MOMENT,
        "state": pl.String,
        "error": pl.String,
        "failing_since": MOMENT,
        "failures": pl.Int64,
        "takeovers": pl.Int64,
    }


def test_planning_makes_what_is_missing_and_leaves_the_rest(timed, clock):
    timed.plan_tasks(["b", "a", "b"], first_in=HOUR)
    clock.turn(minutes=1)
    timed.plan_tasks(["c", "b"])
    assert timed.load_tasks().select("name", "due_at", "state").rows() == [
        ("a", START + HOUR, "new"),
        ("b", START + HOUR, "new"),
        ("c", clock.now, "new"),
    ]


def test_an_unknown_task_is_nobodys(timed):
    assert not claim(timed)
    assert timed.renew_tasks([NAME], "a", lease=LEASE) == set()
    assert not finish(timed, "done")
    assert not timed.release_task(NAME, "a")
    assert timed.load_tasks().is_empty()


def test_a_task_is_claimed_when_it_is_due(timed, clock):
    timed.plan_tasks([NAME], first_in=HOUR)
    assert not claim(timed)
    clock.turn(hours=1)
    assert claim(timed)
    task = load(timed)
    assert (task["owner"], task["started_at"], task["takeovers"]) == ("a", clock.now, 0)
    assert (task["leased_at"], task["lease_until"]) == (clock.now, clock.now + LEASE)


@pytest.mark.parametrize("other", ["a", "b"])
def test_a_task_is_nobody_elses_before_its_lease_is_over(timed, clock, other):
    timed.plan_tasks([NAME])
    assert claim(timed, "a")
    assert not claim(timed, other)
    clock.turn(seconds=39.999)
    assert not claim(timed, other)
    clock.turn(seconds=0.001)
    assert claim(timed, other)
    assert load(timed)["takeovers"] == 1


def test_renewing_prolongs_what_is_still_ones_own(timed, clock):
    timed.plan_tasks(["kept", "lost", "other"])
    assert claim(timed, "a", "kept")
    assert claim(timed, "a", "lost")
    assert claim(timed, "b", "other")
    clock.turn(seconds=40)
    assert claim(timed, "b", "lost")
    mine = ["kept", "lost", "other", "unknown"]
    assert timed.renew_tasks(mine, "a", lease=LEASE) == {"kept"}
    assert load(timed, "kept")["lease_until"] == clock.now + LEASE
    assert not claim(timed, "b", "kept")


def test_who_was_taken_over_changes_nothing_any_more(timed, clock):
    timed.plan_tasks([NAME])
    assert claim(timed, "a")
    clock.turn(seconds=41)
    assert claim(timed, "b")
    before = load(timed)
    assert not finish(timed, "failed", "too late", owner="a")
    assert not timed.release_task(NAME, "a")
    assert load(timed) == before
    assert finish(timed, "done", owner="b")


def test_a_finished_task_is_free_and_due_later(timed, clock):
    timed.plan_tasks([NAME])
    assert claim(timed)
    clock.turn(seconds=10)
    assert finish(timed, "done", next_in=HOUR)
    task = load(timed)
    assert task["owner"] is task["leased_at"] is task["lease_until"] is None
    assert (task["state"], task["started_at"], task["finished_at"]) == ("done", START, clock.now)
    assert task["due_at"] == clock.now + HOUR
    assert not finish(timed, "done")
    assert not claim(timed, "b")
    clock.turn(hours=1)
    assert claim(timed, "b")
    assert load(timed)["takeovers"] == 0


def test_failures_are_counted_until_it_is_done(timed, clock):
    timed.plan_tasks([NAME])
    told = []
    for state in ("failed", "waiting", "failed", "done", "waiting", "failed"):
        assert claim(timed)
        assert finish(timed, state, f"it {state}")
        task = load(timed)
        told.append((task["failures"], task["failing_since"], task["error"]))
        clock.turn(hours=1)
    assert told == [
        (1, START, "it failed"),
        (1, START, "it waiting"),
        (2, START, "it failed"),
        (0, None, "it done"),
        (0, None, "it waiting"),
        (1, START + 5 * HOUR, "it failed"),
    ]


def test_an_error_is_kept_as_one_line(timed):
    timed.plan_tasks([NAME])
    assert claim(timed)
    assert finish(timed, "failed", "no\nanswer\x00 " + "x" * 1_000)
    error = load(timed)["error"]
    assert error.startswith("no answer x")
    assert len(error) == 500


def test_a_released_task_is_due_at_once_and_tells_of_its_last_end(timed, clock):
    timed.plan_tasks([NAME])
    assert claim(timed)
    assert finish(timed, "failed", "no answer", next_in=HOUR)
    clock.turn(hours=2)
    assert claim(timed)
    assert timed.release_task(NAME, "a")
    task = load(timed)
    assert (task["owner"], task["due_at"], task["takeovers"]) == (None, clock.now, 0)
    assert (task["state"], task["failures"], task["finished_at"]) == ("failed", 1, START)
    assert claim(timed, "b")


def test_a_task_can_be_brought_forward_and_who_does_it_plans_it_anew(timed, clock):
    timed.plan_tasks([NAME], first_in=HOUR)
    assert not claim(timed)
    assert timed.hasten_task(NAME)
    assert not timed.hasten_task(NAME)
    assert not timed.hasten_task("unknown")
    assert claim(timed)
    assert finish(timed, "done", next_in=HOUR)
    assert load(timed)["due_at"] == clock.now + HOUR


def test_dropping_forgets_what_nobody_names_or_does(timed, clock):
    timed.plan_tasks(["kept", "gone", "busy"])
    assert claim(timed, "a", "busy")
    assert timed.drop_tasks(["kept", "unknown"]) == 1
    assert timed.load_tasks()["name"].to_list() == ["busy", "kept"]
    clock.turn(seconds=40)
    assert timed.drop_tasks([]) == 2
    assert timed.load_tasks().is_empty()


def test_long_and_odd_names_are_told_apart(timed):
    names = ["collect:" + "€" * 2_000 + end for end in "ab"] + ["odd \x00 'name\" %s :x \ud800"]
    timed.plan_tasks(names)
    timed.plan_tasks(names)
    assert timed.load_tasks().height == 3
    for name in names:
        assert claim(timed, "a", name)
    assert timed.renew_tasks(names, "a", lease=LEASE) == set(names)
    assert timed.release_task(names[0], "a")
    assert timed.drop_tasks(names[1:]) == 1


def test_a_task_that_was_planned_while_the_clock_was_ahead_is_due_at_once(timed, clock):
    clock.turn(days=300)
    timed.plan_tasks([NAME])
    clock.turn(days=-300)
    assert not claim(timed, latest=timedelta(days=301))
    assert claim(timed, latest=WEEK)


def test_a_lease_from_while_the_clock_was_ahead_begins_anew(timed, clock):
    timed.plan_tasks([NAME])
    clock.turn(days=300)
    assert claim(timed, "dead")
    clock.turn(days=-300)
    assert not claim(timed, "b")
    assert load(timed)["lease_until"] == clock.now + LEASE
    clock.turn(seconds=39)
    assert not claim(timed, "b")
    clock.turn(seconds=1)
    assert claim(timed, "b")


def test_a_living_owner_keeps_his_lease_when_the_clock_is_set_back(timed, clock):
    timed.plan_tasks([NAME])
    assert claim(timed, "a")
    clock.turn(days=-300)
    assert not claim(timed, "b")
    clock.turn(seconds=10)
    assert timed.renew_tasks([NAME], "a", lease=LEASE) == {NAME}
    assert not claim(timed, "b")
    assert load(timed)["lease_until"] == clock.now + LEASE


def test_a_dead_task_from_while_the_clock_was_ahead_can_be_dropped(timed, clock):
    timed.plan_tasks([NAME])
    clock.turn(days=300)
    assert claim(timed, "dead")
    clock.turn(days=-300)
    assert timed.drop_tasks([]) == 0
    clock.turn(seconds=40)
    assert timed.drop_tasks([]) == 1


def test_leases_go_by_the_databases_clock(store):
    store.plan_tasks([NAME])
    store.plan_tasks(["later"], first_in=HOUR)
    assert not claim(store, "a", "later")
    assert claim(store, "a")
    assert not claim(store, "b")
    task = load(store)
    assert abs(task["lease_until"] - task["leased_at"] - LEASE) < timedelta(seconds=1)
    assert store.renew_tasks([NAME], "a", lease=timedelta(0)) == {NAME}
    assert claim(store, "b")
    assert finish(store, "failed", owner="b", next_in=HOUR)
    assert abs(load(store)["due_at"] - load(store)["failing_since"] - HOUR) < timedelta(seconds=1)


def test_two_stores_share_their_tasks(timed, database_url, clock):
    with Store.open(database_url, clock=clock) as other:
        other.plan_tasks([NAME])
        assert claim(timed, "a")
        assert not claim(other, "b")
        clock.turn(seconds=40)
        assert claim(other, "b")
        assert timed.renew_tasks([NAME], "a", lease=LEASE) == set()
