"""Note when the words of posts were seen first."""

import sqlalchemy as sa
from alembic import op

from listener.store.columns import UTCDateTime

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Add the column; of posts that are known already nobody can tell any more."""
    for table in ("posts", "private_posts"):
        op.add_column(table, sa.Column("seen_at", UTCDateTime(), nullable=True))
