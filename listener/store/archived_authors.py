"""Who wrote under which handle in archived posts; mostly no file is opened for that."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

import polars as pl
from sqlalchemy import Connection, select

from listener.store.archive_files import open_file
from listener.store.archive_tables import ARCHIVED_AUTHORS
from listener.store.archived import Archive
from listener.store.columns import count_microseconds
from listener.store.rows import order_ids
from listener.store.statements import choose_named, list_columns, name_ids


class Authorship(NamedTuple):
    """The newest post that somebody wrote under a handle."""

    platform: str
    handle: str
    author_id: str
    created_at: int
    post_id: str

    def is_before(self, moment: int) -> bool:
        """Tell whether it is older than a moment."""
        return self.created_at < moment

    def order(self) -> tuple[int, tuple[int, str]]:
        """Return the key by which the newest one is found."""
        return self.created_at, order_ids(self.post_id)


def load_authorships(
    connection: Connection, platform: str, handles: Iterable[str], before: datetime
) -> Iterator[Authorship]:
    """Yield for each handle and file who wrote last under it before a moment."""
    archive, wanted, moment = Archive(connection), list(handles), count_microseconds(before)
    if not archive.files:
        return
    columns = {each.name: each for each in list_columns(ARCHIVED_AUTHORS)}
    chosen = choose_named(connection.dialect.name, ARCHIVED_AUTHORS, ARCHIVED_AUTHORS.c.handle)
    statement = select(*(columns[name] for name in Authorship._fields), columns["file_id"])
    named, doubtful = name_ids(connection, platform, wanted), set[int]()
    for *fields, file_id in connection.execute(statement.where(chosen), named):
        newest = Authorship._make(fields)
        if newest.is_before(moment):
            yield newest
        else:  # he may have written before it too
            doubtful.add(file_id)
    for file in archive.files:
        if file.id in doubtful and file.oldest < before:
            handle = pl.col("author_handle").str.to_lowercase()
            posts = open_file(connection, file).filter(
                handle.is_in(wanted), pl.col("created_at") < before
            )
            yield from _list_authorships(posts.with_columns(handle=handle).collect())


def _list_authorships(posts: pl.DataFrame) -> Iterator[Authorship]:
    at = pl.col("created_at").cast(pl.Int64)
    rows = posts.with_columns(created_at=at).select(Authorship._fields).iter_rows()
    return map(Authorship._make, rows)
