"""Which mails of the last weeks have not arrived, and what becomes of them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from listener.deliver.mail import make_address_digest
from listener.jobs.mail_weeks import MailEdition, MailWeeks
from listener.jobs.troubles import ENDED, MOST_REFUSALS, TroubleState, tell_trouble
from listener.settings import Settings
from listener.settings.values import Recipient
from listener.store.store import Store

# Older news is no news.
DAYS_BACK = 28
# What nobody can mend any more is news for a day to whoever waits for a sign of life.
_NEWS = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class MailTrouble:
    """A mail that has not arrived, as far as one knows.

    Attributes:
        key: The edition, such as `acme:2026-W47`.
        recipient: The reader's place in the settings, such as `mail.recipients[0]`.
        state: See `tell_trouble`.
        error: Why, in one line without addresses.
        since: When it was tried last.
    """

    key: str
    recipient: str
    state: TroubleState
    error: str
    since: datetime

    @property
    def line(self) -> str:
        """What happened, and what becomes of it."""
        return tell_trouble(self.state, name_mail(self.key, self.recipient), self.error)

    @property
    def is_alarming(self) -> bool:
        """Whether somebody should look: it does not go out by itself."""
        return self.state != "failed"

    def is_news(self, now: datetime) -> bool:
        """Tell whether somebody should look and may not know it yet."""
        return self.is_alarming and now - self.since < _NEWS


def name_mail(key: str, recipient: str) -> str:
    """Return what a mail is called: its edition, and its reader's place in the settings."""
    return f"mail about {key} to {recipient}"


def list_wanted(
    weeks: MailWeeks, settings: Settings, now: datetime
) -> Iterator[tuple[MailEdition, int, Recipient]]:
    """Return each edition of the last weeks with all who get it and their places in the settings.

    Who has unsubscribed gets none.

    Raises:
        StoreError: If the database fails.
    """
    gone = weeks.store.load_unsubscribed()
    for edition in weeks.list_made(now - timedelta(days=DAYS_BACK)):
        for number, recipient in enumerate(settings.mail.recipients):
            if recipient.gets(edition.brand.key) and make_address_digest(recipient) not in gone:
                yield edition, number, recipient


def find_mail_troubles(
    store: Store, settings: Settings, *, now: datetime
) -> tuple[MailTrouble, ...]:
    """Return the mails of the last four weeks that were tried in vain, the oldest week first.

    Mails to those who are not in the settings any more trouble nobody.

    Raises:
        StoreError: If the database fails.
    """
    rows = {(row["key"], row["digest"]): row for row in store.load_mails().to_dicts()}
    states = {name: state for name, row in rows.items() if (state := find_state(row))}
    if not states or not settings.mail.is_on:
        return ()
    return tuple(
        _describe(rows[name], states[name], number)
        for edition, number, recipient in list_wanted(MailWeeks(store, settings), settings, now)
        if (name := (edition.key, make_address_digest(recipient))) in states
    )


def find_state(row: Mapping[str, Any]) -> TroubleState | None:
    """Return what is wrong with a mail of the store, None if it is sent or being sent."""
    if row["unsure"]:
        return "unsure"
    if row["sent_at"] is not None or row["owner"] is not None or not row["error"]:
        return None
    return "given_up" if row["attempts"] >= MOST_REFUSALS else "failed"


def _describe(row: Mapping[str, Any], state: TroubleState, number: int) -> MailTrouble:
    return MailTrouble(
        key=row["key"],
        recipient=f"mail.recipients[{number}]",
        state=state,
        error=row["error"] or ENDED,
        since=row["lease_until"] if state == "unsure" else row["released_at"],
    )
