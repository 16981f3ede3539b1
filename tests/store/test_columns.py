from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import literal, select

from listener.store.columns import count_microseconds, make_moment, microseconds, moment
from listener.store.imports import ImportRecord
from listener.store.store import Store
from listener.store.tables import IMPORTS

NOON_IN_BERLIN = datetime(2026, 7, 1, 12, tzinfo=timezone(timedelta(hours=2)))


def save_time(store: Store, imported_at: datetime) -> None:
    store.save_import(ImportRecord(platform="x", file="a.csv", format="x", imported_at=imported_at))


@given(st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1), timezones=st.timezones()))  # noqa: DTZ001
def test_microseconds_lead_back_to_the_same_moment(at):
    assert make_moment(count_microseconds(at)) == at.astimezone(UTC)


def test_a_time_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="has no time zone"):
        count_microseconds(datetime(2026, 7, 1))  # noqa: DTZ001


def test_a_column_refuses_a_time_without_a_zone(store):
    with pytest.raises(ValueError, match="has no time zone"):
        save_time(store, datetime(2026, 7, 1))  # noqa: DTZ001


def test_a_column_gives_back_utc_whatever_went_in(store):
    save_time(store, NOON_IN_BERLIN)
    with store._database.reading() as connection:
        (at,) = connection.scalars(select(IMPORTS.c.imported_at))
    assert at == NOON_IN_BERLIN
    assert at.tzinfo == UTC
    assert at.hour == 10


def test_a_column_is_compared_with_aware_times(store):
    save_time(store, NOON_IN_BERLIN)
    with store._database.reading() as connection:
        later = select(IMPORTS.c.id).where(IMPORTS.c.imported_at > NOON_IN_BERLIN)
        same = select(IMPORTS.c.id).where(IMPORTS.c.imported_at >= NOON_IN_BERLIN)
        assert connection.execute(later).all() == []
        assert len(connection.execute(same).all()) == 1


def test_a_missing_time_stays_missing(store):
    save_time(store, NOON_IN_BERLIN)
    with store._database.reading() as connection:
        assert connection.scalars(select(IMPORTS.c.oldest)).all() == [None]


@pytest.mark.parametrize(
    "at",
    [
        datetime(1, 1, 1, 0, 0, 0, 1, tzinfo=UTC),
        datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
        datetime(2026, 3, 2, 10, 0, 0, 123_457, tzinfo=UTC),
        datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
    ],
)
def test_the_database_converts_to_the_microsecond_both_ways(store, at):
    with store._database.reading() as connection:
        number = literal(count_microseconds(at))
        assert connection.scalar(select(microseconds(moment(number)))) == count_microseconds(at)
