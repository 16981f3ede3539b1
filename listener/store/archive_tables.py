"""The tables that tell which posts lie in files, and what is asked of them most often.

The words are in the files alone. A post is either in `posts` or in one file, never in both.
"""

from datetime import datetime

from sqlalchemy import BigInteger, Boolean, Index, Text
from sqlmodel import Field

from listener.store.columns import UTCDateTime
from listener.store.post_tables import METADATA, StoreTable

# Rows in the order of the key: these tables are nothing but an index.
_BY_KEY = {"sqlite_with_rowid": False}


class ArchiveFileTable(StoreTable, table=True):
    """One Parquet file: posts of one platform that were written within one ISO week, in UTC.

    `state` is `planned` while the file is being written, `held` when its posts are there and
    nowhere else, and `leaving` when they are in `posts` (again) and the file is to go.
    """

    __tablename__ = "archive_files"
    __table_args__ = (Index(None, "state"),)

    id: int | None = Field(default=None, primary_key=True)
    platform: str = Field(sa_type=Text)
    week: str = Field(sa_type=Text)
    file: str = Field(sa_type=Text)
    state: str = Field(sa_type=Text)
    lease_until: datetime = Field(sa_type=UTCDateTime)
    posts: int = Field(sa_type=BigInteger)
    worded: int = Field(sa_type=BigInteger)
    bytes: int = Field(sa_type=BigInteger)
    oldest: datetime | None = Field(sa_type=UTCDateTime)
    newest: datetime | None = Field(sa_type=UTCDateTime)
    sha256: str = Field(sa_type=Text)
    version: int = Field(sa_type=BigInteger)


class ArchivedPostTable(StoreTable, table=True):
    """In which file a post is."""

    __tablename__ = "archived_posts"
    __table_args__ = _BY_KEY

    platform: str = Field(primary_key=True, sa_type=Text)
    post_id: str = Field(primary_key=True, sa_type=Text)
    file_id: int = Field(sa_type=BigInteger)
    is_deleted: bool = Field(sa_type=Boolean)


class ArchivedLinkTable(StoreTable, table=True):
    """What the posts of a file answer, quote or belong to, by the ids that they have it by.

    What is in the same file is left out: it is found and brought back together with them.
    """

    __tablename__ = "archived_links"
    __table_args__ = _BY_KEY

    platform: str = Field(primary_key=True, sa_type=Text)
    post_id: str = Field(primary_key=True, sa_type=Text)
    file_id: int = Field(primary_key=True, sa_type=BigInteger)


class ArchivedAuthorTable(StoreTable, table=True):
    """Who wrote under which handle in a file, and the newest such post."""

    __tablename__ = "archived_authors"
    __table_args__ = (Index(None, "file_id"), _BY_KEY)

    platform: str = Field(primary_key=True, sa_type=Text)
    handle: str = Field(primary_key=True, sa_type=Text)
    author_id: str = Field(primary_key=True, sa_type=Text)
    file_id: int = Field(primary_key=True, sa_type=BigInteger)
    created_at: datetime = Field(sa_type=UTCDateTime)
    post_id: str = Field(sa_type=Text)


ARCHIVE_FILES = METADATA.tables["archive_files"]
ARCHIVED_POSTS = METADATA.tables["archived_posts"]
ARCHIVED_LINKS = METADATA.tables["archived_links"]
ARCHIVED_AUTHORS = METADATA.tables["archived_authors"]
ARCHIVE_TABLES = (ARCHIVE_FILES, ARCHIVED_POSTS, ARCHIVED_LINKS, ARCHIVED_AUTHORS)
