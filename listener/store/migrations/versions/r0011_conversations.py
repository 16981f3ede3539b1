"""Index by what posts hang together: a report reads the conversations that it needs."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Create the indexes."""
    for column in ("reply_to_id", "quote_of_id", "conversation_id"):
        there = sa.text(f"{column} IS NOT NULL")
        op.create_index(
            f"ix_posts_platform_{column}",
            "posts",
            ["platform", column],
            sqlite_where=there,
            postgresql_where=there,
        )
