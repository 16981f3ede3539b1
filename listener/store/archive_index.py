"""What the database keeps of posts that lie in files: where they are, and what hangs on them."""

from collections.abc import Iterator
from typing import Any

import polars as pl
from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Table,
    delete,
    exists,
    func,
    literal,
    select,
    union,
)

from listener.store.archive_files import ArchiveFile
from listener.store.archive_tables import ARCHIVED_AUTHORS, ARCHIVED_LINKS, ARCHIVED_POSTS
from listener.store.inserting import choose_insert
from listener.store.old_weeks import Part
from listener.store.shelves import PUBLIC
from listener.store.statements import is_one_of

_POSTS = PUBLIC.posts.c
_REFERENCES = ("reply_to_id", "quote_of_id", "conversation_id")
# The same columns of a file, as they are stored.
_STORED = ("stored_reply_to_id", "stored_quote_of_id", "conversation_id")


def index_part(connection: Connection, part: Part, file_id: int) -> None:
    """Note where the posts will be that are about to leave the database."""
    make = choose_insert(is_postgresql=connection.dialect.name == "postgresql")
    for table, selected in _select_index(part, file_id):
        names = [column.name for column in table.columns]
        connection.execute(make(table).from_select(names, selected))


def drop_from_index(connection: Connection, file: ArchiveFile, frame: pl.DataFrame) -> None:
    """Forget where the posts of a file were."""
    links = {each for name in _STORED for each in frame[name].drop_nulls()}
    for table, ids in ((ARCHIVED_POSTS, frame["post_id"]), (ARCHIVED_LINKS, links)):
        own = (table.c.platform == file.platform) & (table.c.file_id == file.id)
        chosen = is_one_of(connection, table.c.post_id, ids)
        connection.execute(delete(table).where(own, chosen))
    connection.execute(delete(ARCHIVED_AUTHORS).where(ARCHIVED_AUTHORS.c.file_id == file.id))


def _select_index(part: Part, file_id: int) -> Iterator[tuple[Table, Select[Any]]]:
    number = literal(file_id).label("file_id")
    is_deleted = _POSTS.deleted_at.is_not(None)
    yield (
        ARCHIVED_POSTS,
        select(_POSTS.platform, _POSTS.post_id, number, is_deleted).where(part.chosen),
    )
    links = union(
        *(
            select(_POSTS.platform, _POSTS[name].label("post_id")).where(
                part.chosen, _POSTS[name].is_not(None)
            )
            for name in _REFERENCES
        )
    ).subquery()
    yield (
        ARCHIVED_LINKS,
        select(links.c.platform, links.c.post_id, number).where(~_is_within(part, links.c)),
    )
    yield ARCHIVED_AUTHORS, _select_authors(part, file_id)


def _is_within(part: Part, links: Any) -> ColumnElement[bool]:  # noqa: ANN401 - columns
    """Return the condition that what is referred to gets into the same file: nobody asks then."""
    other = PUBLIC.posts.alias().c
    same = (other.platform == links.platform) & (other.post_id == links.post_id)
    span = (other.created_at >= part.since) & (other.created_at < part.until)
    return exists().where(same, span)


def _select_authors(part: Part, file_id: int) -> Select[Any]:
    """Select who wrote under which handle, by the newest post of each."""
    handle = func.lower(_POSTS.author_handle)
    in_order = (_POSTS.created_at.desc(), func.length(_POSTS.post_id).desc(), _POSTS.post_id.desc())
    place = func.row_number().over(partition_by=(handle, _POSTS.author_id), order_by=in_order)
    columns = (_POSTS.platform, _POSTS.author_id, _POSTS.created_at, _POSTS.post_id)
    found = (
        select(*columns, handle.label("handle"), place.label("place"))
        .where(part.chosen)
        .subquery()
        .c
    )
    number = literal(file_id)
    return select(
        found.platform, found.handle, found.author_id, number, found.created_at, found.post_id
    ).where(found.place == 1)
