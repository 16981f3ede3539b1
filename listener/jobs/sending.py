"""Mail made editions to their readers: each one exactly once, whoever else is sending.

A mail is composed, then claimed in the store, then sent: whoever is stopped while he
composes leaves nothing behind. One that certainly was not taken is given back and tried
again later; one that may have been taken is not, for nobody wants to read the same report
twice, and `listener status` tells of it.
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
    UnreachableError,
    UnsureDeliveryError,
)
from listener.jobs.mail_states import MOST_REFUSALS, list_wanted, tell_trouble
from listener.jobs.mail_weeks import MailEdition, MailWeeks
from listener.label import Phrases
from listener.report.mail import render_mail
from listener.settings import Settings
from listener.settings.values import Recipient
from listener.store.store import Store

PAUSES = (
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=6),
    timedelta(days=1),
)
# More than the dialogue may take: for looking up the server's name, and for the database.
_MORE_TIME = timedelta(minutes=1)
_ROUNDING = timedelta(seconds=1)
_log = logging.getLogger(__name__)

State = Literal["sent", "failed", "given_up", "unsure"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SentMail:
    """What became of one mail.

    Attributes:
        key: The edition, such as `acme:2026-W47`.
        recipient: The reader's place in the settings, such as `mail.recipients[0]`.
        state: `failed` is tried again, `given_up` was refused too often, `unsure` may
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
            tell_trouble(mail.state, mail.key, mail.recipient, mail.error)
            for mail in self.mails
            if mail.state != "sent"
        )


def _go_on() -> bool:
    return True


def send_editions(
    store: Store,
    settings: Settings,
    password: str | None,
    *,
    now: datetime,
    owner: str,
    load_phrases: Callable[[], Phrases] | None = None,
    may_go_on: Callable[[], bool] = _go_on,
) -> Sending:
    """Mail what was made in the last four weeks to all who have not got it yet.

    Who gets mail about a brand for the first time gets its newest week only.
    What was tried in vain is tried again after 5 minutes, 15 minutes, an hour, six hours,
    and then daily, until reader or message was refused eight times. That the server cannot be
    reached, or that the mail cannot be composed, does not count: as long as it is one of the
    last four weeks there is hope. Nothing happens where no mail is set up.

    Args:
        store: Where editions and mails are kept.
        settings: Who gets what, and how.
        password: Of the mail server's user.
        now: The moment of sending.
        owner: Who sends, unlike all others.
        load_phrases: Loads what posts are read by, if a report that does not lie on this
            machine is to be measured again; called only then, for it takes seconds.
        may_go_on: Asked before each mail; False leaves the rest to the next run.

    Raises:
        StoreError: If the database fails.
    """
    if not settings.mail.is_on:
        return Sending()
    sender = _Sender(
        store, settings, password, now, owner, MailWeeks(store, settings, load_phrases)
    )
    return Sending(tuple(sender.send_all(may_go_on)))


def write_mails(
    store: Store,
    settings: Settings,
    folder: Path,
    *,
    now: datetime,
    load_phrases: Callable[[], Phrases] | None = None,
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
    weeks, paths = MailWeeks(store, settings, load_phrases), []
    for edition, number, recipient in list_wanted(weeks, settings, now):
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
        wanted, now = list(list_wanted(self.weeks, self.settings, self.now)), self.store.now()
        first = _find_first_keys(wanted, known)
        for edition, number, recipient in wanted:
            digest = make_address_digest(recipient)
            row = known.get((edition.key, digest), {})
            if not _is_due(row, now) or edition.key < first[edition.brand.key, digest]:
                continue
            if not may_go_on():
                return
            letter = _Letter(edition, recipient, f"mail.recipients[{number}]", digest, row)
            if mail := self._send(letter):
                _log.info(
                    "mail=%s to=%s state=%s %s", mail.key, mail.recipient, mail.state, mail.error
                )
                yield mail

    def _send(self, letter: "_Letter") -> SentMail | None:
        """Send one mail if nobody else does; None if somebody does, or did meanwhile."""
        try:
            message = _compose(
                self.weeks, self.settings, letter.edition, letter.recipient, self.now
            )
        except StoreError:
            raise
        except ListenerError as error:
            return self._fail(letter, error) if self._claim(letter) else None
        except Exception as error:
            # Others are to get theirs next time, before it is tried again.
            with suppress(StoreError):
                if self._claim(letter):
                    self._give_back(letter, error)
            raise
        return self._hand_over(letter, message) if self._claim(letter) else None

    def _claim(self, letter: "_Letter") -> bool:
        lease = timedelta(seconds=self.settings.mail.timeout_seconds) + _MORE_TIME
        return self.store.claim_mail(letter.key, letter.digest, self.owner, lease=lease)

    def _hand_over(self, letter: "_Letter", message: EmailMessage) -> SentMail:
        """Have the mail server take a mail that was claimed."""
        ending = threading.Event()
        try:
            send_mail(self.settings.mail, self.password, message, before_end=ending.set)
        except UnsureDeliveryError as error:
            self.store.doubt_mail(letter.key, letter.digest, self.owner, error=str(error))
            return letter.describe("unsure", str(error))
        except DeliveryError as error:
            is_refusal = not isinstance(error, UnreachableError)
            return self._fail(letter, error, is_refusal=is_refusal)
        except BaseException as error:
            if not ending.is_set():
                self._give_back(letter, error)
            raise
        number = message["Message-ID"]
        self.store.finish_mail(letter.key, letter.digest, self.owner, message_id=number)
        return letter.describe("sent")

    def _give_back(self, letter: "_Letter", error: BaseException) -> None:
        """Give back what was stopped, or broke the program, before anything went out."""
        pause = letter.pause if isinstance(error, Exception) else timedelta(0)
        with suppress(StoreError):
            self._release(letter, "broken off", pause, counts=False)

    def _fail(
        self, letter: "_Letter", error: ListenerError, *, is_refusal: bool = False
    ) -> SentMail:
        """Give a mail back that certainly was not sent."""
        self._release(letter, str(error), letter.pause, counts=is_refusal)
        if letter.refusals + is_refusal >= MOST_REFUSALS:
            return letter.describe("given_up", str(error))
        return letter.describe("failed", str(error), letter.pause)

    def _release(self, letter: "_Letter", error: str, pause: timedelta, *, counts: bool) -> None:
        self.store.release_mail(
            letter.key, letter.digest, self.owner, error=error, next_in=pause, counts=counts
        )


@dataclass(frozen=True, slots=True)
class _Letter:
    """One edition for one reader, and what the store knew of it."""

    edition: MailEdition
    recipient: Recipient
    place: str
    digest: str
    row: Mapping[str, Any]

    @property
    def key(self) -> str:
        return self.edition.key

    @property
    def refusals(self) -> int:
        return int(self.row.get("attempts", 0))

    @property
    def pause(self) -> timedelta:
        """How long to wait if it fails now: longer than after the last time."""
        begin, end = self.row.get("released_at"), self.row.get("next_at")
        last = end - begin if begin and end else timedelta(0)
        return next((pause for pause in PAUSES if pause > last + _ROUNDING), PAUSES[-1])

    def describe(
        self, state: State, error: str = "", retry_in: timedelta | None = None
    ) -> SentMail:
        return SentMail(
            key=self.key, recipient=self.place, state=state, error=error, retry_in=retry_in
        )


def _is_due(row: Mapping[str, Any], now: datetime) -> bool:
    """Tell whether a mail may be sent now, as far as the store told before; claiming decides."""
    if not row:
        return True
    is_over = row["sent_at"] is not None or row["attempts"] >= MOST_REFUSALS
    if is_over or row["owner"] is not None:
        return False
    # A pause that begins later than now began when the clock was ahead.
    return row["next_at"] is None or row["next_at"] <= now or row["released_at"] > now
