"""`listener unsubscribe`: send somebody no more mail."""

from typing import TYPE_CHECKING, Annotated

import typer

from listener.cli.root import current_settings, now
from listener.errors import ConfigError

if TYPE_CHECKING:
    from listener.settings import Settings
    from listener.settings.values import Recipient
    from listener.store.store import Store

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
    token: Annotated[
        str | None,
        typer.Option(metavar="TOKEN", help="a token and nothing else, for what answers a link"),
    ] = None,
    undo: Annotated[bool, typer.Option("--undo", help="send mail again to WHO")] = False,
    is_list: Annotated[bool, typer.Option("--list", help="show who has unsubscribed")] = False,
) -> None:
    """Send somebody no more mail, about no brand, whatever the settings say.

    It is kept in the database, as a digest of the address. Mails that come to
    `mail.reply_to` or `mail.unsubscribe_address` with the subject "unsubscribe" ask for it.
    After `--undo` the reports of the last four weeks that were not sent meanwhile are sent.
    """
    if (who is not None) + (token is not None) + is_list != 1 or (undo and who is None):
        msg = "say one thing: WHO, WHO --undo, --token TOKEN, or --list"
        raise ConfigError(msg)
    settings = current_settings()
    from listener.app import open_store

    with open_store(settings, must_exist=True) as store:
        if is_list:
            _list(store, settings)
        else:
            _change(store, settings, _find(settings, who, token), undo=undo)


def _find(settings: "Settings", who: str | None, token: str | None) -> "Recipient":
    from listener.jobs.unsubscribing import find_reader, find_reader_by_token
    from listener.settings import load_mail_secrets

    key = load_mail_secrets(settings).unsubscribe_key
    if who is not None:
        return find_reader(settings, who, key)
    return find_reader_by_token(settings, token or "", key)


def _change(store: "Store", settings: "Settings", reader: "Recipient", *, undo: bool) -> None:
    from listener.jobs.unsubscribing import subscribe_again, unsubscribe

    if undo:
        is_new = subscribe_again(store, reader)
        typer.echo("gets mail again" if is_new else "had not unsubscribed")
    else:
        is_new = unsubscribe(store, reader, now=now())
        typer.echo("gets no more mail" if is_new else "had unsubscribed before")
    if not settings.mail.has_reader(reader.address):
        typer.echo("nobody in mail.recipients has this address")


def _list(store: "Store", settings: "Settings") -> None:
    from listener.jobs.unsubscribing import list_unsubscribed

    lines = [reader.line for reader in list_unsubscribed(store, settings)]
    typer.echo("\n".join(lines) or "nobody in mail.recipients has unsubscribed")
