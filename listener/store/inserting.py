"""Inserts that can say what is to happen with rows that are there already."""

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias, Union

from sqlalchemy import Table
from sqlalchemy.dialects import sqlite

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql

Insert: TypeAlias = Union[sqlite.Insert, "postgresql.Insert"]


def choose_insert(*, is_postgresql: bool) -> Callable[[Table], Insert]:
    """Return the `insert` of a database."""
    if not is_postgresql:
        return sqlite.insert
    # Imported here: to load what SQLAlchemy knows of PostgreSQL takes longer than to open SQLite.
    from sqlalchemy.dialects import postgresql

    return postgresql.insert
