"""`listener tidy`: erase what is too old, and keep the database small."""

from datetime import datetime
from typing import TYPE_CHECKING

import typer

from listener.cli.root import current_settings, now

if TYPE_CHECKING:
    from listener.jobs.tidying import TidyResult

EXAMPLES = ("listener tidy",)


def command() -> None:
    """Erase words and names that are older than the settings allow, and old private posts.

    Times, links and who is the same person stay, under pseudonyms. Posts that are read again
    later come in without words too. Old records of runs go, and a file with much free space is
    made smaller. `listener run` and `listener weekly` do this once a day; called by hand it is
    also the agreement to what these do not erase by themselves.
    """
    settings = current_settings()
    from listener.app import open_store
    from listener.jobs.tidying import tidy

    with open_store(settings, must_exist=True) as store:
        result = tidy(store, settings, now=now())
    for line in _tell(result):
        typer.echo(line)


def _tell(result: "TidyResult") -> list[str]:
    erased = result.erased
    lines = [
        f"public posts: {_tell_age(result.texts_before)}, words and names of {erased.posts} "
        "posts erased"
        + (f", {result.held} kept while their conversations go on" if result.held else ""),
        f"private posts: {_tell_age(result.private_before)}, {erased.private} deleted",
        f"records: {result.ledger.runs} runs and {result.ledger.visits} visits dropped",
    ]
    if result.archived:
        lines.append(f"archive: {result.archived:,} posts of old weeks were moved into files")
    if result.is_smaller:
        lines.append("the file was made smaller")
    return [*lines, result.note] if result.note else lines


def _tell_age(before: datetime | None) -> str:
    return "kept for ever" if before is None else f"kept since {before:%Y-%m-%d %H:%M} UTC"
