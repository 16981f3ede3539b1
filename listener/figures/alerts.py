"""Alerts: what somebody should know at once, and who is told."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

AlertKind = Literal["wave", "unanswered", "promise", "answered", "silent", "budget"]

ALERT_KINDS: tuple[AlertKind, ...] = get_args(AlertKind)
"""In the order in which they are told."""

_KEY_LENGTH = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """Something that is true now and worth telling once.

    It holds no words of customers: they are in it as initials and a code, if at all.

    Attributes:
        key: Names it among all others of its kind; the same in every round.
        others: Under which other keys it may have been told already.
        after: The keys of alerts of which one must have been told before; empty if none.
        brand: Whose it is; empty for that of all brands.
        since: When it began: the customer's post, the promise, the last time that was read.
        due_at: When a promise is due.
        seconds: How long somebody has waited, in service time where the brand has such.
        in_service: Whether these are seconds of service time.
        case: Short name of the case, for `listener explain`.
        who: The customer, as initials and code.
        url: Where the post is; empty if that is not known or not safe to show.
        platform: Of the account that is not read.
        account: Its handle.
        count: Customers who complain.
        usual: How many do at that time of the week.
        hours: In how many hours.
        chance: Of so many if all were as usual.
        share: Of the budget that is spent.
        setting: What the budget is called in the settings.
    """

    kind: AlertKind
    key: str
    brand: str
    since: datetime
    others: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    due_at: datetime | None = None
    seconds: float = 0.0
    in_service: bool = False
    case: str = ""
    who: str = ""
    url: str = ""
    platform: str = ""
    account: str = ""
    count: int = 0
    usual: float = 0.0
    hours: int = 0
    chance: float = 0.0
    share: float = 0.0
    setting: str = ""

    @property
    def keys(self) -> frozenset[str]:
        """All names under which it may have been told."""
        return frozenset((self.key, *self.others))


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertTarget:
    """Where alerts go: a chat room, a web hook, a mailbox. Its address is a secret.

    Attributes:
        name: In the settings, in the name of the variable with the address, in the database.
        kinds: What is told there; everything if empty.
        brands: Keys of the brands that are told of; all of them if empty.
    """

    name: str
    kinds: tuple[AlertKind, ...] = ()
    brands: tuple[str, ...] = ()
    language: Literal["en", "de"] = "en"

    def gets(self, alert: Alert) -> bool:
        """Tell whether an alert is for this one; what is of all brands is for everybody."""
        of_brand = not self.brands or not alert.brand or alert.brand in self.brands
        return of_brand and (not self.kinds or alert.kind in self.kinds)


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldAlert:
    """What the store knows of one alert for one target.

    Attributes:
        state: `told`; `unsure` if it may have arrived; `sending` while somebody sends it;
            `failed` if it certainly did not arrive, and is tried again.
        at: When that happened.
        next_at: Until when it is left alone after a failure.
    """

    target: str
    key: str
    kind: str
    brand: str
    state: Literal["told", "unsure", "sending", "failed"]
    at: datetime
    next_at: datetime | None = None
    error: str = ""


def make_alert_key(kind: AlertKind, *parts: str) -> str:
    """Return the key of an alert: nobody can read a person's post in it."""
    digest = hashlib.sha256("\0".join((kind, *parts)).encode()).hexdigest()
    return digest[:_KEY_LENGTH]
