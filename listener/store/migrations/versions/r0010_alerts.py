"""Create where it is kept which alerts were told to whom."""

import sqlalchemy as sa
from alembic import op

from listener.store.columns import UTCDateTime

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Create the table of alerts."""
    op.create_table(
        "alerts",
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("leased_at", UTCDateTime(), nullable=True),
        sa.Column("lease_until", UTCDateTime(), nullable=True),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("brand", sa.Text(), nullable=False),
        sa.Column("begun_at", UTCDateTime(), nullable=True),
        sa.Column("sent_at", UTCDateTime(), nullable=True),
        sa.Column("released_at", UTCDateTime(), nullable=True),
        sa.Column("next_at", UTCDateTime(), nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("target", "key", name="pk_alerts"),
    )
