"""`listener restore`: fill an empty database from a backup."""

from pathlib import Path
from typing import Annotated

import typer

from listener.cli.root import current_settings

EXAMPLES = (
    "listener restore listener-2026-03-02.db",
    "listener --database postgresql://localhost/listener restore listener-2026-03-02.db",
)


def command(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="what `listener backup` wrote")],
) -> None:
    """Fill the database of the settings, which must be empty, from a backup.

    It may be a file or PostgreSQL, whichever the backup came from; so this also moves from one
    to the other. All of it arrives, or nothing. Stop other commands before.
    """
    settings = current_settings()
    from listener.store.backups import restore_database

    rows = restore_database(settings.database_url, file)
    posts = rows["posts"] + rows["private_posts"]
    typer.echo(
        f"database {settings.database_shown} filled from {file}: "
        f"{posts} posts, {sum(rows.values())} rows in all"
    )
