"""`listener migrate`: bring the database to the schema of this version."""

import typer

from listener.cli.root import current_settings

EXAMPLES = ("listener migrate", "listener --database data/listener.db migrate")


def command() -> None:
    """Bring the database to the schema of this version.

    PostgreSQL needs it once after each update of the program; a file is brought up
    to date by whatever command opens it. Running it again does no harm.
    """
    settings = current_settings()
    from listener.store.schema import migrate_database

    revision = migrate_database(settings.database_url)
    typer.echo(f"database {settings.database_shown} has the schema {revision}")
