"""Create where it lies what accounts say of being quoted."""

import sqlalchemy as sa
from alembic import op

from listener.store.columns import UTCDateTime

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Create the table; what accounts say is noted when they are seen the next time."""
    op.create_table(
        "quoting",
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("says", sa.Text(), nullable=False),
        sa.Column("seen_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("platform", "digest", name="pk_quoting"),
    )
