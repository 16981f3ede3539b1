"""The tables of posts, and the root of all tables."""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import BigInteger, Index, MetaData, Text, TextClause, text
from sqlalchemy.ext.declarative import DeferredReflection
from sqlmodel import Field, SQLModel
from sqlmodel._compat import SQLModelConfig

from listener.store.columns import UTCDateTime

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    }
)


# A private language tag (BCP 47): nothing that a platform tells.
ERASED_LANGUAGE = "x-erased"
HAS_WORDS = f"language IS NULL OR language != '{ERASED_LANGUAGE}'"
"""Written out wherever it is asked: both databases know their partial index by it."""


def has_words() -> TextClause:
    """Return the condition that a post has not lost its words to housekeeping."""
    return text(f"({HAS_WORDS})")


class StoreTable(DeferredReflection, SQLModel):
    """The common root: an own catalogue, so that no other SQLModel table gets in.

    Statements here name tables, not objects: what makes rows into objects, a quarter of what
    tables cost at every start, is made by `StoreTable.prepare(engine)` for those who want it.
    """

    # Tables are never validated: what does that would be built at every start.
    model_config = SQLModelConfig(defer_build=True)
    metadata: ClassVar[MetaData] = METADATA


class PostColumns(StoreTable):
    """One row a post, in the newest text that is known; columns as in `posts_schema()`."""

    platform: str = Field(primary_key=True, sa_type=Text)
    post_id: str = Field(primary_key=True, sa_type=Text)
    author_id: str = Field(sa_type=Text)
    author_handle: str = Field(sa_type=Text)
    author_name: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=UTCDateTime)
    text: str = Field(sa_type=Text)
    language: str | None = Field(sa_type=Text)
    reply_to_id: str | None = Field(sa_type=Text)
    reply_to_author_id: str | None = Field(sa_type=Text)
    quote_of_id: str | None = Field(sa_type=Text)
    conversation_id: str | None = Field(sa_type=Text)
    mentions: str = Field(sa_type=Text)
    url: str | None = Field(sa_type=Text)
    visibility: str = Field(sa_type=Text)
    edited_at: datetime | None = Field(sa_type=UTCDateTime)
    deleted_at: datetime | None = Field(sa_type=UTCDateTime)
    replies_announced: int | None = Field(sa_type=BigInteger)
    seen_at: datetime | None = Field(sa_type=UTCDateTime)


class AliasColumns(StoreTable):
    """Another id of a post. It always names a stored post, never a further alias."""

    platform: str = Field(primary_key=True, sa_type=Text)
    alias: str = Field(primary_key=True, sa_type=Text)
    post_id: str = Field(sa_type=Text)


class EditColumns(StoreTable):
    """A text that a post had before: once a text, however often it was seen."""

    platform: str = Field(primary_key=True, sa_type=Text)
    post_id: str = Field(primary_key=True, sa_type=Text)
    digest: str = Field(primary_key=True, sa_type=Text)
    text: str = Field(sa_type=Text)
    written_at: datetime = Field(sa_type=UTCDateTime)
    seen_at: datetime = Field(sa_type=UTCDateTime)


def _list_indexes(table: str) -> tuple[Index, ...]:
    """Return the indexes of posts: by time, by author, and by what hangs them together."""
    links = ("reply_to_id", "quote_of_id", "conversation_id")
    return (Index(None, "created_at"), _index_authors(table), *map(_index_links, links))


def _index_authors(table: str) -> Index:
    """Return an index that tells who wrote under a handle, and when last, in a few steps."""
    name, handle = f"ix_{table}_author", text("lower(author_handle)")
    return Index(name, handle, "platform", "author_id", "created_at")


def _index_links(column: str) -> Index:
    """Return an index by what hangs a post together with others; most have few of them.

    On PostgreSQL, too, it is a partial one: migrations say so. To say it here loads all that
    SQLAlchemy knows of PostgreSQL, wherever a store is opened.
    """
    return Index(None, "platform", column, sqlite_where=text(f"{column} IS NOT NULL"))


class PostTable(PostColumns, table=True):
    """The posts that everybody may read."""

    __tablename__ = "posts"
    __table_args__ = (
        *_list_indexes("posts"),
        # What lost its words stays for ever, and is not looked at again each night.
        Index("ix_posts_worded", "created_at", sqlite_where=text(HAS_WORDS)),
    )


class AliasTable(AliasColumns, table=True):
    """The other ids of these posts."""

    __tablename__ = "post_aliases"
    __table_args__ = (Index(None, "platform", "post_id"),)


class EditTable(EditColumns, table=True):
    """The earlier texts of these posts."""

    __tablename__ = "post_edits"


class PrivatePostTable(PostColumns, table=True):
    """The posts that only some may read: direct ones, and those for followers."""

    __tablename__ = "private_posts"
    __table_args__ = _list_indexes("private_posts")


class PrivateAliasTable(AliasColumns, table=True):
    """The other ids of private posts."""

    __tablename__ = "private_post_aliases"
    __table_args__ = (Index(None, "platform", "post_id"),)


class PrivateEditTable(EditColumns, table=True):
    """The earlier texts of private posts."""

    __tablename__ = "private_post_edits"
