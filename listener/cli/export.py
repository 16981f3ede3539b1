"""`listener export`: all posts as JSON lines."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from listener.cli.root import current_settings

EXAMPLES = ("listener export --output posts.jsonl.gz", "listener export | wc -l")


def command(
    output: Annotated[
        Path,
        typer.Option(metavar="FILE", help="a file, compressed if it ends in .gz; - for output"),
    ] = Path("-"),
    include_private: Annotated[
        bool, typer.Option("--include-private", help="direct messages too")
    ] = False,
) -> None:
    """Write all posts as JSON lines, from which `listener import` makes the same store again."""
    settings = current_settings()
    from listener.app import open_store
    from listener.jobs.archives import export_posts, replacing_file

    with open_store(settings) as store:
        if str(output) == "-":
            exported = export_posts(store, sys.stdout.buffer, include_private=include_private)
        else:
            with replacing_file(output) as stream:
                exported = export_posts(store, stream, include_private=include_private)
    left_out = f", {exported.private} private ones left out" if exported.private else ""
    typer.echo(f"{exported.posts} posts written{left_out}", err=True)
