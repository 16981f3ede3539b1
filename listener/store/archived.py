"""Read posts that lie in files, as one transaction of the database sees them.

Which files are needed is told by the database; without archived posts that is one small SELECT.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

import polars as pl
from sqlalchemy import Connection, Select, select

from listener.posts import posts_schema
from listener.store.archive_files import ArchiveFile, load_files, open_file
from listener.store.archive_tables import ARCHIVED_LINKS, ARCHIVED_POSTS
from listener.store.shelves import PUBLIC
from listener.store.statements import choose_named, name_ids
from listener.store.week_files import list_references, resolve_references


class Archive:
    """The archived posts that a transaction sees, all of them public."""

    def __init__(self, connection: Connection) -> None:
        """Ask for the files; none is opened before it is needed."""
        self.connection = connection
        self.files = load_files(connection)

    def read_span(
        self,
        *,
        platforms: Iterable[str] | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> pl.DataFrame:
        """Return posts of a span of time with `posts_schema()`, in no order."""
        chosen = None if platforms is None else set(platforms)
        at, conditions = pl.col("created_at"), [pl.lit(value=True)]
        conditions += [at >= since] if since is not None else []
        conditions += [at < until] if until is not None else []
        frames = [
            self._read(file, *conditions)
            for file in self.files
            if (chosen is None or file.platform in chosen)
            and (since is None or file.newest >= since)
            and (until is None or file.oldest < until)
        ]
        return self._finish(frames)

    def iter_posts(self, until: datetime) -> Iterator[pl.DataFrame]:
        """Yield all posts from before a moment as `read_span` returns them, file by file."""
        for file in self.files:
            if file.oldest < until:
                yield self._finish([self._read(file, pl.col("created_at") < until)])

    def read_named(
        self, platform: str, ids: Iterable[str], *, before: datetime | None = None
    ) -> pl.DataFrame:
        """Return the posts with these ids, if they are older, in no order."""
        older = [] if before is None else [pl.col("created_at") < before]
        frames = [
            self._read(file, pl.col("post_id").is_in(own), *older)
            for file, own in self.find(platform, ids)
        ]
        return self._finish(frames)

    def find(self, platform: str, ids: Iterable[str]) -> list[tuple[ArchiveFile, list[str]]]:
        """Return which files hold some of these posts, and which of them."""
        if not self.files:
            return []
        places: defaultdict[int, list[str]] = defaultdict(list)
        for post_id, file_id in _find_places(self.connection, platform, ids):
            places[file_id].append(post_id)
        return [(file, places[file.id]) for file in self.files if file.id in places]

    def find_linked(
        self, platform: str, wanted: Mapping[str, Iterable[str]], before: datetime
    ) -> set[str]:
        """Return the older posts that have one of these ids in one of these columns.

        By their own ids those are found too that are not older.

        Args:
            platform: Where they are.
            wanted: By the name of the column, the ids as they are stored in it.
            before: Only posts from before this moment are found.
        """
        if not self.files:
            return set()
        ids = {name: list(some) for name, some in wanted.items()}
        found = find_archived(self.connection, platform, ids.pop("post_id", ()))
        everything = {post_id for some in ids.values() for post_id in some}
        links = _find_links(self.connection, platform, everything)
        # What a file's posts refer to within it is no link: that file is looked at all the same.
        places = _find_places(self.connection, platform, everything)
        linked = {file_id for _, file_id in (*links, *places)}
        is_wanted = pl.any_horizontal(
            pl.col(_name_stored(name)).is_in(some) for name, some in ids.items()
        )
        for file in self.files:
            if file.id in linked and file.oldest < before:
                posts = open_file(self.connection, file).filter(
                    is_wanted, pl.col("created_at") < before
                )
                found.update(posts.select("post_id").collect()["post_id"])
        return found

    def _read(self, file: ArchiveFile, *conditions: pl.Expr) -> pl.DataFrame:
        return open_file(self.connection, file).filter(*conditions).collect()

    def _finish(self, frames: list[pl.DataFrame]) -> pl.DataFrame:
        """Return posts as they are measured: references name the posts that they mean now."""
        done = [pl.DataFrame(schema=posts_schema())]
        for frame in frames:
            for (platform,), own in frame.group_by("platform"):
                named = find_named(self.connection, str(platform), list_references(own))
                done.append(resolve_references(own, named).select(list(posts_schema())))
        return pl.concat(done)


def find_named(connection: Connection, platform: str, ids: Iterable[str]) -> dict[str, str]:
    """Return which public posts these ids are aliases of."""
    aliases = PUBLIC.aliases
    statement = select(aliases.c.alias, aliases.c.post_id).where(
        choose_named(connection.dialect.name, aliases, aliases.c.alias)
    )
    return dict(_iter_pairs(connection, statement, platform, ids))


def find_archived(connection: Connection, platform: str, ids: Iterable[str]) -> set[str]:
    """Return which of these posts lie in files; none is opened."""
    return {post_id for post_id, _ in _find_places(connection, platform, ids)}


def _name_stored(column: str) -> str:
    return f"stored_{column}" if column in {"reply_to_id", "quote_of_id"} else column


def _find_places(
    connection: Connection, platform: str, ids: Iterable[str]
) -> Iterator[tuple[str, int]]:
    chosen = choose_named(connection.dialect.name, ARCHIVED_POSTS, ARCHIVED_POSTS.c.post_id)
    statement = select(ARCHIVED_POSTS.c.post_id, ARCHIVED_POSTS.c.file_id).where(chosen)
    return _iter_pairs(connection, statement, platform, ids)


def _find_links(
    connection: Connection, platform: str, ids: Iterable[str]
) -> Iterator[tuple[str, int]]:
    chosen = choose_named(connection.dialect.name, ARCHIVED_LINKS, ARCHIVED_LINKS.c.post_id)
    statement = select(ARCHIVED_LINKS.c.platform, ARCHIVED_LINKS.c.file_id).where(chosen).distinct()
    return _iter_pairs(connection, statement, platform, ids)


def _iter_pairs(
    connection: Connection,
    statement: Select[Any],
    platform: str,
    ids: Iterable[str],
) -> Iterator[tuple[Any, Any]]:
    found = connection.execute(statement, name_ids(connection, platform, ids))
    return ((row[0], row[1]) for row in found)
