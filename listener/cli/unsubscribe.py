"""`listener unsubscribe`: send somebody no more mail."""

from typing import Annotated

import typer

from listener.cli.root import current_settings, now
from listener.errors import ConfigError

EXAMPLES = (
    "listener unsubscribe team@acme.example",
    "listener unsubscribe --list",
    "listener unsubscribe team@acme.example --undo",
)


def command(
    who: Annotated[
        str | None,
        typer.Argument(metavar="WHO", help="an address, or the token in a link or a subject"),
    ] = None,
    undo: Annotated[bool, typer.Option("--undo", help="send mail again")] = False,
    is_list: Annotated[bool, typer.Option("--list", help="show who has unsubscribed")] = False,
) -> None:
    """Send somebody no more mail, about no brand, whatever the settings say.

    It is kept in the database, as a digest of the address. Mails that come to
    `mail.reply_to` or `mail.unsubscribe_address` with the subject "unsubscribe" ask for it.
    After `--undo` the reports of the last four weeks that were not sent meanwhile are sent.
    """
    if (who is None) != is_list or (undo and is_list):
        msg = "say one thing: WHO, WHO --undo, or --list"
        raise ConfigError(msg)
    settings = current_settings()
    from listener.app import open_store
    from listener.jobs.unsubscribing import (
        find_reader,
        list_unsubscribed,
        subscribe_again,
        unsubscribe,
    )
    from listener.settings import load_mail_secrets

    with open_store(settings, must_exist=True) as store:
        if who is None:
            lines = [reader.line for reader in list_unsubscribed(store, settings)]
            typer.echo("\n".join(lines) or "nobody in mail.recipients has unsubscribed")
            return
        key = load_mail_secrets(settings).unsubscribe_key
        reader = find_reader(settings, who, key)
        if undo:
            is_new = subscribe_again(store, reader)
            typer.echo("gets mail again" if is_new else "had not unsubscribed")
        else:
            is_new = unsubscribe(store, reader, now=now())
            typer.echo("gets no more mail" if is_new else "had unsubscribed before")
        if not settings.mail.has_reader(reader.address):
            typer.echo("nobody in mail.recipients has this address")
