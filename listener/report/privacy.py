"""What a page shows of people and their words: of its own operator's, and of a published one.

One object decides for all parts of a page. It is asked with rows of `case_posts`, of which it
reads `platform`, `post_id`, `side`, `visibility`, `deleted`, `author_handle` and `url`.
"""

import base64
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from listener.posts import fold_handle
from listener.report.people import CODE_LENGTH, hide_names, make_code
from listener.report.quotations import QUOTE_LENGTH, has_safe_scheme

Row = Mapping[str, Any]
Quotes = Literal["none", "indexable", "unless_refused"]
_ALLOWING: Mapping[Quotes, tuple[str, ...]] = {
    "none": (),
    "indexable": ("allowed",),
    "unless_refused": ("allowed", "unasked"),
}


class Privacy(Protocol):
    """Decides what may be seen of posts that everybody could read."""

    @property
    def full(self) -> bool:
        """Whether customers and strangers are named by their handles."""

    def make_code(self, platform: str, account: str) -> str:
        """Return the short code of an account."""

    def is_listed(self, *names: str) -> bool:
        """Tell whether cases of a customer with this id and handle are listed."""

    def is_shown(self, post: Row) -> bool:
        """Tell whether a story has this post."""

    def limit_words(self, post: Row) -> int:
        """Return how many characters of a post may be quoted, 0 for none."""

    def hide_names(self, text: str, names: Iterable[str]) -> str:
        """Return a text without the names of the customer whom it is about."""

    def name_post(self, post: Row) -> str:
        """Return the id under which a post can be found, empty where the page need not say it."""

    def find_link(self, post: Row) -> str | None:
        """Return the address at which a post may be looked at."""


@dataclass(frozen=True, slots=True)
class OwnPages:
    """The operator's own pages quote what is public, and link to all of it."""

    full: bool = False

    def make_code(self, platform: str, account: str) -> str:
        """Return the code that the evidence has too."""
        return make_code(platform, account)

    def is_listed(self, *names: str) -> bool:  # noqa: ARG002
        """List everybody."""
        return True

    def is_shown(self, post: Row) -> bool:  # noqa: ARG002
        """Show everything: of deleted posts it is told that they were."""
        return True

    def limit_words(self, post: Row) -> int:  # noqa: ARG002
        """Quote as much as fits."""
        return QUOTE_LENGTH

    def hide_names(self, text: str, names: Iterable[str]) -> str:  # noqa: ARG002
        """Quote word by word."""
        return text

    def name_post(self, post: Row) -> str:  # noqa: ARG002
        """Leave ids to the evidence."""
        return ""

    def find_link(self, post: Row) -> str | None:
        """Link to wherever the platform says."""
        url: str | None = post["url"]
        return url if has_safe_scheme(url) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicPages:
    """Published pages show of X addresses and labels, and quote who does not mind on Mastodon.

    Attributes:
        key: With it codes of customers are made, so that nobody can guess whose they are.
        excerpt_x: The longest excerpt of a post of X.
        mastodon_quotes: Whose public posts on Mastodon are quoted.
        quoting: What authors on Mastodon say of being quoted, by folded handles:
            `allowed`, `unasked` or `refused`; who is not here is not quoted.
        opt_outs: Folded handles of people whose cases are not listed.
    """

    key: bytes = field(repr=False)
    full: bool = False
    excerpt_x: int = 0
    mastodon_quotes: Quotes = "unless_refused"
    quoting: Mapping[str, str] = field(default_factory=dict)
    opt_outs: frozenset[str] = frozenset()

    def make_code(self, platform: str, account: str) -> str:
        """Return a code by which nobody can test whether an account is meant."""
        digest = hmac.digest(self.key, f"{platform}:{account}".encode(), hashlib.sha256)
        return base64.b32encode(digest).decode("ascii")[:CODE_LENGTH].lower()

    def is_listed(self, *names: str) -> bool:
        """List all but those who asked to be left out."""
        return self.opt_outs.isdisjoint(map(fold_handle, names))

    def is_shown(self, post: Row) -> bool:
        """Leave deleted posts out, with their addresses."""
        return not post["deleted"]

    def limit_words(self, post: Row) -> int:
        """Quote of X what the settings say, of Mastodon what is public and not refused."""
        author = fold_handle(post["author_handle"] or "")
        if post["deleted"] or author in self.opt_outs:
            return 0
        if post["platform"] == "x":
            return self.excerpt_x
        # Unlisted posts are for everybody who comes upon them, and not to be spread.
        allowing = _ALLOWING[self.mastodon_quotes]
        is_quotable = post["visibility"] == "public" and self.quoting.get(author) in allowing
        return QUOTE_LENGTH if is_quotable else 0

    def hide_names(self, text: str, names: Iterable[str]) -> str:
        """Shorten names, unless all are named: brands like to greet people by theirs."""
        return text if self.full else hide_names(text, names)

    def name_post(self, post: Row) -> str:
        """Return the number of a post on X; ids on Mastodon name their authors."""
        number: str = post["post_id"] or ""
        return number if post["platform"] == "x" and _is_number(number) else ""

    def find_link(self, post: Row) -> str | None:
        """Link to posts whose address does not name a customer."""
        if number := self.name_post(post):
            return f"https://x.com/i/status/{number}"
        url: str | None = post["url"]
        is_brand = post["side"] == "brand"
        may_link = (is_brand or self.full) and post["platform"] != "x"
        return url if may_link and has_safe_scheme(url) else None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal()
