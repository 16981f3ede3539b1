"""Mail made editions to their readers: each one exactly once, whoever else is sending.

A mail is claimed in the store before it is sent. One that certainly was not taken is
given back and tried again later; one that may have been taken is not, for nobody wants
to read the same report twice, and `listener status` tells of it.
"""

import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Literal

from listener.deliver.mail import compose_mail, make_address_digest
from listener.deliver.smtp import send_mail
from listener.errors import (
    ConfigError,
    DeliveryError,
    ListenerError,
    StoreError,
    UnsureDeliveryError,
)
from listener.jobs.mail_weeks import MailEdition, MailWeeks
from listener.label import Phrases
from listener.report.mail import render_mail
from listener.settings import Settings
from listener.settings.values import Recipient
from listener.store.store import Store

# Older news is no news.
DAYS_BACK = 28
PAUSES = (
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=6),
    timedelta(days=1),
)
MOST_ATTEMPTS = 8
# Measuring a week again is what takes longest.
_PREPARING = timedelta(minutes=15)
_log = logging.getLogger(__name__)

State = Literal["sent", "failed", "given_up", "unsure"]
_NEXT: Mapping[State, str] = {
    "failed": "it is tried again later",
    "given_up": f"it is not tried again after {MOST_ATTEMPTS} times",
    "unsure": "it is not sent again, ask whether it arrived",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SentMail:
    """What became of one mail.

    Attributes:
        key: The edition, such as `acme:2026-W47`.
        recipient: The reader's place in the settings, such as `mail.recipients[0]`.
        state: `failed` is tried again, `given_up` was tried often enough, `unsure` may
            have arrived and is not tried again.
        error: Why it was not sent, in one line without addresses.
        retry_in: When it is tried again, if it is.
    """

    key: str
    recipient: str
    state: State
    error: str = ""
    retry_in: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Sending:
    """What became of all mails that were due."""

    mails: tuple[SentMail, ...] = ()

    @property
    def sent(self) -> tuple[SentMail, ...]:
        """Those that a mail server took."""
        return tuple(mail for mail in self.mails if mail.state == "sent")

    @property
    def troubles(self) -> tuple[str, ...]:
        """One line for each that was not sent, and what becomes of it."""
        return tuple(
            f"mail about {mail.key} to {mail.recipient}: {mail.error}; {_NEXT[mail.state]}"
            for mail in self.mails
            if mail.state != "sent"
        )

    @property
    def retry_in(self) -> timedelta | None:
        """When the first of those that failed is tried again, None if none is."""
        pauses = [mail.retry_in for mail in self.mails if mail.retry_in is not None]
        return min(pauses, default=None)


def _go_on() -> bool:
    return True


def send_editions(
    store: Store,
    settings: Settings,
    password: str | None,
    *,
    now: datetime,
    owner: str,
    phrases: Phrases | None = None,
    may_go_on: Callable[[], bool] = _go_on,
) -> Sending:
    """Mail what was made in the last four weeks to all who have not got it yet.

    Who gets mail about a brand for the first time gets its newest week only.
    What was tried in vain is tried again after 5 minutes, 15 minutes, an hour, six hours,
    and then daily, eight times in all. Nothing happens where no mail is set up.

    Args:
        store: Where editions and mails are kept.
        settings: Who gets what, and how.
        password: Of the mail server's user.
        now: The moment of sending.
        owner: Who sends, unlike all others.
        phrases: What posts are read by, if a report that does not lie on this machine
            is to be measured again.
        may_go_on: Asked before each mail; False leaves the rest to the next run.

    Raises:
        StoreError: If the database fails.
    """
    if not settings.mail.is_on:
        return Sending()
    sender = _Sender(store, settings, password, now, owner, MailWeeks(store, settings, phrases))
    return Sending(tuple(sender.send_all(may_go_on)))


def write_mails(
    store: Store,
    settings: Settings,
    folder: Path,
    *,
    now: datetime,
    phrases: Phrases | None = None,
) -> list[Path]:
    """Write what would be mailed, sent already or not, as one `.eml` file a reader.

    Nothing is sent, and nothing is noted down.

    Raises:
        ConfigError: If nobody gets mail, or it is from nobody.
        DeliveryError: If a file cannot be written, or a report is gone.
        StoreError: If the database fails.
    """
    if not settings.mail.recipients or not settings.mail.sender:
        msg = "mail: name a sender (mail.sender) and somebody who gets it (mail.recipients)"
        raise ConfigError(msg)
    weeks, paths = MailWeeks(store, settings, phrases), []
    for edition, number, recipient in _list_wanted(weeks, settings, now):
        message = _compose(weeks, settings, edition, recipient, now)
        name = f"{'-'.join(edition.folder.parts[-2:])}-{number}.eml"
        paths.append(_write(folder / name, message))
    return paths


def _write(path: Path, message: EmailMessage) -> Path:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(message.as_bytes())
    except OSError as error:
        msg = f"mail {path}: cannot be written ({error.strerror or error}); choose another folder"
        raise DeliveryError(msg) from error
    return path


def _list_wanted(
    weeks: MailWeeks, settings: Settings, now: datetime
) -> Iterator[tuple[MailEdition, int, Recipient]]:
    """Return each edition with everybody who gets it and his place in the settings."""
    for edition in weeks.list_made(now - timedelta(days=DAYS_BACK)):
        for number, recipient in enumerate(settings.mail.recipients):
            if recipient.gets(edition.brand.key):
                yield edition, number, recipient


def _compose(
    weeks: MailWeeks,
    settings: Settings,
    edition: MailEdition,
    recipient: Recipient,
    now: datetime,
) -> EmailMessage:
    page = render_mail(
        weeks.find(edition),
        recipient.language,
        place=weeks.name_place(edition),
        templates=settings.report.templates,
    )
    return compose_mail(
        settings.mail,
        recipient,
        key=edition.key,
        subject=page.subject,
        text=page.text,
        html=page.html,
        now=now,
    )


def _find_first_keys(
    wanted: Iterable[tuple[MailEdition, int, Recipient]], known: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], str]:
    """Return from which edition on each reader is mailed about each brand.

    That is the oldest one that was ever to be mailed to him, else the newest one there
    is: who begins to read wants this week's report, not a heap of them.
    """
    begun: dict[tuple[str, str], str] = {}
    for key, digest in known:
        name = (key.rpartition(":")[0], digest)
        begun[name] = min(key, begun.get(name, key))
    newest: dict[tuple[str, str], str] = {}
    for edition, _, recipient in wanted:
        name = (edition.brand.key, make_address_digest(recipient))
        newest[name] = max(edition.key, newest.get(name, edition.key))
    return newest | begun


@dataclass(slots=True)
class _Sender:
    """One pass over all mails that are due."""

    store: Store
    settings: Settings
    password: str | None
    now: datetime
    owner: str
    weeks: MailWeeks

    def send_all(self, may_go_on: Callable[[], bool]) -> Iterator[SentMail]:
        known = {(row["key"], row["digest"]): row for row in self.store.load_mails().to_dicts()}
        wanted = list(_list_wanted(self.weeks, self.settings, self.now))
        first = _find_first_keys(wanted, known)
        for edition, number, recipient in wanted:
            digest = make_address_digest(recipient)
            row = known.get((edition.key, digest), {})
            if not _is_open(row) or edition.key < first[edition.brand.key, digest]:
                continue
            if not may_go_on():
                return
            if mail := self._send(edition, number, recipient, row.get("attempts", 0) + 1):
                _log.info(
                    "mail=%s to=%s state=%s %s", mail.key, mail.recipient, mail.state, mail.error
                )
                yield mail

    def _send(
        self, edition: MailEdition, number: int, recipient: Recipient, attempt: int
    ) -> SentMail | None:
        """Send one mail if nobody else does; None if somebody does, or it is not due."""
        digest = make_address_digest(recipient)
        lease = _PREPARING + timedelta(seconds=self.settings.mail.timeout_seconds)
        if not self.store.claim_mail(edition.key, digest, self.owner, lease=lease):
            return None
        place, ending = f"mail.recipients[{number}]", threading.Event()
        try:
            message = _compose(self.weeks, self.settings, edition, recipient, self.now)
            send_mail(self.settings.mail, self.password, message, before_end=ending.set)
        except UnsureDeliveryError as error:
            self.store.doubt_mail(edition.key, digest, self.owner, error=str(error))
            return SentMail(key=edition.key, recipient=place, state="unsure", error=str(error))
        except (DeliveryError, ConfigError) as error:
            return self._release(edition, place, digest, attempt, error)
        except BaseException as error:
            if not ending.is_set():
                self._give_back(edition, digest, error)
            raise
        self.store.finish_mail(edition.key, digest, self.owner, message_id=message["Message-ID"])
        return SentMail(key=edition.key, recipient=place, state="sent")

    def _give_back(self, edition: MailEdition, digest: str, error: BaseException) -> None:
        """Give back what was stopped, or broke the program, before anything went out."""
        pause = PAUSES[0] if isinstance(error, Exception) else timedelta(0)
        with suppress(StoreError):
            self.store.release_mail(
                edition.key, digest, self.owner, error="broken off", next_in=pause
            )

    def _release(
        self, edition: MailEdition, place: str, digest: str, attempt: int, error: ListenerError
    ) -> SentMail:
        """Give a mail back that certainly was not sent."""
        pause = PAUSES[min(attempt, len(PAUSES)) - 1]
        self.store.release_mail(edition.key, digest, self.owner, error=str(error), next_in=pause)
        if attempt >= MOST_ATTEMPTS:
            return SentMail(key=edition.key, recipient=place, state="given_up", error=str(error))
        return SentMail(
            key=edition.key, recipient=place, state="failed", error=str(error), retry_in=pause
        )


def _is_open(row: dict[str, Any]) -> bool:
    """Tell whether a mail may still be sent, as far as the store told before."""
    if not row:
        return True
    is_over = row["sent_at"] is not None or row["unsure"]
    return not is_over and row["attempts"] < MOST_ATTEMPTS
