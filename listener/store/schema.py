"""Bring a database to this program's schema, or refuse one that does not fit.

Alembic is loaded only when there is something to migrate: opening a store that
is up to date costs one SELECT.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, select, text

import listener
from listener.errors import StoreError
from listener.store.database import Database
from listener.store.inserting import choose_insert
from listener.store.tables import META

if TYPE_CHECKING:
    from alembic.config import Config

HEAD = "0014"
_MIGRATIONS = Path(__file__).parent / "migrations"
_VERSION_TABLE = "alembic_version"
# Any fixed number does; it keeps two migrating processes apart.
_ADVISORY_LOCK = 7_238_415_001
_MIGRATE_WAIT_SECONDS = 30.0


def migrate_database(url: str) -> str:
    """Create or update the tables and return the schema's revision.

    Raises:
        StoreError: If the schema is newer than this program, or the database fails.
    """
    database = Database(url, wait_seconds=_MIGRATE_WAIT_SECONDS)
    try:
        return ensure_schema(database, migrate=True)
    finally:
        database.close()


def ensure_schema(database: Database, *, migrate: bool | None) -> str:
    """Check the schema, migrate it where that is allowed, and return its revision.

    Args:
        database: The database to look at.
        migrate: Whether to migrate an old schema; None means on SQLite only,
            since a PostgreSQL database may be shared with older processes.
    """
    with database.reading() as connection:
        revision = _read_revision(connection)
        if revision == HEAD:
            return HEAD
        _refuse_foreign_schema(database, connection, revision)
    if migrate is False or (migrate is None and database.is_postgresql):
        state = "has no tables yet" if revision is None else f"has the old schema {revision}"
        msg = f'database {database.label} {state}; run "listener migrate"'
        raise StoreError(msg)
    _upgrade(database)
    return HEAD


def _read_revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table(_VERSION_TABLE):
        return None
    found: str | None = connection.scalar(text(f"SELECT version_num FROM {_VERSION_TABLE}"))  # noqa: S608
    return found


def _refuse_foreign_schema(
    database: Database, connection: Connection, revision: str | None
) -> None:
    if revision is None:
        # PostgreSQL databases are often shared; an SQLite file belongs to one program.
        if not database.is_postgresql and inspect(connection).get_table_names():
            msg = f"database {database.label} belongs to another program; choose another file"
            raise StoreError(msg)
    elif revision not in _known_revisions():
        msg = (
            f"database {database.label} has the newer schema {revision}, this program knows "
            f"{HEAD}; update listener"
        )
        raise StoreError(msg)


def _known_revisions() -> set[str]:
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory.from_config(make_alembic_config())
    return {script.revision for script in scripts.walk_revisions()}


def make_alembic_config() -> "Config":
    """Return Alembic's configuration without a file, so that a wheel can migrate."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    return config


def _upgrade(database: Database) -> None:
    from alembic import command

    config = make_alembic_config()
    with database.writing(lock_posts=False) as connection:
        if database.is_postgresql:
            connection.execute(select(text(f"pg_advisory_xact_lock({_ADVISORY_LOCK})")))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        _record_version(database, connection)


def _record_version(database: Database, connection: Connection) -> None:
    insert = choose_insert(is_postgresql=database.is_postgresql)
    statement = insert(META).values(name="migrated_by", value=f"listener {listener.__version__}")
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["name"], set_={"value": statement.excluded.value}
        )
    )
