"""One edition for one reader: whether it is due, and how long it waits after a failure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from listener.deliver.mail import make_address_digest
from listener.jobs.mail_weeks import MailEdition
from listener.jobs.sent_mails import SentMail, State
from listener.jobs.troubles import MOST_REFUSALS, lengthen_pause
from listener.settings.values import Recipient

PAUSES = (
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=6),
    timedelta(days=1),
)


@dataclass(frozen=True, slots=True)
class Letter:
    """One edition for one reader, and what the store knew of it."""

    edition: MailEdition
    recipient: Recipient
    place: str
    digest: str
    row: Mapping[str, Any]

    @property
    def key(self) -> str:
        """The edition's."""
        return self.edition.key

    @property
    def refusals(self) -> int:
        """How often it was refused before."""
        return int(self.row.get("attempts", 0))

    @property
    def pause(self) -> timedelta:
        """How long to wait if it fails now: longer than after the last time."""
        begin, end = self.row.get("released_at"), self.row.get("next_at")
        last = end - begin if begin and end else timedelta(0)
        return lengthen_pause(PAUSES, last)

    def describe(
        self, state: State, error: str = "", retry_in: timedelta | None = None
    ) -> SentMail:
        """Return what became of it."""
        return SentMail(
            key=self.key, recipient=self.place, state=state, error=error, retry_in=retry_in
        )


def is_due(row: Mapping[str, Any], now: datetime) -> bool:
    """Tell whether a mail may be sent now, as far as the store told before; claiming decides."""
    if not row:
        return True
    is_over = row["sent_at"] is not None or row["attempts"] >= MOST_REFUSALS
    if is_over or row["owner"] is not None:
        return False
    # A pause that begins later than now began when the clock was ahead.
    return row["next_at"] is None or row["next_at"] <= now or row["released_at"] > now


def find_first_keys(
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
