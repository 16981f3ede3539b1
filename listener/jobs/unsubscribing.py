"""Take readers off the list of those who get mail, for good, and put them back on it.

It is kept in the database and not in the settings, so that a link can do it too.
"""

from dataclasses import dataclass
from datetime import datetime

from listener.deliver.mail import make_address_digest
from listener.deliver.unsubscribing import find_by_token
from listener.errors import ConfigError
from listener.settings import Settings
from listener.settings.mail import check_address
from listener.settings.values import Recipient
from listener.store.store import Store

_LONGEST_TOKEN = 2_000


@dataclass(frozen=True, slots=True)
class Unsubscribed:
    """A reader of the settings who wants no more mail, by his place there, and since when."""

    recipient: str
    since: datetime

    @property
    def line(self) -> str:
        """The same in words."""
        return f"{self.recipient} gets no mail: unsubscribed on {self.since:%Y-%m-%d}"


def unsubscribe(store: Store, recipient: Recipient, *, now: datetime) -> bool:
    """Send a reader no more mail, about no brand; tell whether he got some before.

    Raises:
        StoreError: If the database fails.
    """
    return store.save_unsubscribed(make_address_digest(recipient), at=now)


def subscribe_again(store: Store, recipient: Recipient) -> bool:
    """Send a reader mail again; tell whether he had unsubscribed.

    Raises:
        StoreError: If the database fails.
    """
    return store.withdraw_unsubscribed(make_address_digest(recipient))


def find_reader(settings: Settings, who: str, key: str | None) -> Recipient:
    """Return whom an address, a token, or a link or subject with a token means.

    For operators: whoever answers a link takes tokens alone, see `find_reader_by_token`.

    Args:
        settings: They name the readers; an address need not be among them.
        who: What somebody typed.
        key: What tokens are made with; None for none.

    Raises:
        ConfigError: If it means nobody.
    """
    try:
        address = check_address(who.strip())
    except ValueError:
        return find_reader_by_token(settings, who, key)
    return Recipient(address=address, brands=(), language="en")


def find_reader_by_token(settings: Settings, token: str, key: str | None) -> Recipient:
    """Return whose token stands in a text; nobody can be taken off by an address here.

    Raises:
        ConfigError: If it is nobody's.
    """
    if key is None:
        msg = "no token means anybody without a secret; set UNSUBSCRIBE_KEY, or name an address"
        raise ConfigError(msg)
    recipient = find_by_token(settings.mail.recipients, token[:_LONGEST_TOKEN], key)
    if recipient is None:
        msg = (
            "this is no token of anybody in mail.recipients, whose tokens end when "
            "UNSUBSCRIBE_KEY changes; name an address"
        )
        raise ConfigError(msg)
    return recipient


def list_unsubscribed(store: Store, settings: Settings) -> tuple[Unsubscribed, ...]:
    """Return the readers of the settings who have unsubscribed.

    Raises:
        StoreError: If the database fails.
    """
    gone = store.load_unsubscribed()
    return tuple(
        Unsubscribed(f"mail.recipients[{number}]", gone[digest])
        for number, recipient in enumerate(settings.mail.recipients)
        if (digest := make_address_digest(recipient)) in gone
    )
