"""`listener publish`: the reports as a site that any web host can serve."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from listener.cli.root import current_settings, now

if TYPE_CHECKING:
    from listener.jobs.publishing import Publication

EXAMPLES = (
    "listener publish site",
    "listener publish site --dry-run",
)


def command(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="where the site is written")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="say what would change, write nothing")
    ] = False,
) -> None:
    """Write all reports as a public site: pages, figures, lists and Atom feeds.

    Copy the folder to any web host. Private messages are never in it, posts that are known to
    be deleted are not, posts of X are addresses and labels; [publish] in the settings says
    more. What is the same as before is not touched; pages of reports that are gone go too.
    """
    settings = current_settings()
    from listener.app import load_phrases, open_store
    from listener.jobs.publishing import check_publishing, publish_site

    check_publishing(settings, folder)
    phrases = load_phrases(settings)
    with open_store(settings, must_exist=True) as store:
        told = publish_site(store, settings, phrases, folder, now=now(), is_dry=dry_run)
    _tell(told, folder, is_dry=dry_run)


def _tell(told: "Publication", folder: Path, *, is_dry: bool) -> None:
    changes = told.changes
    for mark, paths in (("+", changes.new), ("~", changes.changed), ("-", changes.removed)):
        for path in paths:
            typer.echo(f"{mark} {folder / path}")
    for report in told.corrected:
        typer.echo(f"{report}: figures changed since it was published; its page says so")
    for line in told.left:
        typer.echo(f"listener: {line}", err=True)
    counts = f"{len(changes.new)} new, {len(changes.changed)} changed"
    counts += f", {len(changes.removed)} removed, {changes.same} the same"
    would = "; nothing was written" if is_dry else ""
    reports = "report" if told.reports == 1 else "reports"
    typer.echo(f"{told.reports} {reports} in {folder}: {counts}{would}")
