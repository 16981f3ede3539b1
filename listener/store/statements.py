"""The SQL statements that read and write many rows by their ids.

Ids are handed over as one JSON list or one array: there is no limit to their
number, and the statement stays the same. Statements of every page that is saved
are made once: to make one costs more than SQLite needs for it.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache
from typing import Any

import orjson
from sqlalchemy import (
    ARRAY,
    Column,
    ColumnElement,
    Connection,
    Executable,
    FromClause,
    Select,
    Table,
    Text,
    any_,
    bindparam,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.dialects import sqlite

from listener.store.columns import UTCDateTime, microseconds, moment
from listener.store.copying import (
    COPY_FROM_ROWS,
    clear_landing,
    find_row_type,
    land_rows,
    make_landing,
    may_copy,
)
from listener.store.inserting import Insert, choose_insert
from listener.store.merging import EditRow
from listener.store.rows import PostRow
from listener.store.shelves import SHELVES, Shelf


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


def name_ids(
    connection: Connection, platform: str, ids: Iterable[str]
) -> dict[str, str | list[str]]:
    """Return the parameters of statements that `choose_named` is part of."""
    is_postgresql = connection.dialect.name == "postgresql"
    return {
        "platform": platform,
        "ids": list(ids) if is_postgresql else orjson.dumps(list(ids)).decode(),
    }


def choose_named(dialect: str, table: Table, column: ColumnElement[Any]) -> ColumnElement[bool]:
    """Return the condition that a row is of a platform and of ids that are named later."""
    ids: ColumnElement[bool]
    if dialect == "postgresql":
        ids = column == any_(bindparam("ids", type_=ARRAY(Text)))
    else:
        listed = func.json_each(bindparam("ids", type_=Text)).table_valued("value")
        ids = column.in_(select(listed.c.value))
    return (table.c.platform == bindparam("platform")) & ids


def load_rows(
    connection: Connection, shelf: Shelf, platform: str, ids: Iterable[str]
) -> dict[str, PostRow]:
    """Return the stored posts among these ids."""
    statement = _select_rows(connection.dialect.name, shelf.posts)
    found = connection.execute(statement, name_ids(connection, platform, ids))
    return {row.post_id: row for row in map(PostRow._make, found)}


@cache
def _select_rows(dialect: str, posts: Table) -> Select[Any]:
    return select(*list_columns(posts)).where(choose_named(dialect, posts, posts.c.post_id))


def load_aliases(connection: Connection, platform: str, ids: Iterable[str]) -> dict[str, str]:
    """Return the posts, on whichever shelf, that these ids are aliases of."""
    found: dict[str, str] = {}
    named = name_ids(connection, platform, ids)
    for shelf in SHELVES:
        statement = _select_aliases(connection.dialect.name, shelf.aliases)
        found.update((row.alias, row.post_id) for row in connection.execute(statement, named))
    return found


@cache
def _select_aliases(dialect: str, aliases: Table) -> Select[Any]:
    chosen = choose_named(dialect, aliases, aliases.c.alias)
    return select(aliases.c.alias, aliases.c.post_id).where(chosen)


def load_edits(
    connection: Connection, platform: str, ids: Iterable[str]
) -> dict[str, list[EditRow]]:
    """Return the earlier texts of these posts, on whichever shelf, the oldest first."""
    named, found = name_ids(connection, platform, ids), defaultdict(list)
    for shelf in SHELVES:
        statement = _select_edits(connection.dialect.name, shelf.edits)
        for edit in map(EditRow._make, connection.execute(statement, named)):
            found[edit.post_id].append(edit)
    return found


@cache
def _select_edits(dialect: str, edits: Table) -> Select[Any]:
    chosen = choose_named(dialect, edits, edits.c.post_id)
    in_order = (edits.c.written_at, edits.c.seen_at, edits.c.digest)
    return select(*list_columns(edits)).where(chosen).order_by(*in_order)


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
    if connection.dialect.name != "postgresql":
        # Plain tuples go to the driver unchanged, without a dictionary for each row. It takes
        # a tenth longer to get at the values of named ones.
        plain = list(map(tuple, rows))
        connection.exec_driver_sql(_make_row_upsert(table, overwrite=overwrite), plain)
    elif len(rows) < COPY_FROM_ROWS or not may_copy(connection):
        columns = dict(zip(table.columns.keys(), map(list, zip(*rows, strict=True)), strict=True))
        connection.execute(_make_array_upsert(table, overwrite=overwrite), columns)
    else:
        land_rows(connection, table, rows)
        connection.execute(_make_copied_upsert(table, overwrite=overwrite))
        clear_landing(connection, table)


def delete_of(connection: Connection, table: Table, platform: str, ids: Iterable[str]) -> int:
    """Delete what a table of a shelf holds of these posts and return the number of rows."""
    chosen = is_one_of(connection, table.c.post_id, ids)
    return connection.execute(delete(table).where(table.c.platform == platform, chosen)).rowcount


def delete_aliases(
    connection: Connection, shelf: Shelf, platform: str, aliases: Iterable[str]
) -> None:
    """Delete these aliases themselves, whatever they name."""
    chosen = is_one_of(connection, shelf.aliases.c.alias, aliases)
    own = shelf.aliases.c.platform == platform
    connection.execute(delete(shelf.aliases).where(own, chosen))


def move_belongings(
    connection: Connection, platform: str, ids: Collection[str], source: Shelf, target: Shelf
) -> None:
    """Take posts from a shelf, and their aliases and earlier texts to another one."""
    for before, after in ((source.aliases, target.aliases), (source.edits, target.edits)):
        chosen = is_one_of(connection, before.c.post_id, ids)
        rows = select(before).where(before.c.platform == platform, chosen)
        connection.execute(insert(after).from_select(before.columns.keys(), rows))
        delete_of(connection, before, platform, ids)
    delete_of(connection, source.posts, platform, ids)


def point_aliases(
    connection: Connection, shelf: Shelf, platform: str, moved: Mapping[str, str]
) -> None:
    """Let the aliases of posts that became part of another one name that one."""
    aliases = shelf.aliases
    own = aliases.c.platform == platform
    for before, after in moved.items():
        statement = update(aliases).where(own, aliases.c.post_id == before)
        connection.execute(statement.values(post_id=after))
    connection.execute(delete(aliases).where(own, aliases.c.alias == aliases.c.post_id))


@cache
def _make_row_upsert(table: Table, *, overwrite: bool) -> str:
    statement = _resolve_conflicts(sqlite.insert(table), table, overwrite=overwrite)
    return str(statement.compile(dialect=sqlite.dialect()))


@cache
def _make_array_upsert(table: Table, *, overwrite: bool) -> Executable:
    arrays = select(*(_unnest(column).label(column.name) for column in table.columns)).subquery()
    return _make_upsert_from(arrays, table, overwrite=overwrite)


@cache
def _make_copied_upsert(table: Table, *, overwrite: bool) -> Executable:
    return _make_upsert_from(make_landing(table), table, overwrite=overwrite)


def _make_upsert_from(rows: FromClause, table: Table, *, overwrite: bool) -> Executable:
    """Write rows whose times are microseconds, by the same rules wherever they come from."""
    values = (
        moment(each) if isinstance(column.type, UTCDateTime) else each
        for column, each in zip(table.columns, rows.c, strict=True)
    )
    insert_row = choose_insert(is_postgresql=True)
    statement = insert_row(table).from_select(table.columns.keys(), select(*values))
    return _resolve_conflicts(statement, table, overwrite=overwrite)


def _resolve_conflicts(statement: Insert, table: Table, *, overwrite: bool) -> Insert:
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
    element = find_row_type(column)
    return func.unnest(bindparam(column.name, type_=ARRAY(element)), type_=element)
