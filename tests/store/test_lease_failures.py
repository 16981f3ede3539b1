"""Leases when the database fails, the disk is full or the program is killed: all or nothing."""

import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event

from listener.errors import StoreError
from listener.store.store import Store
from listener.store.tables import EDITIONS, MAILS, TASKS

HOUR = timedelta(hours=1)
NEW, MINE = "acme:2026-W11", "acme:2026-W10"

# Each changes something in a store that `prepare` has prepared.
CHANGES: dict[str, Callable[[Store], object]] = {
    "plan_tasks": lambda store: store.plan_tasks(["new", "newer"]),
    "claim_task": lambda store: store.claim_task("free", "a", lease=HOUR, latest=HOUR),
    "renew_tasks": lambda store: store.renew_tasks(["mine", "too"], "a", lease=HOUR),
    "finish_task": lambda store: store.finish_task("mine", "a", state="failed", next_in=HOUR),
    "release_task": lambda store: store.release_task("mine", "a"),
    "hasten_task": lambda store: store.hasten_task("later"),
    "drop_tasks": lambda store: store.drop_tasks(["mine"]),
    "claim_edition": lambda store: store.claim_edition(NEW, "a", lease=HOUR),
    "renew_edition": lambda store: store.renew_edition(MINE, "a", lease=2 * HOUR),
    "finish_edition": lambda store: store.finish_edition(MINE, "a", folder="out"),
    "release_edition": lambda store: store.release_edition(MINE, "a", error="no"),
    "claim_mail": lambda store: store.claim_mail(NEW, "r", "a", lease=HOUR),
    "finish_mail": lambda store: store.finish_mail(MINE, "r", "a", message_id="<1>"),
    "release_mail": lambda store: store.release_mail(MINE, "r", "a", error="no", next_in=HOUR),
    "doubt_mail": lambda store: store.doubt_mail(MINE, "r", "a", error="no"),
}


@pytest.fixture
def prepared(store: Store) -> Store:
    prepare(store)
    return store


def prepare(store: Store) -> None:
    store.plan_tasks(["mine", "too", "free"])
    store.plan_tasks(["later"], first_in=HOUR)
    for name in ("mine", "too"):
        assert store.claim_task(name, "a", lease=HOUR, latest=HOUR)
    assert store.claim_edition(MINE, "a", lease=HOUR)
    assert store.claim_mail(MINE, "r", "a", lease=HOUR)


def load_everything(store):
    with store._database.reading() as connection:
        tables = [connection.execute(table.select()).all() for table in (TASKS, EDITIONS, MAILS)]
    return [sorted(map(str, rows)) for rows in tables]


@contextmanager
def break_at_commit(store: Store) -> Iterator[None]:
    def break_off(_connection):
        raise KeyboardInterrupt

    event.listen(store._database.engine, "commit", break_off)
    yield
    event.remove(store._database.engine, "commit", break_off)


@contextmanager
def full_disk() -> Iterator[None]:
    """Let no file of this process grow, as if the disk had no room."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("change", CHANGES)
def test_what_breaks_off_before_its_end_leaves_everything_as_it_was(prepared, change):
    before = load_everything(prepared)
    with break_at_commit(prepared), pytest.raises(KeyboardInterrupt):
        CHANGES[change](prepared)
    assert load_everything(prepared) == before
    CHANGES[change](prepared)
    assert load_everything(prepared) != before


@pytest.mark.parametrize("change", CHANGES)
def test_a_full_disk_leaves_everything_as_it_was(migrated, sqlite_url, change):
    with Store.open(sqlite_url) as store:
        prepare(store)
        before = load_everything(store)
        with store._database.reading():  # its log files stay open, as with a second program
            with full_disk(), pytest.raises(StoreError, match="disk") as caught:
                CHANGES[change](store)
            assert "\n" not in str(caught.value)
        assert load_everything(store) == before
        CHANGES[change](store)
        assert load_everything(store) != before


KILLED = """
import os, signal, sys
from datetime import timedelta
from sqlalchemy import event
from listener.store.store import Store
from tests.store.test_lease_failures import CHANGES

store = Store.open(sys.argv[1])

@event.listens_for(store._database.engine, "commit")
def kill(connection):
    os.kill(os.getpid(), signal.SIGKILL)

CHANGES[sys.argv[2]](store)
"""


@pytest.mark.parametrize("change", ["claim_task", "finish_task", "finish_edition", "claim_mail"])
def test_what_is_killed_before_its_end_leaves_everything_as_it_was(prepared, database_url, change):
    before = load_everything(prepared)
    done = subprocess.run(
        [sys.executable, "-c", KILLED, database_url, change],
        cwd=Path(__file__).parents[2],
        check=False,
    )
    assert done.returncode == -signal.SIGKILL
    assert load_everything(prepared) == before
    CHANGES[change](prepared)
    assert load_everything(prepared) != before
