"""`listener backup`: the whole database in one file."""

from pathlib import Path
from typing import Annotated

import typer

from listener.cli.root import current_settings

EXAMPLES = (
    "listener backup listener-$(date +%F).db",
    "listener backup --force /mnt/backup/listener.db",
)


def command(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="the file to write")],
    force: Annotated[bool, typer.Option("--force", help="replace a file that is there")] = False,
) -> None:
    """Write the whole database into one file, while other commands may run.

    It is an SQLite file, also from PostgreSQL, readable by its owner only, and holds everything:
    posts, private ones too, runs, costs, what was sent. Settings and tokens are not part of it.
    A file that is there is not replaced without --force: exit code 2; a disk or a database
    that fails is 1.
    """
    settings = current_settings()
    from listener.app import open_store

    with open_store(settings, must_exist=True) as store:
        store.save_backup(file, force=force)
    typer.echo(f"database {settings.database_shown} written to {file}")
