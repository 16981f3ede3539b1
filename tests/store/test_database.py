import logging
import os
import stat
from pathlib import Path

import pytest
from sqlalchemy import text

from listener.errors import StoreError
from listener.store.database import Database
from listener.store.store import Store
from tests.builders import START, make_post


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def loose_umask():
    before = os.umask(0)
    yield
    os.umask(before)


def test_the_file_and_its_logs_are_readable_by_their_owner_only(tmp_path, loose_umask):
    path = tmp_path / "deep" / "folder" / "listener.db"
    with Store.open(f"sqlite:///{path}") as store:
        store.save_posts([make_post()], seen_at=START)
        with store._database.reading() as connection:
            connection.execute(text("SELECT * FROM posts"))
            assert {each.name: mode(each) for each in path.parent.iterdir()} == {
                "listener.db": 0o600,
                "listener.db-wal": 0o600,
                "listener.db-shm": 0o600,
            }
    assert mode(path.parent) == 0o700


def test_the_mode_of_an_existing_file_is_left_as_its_owner_set_it(sqlite_url):
    Store.open(sqlite_url).close()
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    path.chmod(0o640)
    Store.open(sqlite_url).close()
    assert mode(path) == 0o640


def test_sqlite_is_set_up_for_one_writer_and_many_readers(sqlite_url):
    database = Database(sqlite_url, wait_seconds=7)
    with database.reading() as connection:
        pragmas = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout", "secure_delete")
        found = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in pragmas]
    assert found == ["wal", 1, 1, 7000, 1]


def test_no_row_is_logged_at_any_level(sqlite_url, caplog):
    with Store.open(sqlite_url) as store:
        caplog.set_level(logging.DEBUG)
        caplog.set_level(logging.DEBUG, "sqlalchemy.engine")
        store.save_posts([make_post("I lost my card")], seen_at=START)
        assert store.load_posts()["text"].to_list() == ["I lost my card"]
    assert "sqlalchemy" in " ".join(record.name for record in caplog.records)
    assert "card" not in caplog.text


@pytest.mark.postgres
def test_postgresql_waits_for_locks_no_longer_than_told(postgres_url):
    database = Database(postgres_url, wait_seconds=7)
    with database.reading() as connection:
        assert connection.scalar(text("SHOW lock_timeout")) == "7s"
        assert connection.scalar(text("SHOW timezone")) == "UTC"
        assert connection.scalar(text("SHOW transaction_isolation")) == "repeatable read"
    with database.writing(lock_posts=False) as connection:
        assert connection.scalar(text("SHOW transaction_isolation")) == "read committed"
    database.close()


def test_a_store_in_memory_works_for_trials():
    with Store.open("sqlite://") as store:
        store.save_posts([make_post()], seen_at=START)
        assert store.load_posts().height == 1


def test_readers_go_on_while_somebody_writes(store):
    store.save_posts([make_post()], seen_at=START)
    with store._database.writing() as connection:
        connection.execute(text("DELETE FROM posts"))
        assert store.load_posts().height == 1


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("no address", "cannot be read"),
        ("mysql://localhost/x", "kind mysql are not supported"),
        ("sqlite:////dev/null/listener.db", "cannot be created"),
        ("sqlite:////proc/listener.db", "cannot be created"),
    ],
)
def test_a_wrong_address_is_told_in_one_line(url, problem):
    with pytest.raises(StoreError, match=problem) as caught:
        Store.open(url)
    assert "\n" not in str(caught.value)
