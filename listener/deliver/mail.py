"""Compose a message: both forms of a mail, under headers that nobody can add to."""

import hashlib
import re
from collections.abc import Mapping
from datetime import datetime
from email.errors import MessageError
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime

from listener.deliver.unsubscribing import Leave
from listener.errors import DeliveryError
from listener.settings.values import MailSettings, Recipient


class _Policy(EmailPolicy):
    """Writes what every mail server takes: lines of seven bits.

    Subjects are written by the library's older half. The newer one loses blanks between
    encoded words (RFC 2047, 6.2), and puts an English subject of 70 characters on a second line,
    below nothing.
    """

    def fold(self, name: str, value: str) -> str:
        """Return a header as lines."""
        if name == "List-Unsubscribe":
            # The library writes words that are longer than a line in a code that no program
            # reads here.
            return f"{name}: {_BLANKS.sub(f'{self.linesep} ', str(value))}{self.linesep}"
        if name != "Subject":
            return str(super().fold(name, value))
        # The header was read once: an encoded word may have become a line break.
        text = _make_subject(str(value))
        if not text.isascii():
            text = Header(text, "utf-8", header_name=name).encode(linesep=self.linesep)
        return f"{name}: {text}{self.linesep}"

    def fold_binary(self, name: str, value: str) -> bytes:
        """Return a header as lines."""
        return self.fold(name, value).encode("ascii")


_POLICY = _Policy(linesep="\r\n", cte_type="7bit")
_UNPRINTABLE = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_BLANKS = re.compile(r"\s+")
_LONGEST_SUBJECT = 200


def compose_mail(
    settings: MailSettings,
    recipient: Recipient,
    *,
    leave: Leave,
    key: str,
    subject: str,
    text: str,
    html: str,
    pictures: Mapping[str, bytes] | None = None,
    now: datetime,
) -> EmailMessage:
    """Return the message about an edition for one reader, ready to be sent.

    It says that a program wrote it, so that no holiday note answers it, and how to get
    no more of it. Its `Message-ID` is always the same for this edition and reader:
    should it arrive twice, mail programs show it once.

    Args:
        settings: Who sends it, and who gets the answers.
        recipient: Who gets it.
        leave: How the reader gets no more of it.
        key: The edition, such as `acme:2026-W47`.
        subject: One line; line breaks become blanks.
        text: The text form.
        html: The same for mail programs that show pages.
        pictures: What it shows by `cid:NAME`, as PNG; none of it is loaded from elsewhere.
        now: The moment of sending.

    Raises:
        DeliveryError: If an address cannot stand in a header.
    """
    headers = {
        "From": _make_address(settings.sender, name="listener"),
        "To": _make_address(recipient.address),
        "Subject": _make_subject(subject),
        "Date": format_datetime(now),
        "Message-ID": make_message_id(settings, recipient, key),
        "Reply-To": _make_address(settings.reply_to or settings.sender),
        # RFC 3834: nobody's holiday note shall answer; Exchange goes by a header of its own.
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "OOF, AutoReply",
        "List-Unsubscribe": leave.header,
        "Content-Language": recipient.language,
    }
    if leave.url:
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message = _compose_body(text, html, pictures or {})
    try:
        for name, value in headers.items():
            message[name] = value
    except (MessageError, ValueError) as error:
        msg = f"mail about {key}: its header cannot be written; see mail in the settings"
        raise DeliveryError(msg) from error
    return message


def _compose_body(text: str, html: str, pictures: Mapping[str, bytes]) -> EmailMessage:
    """Return both forms, the HTML together with its pictures (RFC 2387)."""
    message = EmailMessage(policy=_POLICY)
    message.set_content(text)
    message.add_alternative(html, subtype="html")
    *_, page = message.iter_parts()
    for name, png in pictures.items():
        file = f"{name.partition('.')[0]}.png"
        page.add_related(png, "image", "png", cid=f"<{name}>", disposition="inline", filename=file)
    return message


def make_address_digest(recipient: Recipient) -> str:
    """Return what stands for a reader in the store, where no address is kept."""
    return hashlib.sha256(recipient.address.casefold().encode()).hexdigest()[:32]


def make_message_id(settings: MailSettings, recipient: Recipient, key: str) -> str:
    """Return the name of the message about an edition for one reader, always the same one."""
    digest = hashlib.sha256(f"{key}\0{recipient.address.casefold()}".encode()).hexdigest()[:32]
    return f"<{digest}@{settings.sender.rpartition('@')[2]}>"


def _make_address(address: str, name: str = "") -> Address:
    """Return an address for a header.

    Raises:
        DeliveryError: If it is none.
    """
    try:
        return Address(display_name=name, addr_spec=address)
    except (MessageError, ValueError, IndexError) as error:
        msg = "an address cannot stand in a mail's header; see mail in the settings"
        raise DeliveryError(msg) from error


def _make_subject(subject: str) -> str:
    line = _UNPRINTABLE.sub(" ", subject).strip()
    return line if len(line) <= _LONGEST_SUBJECT else f"{line[: _LONGEST_SUBJECT - 1]}…"
