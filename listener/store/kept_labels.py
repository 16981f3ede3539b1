"""Keep how posts were read, by digests of their cases and without a word of them."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from io import BytesIO

import polars as pl
from polars.exceptions import PolarsError
from sqlalchemy import Connection, delete, select

from listener.store.database import Database
from listener.store.keys import find_key
from listener.store.old_weeks import name_week
from listener.store.statements import is_one_of, write_rows
from listener.store.tables import KEPT_LABELS

_KEY_NAME = "kept_key"
_TABLE = KEPT_LABELS.c


class KeptLabels:
    """The part of `Store` that keeps labels; each method raises `StoreError`.

    What is kept may be dropped at any time: then it is read anew.
    """

    _database: Database

    def load_kept_key(self) -> bytes:
        """Return the key of the digests that name cases; it is made once."""
        return find_key(self._database, _KEY_NAME)

    def load_kept_labels(self, reading: str, weeks: Iterable[str]) -> dict[str, pl.DataFrame]:
        """Return by week what was kept under a name of reading; what is broken is left out."""
        statement = select(_TABLE.week, _TABLE.content).where(_TABLE.reading == reading)
        with self._database.reading() as connection:
            chosen = statement.where(is_one_of(connection, _TABLE.week, set(weeks)))
            rows = connection.execute(chosen).all()
        found = {row.week: _unpack(row.content) for row in rows}
        return {week: frame for week, frame in found.items() if frame is not None}

    def save_kept_labels(self, reading: str, weeks: Mapping[str, pl.DataFrame]) -> None:
        """Keep labels of weeks in place of what was kept of them."""
        rows = [(week, reading, _pack(frame)) for week, frame in sorted(weeks.items())]
        with self._database.writing(lock_posts=False) as connection:
            write_rows(connection, KEPT_LABELS, rows)


def erase_kept_labels(connection: Connection, before: datetime | None = None) -> None:
    """Drop what was kept, or that of weeks that were over before a moment."""
    statement = delete(KEPT_LABELS)
    if before is not None:
        statement = statement.where(_TABLE.week < name_week(before.astimezone(UTC)))
    connection.execute(statement)


def _pack(frame: pl.DataFrame) -> bytes:
    content = BytesIO()
    frame.write_ipc(content, compression="zstd")
    return content.getvalue()


def _unpack(content: bytes) -> pl.DataFrame | None:
    try:
        return pl.read_ipc(BytesIO(content))
    except (PolarsError, OSError):
        return None
