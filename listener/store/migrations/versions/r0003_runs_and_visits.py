"""Keep what kind of run it was, what it could not read, and how many posts were announced."""

import sqlalchemy as sa
from alembic import op

from listener.store.columns import UTCDateTime

revision = "0003"
down_revision = "0002"

_RUNS = sa.table("runs", sa.column("id"), sa.column("source"), sa.column("kind"))
_MOMENTS = ("lost_since", "lost_until", "retry_at")


def upgrade() -> None:
    """Add the columns; older runs get the kind that their source's name tells."""
    with op.batch_alter_table("runs") as runs:
        # A value for the rows that exist; new rows must bring their own.
        runs.add_column(sa.Column("kind", sa.Text(), nullable=False, server_default=""))
        runs.add_column(sa.Column("problems", sa.Text(), nullable=False, server_default=""))
        for name in _MOMENTS:
            runs.add_column(sa.Column(name, UTCDateTime(), nullable=True))
    with op.batch_alter_table("runs") as runs:
        runs.alter_column("kind", server_default=None)
        runs.alter_column("problems", server_default=None)
    with op.batch_alter_table("visits") as visits:
        count = sa.Column("announced", sa.BigInteger(), nullable=False, server_default="0")
        visits.add_column(count)
        whole = sa.Column[bool]("is_whole", sa.Boolean(), nullable=False, server_default=sa.true())
        visits.add_column(whole)
    with op.batch_alter_table("visits") as visits:
        visits.alter_column("announced", server_default=None)
        visits.alter_column("is_whole", server_default=None)
    _name_kinds()


def _name_kinds() -> None:
    """Read the kind from names such as `x:acme:acme:mentions:`."""
    connection = op.get_bind()
    for run_id, source in connection.execute(sa.select(_RUNS.c.id, _RUNS.c.source)).all():
        parts = source.split(":")
        kind = parts[3] if len(parts) > 3 else ""
        connection.execute(sa.update(_RUNS).where(_RUNS.c.id == run_id).values(kind=kind))
