"""Create where labels and outcomes lie that people gave."""

import sqlalchemy as sa
from alembic import op

from listener.store.columns import UTCDateTime

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Create the tables of reviewed posts and reviewed cases."""
    op.create_table(
        "reviews",
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("post_id", sa.Text(), nullable=False),
        sa.Column("reviewer", sa.Text(), nullable=False),
        sa.Column("labels", sa.Text(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("phrases", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("reviewed_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("platform", "post_id", "reviewer", name="pk_reviews"),
    )
    op.create_table(
        "case_reviews",
        sa.Column("case", sa.Text(), nullable=False),
        sa.Column("reviewer", sa.Text(), nullable=False),
        sa.Column("brand", sa.Text(), nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("opening_post_id", sa.Text(), nullable=False),
        sa.Column("last_post_id", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("said", sa.Text(), nullable=True),
        sa.Column("phrases", sa.Text(), nullable=False),
        sa.Column("pick", sa.Text(), nullable=False),
        sa.Column("stratum", sa.Text(), nullable=False),
        sa.Column("reviewed_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("case", "reviewer", name="pk_case_reviews"),
    )
