"""`listener import`: read archive files into the database."""

import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from listener.cli.failures import make_printable
from listener.cli.root import current_settings, now
from listener.errors import ConfigError, ImportFileError

if TYPE_CHECKING:
    from listener.jobs.archives import ImportedFile, ImportOptions
    from listener.store.store import Store

EXAMPLES = (
    "listener import tweets.csv --named-accounts-as-brands",
    "listener import pages.jsonl.gz --brand acme=AcmeHelp,help@acme.example",
    "zcat statuses.json.gz | listener import - --format mastodon --server social.example",
)


def command(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE", help="archive files, gzip or not; - for input")
    ],
    form: Annotated[
        str | None,
        typer.Option("--format", help="customer-support-csv, x, mastodon or listener"),
    ] = None,
    brand: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KEY=ACCOUNT[,ACCOUNT…]", help="a brand, for reports without settings"
        ),
    ] = None,
    named_accounts_as_brands: Annotated[
        bool,
        typer.Option(
            "--named-accounts-as-brands", help="each author of the corpus who is no number"
        ),
    ] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="stop at a broken line and keep nothing of its file")
    ] = False,
    server: Annotated[
        str | None, typer.Option(metavar="HOST", help="Mastodon: where the ids are from")
    ] = None,
) -> None:
    """Read archive files into the database; reading one twice changes nothing.

    The format is told by the content. A broken line is counted, shown and left out;
    everything else is kept.
    """
    settings = current_settings()
    from listener.app import open_store
    from listener.collect.archive import FORMATS
    from listener.jobs.archives import ImportOptions
    from listener.jobs.brand_flags import parse_brands, remember_brands

    if form is not None and form not in FORMATS:
        msg = f'--format: there is no "{form}"; choose one of {", ".join(FORMATS)}'
        raise ConfigError(msg)
    options = ImportOptions(
        form=form,
        is_strict=strict,
        server=server and parse_server(server),
        names_are_brands=named_accounts_as_brands,
    )
    brands = parse_brands(brand or ())
    with open_store(settings) as store:
        remember_brands(store, brands)
        import_files(store, files, options)
        since = store.load_texts_since()
    if since is not None:
        typer.echo(
            f"posts from before {since:%Y-%m-%d} come in without words and names "
            "(retention.days; see docs/operating.md)",
            err=True,
        )


def import_files(store: "Store", files: Sequence[Path], options: "ImportOptions") -> None:
    """Import one file after another; one that fails stops no other.

    Raises:
        ImportFileError: At the end, if one has failed.
    """
    from listener.jobs.archives import import_file

    failed = 0
    for path in files:
        try:
            with show_progress(path) as on_progress:
                imported = import_file(store, path, options, now=now(), on_progress=on_progress)
        except ImportFileError as error:
            if len(files) == 1:
                raise
            failed += 1
            typer.echo(f"listener: {make_printable(str(error))}", err=True)
        else:
            tell_import(imported)
    if failed:
        msg = f"{failed} of {len(files)} files were not imported"
        raise ImportFileError(msg)


def parse_server(text: str) -> str:
    """Return the host of a flag such as `social.example` or `https://social.example/`.

    Raises:
        ConfigError: If it is none.
    """
    host = re.fullmatch(r"(?:https?://)?([\w.-]+\.\w+)/*", text.strip())
    if host is None:
        msg = f'--server: "{text}" is no host, such as social.example'
        raise ConfigError(msg)
    return host[1].lower()


def tell_import(imported: "ImportedFile") -> None:
    """Print what became of a file, and the first of its problems and notes."""
    typer.echo(make_printable(describe(imported)))
    told = [(entry.line, entry.reason) for entry in imported.problems]
    told += [(entry.line, entry.reason) for entry in imported.notes]
    for line, reason in told:
        typer.echo(f"  {make_printable(f'{imported.file}:{line}: {reason}')}", err=True)
    untold = imported.broken + imported.noted - len(told)
    if untold:
        typer.echo(f"  and {untold} more", err=True)


def describe(imported: "ImportedFile") -> str:
    """Return what became of a file as one line."""
    counts = imported.counts
    parts = [count(counts.read, "post"), f"{counts.new} new", f"{counts.changed} changed"]
    parts.append(f"{counts.unchanged} unchanged")
    if counts.refused:
        parts.append(f"{counts.refused} refused (of forgotten people, or private and too old)")
    if imported.broken:
        parts.append(f"{count(imported.broken, 'broken line')} left out")
    if imported.noted:
        parts.append(count(imported.noted, "note"))
    if imported.brands:
        parts.append(count(len(imported.brands), "brand"))
    return f"{imported.file} ({imported.form}): {', '.join(parts)}"


def count(number: int, thing: str) -> str:
    """Return `1 post` or `2 posts`."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


@contextmanager
def show_progress(path: Path) -> Iterator[Callable[[int], None] | None]:
    """Show a bar while a file is read, where a person looks at a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    console = Console(stderr=True)
    with Progress(*columns, TimeRemainingColumn(), console=console, transient=True) as progress:
        size = path.stat().st_size if path.is_file() else None
        task = progress.add_task(path.name, total=size)
        yield lambda done: progress.update(task, completed=done)
