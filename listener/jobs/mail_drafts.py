"""Compose mails about editions, and write them as files instead of sending them."""

import os
from collections.abc import Callable
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path

from listener.deliver.mail import compose_mail
from listener.deliver.unsubscribing import make_leave
from listener.errors import ConfigError, DeliveryError
from listener.jobs.mail_states import list_wanted
from listener.jobs.mail_weeks import MailEdition, MailWeeks
from listener.label import Phrases
from listener.report.mail import render_mail
from listener.settings import MailSecrets, Settings
from listener.settings.values import Recipient
from listener.store.store import Store


def write_mails(
    store: Store,
    settings: Settings,
    secrets: MailSecrets,
    folder: Path,
    *,
    now: datetime,
    load_phrases: Callable[[], Phrases] | None = None,
) -> list[Path]:
    """Write what would be mailed, sent already or not, as one `.eml` file a reader.

    Nothing is sent, and nothing is noted down. Files can be read by their owner only: they
    hold addresses, and what a report tells.

    Raises:
        ConfigError: If nobody gets mail, or it is from nobody.
        DeliveryError: If a file cannot be written, or a report is gone.
        StoreError: If the database fails.
    """
    if not settings.mail.recipients or not settings.mail.sender:
        msg = "mail: name a sender (mail.sender) and somebody who gets it (mail.recipients)"
        raise ConfigError(msg)
    weeks, paths = MailWeeks(store, settings, load_phrases), []
    for edition, number, recipient in list_wanted(weeks, settings, now):
        message = compose_edition(weeks, settings, secrets, edition, recipient, now)
        name = f"{'-'.join(edition.folder.parts[-2:])}-{number}.eml"
        paths.append(_write(folder / name, message))
    return paths


def _write(path: Path, message: EmailMessage) -> Path:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            os.fchmod(file.fileno(), 0o600)  # it may have been there
            file.write(message.as_bytes())
    except OSError as error:
        msg = f"mail {path}: cannot be written ({error.strerror or error}); choose another folder"
        raise DeliveryError(msg) from error
    return path


def compose_edition(
    weeks: MailWeeks,
    settings: Settings,
    secrets: MailSecrets,
    edition: MailEdition,
    recipient: Recipient,
    now: datetime,
) -> EmailMessage:
    """Return the mail about an edition for one reader.

    Raises:
        ConfigError: If a template, or the key for links, cannot be used.
        DeliveryError: If its report is gone and cannot be measured again.
        StoreError: If the database fails.
    """
    leave = make_leave(settings.mail, recipient, secrets.unsubscribe_key)
    page = render_mail(
        weeks.find(edition),
        recipient.speaks(settings.report),
        place=weeks.name_place(edition),
        unsubscribe=leave.told,
        templates=settings.report.templates,
    )
    return compose_mail(
        settings.mail,
        recipient,
        leave=leave,
        key=edition.key,
        subject=page.subject,
        text=page.text,
        html=page.html,
        pictures={picture.content_id: picture.png for picture in page.pictures},
        now=now,
    )
