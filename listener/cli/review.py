"""`listener review`: people look at what the program made of cases, and correct it."""

import getpass
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from listener.cli.root import current_settings, now

if TYPE_CHECKING:
    from listener.jobs.reviewing import ReviewCase, ReviewDesk

EXAMPLES = (
    "listener review --brand acme --week 2026-W47 --count 20 --sample random",
    "listener review --sample uncertain --by kim",
    "listener review --export cases.jsonl",
    "listener review --import cases.jsonl --by kim",
)


class Sample(StrEnum):
    """How cases are chosen."""

    RANDOM = "random"
    UNCERTAIN = "uncertain"
    BOTH = "both"
    DONE = "done"


def command(
    brand: Annotated[list[str] | None, typer.Option(metavar="KEY", help="only this brand")] = None,
    week: Annotated[str | None, typer.Option(help="opened in this week, such as 2026-W47")] = None,
    case: Annotated[
        list[str] | None, typer.Option(metavar="CASE", help="this case, as listed by cases")
    ] = None,
    sample: Annotated[
        Sample, typer.Option(help="drawn by chance, doubtful first, both in turn, or your own")
    ] = Sample.BOTH,
    count: Annotated[int, typer.Option(min=1, help="so many cases at most")] = 20,
    by: Annotated[str | None, typer.Option(metavar="NAME", help="else your login name")] = None,
    again: Annotated[
        bool, typer.Option("--again", help="cases that others reviewed, for a second opinion")
    ] = False,
    blind: Annotated[
        bool, typer.Option("--blind", help="without what the program says of them")
    ] = False,
    export: Annotated[
        Path | None, typer.Option(metavar="FILE", help="write the cases as JSON lines instead")
    ] = None,
    import_: Annotated[
        Path | None, typer.Option("--import", metavar="FILE", help="keep the labels of such a file")
    ] = None,
) -> None:
    """Go through cases, accept or correct their labels, and say what came of them.

    From then on these labels hold. Each key toggles a label, enter accepts what is marked, and
    every answer is kept at once. docs/reviews.md tells how accuracy is measured by them.
    """
    settings = current_settings()
    from listener.app import load_phrases, open_store
    from listener.jobs.brands import find_brands
    from listener.jobs.choices import check_week, choose_brands
    from listener.jobs.measuring import measure_by_settings
    from listener.jobs.review_files import import_cases
    from listener.jobs.reviewing import ReviewDesk, ReviewRequest, choose_review_cases

    check_week(week)
    request = ReviewRequest(
        by=_find_name(by),
        cases=tuple(case or ()),
        week=week,
        sample=sample.value,
        count=count,
        is_again=again,
    )
    phrases = load_phrases(settings)
    with open_store(settings, must_exist=True) as store:
        brands = find_brands(settings, store)
        chosen = choose_brands(brands, brand or ())
        measured = measure_by_settings(store, settings, brands, phrases, as_of=now())
        desk = ReviewDesk(store, request.by, phrases.digest)
        if import_ is not None:
            kept = import_cases(import_, measured, phrases, desk, now=now())
            typer.echo(
                f"{kept.posts} posts and {kept.cases} cases kept, {kept.left} lines not marked as "
                f"reviewed, {kept.changed} posts or cases changed or gone since"
            )
            return
        cases = choose_review_cases(measured, phrases, request, chosen)
        _go_through(cases, desk, export, is_blind=blind)


def _go_through(
    cases: "list[ReviewCase]", desk: "ReviewDesk", export: Path | None, *, is_blind: bool
) -> None:
    if export is not None:
        from listener.jobs.exports import open_output
        from listener.jobs.review_files import export_cases

        with open_output(export, sys.stdout.buffer) as stream:
            written = export_cases(cases, stream, is_blind=is_blind)
        typer.echo(f"{written} cases written; set reviewed to true in those you checked", err=True)
        return
    from rich.console import Console

    from listener.cli.keys import open_keyboard
    from listener.cli.review_screen import Session

    if not cases:
        typer.echo("no case is left to review; try another --week, or --again")
        return
    with open_keyboard() as read_key:
        tally = Session(cases, desk, read_key, now, Console(), is_blind=is_blind).run()
    typer.echo(f"{tally.posts} posts and {tally.cases} cases reviewed")


def _find_name(told: str | None) -> str:
    name = " ".join((told or _find_login()).split())
    if not name:
        from listener.errors import ConfigError

        msg = "--by: tell who reviews, such as --by kim"
        raise ConfigError(msg)
    return name


def _find_login() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # no such user, as in some containers
        return ""
