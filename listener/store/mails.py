"""Keep to whom each edition went: no mail goes out twice, not even one that may be lost.

A mail that was begun and neither sent nor given back is in doubt: the mail server
may have taken it before the program was killed. Nobody sends it again by himself.
"""

from datetime import timedelta
from typing import Any

import polars as pl
from sqlalchemy import ColumnElement, or_, update

from listener.store.clocks import Clock
from listener.store.database import Database
from listener.store.inserting import choose_insert
from listener.store.leases import UNLEASED, make_lease, shift_future_leases
from listener.store.records import load_records, select_records
from listener.store.rows import clean_line, clean_text
from listener.store.tables import MAILS


def claim_mail(database: Database, key: str, digest: str, owner: str, *, lease: timedelta) -> bool:
    """Take a mail that was never begun, or was given back and is due; tell whether it is ours."""
    clock, own = database.clock, _is_mail(key, digest)
    insert = choose_insert(is_postgresql=database.is_postgresql)
    # An error of the last attempt does not tell what became of this one.
    values = {**make_lease(clock, owner, lease), "next_at": None, "error": ""}
    new = {"key": key, "digest": digest, "message_id": "", "attempts": 1}
    claim = insert(MAILS).values(**new, **values)
    claim = claim.on_conflict_do_update(
        index_elements=["key", "digest"],
        set_={**values, "attempts": MAILS.c.attempts + 1},
        where=MAILS.c.sent_at.is_(None) & MAILS.c.owner.is_(None) & _is_due(clock),
    )
    with database.writing(lock_posts=False) as connection:
        shift_future_leases(connection, MAILS, own, clock)
        return connection.execute(claim.returning(MAILS.c.key)).first() is not None


def finish_mail(database: Database, key: str, digest: str, owner: str, *, message_id: str) -> bool:
    """Record that a mail was taken by the mail server; tell whether it was the owner's."""
    sent = {"sent_at": database.clock.after(), "message_id": clean_text(message_id), "error": ""}
    return _change_own(database, key, digest, owner, {**UNLEASED, **sent})


def release_mail(
    database: Database,
    key: str,
    digest: str,
    owner: str,
    *,
    error: str,
    next_in: timedelta,
    counts: bool = True,
) -> bool:
    """Record why a mail certainly did not go out, when to try again, and whether it counts."""
    clock = database.clock
    values = {
        "error": clean_line(error),
        "released_at": clock.after(),
        "next_at": clock.after(next_in),
        "attempts": MAILS.c.attempts - (0 if counts else 1),
    }
    return _change_own(database, key, digest, owner, {**UNLEASED, **values})


def doubt_mail(database: Database, key: str, digest: str, owner: str, *, error: str) -> bool:
    """Record that a mail may have gone out: nobody sends it again."""
    values = {"lease_until": database.clock.after(), "error": clean_line(error)}
    return _change_own(database, key, digest, owner, values)


def load_mails(database: Database) -> pl.DataFrame:
    """Return all mails that were ever begun, by key and address, and which are in doubt."""
    with database.reading() as connection:
        now = database.clock.read(connection)
        frame = load_records(connection, MAILS, select_records(MAILS))
    # A lease that begins later than now was taken when the clock was ahead.
    is_over = (pl.col("lease_until") <= now) | (pl.col("leased_at") > now)
    unsure = pl.col("owner").is_not_null() & is_over
    return frame.with_columns(unsure.alias("unsure"))


def _is_mail(key: str, digest: str) -> ColumnElement[bool]:
    return (MAILS.c.key == key) & (MAILS.c.digest == digest)


def _is_due(clock: Clock) -> ColumnElement[bool]:
    """Return the condition that a mail may be tried again.

    One that was given back at a moment which has not come yet is due too: the clock
    was ahead, and the pause would last as long as it was.
    """
    now = clock.after()
    return or_(MAILS.c.next_at.is_(None), MAILS.c.next_at <= now, MAILS.c.released_at > now)


def _change_own(
    database: Database, key: str, digest: str, owner: str, values: dict[str, Any]
) -> bool:
    own = update(MAILS).where(_is_mail(key, digest), MAILS.c.owner == owner)
    with database.writing(lock_posts=False) as connection:
        return connection.execute(own.values(values)).rowcount == 1
