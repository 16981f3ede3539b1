"""A store on a fresh database of each kind, with a short patience for locks."""

from collections.abc import Iterator

import pytest

from listener.store.store import Store
from tests.clocks import StoppedClock


@pytest.fixture
def store(migrated: None, database_url: str) -> Iterator[Store]:
    with Store.open(database_url, migrate=True, wait_seconds=0.2) as opened:
        yield opened


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
def timed(migrated: None, database_url: str, clock: StoppedClock) -> Iterator[Store]:
    """A store that goes by `clock`."""
    with Store.open(database_url, migrate=True, wait_seconds=0.2, clock=clock) as opened:
        yield opened
