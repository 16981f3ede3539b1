"""What Alembic runs: migrate over the connection that `schema.py` hands over."""

from alembic import context

from listener.store.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
