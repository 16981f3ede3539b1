"""Mail made editions to their readers: each one exactly once, whoever else is sending.

A mail is composed, then claimed in the store, then sent: whoever is stopped while he
composes leaves nothing behind. One that certainly was not taken is given back and tried
again later; one that may have been taken is not, for nobody wants to read the same report
twice, and `listener status` tells of it.
"""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage

from listener.deliver.mail import make_address_digest
from listener.deliver.smtp import send_mail
from listener.errors import (
    DeliveryError,
    ListenerError,
    StoreError,
    UnreachableError,
    UnsureDeliveryError,
)
from listener.jobs.letters import Letter, find_first_keys, is_due
from listener.jobs.mail_drafts import compose_edition
from listener.jobs.mail_states import list_wanted
from listener.jobs.mail_weeks import MailWeeks
from listener.jobs.sent_mails import Sending, SentMail
from listener.jobs.troubles import MOST_REFUSALS
from listener.label import Phrases
from listener.settings import MailSecrets, Settings
from listener.store.store import Store

# More than the dialogue may take: for looking up the server's name, and for the database.
_MORE_TIME = timedelta(minutes=1)
_log = logging.getLogger(__name__)


def _go_on() -> bool:
    return True


def send_editions(
    store: Store,
    settings: Settings,
    secrets: MailSecrets,
    *,
    now: datetime,
    owner: str,
    load_phrases: Callable[[], Phrases] | None = None,
    may_go_on: Callable[[], bool] = _go_on,
) -> Sending:
    """Mail what was made in the last four weeks to all who want it and have not got it yet.

    Who gets mail about a brand for the first time gets its newest week only.
    What was tried in vain is tried again after 5 minutes, 15 minutes, an hour, six hours,
    and then daily, until reader or message was refused eight times. That the server cannot be
    reached, or that the mail cannot be composed, does not count: as long as it is one of the
    last four weeks there is hope. Nothing happens where no mail is set up.

    Args:
        store: Where editions and mails are kept.
        settings: Who gets what, and how.
        secrets: Of mail.
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
    sender = _Sender(store, settings, secrets, now, owner, MailWeeks(store, settings, load_phrases))
    return Sending(tuple(sender.send_all(may_go_on)))


@dataclass(slots=True)
class _Sender:
    """One pass over all mails that are due."""

    store: Store
    settings: Settings
    secrets: MailSecrets
    now: datetime
    owner: str
    weeks: MailWeeks

    def send_all(self, may_go_on: Callable[[], bool]) -> Iterator[SentMail]:
        known = {(row["key"], row["digest"]): row for row in self.store.load_mails().to_dicts()}
        wanted, now = list(list_wanted(self.weeks, self.settings, self.now)), self.store.now()
        first = find_first_keys(wanted, known)
        for edition, number, recipient in wanted:
            digest = make_address_digest(recipient)
            row = known.get((edition.key, digest), {})
            if not is_due(row, now) or edition.key < first[edition.brand.key, digest]:
                continue
            if not may_go_on():
                return
            letter = Letter(edition, recipient, f"mail.recipients[{number}]", digest, row)
            if mail := self._send(letter):
                _log.info(
                    "mail=%s to=%s state=%s %s", mail.key, mail.recipient, mail.state, mail.error
                )
                yield mail

    def _send(self, letter: Letter) -> SentMail | None:
        """Send one mail if nobody else does; None if somebody does, or did meanwhile."""
        try:
            message = compose_edition(
                self.weeks, self.settings, self.secrets, letter.edition, letter.recipient, self.now
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

    def _claim(self, letter: Letter) -> bool:
        """Take a mail, unless somebody else has, or its reader has unsubscribed just now."""
        if letter.digest in self.store.load_unsubscribed():
            return False
        lease = timedelta(seconds=self.settings.mail.timeout_seconds) + _MORE_TIME
        return self.store.claim_mail(letter.key, letter.digest, self.owner, lease=lease)

    def _hand_over(self, letter: Letter, message: EmailMessage) -> SentMail:
        """Have the mail server take a mail that was claimed."""
        ending = threading.Event()
        try:
            send_mail(self.settings.mail, self.secrets.password, message, before_end=ending.set)
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

    def _give_back(self, letter: Letter, error: BaseException) -> None:
        """Give back what was stopped, or broke the program, before anything went out."""
        pause = letter.pause if isinstance(error, Exception) else timedelta(0)
        with suppress(StoreError):
            self._release(letter, "broken off", pause, counts=False)

    def _fail(self, letter: Letter, error: ListenerError, *, is_refusal: bool = False) -> SentMail:
        """Give a mail back that certainly was not sent."""
        self._release(letter, str(error), letter.pause, counts=is_refusal)
        if letter.refusals + is_refusal >= MOST_REFUSALS:
            return letter.describe("given_up", str(error))
        return letter.describe("failed", str(error), letter.pause)

    def _release(self, letter: Letter, error: str, pause: timedelta, *, counts: bool) -> None:
        self.store.release_mail(
            letter.key, letter.digest, self.owner, error=error, next_in=pause, counts=counts
        )
