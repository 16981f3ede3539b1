"""Read the conversations that go on in a span of time, whole, however long ago they began."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import cache
from typing import Any

import polars as pl
from sqlalchemy import ColumnElement, Connection, Select, bindparam, func, select

from listener.posts import posts_schema
from listener.store.columns import UTCDateTime
from listener.store.database import Database
from listener.store.frames import read_frame, select_resolved, sort_posts
from listener.store.shelves import PUBLIC
from listener.store.statements import choose_named, name_ids

_POSTS, _ALIASES = PUBLIC.posts, PUBLIC.aliases


def load_conversations(database: Database, *, since: datetime, until: datetime) -> pl.DataFrame:
    """Return the public posts of a span of time, and older ones that hang together with them.

    Posts hang together by what they answer and quote, by answering the same post, and by the
    platform's name of the conversation. More is read than a case needs, never less.

    Args:
        database: Where the posts are.
        since: All posts from then on are read.
        until: No post from then on is read.

    Returns:
        A frame with `posts_schema()` in the order of `load_posts`.
    """
    at = _POSTS.c.created_at
    with database.reading() as connection:
        newest = select_resolved(PUBLIC).where(at >= since, at < until)
        parts = [read_frame(connection, newest)]
        known = _list_keys(parts[0])
        reached = parts[0]
        while reached.height:
            found = dict(_find_older(connection, reached, since))
            new = {platform: ids - known.get(platform, set()) for platform, ids in found.items()}
            reached = _read_named(connection, new)
            for platform, ids in new.items():
                known.setdefault(platform, set()).update(ids)
            parts.append(reached)
    return sort_posts(pl.concat(parts))


def has_older_posts(database: Database, platforms: Iterable[str], before: datetime) -> bool:
    """Return whether a public post of one of these platforms is older than a moment."""
    chosen = _POSTS.c.platform.in_(sorted(platforms)), _POSTS.c.created_at < before
    with database.reading() as connection:
        return (
            connection.execute(select(_POSTS.c.post_id).where(*chosen).limit(1)).first() is not None
        )


def load_authors(database: Database, handles: pl.DataFrame, *, before: datetime) -> pl.DataFrame:
    """Return the ids of those who wrote under some handles before a moment.

    Args:
        database: Where the posts are.
        handles: `platform` and `handle` (folded).
        before: Only older posts are looked at.

    Returns:
        `platform`, `handle` (folded) and `author_id` of the newest of these posts.
    """
    rows: list[tuple[str, str, str]] = []
    with database.reading() as connection:
        statement = _select_authors(connection.dialect.name)
        for (platform,), named in handles.group_by("platform"):
            wanted = name_ids(connection, str(platform), named["handle"].unique().to_list())
            rows += map(tuple, connection.execute(statement, {**wanted, "since": before}))
    schema = dict.fromkeys(("platform", "handle", "author_id"), pl.String)
    return pl.DataFrame(rows, schema=schema, orient="row")


@cache
def _select_authors(dialect: str) -> Select[Any]:
    posts, handle = _POSTS.c, func.lower(_POSTS.c.author_handle)
    in_order = (posts.created_at.desc(), func.length(posts.post_id).desc(), posts.post_id.desc())
    newest = func.row_number().over(partition_by=handle, order_by=in_order).label("place")
    found = (
        select(posts.platform, handle.label("handle"), posts.author_id, newest)
        .where(choose_named(dialect, _POSTS, handle), _is_older())
        .subquery()
    )
    columns = (found.c.platform, found.c.handle, found.c.author_id)
    return select(*columns).where(found.c.place == 1)


def _list_keys(posts: pl.DataFrame) -> dict[str, set[str]]:
    return {str(platform): set(own["post_id"]) for (platform,), own in posts.group_by("platform")}


def _find_older(
    connection: Connection, reached: pl.DataFrame, since: datetime
) -> Iterator[tuple[str, set[str]]]:
    """Yield for each platform the ids of older posts that are linked with some posts."""
    for (platform,), posts in reached.group_by("platform"):
        found: set[str] = set()
        for column, ids in _list_searches(posts, _load_other_ids(connection, platform, posts)):
            named = name_ids(connection, str(platform), ids)
            statement = _select_older(connection.dialect.name, column)
            found.update(connection.scalars(statement, {**named, "since": since}))
        yield str(platform), found


def _list_searches(posts: pl.DataFrame, others: set[str]) -> Iterator[tuple[str, set[str]]]:
    """Yield by which column older posts are searched for, and which ids it holds.

    Args:
        posts: What they hang together with.
        others: Other ids of these posts.
    """
    own, answered, quoted, conversations = (
        set(posts[name].drop_nulls())
        for name in ("post_id", "reply_to_id", "quote_of_id", "conversation_id")
    )
    wanted = (
        ("post_id", (answered | quoted) - own),
        ("reply_to_id", own | others | answered),
        ("quote_of_id", own | others),
        ("conversation_id", conversations),
    )
    return ((column, ids) for column, ids in wanted if ids)


def _load_other_ids(connection: Connection, platform: object, posts: pl.DataFrame) -> set[str]:
    named = name_ids(connection, str(platform), posts["post_id"])
    return set(connection.scalars(_select_other_ids(connection.dialect.name), named))


@cache
def _select_other_ids(dialect: str) -> Select[Any]:
    return select(_ALIASES.c.alias).where(choose_named(dialect, _ALIASES, _ALIASES.c.post_id))


@cache
def _select_older(dialect: str, column: str) -> Select[Any]:
    chosen = choose_named(dialect, _POSTS, _POSTS.c[column])
    return select(_POSTS.c.post_id).where(chosen, _is_older())


def _is_older() -> ColumnElement[bool]:
    return _POSTS.c.created_at < bindparam("since", type_=UTCDateTime)


def _read_named(connection: Connection, wanted: dict[str, set[str]]) -> pl.DataFrame:
    statement = _select_named(connection.dialect.name)
    frames = [
        read_frame(connection, statement, name_ids(connection, platform, ids))
        for platform, ids in wanted.items()
        if ids
    ]
    return pl.concat([pl.DataFrame(schema=posts_schema()), *frames])


@cache
def _select_named(dialect: str) -> Select[Any]:
    return select_resolved(PUBLIC).where(choose_named(dialect, _POSTS, _POSTS.c.post_id))
