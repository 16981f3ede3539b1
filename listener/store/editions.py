"""Keep which editions were made: each brand's report of each week is made once."""

from datetime import timedelta
from typing import Any

import polars as pl
from sqlalchemy import ColumnElement, or_, update

from listener.store.clocks import Clock
from listener.store.database import Database
from listener.store.inserting import choose_insert
from listener.store.leases import UNLEASED, is_free, make_lease, shift_future_leases
from listener.store.records import load_records, select_records
from listener.store.rows import clean_line, clean_text
from listener.store.tables import EDITIONS

# Clocks are set back by seconds now and then.
SMALL_STEP = timedelta(hours=1)


def claim_edition(database: Database, key: str, owner: str, *, lease: timedelta) -> bool:
    """Take an edition that is not made and that nobody makes; tell whether it is ours."""
    clock = database.clock
    insert = choose_insert(is_postgresql=database.is_postgresql)
    values = make_lease(clock, owner, lease)
    claim = insert(EDITIONS).values(key=key, **values, folder="", error="", attempts=1)
    claim = claim.on_conflict_do_update(
        index_elements=["key"],
        set_={**values, "attempts": EDITIONS.c.attempts + 1},
        where=_is_unmade(clock) & is_free(EDITIONS, clock),
    )
    with database.writing(lock_posts=False) as connection:
        shift_future_leases(connection, EDITIONS, EDITIONS.c.key == key, clock)
        return connection.execute(claim.returning(EDITIONS.c.key)).first() is not None


def _is_unmade(clock: Clock) -> ColumnElement[bool]:
    """What was made in the future was made by a clock that was wrong, of a week to come."""
    return or_(EDITIONS.c.made_at.is_(None), EDITIONS.c.made_at > clock.after(SMALL_STEP))


def renew_edition(database: Database, key: str, owner: str, *, lease: timedelta) -> bool:
    """Let the lease begin anew, if it is still the owner's; tell whether it was."""
    return _change_own(database, key, owner, make_lease(database.clock, owner, lease))


def finish_edition(database: Database, key: str, owner: str, *, folder: str) -> bool:
    """Record that an edition is made, if it is still the owner's; tell whether it was."""
    made = {"made_at": database.clock.after(), "folder": clean_text(folder), "error": ""}
    return _change_own(database, key, owner, {**UNLEASED, **made})


def release_edition(database: Database, key: str, owner: str, *, error: str) -> bool:
    """Record why an edition could not be made; anybody may try again at once."""
    return _change_own(database, key, owner, {**UNLEASED, "error": clean_line(error)})


def load_editions(database: Database) -> pl.DataFrame:
    """Return all editions that were ever begun, by key."""
    with database.reading() as connection:
        return load_records(connection, EDITIONS, select_records(EDITIONS))


def _change_own(database: Database, key: str, owner: str, values: dict[str, Any]) -> bool:
    own = update(EDITIONS).where(EDITIONS.c.key == key, EDITIONS.c.owner == owner)
    with database.writing(lock_posts=False) as connection:
        return connection.execute(own.values(values)).rowcount == 1
