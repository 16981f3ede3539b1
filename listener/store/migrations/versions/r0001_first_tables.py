"""Create the first tables."""

import sqlalchemy as sa
from alembic import op

from listener.store.columns import UTCDateTime

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create posts, their aliases and earlier texts, and the store's own records."""
    _create_posts()
    _create_aliases_and_edits()
    _create_imports()
    _create_records()


def _create_posts() -> None:
    op.create_table(
        "posts",
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("post_id", sa.Text(), nullable=False),
        sa.Column("author_id", sa.Text(), nullable=False),
        sa.Column("author_handle", sa.Text(), nullable=False),
        sa.Column("author_name", sa.Text(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("reply_to_id", sa.Text(), nullable=True),
        sa.Column("reply_to_author_id", sa.Text(), nullable=True),
        sa.Column("quote_of_id", sa.Text(), nullable=True),
        sa.Column("conversation_id", sa.Text(), nullable=True),
        sa.Column("mentions", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("visibility", sa.Text(), nullable=False),
        sa.Column("edited_at", UTCDateTime(), nullable=True),
        sa.Column("deleted_at", UTCDateTime(), nullable=True),
        sa.Column("replies_announced", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("platform", "post_id", name="pk_posts"),
    )
    op.create_index("ix_posts_created_at", "posts", ["created_at"])


def _create_aliases_and_edits() -> None:
    op.create_table(
        "post_aliases",
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("alias", sa.Text(), nullable=False),
        sa.Column("post_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("platform", "alias", name="pk_post_aliases"),
    )
    op.create_index("ix_post_aliases_platform_post_id", "post_aliases", ["platform", "post_id"])
    op.create_table(
        "post_edits",
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("post_id", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("written_at", UTCDateTime(), nullable=False),
        sa.Column("seen_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("platform", "post_id", "digest", name="pk_post_edits"),
    )


def _create_imports() -> None:
    numbers = ("posts", "new", "changed", "unchanged", "refused", "broken")
    op.create_table(
        "imports",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("imported_at", UTCDateTime(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in numbers),
        sa.Column("oldest", UTCDateTime(), nullable=True),
        sa.Column("newest", UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_imports"),
    )


def _create_records() -> None:
    op.create_table(
        "forgotten",
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("platform", "digest", name="pk_forgotten"),
    )
    op.create_table(
        "store_meta",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_store_meta"),
    )
