"""The clock of leases: the database's own, in UTC, unless a simulation brings another one."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text

from listener.store.clocks import Clock
from listener.store.store import Store
from tests.builders import START

MINUTE = timedelta(minutes=1)


def test_the_databases_clock_tells_utc(store):
    now = store.now()
    assert now.tzinfo is UTC
    assert abs(now - datetime.now(UTC)) < MINUTE


def test_the_databases_clock_never_goes_back(store):
    told = [store.now() for _ in range(20)]
    assert told == sorted(told)


def test_the_databases_clock_tells_sqlites_milliseconds(sqlite_url):
    with Store.open(sqlite_url) as store, store._database.reading() as connection:
        # SQLite's now stands still within one statement, so that both are the same moment.
        statement = select(Clock().after(), text("strftime('%Y-%m-%dT%H:%M:%fZ', 'now')"))
        now, told = connection.execute(statement).one()
        assert now == datetime.fromisoformat(told)


@pytest.mark.postgres
def test_the_clock_goes_on_within_a_transaction(postgres_url):
    with Store.open(postgres_url, migrate=True) as store:
        with store._database.reading() as connection:
            first, second = (Clock().read(connection) for _ in range(2))
        assert first < second


@pytest.mark.parametrize(
    "span", [timedelta(0), timedelta(microseconds=1_000), timedelta(days=400), -MINUTE]
)
def test_spans_are_added_exactly(store, span):
    with store._database.reading() as connection:
        for clock in (Clock(), Clock(lambda: START)):
            before, after = connection.execute(select(clock.after(), clock.after(span))).one()
            assert abs(after - before - span) < timedelta(seconds=1)
        assert (before, after) == (START, START + span)


def test_another_clock_takes_its_place(timed, clock):
    assert timed.now() == START
    clock.turn(days=400)
    assert timed.now() == START + timedelta(days=400)


def test_a_clock_without_a_time_zone_is_refused(database_url):
    naive = START.replace(tzinfo=None)
    with (
        Store.open(database_url, migrate=True, clock=lambda: naive) as store,
        pytest.raises(ValueError, match="has no time zone"),
    ):
        store.now()
