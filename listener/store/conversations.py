"""Read the conversations that go on in a span of time, whole, however long ago they began."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import cache
from typing import Any

import polars as pl
from sqlalchemy import ColumnElement, Connection, Select, bindparam, func, select

from listener.posts import posts_schema
from listener.store.archive_files import load_files, read_steadily
from listener.store.archived import Archive
from listener.store.archived_authors import Authorship, load_authorships
from listener.store.columns import UTCDateTime, microseconds
from listener.store.database import Database
from listener.store.frames import read_frame, select_resolved
from listener.store.post_frames import sort_posts
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

    def read(connection: Connection) -> pl.DataFrame:
        archive = Archive(connection)
        newest = select_resolved(PUBLIC).where(at >= since, at < until)
        stored, archived = (
            read_frame(connection, newest),
            archive.read_span(since=since, until=until),
        )
        reached = pl.concat([stored, archived])
        parts, known = [reached], _list_keys(reached)
        while reached.height:
            found = dict(_find_older(archive, reached, since))
            new = {platform: ids - known.get(platform, set()) for platform, ids in found.items()}
            reached = _read_named(archive, new, since)
            for platform, ids in new.items():
                known.setdefault(platform, set()).update(ids)
            parts.append(reached)
        return pl.concat(parts)

    return sort_posts(read_steadily(database, read))


def has_older_posts(database: Database, platforms: Iterable[str], before: datetime) -> bool:
    """Return whether a public post of one of these platforms is older than a moment."""
    names = sorted(platforms)
    chosen = _POSTS.c.platform.in_(names), _POSTS.c.created_at < before
    with database.reading() as connection:
        if connection.execute(select(_POSTS.c.post_id).where(*chosen).limit(1)).first() is not None:
            return True
        files = load_files(connection)
    return any(file.platform in names and file.oldest < before for file in files)


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
        statement, rows = _select_authors(connection.dialect.name), list[Authorship]()
        for (platform,), named in handles.group_by("platform"):
            own = named["handle"].unique().to_list()
            wanted = {**name_ids(connection, str(platform), own), "since": before}
            rows += map(Authorship._make, connection.execute(statement, wanted))
            rows += load_authorships(connection, str(platform), own, before)
        return rows

    for row in sorted(read_steadily(database, read), key=Authorship.order):
        found[row.platform, row.handle] = row
    schema = dict.fromkeys(("platform", "handle", "author_id"), pl.String)
    return pl.DataFrame([row[:3] for row in found.values()], schema=schema, orient="row")


@cache
def _select_authors(dialect: str) -> Select[Any]:
    posts, handle = _POSTS.c, func.lower(_POSTS.c.author_handle)
    in_order = (posts.created_at.desc(), func.length(posts.post_id).desc(), posts.post_id.desc())
    newest = func.row_number().over(partition_by=handle, order_by=in_order).label("place")
    at = microseconds(posts.created_at).label("created_at")
    found = (
        select(posts.platform, handle.label("handle"), posts.author_id, at, posts.post_id, newest)
        .where(choose_named(dialect, _POSTS, handle), _is_older())
        .subquery()
        .c
    )
    columns = (found.platform, found.handle, found.author_id, found.created_at, found.post_id)
    return select(*columns).where(found.place == 1)


def _list_keys(posts: pl.DataFrame) -> dict[str, set[str]]:
    return {str(platform): set(own["post_id"]) for (platform,), own in posts.group_by("platform")}


def _find_older(
    archive: Archive, reached: pl.DataFrame, since: datetime
) -> Iterator[tuple[str, set[str]]]:
    """Yield for each platform the ids of older posts that are linked with some posts."""
    connection = archive.connection
    for (platform,), posts in reached.group_by("platform"):
        others = _load_other_ids(connection, platform, posts)
        wanted = _list_wanted(posts, others)
        found = archive.find_linked(str(platform), wanted, since)
        for column, ids in wanted.items():
            named = name_ids(connection, str(platform), ids)
            statement = _select_older(connection.dialect.name, column)
            found.update(connection.scalars(statement, {**named, "since": since}))
        yield str(platform), found


def _list_wanted(posts: pl.DataFrame, others: set[str]) -> dict[str, set[str]]:
    """Return which ids of which column older posts are searched by.

    Args:
        posts: What they hang together with.
        others: Other ids of these posts.
    """
    own, answered, quoted, conversations = (
        set(posts[name].drop_nulls())
        for name in ("post_id", "reply_to_id", "quote_of_id", "conversation_id")
    )
    wanted = {
        "post_id": (answered | quoted) - own,
        "reply_to_id": own | others | answered,
        "quote_of_id": own | others,
        "conversation_id": conversations,
    }
    return {column: ids for column, ids in wanted.items() if ids}


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


def _read_named(archive: Archive, wanted: dict[str, set[str]], since: datetime) -> pl.DataFrame:
    connection, frames = archive.connection, [pl.DataFrame(schema=posts_schema())]
    statement = _select_named(connection.dialect.name)
    for platform, ids in wanted.items():
        if ids:
            named = name_ids(connection, platform, ids)
            frames.append(read_frame(connection, statement, named))
            frames.append(archive.read_named(platform, ids, before=since))
    return pl.concat(frames)


@cache
def _select_named(dialect: str) -> Select[Any]:
    return select_resolved(PUBLIC).where(choose_named(dialect, _POSTS, _POSTS.c.post_id))
