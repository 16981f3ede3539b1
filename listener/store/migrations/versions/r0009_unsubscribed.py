"""Create where it is kept who wants no more mail."""

import sqlalchemy as sa
from alembic import op

from listener.store.columns import UTCDateTime

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Create the table of readers who have unsubscribed."""
    op.create_table(
        "unsubscribed",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("unsubscribed_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_unsubscribed"),
    )
