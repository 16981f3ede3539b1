"""How reports are published as a site, and what these settings must look like.

Every mistake is a `ValueError` of one line.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from listener.settings.addresses import DOMAIN, LOOPBACK, check_reports_url

Robots = Literal["none", "all"]
MastodonQuotes = Literal["none", "indexable", "unless_refused"]
LONGEST_EXCERPT = 280
_LONGEST_LINE = 120
_LONGEST_TEXT = 5_000
_HANDLE = re.compile(rf"@?\w[\w.-]*(?:@{DOMAIN})?", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishSettings:
    """What `listener publish` shows, and of whom.

    Attributes:
        folder: Where the site is written by itself; None if only somebody who asks for it does.
        address: Where the site will be, without a slash at its end; empty until somebody
            publishes.
        title: Of the site; empty for a plain one in the language of the page.
        publisher: Who publishes; empty if that is nowhere said.
        statement: What stands below every page, paragraphs apart by empty lines.
        imprint: Address of the publisher's imprint; empty for none.
        languages: Of the pages, the first one at the plain address; that of reports if empty.
        brands: Keys of the brands that are published; all of them if empty.
        robots: Whether search engines are welcome.
        handles: How customers are called; `full` names them and links to their posts on
            Mastodon, whose addresses name them too.
        excerpt_x: The longest excerpt of a post of X, in characters; 0 for none.
        mastodon_quotes: Whose public posts on Mastodon are quoted: nobody's, those of
            accounts that let themselves be searched, or all but those who refuse.
        recheck_dollars: The most that one look at shown posts may cost; None for no limit.
        told_outcomes: Whether what was told from elsewhere is published.
        opt_outs: Folded handles of people whose cases are never listed.
    """

    folder: Path | None
    address: str
    title: str
    publisher: str
    statement: str
    imprint: str
    languages: tuple[Literal["en", "de"], ...]
    brands: tuple[str, ...]
    robots: Robots
    handles: Literal["initials", "full"]
    excerpt_x: int
    mastodon_quotes: MastodonQuotes
    recheck_dollars: Decimal | None
    told_outcomes: bool
    opt_outs: tuple[str, ...]


def check_site_address(url: str) -> str:
    """Return the address of a site; nothing if it is not known yet."""
    address = check_reports_url(url)
    parts = urlsplit(address)
    if address and parts.scheme != "https" and parts.hostname not in LOOPBACK:
        msg = "must begin with https://, such as https://reports.example.org"
        raise ValueError(msg)
    return address


def check_title(text: str) -> str:
    """Return one short line."""
    if len(text) > _LONGEST_LINE or not text.isprintable():
        msg = f"must be one line of at most {_LONGEST_LINE} characters"
        raise ValueError(msg)
    return text


def check_statement(text: str) -> str:
    """Return a plain text of several lines."""
    if len(text) > _LONGEST_TEXT or not all(char.isprintable() or char in "\n\r" for char in text):
        msg = f"must be plain text of at most {_LONGEST_TEXT} characters"
        raise ValueError(msg)
    return text.replace("\r\n", "\n")


def check_opt_out(handle: str) -> str:
    """Return somebody's handle, folded."""
    if not _HANDLE.fullmatch(handle):
        msg = 'must be a handle such as "anna" for X or "anna@social.example" for Mastodon'
        raise ValueError(msg)
    return handle.removeprefix("@").casefold()


def refuse_repeats(entries: tuple[str, ...]) -> tuple[str, ...]:
    """Refuse a list that names something twice."""
    if len(set(entries)) < len(entries):
        msg = "names something twice"
        raise ValueError(msg)
    return entries
