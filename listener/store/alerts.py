"""Keep which alerts were told to whom: each once, whoever else is telling.

An alert is claimed, then begun, then told. Who dies between claiming and beginning has told
nobody, and his lease runs out. Who dies after he began may have told: nobody tells it again.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

import polars as pl
from sqlalchemy import ColumnElement, Connection, and_, delete, func, or_, select, update

from listener.figures.alerts import Alert, ToldAlert
from listener.store.clocks import Clock
from listener.store.database import Database
from listener.store.inserting import choose_insert
from listener.store.leases import UNLEASED, make_lease, shift_future_leases
from listener.store.records import load_records, select_records
from listener.store.rows import clean_line
from listener.store.tables import ALERTS

# SQLite takes 32,766 values in a statement.
_MOST_KEYS = 10_000


class ToldAlerts:
    """The part of `Store` that knows alerts; each method raises `StoreError`."""

    _database: Database

    def claim_alerts(
        self, target: str, alerts: Sequence[Alert], owner: str, *, lease: timedelta
    ) -> frozenset[str]:
        """Take the alerts that may be told to a target now; return the keys of those taken.

        They are those that were never begun, and those that were given back and are due.
        """
        taken: set[str] = set()
        clock = self._database.clock
        with self._database.writing(lock_posts=False) as connection:
            shift_future_leases(connection, ALERTS, ALERTS.c.target == target, clock)
            for alert in sorted(alerts, key=lambda alert: alert.key):
                if _claim(connection, self._database, target, alert, owner, lease):
                    taken.add(alert.key)
        return frozenset(taken)

    def begin_alerts(self, target: str, keys: Collection[str], owner: str) -> bool:
        """Note down that they are about to be handed over; False if one is not the owner's."""
        clock = self._database.clock
        parts = [_are_own(target, some, owner) for some in _split(keys)]
        with self._database.writing(lock_posts=False) as connection:
            begun = 0
            for own in parts:
                begin = update(ALERTS).where(own, ALERTS.c.lease_until > clock.after())
                begun += connection.execute(begin.values(begun_at=clock.after())).rowcount
            if begun == len(keys):
                return True
            for own in parts:
                connection.execute(update(ALERTS).where(own).values(begun_at=None))
        return False

    def finish_alerts(self, target: str, keys: Collection[str], owner: str) -> int:
        """Record that they were told; return how many of them were the owner's."""
        told = {"sent_at": self._database.clock.after(), "error": ""}
        return self._change(target, keys, owner, {**UNLEASED, **told})

    def release_alerts(
        self, target: str, keys: Collection[str], owner: str, *, error: str, next_in: timedelta
    ) -> int:
        """Record why they certainly were not told; return how many were the owner's.

        Args:
            target: Whom they were for.
            keys: Which.
            owner: Who tried.
            error: Why, in one line that is free of secrets.
            next_in: How long after now they may be tried again.
        """
        clock = self._database.clock
        values = {
            "error": clean_line(error),
            "begun_at": None,
            "released_at": clock.after(),
            "next_at": clock.after(next_in),
        }
        return self._change(target, keys, owner, {**UNLEASED, **values})

    def doubt_alerts(self, target: str, keys: Collection[str], owner: str, *, error: str) -> int:
        """Record that they may have been told: nobody tells them again."""
        values = {"lease_until": self._database.clock.after(), "error": clean_line(error)}
        return self._change(target, keys, owner, values)

    def load_alerts(self) -> pl.DataFrame:
        """Return all alerts that were ever claimed, by target and key, one row each.

        Columns: `target`, `key`, `kind`, `brand`; `owner`, `leased_at` and `lease_until`, empty
        when nobody tells it; `begun_at`; `sent_at` once it was told; `released_at` and
        `next_at`, when it was given back and may be tried again; `error`; `state`, one of
        `told`, `unsure`, `sending` and `failed`, or null if it was claimed and never begun.
        """
        with self._database.reading() as connection:
            now = self._database.clock.read(connection)
            frame = load_records(connection, ALERTS, select_records(ALERTS))
        return frame.with_columns(_tell_state(now).alias("state"))

    def list_told_alerts(self) -> list[ToldAlert]:
        """Return what is known of alerts, the newest first."""
        rows = self.load_alerts().filter(pl.col("state").is_not_null())
        told = [
            ToldAlert(
                **{name: row[name] for name in ("target", "key", "kind", "brand", "state")},
                at=row["sent_at"] or row["begun_at"] or row["released_at"] or row["leased_at"],
                next_at=row["next_at"] if row["state"] == "failed" else None,
                error=row["error"],
            )
            for row in rows.iter_rows(named=True)
        ]
        return sorted(told, key=lambda each: (each.at, each.target, each.key), reverse=True)

    def drop_failed_alerts(self, keep: Collection[str]) -> int:
        """Forget what could not be told, is due again and true no more; return how many went.

        Args:
            keep: The keys of what is true now.
        """
        failed = ALERTS.c.sent_at.is_(None) & ALERTS.c.owner.is_(None)
        due = ALERTS.c.next_at <= self._database.clock.after()
        kept, dropped = frozenset(keep), 0
        with self._database.writing(lock_posts=False) as connection:
            found = connection.execute(select(ALERTS.c.key).where(failed, due).distinct())
            for keys in _split([key for key in found.scalars() if key not in kept]):
                gone = delete(ALERTS).where(failed, due, ALERTS.c.key.in_(keys))
                dropped += connection.execute(gone).rowcount
        return dropped

    def clear_alerts(self, before: datetime) -> int:
        """Forget what was told or tried before a moment; return how many that were."""
        moments = ALERTS.c.sent_at, ALERTS.c.begun_at, ALERTS.c.released_at, ALERTS.c.leased_at
        last = func.coalesce(*moments)
        free = or_(ALERTS.c.owner.is_(None), ALERTS.c.lease_until < before)
        with self._database.writing(lock_posts=False) as connection:
            return connection.execute(delete(ALERTS).where(last < before, free)).rowcount

    def _change(
        self, target: str, keys: Collection[str], owner: str, values: dict[str, Any]
    ) -> int:
        with self._database.writing(lock_posts=False) as connection:
            changes = [
                update(ALERTS).where(_are_own(target, some, owner)).values(values)
                for some in _split(keys)
            ]
            return sum(connection.execute(change).rowcount for change in changes)


def _split(keys: Collection[str]) -> list[list[str]]:
    """Return the keys in parts that fit into one statement."""
    listed = list(keys)
    return [listed[begin : begin + _MOST_KEYS] for begin in range(0, len(listed), _MOST_KEYS)]


def _claim(
    connection: Connection,
    database: Database,
    target: str,
    alert: Alert,
    owner: str,
    lease: timedelta,
) -> bool:
    clock = database.clock
    insert = choose_insert(is_postgresql=database.is_postgresql)
    values = {**make_lease(clock, owner, lease), "begun_at": None, "next_at": None, "error": ""}
    new = {"target": target, "key": alert.key, "kind": alert.kind, "brand": alert.brand}
    claim = insert(ALERTS).values(**new, **values)
    claim = claim.on_conflict_do_update(
        index_elements=["target", "key"], set_=values, where=_may_be_told(clock)
    )
    return connection.execute(claim.returning(ALERTS.c.key)).first() is not None


def _may_be_told(clock: Clock) -> ColumnElement[bool]:
    """Return the condition that it was never begun, or was given back and is due.

    One that was given back at a moment which has not come yet is due: the clock was ahead.
    """
    now = clock.after()
    given_back = ALERTS.c.owner.is_(None) & or_(
        ALERTS.c.next_at.is_(None), ALERTS.c.next_at <= now, ALERTS.c.released_at > now
    )
    abandoned = ALERTS.c.begun_at.is_(None) & (ALERTS.c.lease_until <= now)
    return ALERTS.c.sent_at.is_(None) & or_(given_back, abandoned)


def _are_own(target: str, keys: Collection[str], owner: str) -> ColumnElement[bool]:
    return and_(ALERTS.c.target == target, ALERTS.c.key.in_(keys), ALERTS.c.owner == owner)


def _tell_state(now: datetime) -> pl.Expr:
    # A lease that begins later than now was taken when the clock was ahead.
    is_over = (pl.col("lease_until") <= now) | (pl.col("leased_at") > now)
    return (
        pl.when(pl.col("sent_at").is_not_null())
        .then(pl.lit("told"))
        .when(pl.col("owner").is_null())
        .then(pl.lit("failed"))
        .when(pl.col("begun_at").is_not_null() & is_over)
        .then(pl.lit("unsure"))
        .when(~is_over)
        .then(pl.lit("sending"))
    )
