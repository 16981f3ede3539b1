import pytest

from listener.store.store import Store


@pytest.fixture
def store(migrated, sqlite_url):
    with Store.open(sqlite_url) as opened:
        yield opened
