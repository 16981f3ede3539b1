"""`listener demo`: the whole way on an invented archive."""

from pathlib import Path
from typing import Annotated

import typer

from listener.cli.root import now

EXAMPLES = ("listener demo", "listener demo --output /tmp/demo --language de")


def command(
    output: Annotated[
        Path, typer.Option(metavar="DIR", help="where the database and the reports are written")
    ] = Path("demo"),
    language: Annotated[str, typer.Option(help="of the reports, en or de")] = "en",
) -> None:
    """Import an invented archive of three brands, measure it, and write its reports.

    Nothing of it is real: the brands, the people and what they say are made up. It uses a
    database of its own and leaves yours alone; running it again changes nothing.
    """
    from listener.app import load_phrases, open_store
    from listener.jobs.demo import run_demo
    from listener.resources import config_dir, demo_archive
    from listener.settings import load_settings

    overrides = {
        "database_url": str(output / "demo.db"),
        "report.output": output / "reports",
        "report.language": language,
    }
    settings = load_settings(config_dir() / "demo" / "demo.toml", overrides)
    output.mkdir(parents=True, exist_ok=True)
    with open_store(settings) as store:
        demo = run_demo(store, demo_archive(), settings, load_phrases(settings), now=now())
    typer.echo(f"{demo.posts} posts of three invented brands, {demo.cases} cases")
    for folder in demo.reports[-1].folders:
        typer.echo(f"  {folder / 'index.html'}")
    typer.echo(f"all reports: {demo.reports[-1].index}")
    database = f"--database {output / 'demo.db'}"
    config = f"--config {shorten(config_dir() / 'demo' / 'demo.toml')}"
    typer.echo(f"work list:   listener {config} {database} cases --open --sort waiting")


def shorten(path: Path) -> Path:
    """Return the path from the current folder, if it lies below it."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
