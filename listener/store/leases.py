"""The rules of leases, the same for tasks, editions and mails: rights that run out by themselves.

A table with leases has the columns `owner`, `leased_at` and `lease_until`. Each change
is one conditional UPDATE, so that of two programs exactly one gets the lease, on
PostgreSQL as on SQLite, and no lock outlives it.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, or_, update

from listener.store.clocks import Clock

# What a lease that nobody has looks like.
UNLEASED: dict[str, Any] = {"owner": None, "leased_at": None, "lease_until": None}


def is_free(table: Table, clock: Clock) -> ColumnElement[bool]:
    """Return the condition that nobody has the lease, or that it is over."""
    return or_(table.c.owner.is_(None), table.c.lease_until <= clock.after())


def make_lease(clock: Clock, owner: str, lease: timedelta) -> dict[str, Any]:
    """Return the columns of a lease that begins now."""
    return {"owner": owner, "leased_at": clock.after(), "lease_until": clock.after(lease)}


def shift_future_leases(
    connection: Connection, table: Table, chosen: ColumnElement[bool], clock: Clock
) -> None:
    """Let leases begin now that were taken at a moment which has not come yet.

    The clock was ahead then and has been set right. Without this a lease of seconds
    would last as long as the clock was ahead. It is not taken away either: its owner may
    be alive and will renew it.
    """
    length: ColumnElement[Any] = table.c.lease_until - table.c.leased_at
    is_future = table.c.leased_at > clock.after()
    until: ColumnElement[datetime] = clock.after() + length
    connection.execute(
        update(table).where(chosen, is_future).values(leased_at=clock.after(), lease_until=until)
    )
