"""`listener phrases`: look over the phrase files."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from listener.cli.root import current_settings, now
from listener.errors import ConfigError

if TYPE_CHECKING:
    from listener.label import Phrases
    from listener.label.checking import PhraseNote

EXAMPLES = (
    "listener phrases check",
    "listener phrases check my-phrases",
    "listener phrases check my-phrases --stored",
)


def command(
    action: Annotated[str, typer.Argument(metavar="check", help="what to do: check")],
    folder: Annotated[
        Path | None,
        typer.Argument(help="a folder of your own (else phrases_folder of the settings)"),
    ] = None,
    stored: Annotated[
        bool, typer.Option("--stored", help="also try them on the newest posts of the store")
    ] = False,
) -> None:
    """Tell mistakes in phrase files, and phrases that are dead, covered by others, or too broad.

    Every mistake is told at once, with file, line and phrase. With a folder of your own only
    what stands there is looked over.

    Raises:
        ConfigError: If a file has a mistake, or the action is unknown.
    """
    if action != "check":
        msg = f'listener phrases {action}: unknown; write "listener phrases check"'
        raise ConfigError(msg)
    own = folder or current_settings().phrases_folder
    from listener.label.checking import check_phrases, count_phrases
    from listener.label.phrase_files import load_phrases
    from listener.resources import phrases_dir

    phrases = load_phrases([phrases_dir(), *([own] if own else [])])
    whose = own.name if own else None
    notes = check_phrases(phrases, whose)
    show_notes(notes)
    if stored:
        notes += show_stored(phrases, whose)
    languages = ", ".join(phrases.languages)
    told = f"{len(notes)} to look at" if notes else "in order"
    typer.echo(f"{count_phrases(phrases)} phrases ({languages}), {told} (digest {phrases.digest})")


def show_stored(phrases: "Phrases", whose: str | None) -> "list[PhraseNote]":
    """Print what the posts of the store say of the phrases, and return it."""
    settings = current_settings()
    from listener.app import open_store
    from listener.jobs.brands import find_brands
    from listener.jobs.phrase_checks import check_against_store

    with open_store(settings, must_exist=True) as store:
        brands = find_brands(settings, store)
        notes, count = check_against_store(store, brands, phrases, as_of=now())
    chosen = [note for note in notes if whose is None or note.place.startswith(f"{whose}/")]
    typer.echo(f"In {count} stored posts:")
    show_notes(chosen)
    return chosen


def show_notes(notes: "list[PhraseNote]") -> None:
    """Print one line a note: where, what, the phrase."""
    for note in notes:
        typer.echo(f"{note.place}: {note.kind}, {note.remark}: {note.phrase}")
