"""`listener export`: all posts as JSON lines."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from listener.cli.root import current_settings
from listener.posts import Brand

EXAMPLES = (
    "listener export --output posts.jsonl.gz",
    "listener export --brand acme --output acme.jsonl",
    "listener export | wc -l",
)


def command(
    output: Annotated[
        Path,
        typer.Option(metavar="FILE", help="a file, compressed if it ends in .gz; - for output"),
    ] = Path("-"),
    brand: Annotated[
        list[str] | None, typer.Option(metavar="KEY", help="only this brand's conversations")
    ] = None,
    include_private: Annotated[
        bool, typer.Option("--include-private", help="direct messages and posts for followers too")
    ] = False,
) -> None:
    """Write all posts as JSON lines, from which `listener import` makes the same store again."""
    settings = current_settings()
    from listener.app import open_store
    from listener.jobs.brands import find_brands
    from listener.jobs.exports import export_posts, open_output

    with open_store(settings, must_exist=True) as store:
        brands: Sequence[Brand] = ()
        if brand:
            from listener.jobs.choices import choose_brands

            brands = choose_brands(find_brands(settings, store), brand)
        with open_output(output, sys.stdout.buffer) as stream:
            exported = export_posts(store, stream, brands=brands, include_private=include_private)
    left_out = f", {exported.private} private ones left out" if exported.private else ""
    typer.echo(f"{exported.posts} posts written{left_out}", err=True)
