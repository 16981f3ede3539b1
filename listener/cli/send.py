"""`listener send`: mail made reports to those who have not got them yet."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from listener.cli.owners import name_owner
from listener.cli.root import current_settings, now
from listener.errors import ConfigError

if TYPE_CHECKING:
    from listener.jobs.sent_mails import Sending

EXAMPLES = ("listener send", "listener send --dry-run mails")


def command(
    dry_run: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="write .eml files of four weeks here, send nothing"),
    ] = None,
) -> None:
    """Mail the reports of the last four weeks to those who have not got them yet.

    Nobody gets a report twice. What a mail server does not take is tried again by a
    later run: after 5 minutes, 15 minutes, an hour, six hours, and then daily, until it was
    refused eight times or is four weeks old. Only reports that `listener weekly` or
    `listener run` made are mailed.
    """
    settings = current_settings()
    from listener.app import load_phrases, open_store
    from listener.deliver.unsubscribing import check_links
    from listener.jobs.mail_drafts import write_mails
    from listener.jobs.mail_states import find_mail_troubles
    from listener.jobs.sending import send_editions
    from listener.settings import load_mail_secrets

    if dry_run is None and not settings.mail.is_on:
        msg = "mail: is not set up; set mail.host, mail.sender and mail.recipients"
        raise ConfigError(msg)
    phrases, secrets = load_phrases(settings), load_mail_secrets(settings)
    check_links(settings.mail, secrets.unsubscribe_key)  # before a mail is tried in vain
    with open_store(settings, must_exist=True) as store:
        if dry_run is not None:
            paths = write_mails(
                store, settings, secrets, dry_run, now=now(), load_phrases=lambda: phrases
            )
            typer.echo("\n".join(map(str, paths)) or "no report of the last four weeks is mailed")
            return
        sending = send_editions(
            store, settings, secrets, now=now(), owner=name_owner(), load_phrases=lambda: phrases
        )
        troubles = find_mail_troubles(store, settings, now=now())
    _tell(sending, sum(trouble.state == "failed" for trouble in troubles))


def _tell(sending: "Sending", waiting: int) -> None:
    for mail in sending.sent:
        typer.echo(f"mail about {mail.key} to {mail.recipient}: sent")
    for line in sending.troubles:
        typer.echo(f"listener: {line}", err=True)
    if not sending.mails and waiting:
        mails = "1 mail waits" if waiting == 1 else f"{waiting} mails wait"
        told = f'nothing to send now; {mails} to be tried again: "listener status" tells why'
        typer.echo(told)
    elif not sending.mails:
        typer.echo("nothing to send")
    if sending.troubles:
        raise typer.Exit(1)
