"""Read whole conversations: those that go on in a span of time, or of posts with words."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

import polars as pl
from sqlalchemy import Connection, Select, bindparam, select

from listener.posts import posts_schema
from listener.store.archive_files import load_files, read_steadily
from listener.store.archived import Archive
from listener.store.columns import UTCDateTime
from listener.store.database import Database
from listener.store.frames import read_frame
from listener.store.post_frames import sort_posts
from listener.store.post_tables import ERASED_LANGUAGE, has_words
from listener.store.shelves import PUBLIC
from listener.store.statements import choose_named, name_ids

_POSTS, _ALIASES = PUBLIC.posts, PUBLIC.aliases
_KEY = ["platform", "post_id"]
_LINKS = ("post_id", "reply_to_id", "quote_of_id", "conversation_id")


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

    def read(archive: Archive) -> list[pl.DataFrame]:
        stored = read_frame(archive.connection, PUBLIC, at >= since, at < until)
        return [stored, archive.read_span(since=since, until=until)]

    return _read_around(database, read, _Span(since=None, until=since))


def load_worded_conversations(
    database: Database, *, before: datetime, since: datetime, until: datetime
) -> pl.DataFrame:
    """Return the public posts of before a moment that have words, with their conversations.

    Args:
        database: Where the posts are.
        before: Older posts with words are wanted.
        since: No older post is read.
        until: No post from then on is read.

    Returns:
        A frame as from `load_conversations`.
    """
    at = _POSTS.c.created_at
    worded = (at >= since, at < before, has_words())

    def read(archive: Archive) -> list[pl.DataFrame]:
        stored = read_frame(archive.connection, PUBLIC, *worded)
        archived = archive.read_span(since=since, until=before)
        return [stored, archived.filter(pl.col("language").ne_missing(ERASED_LANGUAGE))]

    return _read_around(database, read, _Span(since=since, until=until))


class _Span(NamedTuple):
    """Where linked posts are searched; without a beginning, in all that is older."""

    since: datetime | None
    until: datetime


def _read_around(
    database: Database, read_first: Callable[[Archive], list[pl.DataFrame]], span: _Span
) -> pl.DataFrame:
    """Return some posts, and all of a span of time that hang together with them."""

    def read(connection: Connection) -> pl.DataFrame:
        archive = Archive(connection)
        reached = pl.concat(read_first(archive))
        parts, known = [reached], reached.select(_KEY)
        while reached.height:
            found = pl.concat([known.clear(), *_find_linked(archive, reached, span)])
            new = found.join(known, on=_KEY, how="anti")
            reached = _read_named(archive, new, span)
            known = pl.concat([known, new])
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


def _find_linked(archive: Archive, reached: pl.DataFrame, span: _Span) -> Iterator[pl.DataFrame]:
    """Yield for each platform the keys of a span's posts that are linked with some posts."""
    connection = archive.connection
    for (name,), posts in reached.select("platform", *_LINKS).group_by("platform"):
        platform = str(name)
        wanted = _list_wanted(posts, _load_other_ids(connection, platform, posts))
        found = archive.find_linked(platform, wanted, span.until)
        for column, ids in wanted.items():
            named = name_ids(connection, platform, ids)
            is_open = span.since is None
            statement = _select_linked(connection.dialect.name, column, is_open=is_open)
            found.update(connection.scalars(statement, {**named, **span._asdict()}))
        yield pl.DataFrame(
            {"platform": platform, "post_id": pl.Series(list(found), dtype=pl.String)}
        )


def _list_wanted(posts: pl.DataFrame, others: pl.Series) -> dict[str, list[str]]:
    """Return which ids of which column older posts are searched by.

    They are sorted: an index is gone through from one end to the other in half of the time.

    Args:
        posts: What they hang together with.
        others: Other ids of these posts.
    """
    own, answered, quoted, conversations = (posts[name].drop_nulls() for name in _LINKS)
    named = pl.concat([answered, quoted])
    wanted = {
        "post_id": named.filter(~named.is_in(own.implode())),
        "reply_to_id": pl.concat([own, others, answered]),
        "quote_of_id": pl.concat([own, others]),
        "conversation_id": conversations,
    }
    return {column: ids.unique().sort().to_list() for column, ids in wanted.items() if ids.len()}


def _load_other_ids(connection: Connection, platform: str, posts: pl.DataFrame) -> pl.Series:
    named = name_ids(connection, platform, posts["post_id"].sort().to_list())
    found = connection.scalars(_select_other_ids(connection.dialect.name), named)
    return pl.Series(found.all(), dtype=pl.String)


@cache
def _select_other_ids(dialect: str) -> Select[Any]:
    return select(_ALIASES.c.alias).where(choose_named(dialect, _ALIASES, _ALIASES.c.post_id))


@cache
def _select_linked(dialect: str, column: str, *, is_open: bool) -> Select[Any]:
    chosen = choose_named(dialect, _POSTS, _POSTS.c[column])
    since, until = (bindparam(name, type_=UTCDateTime) for name in _Span._fields)
    older = select(_POSTS.c.post_id).where(chosen, _POSTS.c.created_at < until)
    return older if is_open else older.where(_POSTS.c.created_at >= since)


def _read_named(archive: Archive, wanted: pl.DataFrame, span: _Span) -> pl.DataFrame:
    connection, frames = archive.connection, [pl.DataFrame(schema=posts_schema())]
    chosen = choose_named(connection.dialect.name, _POSTS, _POSTS.c.post_id)
    for (name,), own in wanted.group_by("platform"):
        platform, ids = str(name), own["post_id"].sort().to_list()
        named = name_ids(connection, platform, ids)
        frames.append(read_frame(connection, PUBLIC, chosen, named=named))
        frames.append(archive.read_named(platform, ids, before=span.until))
    found = pl.concat(frames)
    return found if span.since is None else found.filter(pl.col("created_at") >= span.since)
