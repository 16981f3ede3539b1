"""`listener phrases`: look over the phrase files."""

from pathlib import Path
from typing import Annotated

import typer

from listener.cli.root import current_settings
from listener.errors import ConfigError

EXAMPLES = ("listener phrases check", "listener phrases check my-phrases")


def command(
    action: Annotated[str, typer.Argument(metavar="check", help="what to do: check")],
    folder: Annotated[
        Path | None,
        typer.Argument(help="a folder of your own (else phrases_folder of the settings)"),
    ] = None,
) -> None:
    """Tell mistakes in phrase files and phrases that stand there twice.

    Every mistake is told at once, with file, line and phrase.

    Raises:
        ConfigError: If a file has a mistake, or the action is unknown.
    """
    if action != "check":
        msg = f'listener phrases {action}: unknown; write "listener phrases check"'
        raise ConfigError(msg)
    own = folder or current_settings().phrases_folder
    from listener.label.checking import list_repeated
    from listener.label.phrase_files import load_phrases
    from listener.resources import phrases_dir

    phrases = load_phrases([phrases_dir(), *([own] if own else [])])
    for note in list_repeated(phrases):
        typer.echo(f"{note.place}: {note.kind}, {note.remark}: {note.phrase}")
    count = sum(
        len(rule.phrases)
        for sides in phrases.rules.values()
        for rules in sides.values()
        for rule in rules.values()
    )
    typer.echo(f"{count} phrases in order (digest {phrases.digest})")
