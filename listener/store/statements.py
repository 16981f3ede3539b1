"""The SQL statements that read and write many rows by their ids.

Ids are handed over as one JSON list or one array: there is no limit to their
number, and the statement stays the same.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

import orjson
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Executable,
    Table,
    Text,
    any_,
    bindparam,
    delete,
    func,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from listener.store.columns import UTCDateTime, microseconds, moment
from listener.store.merging import EditRow
from listener.store.rows import PostRow
from listener.store.tables import ALIASES, EDITS, POSTS


def is_one_of(
    connection: Connection, column: ColumnElement[Any], ids: Iterable[str]
) -> ColumnElement[bool]:
    """Return the condition that a column holds one of these ids."""
    if connection.dialect.name == "postgresql":
        return column == any_(bindparam(None, list(ids), type_=ARRAY(Text), unique=True))
    listed = func.json_each(orjson.dumps(list(ids)).decode()).table_valued("value")
    return column.in_(select(listed.c.value))


def list_columns(table: Table) -> list[ColumnElement[Any]]:
    """Return a table's columns for reading, times as microseconds since 1970."""
    return [
        microseconds(column).label(column.name) if isinstance(column.type, UTCDateTime) else column
        for column in table.columns
    ]


def load_rows(connection: Connection, platform: str, ids: Iterable[str]) -> dict[str, PostRow]:
    """Return the stored posts among these ids."""
    chosen = is_one_of(connection, POSTS.c.post_id, ids)
    statement = select(*list_columns(POSTS)).where(POSTS.c.platform == platform, chosen)
    rows = map(PostRow._make, connection.execute(statement))
    return {row.post_id: row for row in rows}


def load_aliases(connection: Connection, platform: str, ids: Iterable[str]) -> dict[str, str]:
    """Return the posts that these ids are aliases of."""
    statement = select(ALIASES.c.alias, ALIASES.c.post_id).where(
        ALIASES.c.platform == platform, is_one_of(connection, ALIASES.c.alias, ids)
    )
    return {row.alias: row.post_id for row in connection.execute(statement)}


def load_edits(
    connection: Connection, platform: str, ids: Iterable[str]
) -> dict[str, list[EditRow]]:
    """Return the earlier texts of these posts, the oldest first."""
    statement = (
        select(*list_columns(EDITS))
        .where(EDITS.c.platform == platform, is_one_of(connection, EDITS.c.post_id, ids))
        .order_by(EDITS.c.written_at, EDITS.c.seen_at, EDITS.c.digest)
    )
    edits = defaultdict(list)
    for edit in map(EditRow._make, connection.execute(statement)):
        edits[edit.post_id].append(edit)
    return edits


def write_rows(
    connection: Connection,
    table: Table,
    rows: Sequence[tuple[Any, ...]],
    *,
    overwrite: bool = True,
) -> None:
    """Insert rows whose times are microseconds; overwrite or keep those with the same key."""
    if not rows:
        return
    if connection.dialect.name == "postgresql":
        columns = dict(zip(table.columns.keys(), map(list, zip(*rows, strict=True)), strict=True))
        connection.execute(_make_array_upsert(table, overwrite=overwrite), columns)
    else:
        # Plain tuples go to the driver unchanged, without a dictionary for each row.
        connection.exec_driver_sql(_make_row_upsert(table, overwrite=overwrite), list(rows))


def delete_posts(connection: Connection, platform: str, ids: Iterable[str]) -> int:
    """Delete posts, and nothing that belongs to them, and return their number."""
    chosen = is_one_of(connection, POSTS.c.post_id, ids)
    return connection.execute(delete(POSTS).where(POSTS.c.platform == platform, chosen)).rowcount


def delete_edits(connection: Connection, platform: str, ids: Iterable[str]) -> int:
    """Delete the earlier texts of posts and return their number."""
    chosen = is_one_of(connection, EDITS.c.post_id, ids)
    return connection.execute(delete(EDITS).where(EDITS.c.platform == platform, chosen)).rowcount


def delete_aliases(connection: Connection, platform: str, ids: Iterable[str]) -> int:
    """Delete the aliases of posts and return their number."""
    chosen = is_one_of(connection, ALIASES.c.post_id, ids)
    return connection.execute(
        delete(ALIASES).where(ALIASES.c.platform == platform, chosen)
    ).rowcount


def point_aliases(connection: Connection, platform: str, moved: Mapping[str, str]) -> None:
    """Let the aliases of posts that became part of another one name that one."""
    own = ALIASES.c.platform == platform
    for before, after in moved.items():
        statement = update(ALIASES).where(own, ALIASES.c.post_id == before)
        connection.execute(statement.values(post_id=after))
    connection.execute(delete(ALIASES).where(own, ALIASES.c.alias == ALIASES.c.post_id))


@cache
def _make_row_upsert(table: Table, *, overwrite: bool) -> str:
    statement = _resolve_conflicts(sqlite.insert(table), table, overwrite=overwrite)
    return str(statement.compile(dialect=sqlite.dialect()))


@cache
def _make_array_upsert(table: Table, *, overwrite: bool) -> Executable:
    arrays = select(*(_unnest(column).label(column.name) for column in table.columns)).subquery()
    source = select(
        *(
            moment(each) if isinstance(column.type, UTCDateTime) else each
            for column, each in zip(table.columns, arrays.c, strict=True)
        )
    )
    statement = postgresql.insert(table).from_select(table.columns.keys(), source)
    return _resolve_conflicts(statement, table, overwrite=overwrite)


def _resolve_conflicts(
    statement: sqlite.Insert | postgresql.Insert, table: Table, *, overwrite: bool
) -> sqlite.Insert | postgresql.Insert:
    if not overwrite:
        return statement.on_conflict_do_nothing()
    updates = {
        column.name: statement.excluded[column.name]
        for column in table.columns
        if not column.primary_key
    }
    key = list(table.primary_key)
    return statement.on_conflict_do_update(index_elements=key, set_=updates)


def _unnest(column: Column[Any]) -> ColumnElement[Any]:
    element = Text() if isinstance(column.type, Text) else BigInteger()
    return func.unnest(bindparam(column.name, type_=ARRAY(element)), type_=element)
