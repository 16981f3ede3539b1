"""Read the store's own records as frames; posts have frames of their own (`frames.py`)."""

from functools import cache
from typing import Any

import polars as pl
from sqlalchemy import Connection, Select, Table, select

from listener.store.columns import UTCDateTime
from listener.store.statements import list_columns

_KINDS: dict[type, pl.DataType] = {str: pl.String(), bool: pl.Boolean()}


@cache
def select_records(table: Table) -> Select[Any]:
    """Select all rows by key, times as microseconds."""
    return select(*list_columns(table)).order_by(*table.primary_key)


def load_records(connection: Connection, table: Table, statement: Select[Any]) -> pl.DataFrame:
    """Return what a statement selects of all columns of a table, with aware times."""
    schema = {each.name: _KINDS.get(each.type.python_type, pl.Int64()) for each in table.columns}
    moments = [each.name for each in table.columns if isinstance(each.type, UTCDateTime)]
    rows = [tuple(row) for row in connection.execute(statement)]
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    return frame.with_columns(pl.col(moments).cast(pl.Datetime("us", "UTC")))
