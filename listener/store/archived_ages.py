"""How old archived posts are; mostly the list of files tells."""

from collections.abc import Collection
from datetime import datetime

import polars as pl
from sqlalchemy import Connection

from listener.store.archive_files import ArchiveFile, load_files, open_file
from listener.store.post_tables import ERASED_LANGUAGE

_AT = pl.col("created_at")
_IS_WORDED = pl.col("language").ne_missing(pl.lit(ERASED_LANGUAGE))


def find_newest(connection: Connection, until: datetime, known: datetime | None) -> datetime | None:
    """Return when the newest post up to a moment was written, if one is newer than is known."""
    for file in load_files(connection):
        newest = file.newest
        if file.oldest <= until < newest and (known is None or known < until):
            posts = open_file(connection, file).filter(until >= _AT)
            newest = posts.select(_AT.max()).collect().item()
        if newest <= until and (known is None or newest > known):
            known = newest
    return known


def count_worded(connection: Connection, before: datetime) -> int:
    """Return how many archived posts from before a moment have their words still."""
    return sum(
        file.worded
        if file.newest < before
        else open_file(connection, file).filter(before > _AT, _IS_WORDED).collect().height
        for file in load_files(connection)
        if file.oldest < before and file.worded
    )


def list_worded_files(
    connection: Connection, before: datetime, held: Collection[tuple[str, str]]
) -> list[ArchiveFile]:
    """Return the files in which a post from before a moment has words that nobody holds."""
    return [
        file
        for file in load_files(connection)
        if file.oldest < before and file.worded and _has_worded(connection, file, before, held)
    ]


def _has_worded(
    connection: Connection,
    file: ArchiveFile,
    before: datetime,
    held: Collection[tuple[str, str]],
) -> bool:
    posts = open_file(connection, file).filter(before > _AT, _IS_WORDED).select("post_id")
    kept = {post_id for platform, post_id in held if platform == file.platform}
    return not kept.issuperset(posts.collect()["post_id"])
