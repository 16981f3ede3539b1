"""Read many posts in few objects: a column of some thousand posts is one list of JSON.

To make an object of each value takes Python longer than finding it takes the database. Which
posts are wanted is asked first, by where their rows lie: that stays as it is for as long as a
transaction sees one state of the database.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from typing import Any

import orjson
import polars as pl
from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Connection,
    Select,
    Table,
    Text,
    TextClause,
    bindparam,
    cast,
    func,
    literal_column,
    select,
    text,
    type_coerce,
)

from listener.store.post_frames import make_frame_of_columns
from listener.store.shelves import PRIVATE, PUBLIC, Shelf
from listener.store.statements import list_columns

Condition = ColumnElement[bool] | TextClause

POSTS_AT_ONCE = 10_000
CHARACTERS_AT_ONCE = 100_000_000
"""A list stays below the 1,000,000,000 bytes that a database can hold, whatever somebody
writes: of long texts fewer are packed at a time. JSON has up to six bytes for a character."""


def iter_packed(
    connection: Connection,
    shelf: Shelf,
    *conditions: Condition,
    named: Mapping[str, Any] | None = None,
) -> Iterator[pl.DataFrame]:
    """Yield a shelf's posts with `posts_schema()`, some at a time and in no order.

    References name posts themselves, never an alias. A private post may lead to public ones,
    but nothing public to a private one.

    Args:
        connection: Of one transaction, which must not end before the last of them.
        shelf: Where the posts are.
        conditions: Which of them are wanted.
        named: Parameters of the conditions.
    """
    rows = _iter_rows(connection, shelf, conditions, dict(named or {}))
    with ThreadPoolExecutor(1) as beside:
        waiting: Future[pl.DataFrame] | None = None
        for row in rows:
            if waiting is not None:
                yield waiting.result()
            # Becomes columns while the database, which needs no Python for that, finds the next.
            waiting = beside.submit(_unpack, row)
        if waiting is not None:
            yield waiting.result()


def _iter_rows(
    connection: Connection,
    shelf: Shelf,
    conditions: Iterable[Condition],
    named: dict[str, Any],
) -> Iterator[Sequence[str]]:
    dialect = connection.dialect.name
    place = pack_values(dialect, _find_place(dialect, shelf.posts))
    texts = func.length(shelf.posts.c.text) + func.length(shelf.posts.c.mentions)
    wanted = select(place, func.max(texts)).where(*conditions)
    found, longest = connection.execute(wanted, named).one()
    places = orjson.loads(found or "[]")
    statement = _select_packed(dialect, shelf)
    at_once = max(1, min(POSTS_AT_ONCE, CHARACTERS_AT_ONCE // (longest or 1)))
    for start in range(0, len(places), at_once):
        part = places[start : start + at_once]
        listed = part if dialect == "postgresql" else orjson.dumps(part).decode()
        yield connection.execute(statement, {"places": listed}).one()


def _unpack(row: Sequence[str]) -> pl.DataFrame:
    return make_frame_of_columns([orjson.loads(column) for column in row])


@cache
def _select_packed(dialect: str, shelf: Shelf) -> Select[Any]:
    columns: list[ColumnElement[Any]] = [
        pack_values(dialect, each) for each in _list_resolved(shelf)
    ]
    return select(*columns).where(_lies_at(dialect, shelf.posts))


def _list_resolved(shelf: Shelf) -> list[ColumnElement[Any]]:
    """Return the columns of posts; each reference is looked up among the other ids of posts."""
    known = (PRIVATE, PUBLIC) if shelf is PRIVATE else (PUBLIC,)
    columns = {each.name: each for each in list_columns(shelf.posts)}
    for name in ("reply_to_id", "quote_of_id"):
        own = shelf.posts.c[name]
        found = [_find_post(each.aliases, shelf.posts.c.platform, own) for each in known]
        columns[name] = func.coalesce(*found, own)
    return list(columns.values())


def _find_post(
    aliases: Table, platform: ColumnElement[str], alias: ColumnElement[str]
) -> ColumnElement[str]:
    own = aliases.alias()
    found = select(own.c.post_id).where(own.c.platform == platform, own.c.alias == alias)
    return found.scalar_subquery()


def pack_values(dialect: str, column: ColumnElement[Any]) -> ColumnElement[str]:
    """Return all values of a column as one list of JSON."""
    if dialect == "postgresql":
        return cast(func.json_agg(column), Text)
    return type_coerce(func.json_group_array(column), Text)


def _lies_at(dialect: str, posts: Table) -> Condition:
    """Return the condition that a row lies at one of the places that are named later."""
    if dialect == "postgresql":
        condition = text(f"{posts.name}.ctid = ANY (CAST(:places AS tid[]))")
        return condition.bindparams(bindparam("places", type_=ARRAY(Text)))
    listed = func.json_each(bindparam("places", type_=Text)).table_valued("value")
    return _find_place(dialect, posts).in_(select(listed.c.value))


def _find_place(dialect: str, posts: Table) -> ColumnElement[Any]:
    if dialect == "postgresql":
        return cast(literal_column(f"{posts.name}.ctid"), Text)
    return literal_column(f"{posts.name}.rowid")
