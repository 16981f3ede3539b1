"""How a reader gets no more mail: an address to write to, and a link with a token.

The token is a keyed hash of the reader's address. Nobody can tell an address from it, or
make one for somebody else, and nothing need be kept to know it again.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote

from listener.errors import ConfigError
from listener.settings.mail import PLACE
from listener.settings.values import MailSettings, Recipient

_TOKEN = re.compile(r"(?<![a-z0-9])[a-z2-7]{32}(?![a-z0-9])")
_TOKEN_BYTES = 20  # 32 characters of base 32


@dataclass(frozen=True, slots=True)
class Leave:
    """How one reader gets no more mail.

    Attributes:
        mailto: An address to write to, with the subject.
        url: Where one request is enough (RFC 8058); empty for nowhere.
        told: Which of them stands in the mail itself; empty if an answer is enough.
    """

    mailto: str
    url: str = ""
    told: str = ""

    @property
    def header(self) -> str:
        """The header `List-Unsubscribe` (RFC 2369), what is quickest first."""
        return ", ".join(f"<{address}>" for address in (self.url, self.mailto) if address)


def make_leave(settings: MailSettings, recipient: Recipient, key: str | None) -> Leave:
    """Return how a reader gets no more mail.

    Args:
        settings: Address and link to write to.
        recipient: The reader.
        key: What tokens are made with; None for none, and then for no links.

    Raises:
        ConfigError: If there is to be a link and there is no key.
    """
    check_links(settings, key)
    token = make_unsubscribe_token(recipient.address, key) if key else ""
    address = settings.unsubscribe_address or settings.reply_to or settings.sender
    subject = quote(f"unsubscribe {token}".strip())
    mailto = f"mailto:{quote(address, safe='@')}?subject={subject}"
    url = settings.unsubscribe_url.replace(PLACE, token)
    return Leave(mailto, url, told=url or (mailto if settings.unsubscribe_address else ""))


def check_links(settings: MailSettings, key: str | None) -> None:
    """Refuse links that cannot be made.

    Raises:
        ConfigError: If there is to be a link and there is no key.
    """
    if settings.unsubscribe_url and key is None:
        msg = "mail.unsubscribe_url: its links need a secret; set UNSUBSCRIBE_KEY"
        raise ConfigError(msg)


def make_unsubscribe_token(address: str, key: str) -> str:
    """Return what stands for an address in links; the same one however it is written."""
    told = f"unsubscribe\0{address.casefold()}".encode()
    digest = hmac.digest(key.encode(), told, hashlib.sha256)
    return base64.b32encode(digest[:_TOKEN_BYTES]).decode().casefold()


def find_by_token(recipients: Iterable[Recipient], text: str, key: str) -> Recipient | None:
    """Return the reader whose token stands in a text, such as a link or a subject."""
    found = _TOKEN.findall(text)
    for recipient in recipients:
        own = make_unsubscribe_token(recipient.address, key)
        if any(hmac.compare_digest(own, token) for token in found):
            return recipient
    return None
