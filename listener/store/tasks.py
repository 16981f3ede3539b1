"""Keep when each task is due and who does it now: one program at a time, each in its turn."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, Literal

import polars as pl
from sqlalchemy import bindparam, case, delete, func, or_, update

from listener.store.clocks import Clock
from listener.store.database import Database
from listener.store.inserting import choose_insert
from listener.store.leases import UNLEASED, is_free, make_lease, shift_future_leases
from listener.store.records import load_records, select_records
from listener.store.rows import clean_id, clean_line
from listener.store.statements import is_one_of
from listener.store.tables import TASKS

TaskState = Literal["done", "failed", "waiting"]


def plan_tasks(database: Database, names: Iterable[str], *, first_in: timedelta) -> None:
    """Keep tasks that are not known yet; those that are stay as they are."""
    # In order: two programs that begin together would else wait for each other.
    rows = [{"task": name} for name in sorted(set(map(clean_id, names)))]
    insert = choose_insert(is_postgresql=database.is_postgresql)
    statement = insert(TASKS).values(
        name=bindparam("task"),
        due_at=database.clock.after(first_in),
        state="new",
        error="",
        failures=0,
        takeovers=0,
    )
    if rows:
        with database.writing(lock_posts=False) as connection:
            connection.execute(statement.on_conflict_do_nothing(), rows)


def claim_task(
    database: Database, name: str, owner: str, *, lease: timedelta, latest: timedelta
) -> bool:
    """Take a task that is due and that nobody does; tell whether it is ours."""
    clock, own = database.clock, TASKS.c.name == clean_id(name)
    is_due = or_(TASKS.c.due_at <= clock.after(), TASKS.c.due_at > clock.after(latest))
    claim = update(TASKS).where(own, is_free(TASKS, clock), is_due)
    taken_over = case((TASKS.c.owner.is_(None), 0), else_=1)
    values = {
        **make_lease(clock, owner, lease),
        "started_at": clock.after(),
        "takeovers": TASKS.c.takeovers + taken_over,
    }
    with database.writing(lock_posts=False) as connection:
        shift_future_leases(connection, TASKS, own, clock)
        return connection.execute(claim.values(values)).rowcount == 1


def renew_tasks(
    database: Database, names: Iterable[str], owner: str, *, lease: timedelta
) -> set[str]:
    """Let the leases of an owner begin anew and return which tasks are still his."""
    known = {clean_id(name): name for name in names}
    values = make_lease(database.clock, owner, lease)
    with database.writing(lock_posts=False) as connection:
        own = is_one_of(connection, TASKS.c.name, known) & (TASKS.c.owner == owner)
        statement = update(TASKS).where(own).values(values).returning(TASKS.c.name)
        return {known[name] for name in connection.scalars(statement)}


def finish_task(
    database: Database,
    name: str,
    owner: str,
    *,
    state: TaskState,
    error: str,
    next_in: timedelta,
) -> bool:
    """Give a task back with its outcome, if it is still the owner's; tell whether it was."""
    clock = database.clock
    values = {
        **UNLEASED,
        **_count_failures(clock, state),
        "state": state,
        "error": clean_line(error),
        "finished_at": clock.after(),
        "due_at": clock.after(next_in),
    }
    return _change_own(database, name, owner, values)


def release_task(database: Database, name: str, owner: str) -> bool:
    """Give a task back that did not come to its end: it is due at once."""
    return _change_own(database, name, owner, {**UNLEASED, "due_at": database.clock.after()})


def hasten_task(database: Database, name: str) -> bool:
    """Let a task be due now that was to be done later; tell whether it was."""
    now = database.clock.after()
    later = update(TASKS).where(TASKS.c.name == clean_id(name), TASKS.c.due_at > now)
    with database.writing(lock_posts=False) as connection:
        return connection.execute(later.values(due_at=now)).rowcount == 1


def drop_tasks(database: Database, keep: Iterable[str]) -> int:
    """Forget all other tasks that nobody does at the moment and return their number."""
    clock, kept = database.clock, set(map(clean_id, keep))
    with database.writing(lock_posts=False) as connection:
        others = ~is_one_of(connection, TASKS.c.name, kept)
        shift_future_leases(connection, TASKS, others, clock)
        return connection.execute(delete(TASKS).where(others, is_free(TASKS, clock))).rowcount


def load_tasks(database: Database) -> pl.DataFrame:
    """Return all tasks by name."""
    with database.reading() as connection:
        return load_records(connection, TASKS, select_records(TASKS))


def _count_failures(clock: Clock, state: TaskState) -> dict[str, Any]:
    """Return since when and how often it has failed; waiting neither heals nor hurts."""
    if state == "done":
        return {"failing_since": None, "failures": 0}
    if state == "waiting":
        return {}
    since = func.coalesce(TASKS.c.failing_since, clock.after())
    return {"failing_since": since, "failures": TASKS.c.failures + 1}


def _change_own(database: Database, name: str, owner: str, values: dict[str, Any]) -> bool:
    own = update(TASKS).where(TASKS.c.name == clean_id(name), TASKS.c.owner == owner)
    with database.writing(lock_posts=False) as connection:
        return connection.execute(own.values(values)).rowcount == 1
