"""Drop what the ledger keeps of times that no report asks for any more."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete

from listener.store.database import Database
from listener.store.tables import RUNS, VISITS
from listener.store.watching import list_last_done


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerCounts:
    """How many rows were dropped."""

    runs: int
    visits: int


def clear_ledger(database: Database, before: datetime) -> LedgerCounts:
    """Drop runs and visits from before a moment, but each source's last complete run."""
    is_old = RUNS.c.started_at < before
    old_visits = delete(VISITS).where(VISITS.c.visited_at < before)
    with database.writing(lock_posts=False) as connection:
        kept = list_last_done(connection, before)
        old_runs = delete(RUNS).where(is_old, RUNS.c.id.not_in(kept))
        return LedgerCounts(
            runs=connection.execute(old_runs).rowcount,
            visits=connection.execute(old_visits).rowcount,
        )
