"""Bring many rows into PostgreSQL by COPY, which takes them as they come.

They go into a temporary table first: COPY itself knows no conflicts. The table is
gone when the transaction ends, however it ends.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    LargeBinary,
    MetaData,
    Table,
    Text,
    func,
    select,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.schema import CreateTable
from sqlalchemy.types import TypeEngine

COPY_FROM_ROWS = 200
"""So many rows are copied. Measured: 100 take as long as in arrays, 200 two thirds, 1,000 half."""

_MAY_COPY = select(func.has_database_privilege(func.current_database(), "TEMPORARY"))


def may_copy(connection: Connection) -> bool:
    """Return whether the user may have temporary tables; all may unless somebody took it away."""
    known = connection.info.get("listener_may_copy")
    if known is None:
        known = connection.info["listener_may_copy"] = bool(connection.scalar(_MAY_COPY))
    return known


def find_row_type(column: Column[Any]) -> TypeEngine[Any]:
    """Return the type that a column has in rows: whatever is no text or bytes is a number."""
    return column.type if isinstance(column.type, Text | LargeBinary) else BigInteger()


@cache
def make_landing(table: Table) -> Table:
    """Return the temporary table for rows of a table: times are microseconds, nothing is a key."""
    columns = (Column(each.name, find_row_type(each)) for each in table.columns)
    return Table(
        f"landing_{table.name}",
        MetaData(),
        *columns,
        prefixes=["TEMPORARY"],
        postgresql_on_commit="DROP",
    )


def land_rows(connection: Connection, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
    """Copy rows into the temporary table of a table, which nothing else may be in.

    Raises:
        DBAPIError: If the database fails, as from any other statement.
    """
    landing = make_landing(table)
    connection.execute(CreateTable(landing, if_not_exists=True))
    statement = _write_copy(connection, landing)
    raw: Any = connection.connection  # SQLAlchemy has no name for COPY
    try:
        with raw.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)
    except connection.dialect.loaded_dbapi.Error as error:
        # What goes past SQLAlchemy is not translated by it either.
        raise DBAPIError(statement, None, error, hide_parameters=True) from error


def clear_landing(connection: Connection, table: Table) -> None:
    """Empty the temporary table for the next rows of the same transaction."""
    connection.exec_driver_sql(f"TRUNCATE {make_landing(table).name}")


def _write_copy(connection: Connection, landing: Table) -> str:
    quote = connection.dialect.identifier_preparer.quote
    columns = ", ".join(quote(column.name) for column in landing.columns)
    return f"COPY {landing.name} ({columns}) FROM STDIN"
