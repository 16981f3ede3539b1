"""Read posts: as a Polars frame for measuring, one after the other for export."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

import orjson
import polars as pl
from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Text,
    and_,
    cast,
    func,
    select,
    type_coerce,
)

from listener.posts import Platform, Post, posts_schema
from listener.store.database import Database
from listener.store.rows import PostRow, clean_id, make_post, order_ids
from listener.store.statements import is_one_of, list_columns
from listener.store.tables import ALIASES, POSTS

# Rows are turned into columns in parts, so that few of them exist as Python objects.
_ROWS_AT_ONCE = 20_000


def load_posts(
    database: Database,
    *,
    platforms: Iterable[Platform] | None,
    since: datetime | None,
    until: datetime | None,
) -> pl.DataFrame:
    """Return posts with `posts_schema()`, from `since` up to but without `until`."""
    statement = _select_resolved()
    if platforms is not None:
        statement = statement.where(POSTS.c.platform.in_(list(platforms)))
    if since is not None:
        statement = statement.where(POSTS.c.created_at >= since)
    if until is not None:
        statement = statement.where(POSTS.c.created_at < until)
    with database.reading() as connection:
        parts = [_make_frame(rows) for rows in _stream(connection, statement)]
    frame = pl.concat(parts) if parts else pl.DataFrame(schema=posts_schema())
    # Sorted here: databases disagree about the order of texts.
    return frame.sort("created_at", pl.col("post_id").str.len_chars(), "post_id", "platform")


def iter_posts(database: Database) -> Iterator[Post]:
    """Yield every post with its aliases, ordered by platform, age of the id and id."""
    with database.reading() as connection:
        statement = select(*list_columns(POSTS), _list_aliases(database)).order_by(
            POSTS.c.platform, func.length(POSTS.c.post_id), POSTS.c.post_id
        )
        for rows in _stream(connection, statement):
            yield from map(_make_post, rows)


def load_known(database: Database, platform: str, post_ids: Iterable[str]) -> list[Post]:
    """Return the posts with these ids, whole, with their aliases."""
    with database.reading() as connection:
        chosen = is_one_of(connection, POSTS.c.post_id, map(clean_id, post_ids))
        statement = select(*list_columns(POSTS), _list_aliases(database)).where(
            POSTS.c.platform == platform, chosen
        )
        return [_make_post(row) for row in connection.execute(statement)]


def _make_post(row: Sequence[Any]) -> Post:
    *fields, aliases = row
    listed = tuple(sorted(orjson.loads(aliases or "[]"), key=order_ids))
    return make_post(PostRow._make(fields), listed)


def _select_resolved() -> Select[Any]:
    """Select all posts with references that name posts themselves, never an alias."""
    parent, quoted = ALIASES.alias("parent"), ALIASES.alias("quoted")
    resolved = {
        "reply_to_id": func.coalesce(parent.c.post_id, POSTS.c.reply_to_id),
        "quote_of_id": func.coalesce(quoted.c.post_id, POSTS.c.quote_of_id),
    }
    columns = [
        resolved[each.name].label(each.name) if each.name in resolved else each
        for each in list_columns(POSTS)
    ]
    own, reply_to_id, quote_of_id = POSTS.c.platform, POSTS.c.reply_to_id, POSTS.c.quote_of_id
    return select(*columns).select_from(
        POSTS.outerjoin(
            parent, and_(parent.c.platform == own, parent.c.alias == reply_to_id)
        ).outerjoin(quoted, and_(quoted.c.platform == own, quoted.c.alias == quote_of_id))
    )


def _list_aliases(database: Database) -> ColumnElement[str]:
    together = func.json_agg if database.is_postgresql else func.json_group_array
    aliases = (
        select(together(ALIASES.c.alias))
        .where(ALIASES.c.platform == POSTS.c.platform, ALIASES.c.post_id == POSTS.c.post_id)
        .scalar_subquery()
    )
    return cast(aliases, Text) if database.is_postgresql else type_coerce(aliases, Text)


def _stream(connection: Connection, statement: Select[Any]) -> Iterator[Sequence[Any]]:
    result = connection.execution_options(stream_results=True).execute(statement)
    return result.partitions(_ROWS_AT_ONCE)


def _make_frame(rows: Sequence[Any]) -> pl.DataFrame:
    schema = posts_schema()
    columns = dict(zip(PostRow._fields, zip(*rows, strict=True), strict=True))
    series = []
    for name, kind in schema.items():
        if isinstance(kind, pl.Datetime):
            series.append(pl.Series(name, columns[name], dtype=pl.Int64).cast(kind))
        elif isinstance(kind, pl.List):
            lists = pl.Series(name, columns[name], dtype=pl.String)
            series.append(lists.str.json_decode(kind))
        else:
            series.append(pl.Series(name, columns[name], dtype=kind))
    return pl.DataFrame(series)
