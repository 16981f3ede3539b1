"""Tasks: due, claimed by one, renewed, finished; on the injected clock and on the real ones."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from listener.store.store import Store
from tests.builders import START

LEASE = timedelta(seconds=40)
DAY = timedelta(days=1)
WEEK = timedelta(weeks=1)
NAME = "collect:x:acme"


class Hands:
    """A clock that stands still until somebody turns it."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def turn(self, **span: float) -> None:
        self.now += timedelta(**span)


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def timed(database_url: str, hands: Callable[[], datetime]) -> Iterator[Store]:
    """A store whose clock is `hands`."""
    with Store.open(database_url, migrate=True, wait_seconds=0.2, clock=hands) as opened:
        yield opened


def claim(store, owner="a", name=NAME, *, lease=LEASE, latest=WEEK):
    return store.claim_task(name, owner, lease=lease, latest=latest)


def load(store, name=NAME):
    return store.load_tasks().row(by_predicate=pl.col("name") == name, named=True)


def test_a_task_is_claimed_by_one_until_its_lease_is_over(timed, hands):
    timed.plan_tasks([NAME])
    assert claim(timed, "a")
    assert not claim(timed, "b")
    assert not claim(timed, "a")
    hands.turn(seconds=40)
    assert claim(timed, "b")
    assert load(timed)["takeovers"] == 1
    assert timed.renew_tasks([NAME], "a", lease=LEASE) == set()
    assert not timed.finish_task(NAME, "a", state="done", next_in=DAY)
    assert not timed.release_task(NAME, "a")
    assert timed.finish_task(NAME, "b", state="done", next_in=DAY)


def test_the_databases_own_clock_tells_utc_and_counts_leases(store):
    before = datetime.now(UTC)
    now = store.now()
    assert abs(now - before) < timedelta(minutes=1)
    assert now.tzinfo is UTC
    store.plan_tasks([NAME], first_in=DAY)
    assert not claim(store)
    assert abs(load(store)["due_at"] - before - DAY) < timedelta(minutes=1)
    store.plan_tasks(["other"])
    assert claim(store, "a", "other")
    assert not claim(store, "b", "other")
    row = load(store, "other")
    assert row["lease_until"] - row["leased_at"] >= LEASE
    assert store.renew_tasks(["other"], "a", lease=timedelta(0)) == {"other"}
    assert claim(store, "b", "other")


def test_an_edition_is_made_once(timed, hands):
    key = "acme:2026-W10"
    assert timed.claim_edition(key, "a", lease=LEASE)
    assert not timed.claim_edition(key, "b", lease=LEASE)
    hands.turn(seconds=41)
    assert timed.claim_edition(key, "b", lease=LEASE)
    assert not timed.finish_edition(key, "a", folder="out")
    assert timed.finish_edition(key, "b", folder="out")
    assert not timed.claim_edition(key, "c", lease=LEASE)
    assert timed.load_editions().select("made_at", "folder", "attempts").rows() == [
        (START + timedelta(seconds=41), "out", 2)
    ]


def test_a_mail_that_was_begun_and_never_ended_is_not_sent_again(timed, hands):
    key = "acme:2026-W10"
    assert timed.claim_mail(key, "r", "a", lease=LEASE)
    assert timed.load_mails()["unsure"].to_list() == [False]
    hands.turn(seconds=41)
    assert not timed.claim_mail(key, "r", "b", lease=LEASE)
    assert timed.load_mails()["unsure"].to_list() == [True]
    assert timed.release_mail(key, "r", "a", error="no", next_in=DAY)
    assert not timed.claim_mail(key, "r", "b", lease=LEASE)
    hands.turn(days=1)
    assert timed.claim_mail(key, "r", "b", lease=LEASE)
    assert timed.finish_mail(key, "r", "b", message_id="<1>")
    assert not timed.claim_mail(key, "r", "b", lease=LEASE)


def test_after_the_clock_was_set_back(timed, hands):
    timed.plan_tasks([NAME])
    hands.turn(days=300)
    assert claim(timed, "dead")
    hands.turn(days=-300)
    assert not claim(timed, "b")
    hands.turn(seconds=41)
    assert claim(timed, "b")
