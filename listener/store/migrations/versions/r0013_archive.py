"""Create where it is kept which posts lie in files."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from listener.store.columns import UTCDateTime

revision = "0013"
down_revision = "0015"


def upgrade() -> None:
    """Create the list of files, and what is asked of the posts in them."""
    op.create_table(
        "archive_files",
        sa.Column("id", sa.Integer(), nullable=False),
        *(_text(name) for name in ("platform", "week", "file", "state")),
        sa.Column("lease_until", UTCDateTime(), nullable=False),
        *(
            sa.Column(name, sa.BigInteger(), nullable=False)
            for name in ("posts", "worded", "bytes")
        ),
        sa.Column("oldest", UTCDateTime(), nullable=True),
        sa.Column("newest", UTCDateTime(), nullable=True),
        _text("sha256"),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_archive_files"),
    )
    op.create_index("ix_archive_files_state", "archive_files", ["state"])
    _create_index_table(
        "archived_posts",
        ("platform", "post_id"),
        sa.Column("file_id", sa.BigInteger(), nullable=False),
        sa.Column("is_deleted", sa.Boolean(), nullable=False),
    )
    _create_index_table("archived_links", ("platform", "post_id", "file_id"))
    _create_index_table(
        "archived_authors",
        ("platform", "handle", "author_id", "file_id"),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        _text("post_id"),
    )
    op.create_index("ix_archived_authors_file_id", "archived_authors", ["file_id"])


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _create_index_table(name: str, key: tuple[str, ...], *others: sa.Column[Any]) -> None:
    columns = (
        sa.Column(each, sa.BigInteger(), nullable=False) if each == "file_id" else _text(each)
        for each in key
    )
    op.create_table(
        name,
        *columns,
        *others,
        sa.PrimaryKeyConstraint(*key, name=f"pk_{name}"),
        sqlite_with_rowid=False,
    )
