"""What became of mails that were sent, or were to be."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from listener.jobs.mail_states import name_mail
from listener.jobs.troubles import tell_trouble

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
            tell_trouble(mail.state, name_mail(mail.key, mail.recipient), mail.error)
            for mail in self.mails
            if mail.state != "sent"
        )
