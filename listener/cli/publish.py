"""`listener publish`: the reports as a site that any web host can serve."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from listener.cli.failures import make_printable
from listener.cli.owners import name_owner
from listener.cli.root import current_settings, now
from listener.cli.stops import stopping_cleanly
from listener.errors import ConfigError, ListenerError

if TYPE_CHECKING:
    from listener.jobs.publishing import Publication
    from listener.label import Phrases
    from listener.settings import Settings
    from listener.store.store import Store

EXAMPLES = (
    "listener publish site",
    "listener publish site --dry-run",
    "listener publish site --recheck",
)


def command(
    folder: Annotated[
        Path | None, typer.Argument(metavar="DIR", help="where it is written; else publish.folder")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="say what would change, write nothing")
    ] = False,
    recheck: Annotated[
        bool, typer.Option("--recheck", help="first ask for every shown post: is it still there?")
    ] = False,
) -> None:
    """Write all reports as a public site: pages, figures, lists and Atom feeds.

    Copy the folder to any web host. Private messages are never in it, posts that are known to
    be deleted are not, posts of X are addresses and labels; [publish] in the settings says
    more. What is the same as before is not touched; pages of reports that are gone go too.
    With --recheck what was deleted since it was read is found first; on X that costs money, and
    if not all posts could be asked for, the exit code is 1 although the site is written.
    """
    settings = current_settings()
    from listener.app import load_phrases, open_store
    from listener.jobs.publishing import check_publishing, publish_site

    if folder is None and settings.publish.folder is None:
        msg = "say where the site is to be: listener publish DIR, or publish.folder in the settings"
        raise ConfigError(msg)
    place = "DIR" if folder else "publish.folder"
    folder = folder or settings.publish.folder or Path()
    check_publishing(settings, folder, place=place)
    phrases = load_phrases(settings)
    with stopping_cleanly(), open_store(settings, must_exist=True) as store:
        is_sure = not recheck or _recheck(store, settings, phrases, is_dry=dry_run)
        told = publish_site(store, settings, phrases, folder, now=now(), is_dry=dry_run)
    _tell(told, folder, is_dry=dry_run)
    if not is_sure:
        raise typer.Exit(1)


def _recheck(store: "Store", settings: "Settings", phrases: "Phrases", *, is_dry: bool) -> bool:
    """Look up what is shown; tell what could not be, and whether nothing was left."""
    from listener.jobs.collecting.rounds import RunStoppedError
    from listener.jobs.rechecking import choose_affordable, find_shown, recheck, tell_price
    from listener.settings.tokens import load_tokens

    shown, left_out = choose_affordable(settings, find_shown(store, settings, phrases))
    if left_out:
        posts = "1 post on X is" if left_out == 1 else f"{left_out} posts on X are"
        typer.echo(f"{posts} not looked up: see publish.recheck_dollars")
    if is_dry:
        count, dollars = tell_price(settings, shown)
        typer.echo(f"{count} posts would be looked up, for at most ${dollars:.2f} on X")
        return True
    try:
        told = recheck(store, settings, load_tokens(settings), shown, now=now, owner=name_owner())
    except RunStoppedError:
        msg = "another program has taken accounts over; run this again"
        raise ListenerError(msg) from None
    for line in told.troubles:
        typer.echo(f"listener: {make_printable(line)}", err=True)
    checked = f"{told.checked} {'post' if told.checked == 1 else 'posts'}"
    typer.echo(f"{checked} looked up, {told.gone} gone, ${told.dollars:.3f} spent on X")
    if told.unchecked:
        posts = "post" if told.unchecked == 1 else "posts"
        typer.echo(
            f"listener: {told.unchecked} {posts} could not be checked: shown as known", err=True
        )
    return not told.unchecked


def _tell(told: "Publication", folder: Path, *, is_dry: bool) -> None:
    changes = told.changes
    for mark, paths in (("+", changes.new), ("~", changes.changed), ("-", changes.removed)):
        for path in paths:
            typer.echo(f"{mark} {folder / path}")
    for report in told.corrected:
        typer.echo(f"{report}: figures changed since it was published; its page says so")
    for line in told.left:
        typer.echo(f"listener: {line}", err=True)
    would = "; nothing was written" if is_dry else ""
    typer.echo(f"{told.describe(folder)}{would}")
