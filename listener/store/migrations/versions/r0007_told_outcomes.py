"""Create where outcomes lie that were told from elsewhere."""

import sqlalchemy as sa
from alembic import op

from listener.store.columns import UTCDateTime

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Create the table of told outcomes."""
    op.create_table(
        "told_outcomes",
        sa.Column("brand", sa.Text(), nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("post_id", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("told_at", UTCDateTime(), nullable=False),
        sa.Column("case", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("saved_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint(
            "brand", "platform", "post_id", "source", "told_at", name="pk_told_outcomes"
        ),
    )
