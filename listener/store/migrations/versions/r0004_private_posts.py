"""Let private posts lie apart, in tables of their own."""

import sqlalchemy as sa
from alembic import op

from listener.store.columns import UTCDateTime

revision = "0004"
down_revision = "0003"

_IS_PRIVATE = "visibility NOT IN ('public', 'unlisted')"
_BELONGS = (
    "EXISTS (SELECT 1 FROM private_posts WHERE private_posts.platform = {table}.platform"
    " AND private_posts.post_id = {table}.post_id)"
)


def upgrade() -> None:
    """Create the tables and move what belongs there."""
    posts = _create_posts()
    aliases = _create_aliases()
    edits = _create_edits()
    if op.get_bind().dialect.name == "postgresql":
        # Whoever still collects must not save a post between the copying and the deleting.
        op.execute("LOCK TABLE posts IN SHARE ROW EXCLUSIVE MODE")
    _move("posts", posts, _IS_PRIVATE)
    _move("post_aliases", aliases, _BELONGS.format(table="post_aliases"))
    _move("post_edits", edits, _BELONGS.format(table="post_edits"))


def _create_posts() -> sa.Table:
    posts = op.create_table(
        "private_posts",
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
        sa.PrimaryKeyConstraint("platform", "post_id", name="pk_private_posts"),
    )
    op.create_index("ix_private_posts_created_at", "private_posts", ["created_at"])
    return posts


def _create_aliases() -> sa.Table:
    aliases = op.create_table(
        "private_post_aliases",
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("alias", sa.Text(), nullable=False),
        sa.Column("post_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("platform", "alias", name="pk_private_post_aliases"),
    )
    name = "ix_private_post_aliases_platform_post_id"
    op.create_index(name, "private_post_aliases", ["platform", "post_id"])
    return aliases


def _create_edits() -> sa.Table:
    return op.create_table(
        "private_post_edits",
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("post_id", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("written_at", UTCDateTime(), nullable=False),
        sa.Column("seen_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("platform", "post_id", "digest", name="pk_private_post_edits"),
    )


def _move(source: str, target: sa.Table, condition: str) -> None:
    names = ", ".join(column.name for column in target.columns)
    op.execute(
        f"INSERT INTO {target.name} ({names}) SELECT {names} FROM {source} WHERE {condition}"  # noqa: S608
    )
    op.execute(f"DELETE FROM {source} WHERE {condition}")  # noqa: S608
