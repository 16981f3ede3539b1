"""Keep which files were imported, and how far back each platform was collected."""

from dataclasses import asdict, dataclass
from datetime import datetime

import polars as pl
from sqlalchemy import insert

from listener.posts import Platform
from listener.store.database import Database
from listener.store.records import load_records, select_records
from listener.store.rows import clean_text
from listener.store.tables import IMPORTS


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRecord:
    """One platform's share of one imported file.

    Attributes:
        file: The file's name without its folders.
        posts: How many posts of the platform were read.
        broken: How many lines could not be read.
        oldest: When the first of the posts was written, None if there were none.
        newest: When the last of them was written.
    """

    platform: Platform
    file: str
    format: str
    imported_at: datetime
    posts: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0
    broken: int = 0
    oldest: datetime | None = None
    newest: datetime | None = None


def save_import(database: Database, record: ImportRecord) -> None:
    """Add a record; the same file imported twice is recorded twice."""
    values = asdict(record) | {"file": clean_text(record.file)}
    with database.writing(lock_posts=False) as connection:
        connection.execute(insert(IMPORTS).values(values))


def load_imports(database: Database) -> pl.DataFrame:
    """Return all records, the oldest import first; the columns of `ImportRecord`."""
    with database.reading() as connection:
        return load_records(connection, IMPORTS, select_records(IMPORTS)).drop("id")
