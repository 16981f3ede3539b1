"""`listener archive`: posts of old weeks in files beside the database, and back."""

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from listener.cli.root import current_settings, now
from listener.errors import ConfigError, StoreError

if TYPE_CHECKING:
    from listener.settings import Settings
    from listener.store.archive_files import ArchiveFile
    from listener.store.old_weeks import OldWeek
    from listener.store.store import Store

EXAMPLES = (
    "listener archive --older-than 26 --dry-run",
    "listener archive --older-than 26",
    "listener archive --list",
    "listener archive --restore",
)


def command(
    before: Annotated[
        str | None, typer.Option(metavar="WEEK", help="weeks before this one, such as 2025-W01")
    ] = None,
    older_than: Annotated[
        int | None,
        typer.Option(metavar="WEEKS", min=1, help="weeks that are older (else the settings)"),
    ] = None,
    restore: Annotated[
        bool, typer.Option("--restore", help="bring posts back: all, or those of --before")
    ] = False,
    show: Annotated[bool, typer.Option("--list", help="show the files, change nothing")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="tell what would be moved, change nothing")
    ] = False,
) -> None:
    """Move posts of old weeks from the database into Parquet files, or bring them back.

    No figure changes by that: reports read the files of the weeks that they need, and so does
    every other command. The folder is `archive.folder`; weeks are ISO weeks in UTC. Private
    posts stay in the database. With `archive.older_than_weeks` the nightly tidying does it.
    """
    if show and restore:
        msg = "--list and --restore: give one of them"
        raise ConfigError(msg)
    settings = current_settings()
    from listener.app import open_store
    from listener.jobs.old_weeks import choose_border, require_folder

    is_chosen = before is not None or older_than is not None
    border = None
    if is_chosen or not (show or restore):
        border = choose_border(settings, before, older_than, now=now())
    with open_store(settings, must_exist=True) as store:
        if show:
            lines = _list_files(store, settings)
        elif restore:
            lines = _restore(store, border, dry_run=dry_run)
        elif border is not None:
            require_folder(settings)
            lines = _archive(store, settings, border, dry_run=dry_run)
        for line in lines:
            typer.echo(line)


def _list_files(store: "Store", settings: "Settings") -> Iterator[str]:
    from listener.jobs.old_weeks import sum_up_archive

    yield from map(_tell_file, store.load_archive())
    yield sum_up_archive(store, settings).line


def _tell_file(file: "ArchiveFile") -> str:
    return f"{file.week}  {file.platform:8}  {file.posts:>9,} posts  {file.file}"


def _restore(store: "Store", border: datetime | None, *, dry_run: bool) -> Iterator[str]:
    from listener.jobs.old_weeks import choose_files

    number = 0
    for file in choose_files(store, border):
        yield _tell_file(file)
        number += file.posts if dry_run else store.restore_archived([file])
    verb = "would be" if dry_run else "are"
    yield f"{number:,} posts {verb} in the database again"


def _archive(
    store: "Store", settings: "Settings", border: datetime, *, dry_run: bool
) -> Iterator[str]:
    from listener.jobs.old_weeks import sum_up_archive

    number = 0
    for week in store.list_old_weeks(border):
        yield _tell_week(week)
        number += week.posts if dry_run else store.archive_week(week)
    folder = settings.archive.folder
    if dry_run:
        yield f"{number:,} posts from before {border:%Y-%m-%d} would be moved to {folder}"
        return
    yield f"{number:,} posts from before {border:%Y-%m-%d} were moved to {folder}"
    yield sum_up_archive(store, settings).line
    if number:
        yield from _compact(store)


def _tell_week(week: "OldWeek") -> str:
    return f"{week.name}  {week.platform:8}  {week.posts:>9,} posts"


def _compact(store: "Store") -> Iterator[str]:
    """Make the file of the database smaller; nothing depends on that."""
    try:
        if store.compact():
            yield "the file of the database was made smaller"
    except StoreError as error:
        yield str(error)
