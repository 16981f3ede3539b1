"""Read the store's own records as frames; posts have frames of their own (`frames.py`)."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import polars as pl
from sqlalchemy import Connection, Select, Table, func, select

from listener.store.columns import UTCDateTime
from listener.store.shelves import PUBLIC
from listener.store.statements import list_columns

_KINDS: dict[type, pl.DataType] = {str: pl.String(), bool: pl.Boolean()}


@cache
def select_records(table: Table) -> Select[Any]:
    """Select all rows by key, times as microseconds."""
    return select(*list_columns(table)).order_by(*table.primary_key)


def load_records(
    connection: Connection,
    table: Table,
    statement: Select[Any],
    named: Mapping[str, Any] | None = None,
) -> pl.DataFrame:
    """Return what a statement selects of all columns of a table, with aware times."""
    rows = connection.execute(statement, dict(named or {}))
    return make_records(table, [tuple(row) for row in rows])


def make_records(table: Table, rows: Sequence[tuple[Any, ...]] = ()) -> pl.DataFrame:
    """Return rows of a table, whose times are microseconds, as a frame with aware times."""
    schema = {each.name: _KINDS.get(each.type.python_type, pl.Int64()) for each in table.columns}
    moments = [each.name for each in table.columns if isinstance(each.type, UTCDateTime)]
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    return frame.with_columns(pl.col(moments).cast(pl.Datetime("us", "UTC")))


def sort_records(records: pl.DataFrame, table: Table) -> pl.DataFrame:
    """Return records by key.

    Where only some of a table are read, the order is not the database's task: SQLite would
    rather go through all of them in order than pick some and sort these.
    """
    return records.sort([column.name for column in table.primary_key])


def select_resolved(table: Table) -> Select[Any]:
    """Select what was said of public posts under the ids that these now have.

    It may have been said of an edit, which was a post of its own then.
    """
    own = PUBLIC.aliases.c
    is_alias = (own.platform == table.c.platform) & (own.alias == table.c.post_id)
    post_id = func.coalesce(own.post_id, table.c.post_id).label("post_id")
    columns = [post_id if each.name == "post_id" else each for each in list_columns(table)]
    return select(*columns).select_from(table.outerjoin(PUBLIC.aliases, is_alias))
