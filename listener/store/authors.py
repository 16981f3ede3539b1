"""Tell who wrote under a handle, in a few steps of an index, however many posts there are.

A handle has one id nearly always, and thousands of posts. The index is asked for its
first id, and then for the next one, until there is none.
"""

from collections.abc import Iterable
from datetime import datetime
from functools import cache
from typing import Any

import polars as pl
from sqlalchemy import (
    ARRAY,
    CTE,
    ColumnElement,
    Connection,
    FromClause,
    Select,
    Table,
    Text,
    bindparam,
    func,
    select,
)

from listener.store.archive_files import read_steadily
from listener.store.archived_authors import Authorship, load_authorships
from listener.store.columns import UTCDateTime, microseconds
from listener.store.database import Database
from listener.store.shelves import PUBLIC
from listener.store.statements import name_ids


def list_author_ids(
    connection: Connection, posts: Table, platform: str, handles: Iterable[str]
) -> set[tuple[str, str]]:
    """Return handles (lower case) and ids under which somebody wrote."""
    statement = _select_ids(connection.dialect.name, posts)
    rows = connection.execute(statement, name_ids(connection, platform, handles))
    return {(row.handle, row.author_id) for row in rows}


def load_authors(database: Database, handles: pl.DataFrame, *, before: datetime) -> pl.DataFrame:
    """Return the ids of those who wrote under some handles before a moment.

    Args:
        database: Where the posts are.
        handles: `platform` and `handle` (folded).
        before: Only older posts are looked at.

    Returns:
        `platform`, `handle` (folded) and `author_id` of the newest of these posts.
    """
    found: dict[tuple[str, str], Authorship] = {}

    def read(connection: Connection) -> list[Authorship]:
        statement, rows = _select_newest(connection.dialect.name), list[Authorship]()
        for (platform,), named in handles.group_by("platform"):
            own = named["handle"].unique().to_list()
            wanted = {**name_ids(connection, str(platform), own), "before": before}
            rows += map(Authorship._make, connection.execute(statement, wanted))
            rows += load_authorships(connection, str(platform), own, before)
        return rows

    for row in sorted(read_steadily(database, read), key=Authorship.order):
        found[row.platform, row.handle] = row
    schema = dict.fromkeys(("platform", "handle", "author_id"), pl.String)
    return pl.DataFrame([row[:3] for row in found.values()], schema=schema, orient="row")


@cache
def _select_ids(dialect: str, posts: Table) -> Select[Any]:
    found = _walk_ids(dialect, posts)
    return select(found.c.handle, found.c.author_id).where(found.c.author_id.is_not(None))


def _walk_ids(dialect: str, posts: Table) -> CTE:
    """Return `handle` and `author_id`: of each handle the ids in order, and null at the end."""
    named = _list_named(dialect)
    first = select(func.min(posts.c.author_id)).where(_wrote(posts, named.c.handle))
    walk = select(named.c.handle, first.scalar_subquery().label("author_id")).cte(
        "walk", recursive=True
    )
    is_later = posts.c.author_id > walk.c.author_id
    following = select(func.min(posts.c.author_id)).where(_wrote(posts, walk.c.handle), is_later)
    return walk.union_all(
        select(walk.c.handle, following.scalar_subquery()).where(walk.c.author_id.is_not(None))
    )


def _list_named(dialect: str) -> CTE:
    if dialect == "postgresql":
        each = func.unnest(bindparam("ids", type_=ARRAY(Text)), type_=Text)
        return select(each.label("handle")).cte("named")
    listed = func.json_each(bindparam("ids", type_=Text)).table_valued("value")
    return select(listed.c.value.label("handle")).cte("named")


def _wrote(posts: FromClause, handle: ColumnElement[str]) -> ColumnElement[bool]:
    is_author = func.lower(posts.c.author_handle) == handle
    return (posts.c.platform == bindparam("platform")) & is_author


@cache
def _select_newest(dialect: str) -> Select[Any]:
    """Select of each id under a handle its newest post of before a moment."""
    posts, newest = PUBLIC.posts, PUBLIC.posts.alias("newest")
    found = _walk_ids(dialect, posts)
    columns = newest.c
    last = (
        select(columns.post_id)
        .where(_wrote(newest, found.c.handle), columns.author_id == found.c.author_id)
        .where(columns.created_at < bindparam("before", type_=UTCDateTime))
        .order_by(
            columns.created_at.desc(), func.length(columns.post_id).desc(), columns.post_id.desc()
        )
        .limit(1)
        .scalar_subquery()
    )
    own = (posts.c.platform == bindparam("platform")) & (posts.c.post_id == last)
    at = microseconds(posts.c.created_at)
    told = (posts.c.platform, found.c.handle, posts.c.author_id, at, posts.c.post_id)
    return select(*told).join_from(found, posts, own)
