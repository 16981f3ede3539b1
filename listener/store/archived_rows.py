"""Archived posts one by one, exactly as they are stored, with their other ids."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

import polars as pl
from sqlalchemy import Connection, select

from listener.posts import Post
from listener.store.archive_files import ArchiveFile, find_folder, open_file
from listener.store.archived import Archive
from listener.store.rows import PostRow, make_post, order_ids
from listener.store.shelves import PUBLIC
from listener.store.statements import choose_named, name_ids
from listener.store.week_files import iter_parts, iter_rows

_ALIASES = PUBLIC.aliases


def list_streams(connection: Connection) -> list[Iterator[Post]]:
    """Return the posts of each file, by length of the id and id; little of each is held."""
    return [_stream(connection, file) for file in Archive(connection).files]


def load_known_archived(connection: Connection, platform: str, ids: Iterable[str]) -> list[Post]:
    """Return those of these posts that lie in files."""
    return [
        post
        for file, own in Archive(connection).find(platform, ids)
        for post in _make_posts(
            connection,
            file.platform,
            open_file(connection, file).filter(pl.col("post_id").is_in(own)).collect(),
        )
    ]


def _stream(connection: Connection, file: ArchiveFile) -> Iterator[Post]:
    for part in iter_parts(find_folder(connection), file.file, file.sha256):
        yield from _make_posts(connection, file.platform, part)


def _make_posts(connection: Connection, platform: str, frame: pl.DataFrame) -> Iterator[Post]:
    rows = list(iter_rows(frame))
    aliases = _load_aliases(connection, platform, rows)
    for row in rows:
        yield make_post(row, tuple(sorted(aliases.get(row.post_id, ()), key=order_ids)))


def _load_aliases(
    connection: Connection, platform: str, rows: Iterable[PostRow]
) -> dict[str, list[str]]:
    chosen = choose_named(connection.dialect.name, _ALIASES, _ALIASES.c.post_id)
    statement = select(_ALIASES.c.post_id, _ALIASES.c.alias).where(chosen)
    named = name_ids(connection, platform, (row.post_id for row in rows))
    found: defaultdict[str, list[str]] = defaultdict(list)
    for post_id, alias in connection.execute(statement, named):
        found[post_id].append(alias)
    return found
