"""A store on a fresh database of each kind, with a short patience for locks."""

from collections.abc import Iterator

import pytest

from listener.store.store import Store


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    with Store.open(database_url, migrate=True, wait_seconds=0.2) as opened:
        yield opened
