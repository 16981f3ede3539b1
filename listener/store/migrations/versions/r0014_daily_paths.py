"""Index what is asked for every day, so that no day looks through the whole store."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

_WORDED = sa.text("language IS NULL OR language != 'x-erased'")


def upgrade() -> None:
    """Create the indexes."""
    for table in ("posts", "private_posts"):
        handle = sa.text("lower(author_handle)")
        op.create_index(
            f"ix_{table}_author", table, [handle, "platform", "author_id", "created_at"]
        )
    op.create_index(
        "ix_posts_worded",
        "posts",
        ["created_at"],
        sqlite_where=_WORDED,
        postgresql_where=_WORDED,
    )
    for column in ("reply_to_id", "quote_of_id", "conversation_id"):
        there = sa.text(f"{column} IS NOT NULL")
        op.create_index(
            f"ix_private_posts_platform_{column}",
            "private_posts",
            ["platform", column],
            sqlite_where=there,
            postgresql_where=there,
        )
    op.create_index("ix_runs_source_id", "runs", ["source", "id"])
    op.create_index("ix_visits_visited_at", "visits", ["visited_at"])
    op.create_index("ix_visits_platform_post_id", "visits", ["platform", "post_id"])
    op.create_index("ix_spending_day", "spending", ["day"])
