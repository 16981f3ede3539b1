"""Name customers without naming them: initials and a short code that stays the same."""

import base64
import hashlib
import re
from collections.abc import Callable, Iterable

import polars as pl

from listener.posts import Brand, fold_handle

CODE_LENGTH = 5
SHORTEST_NAME = 3
LONG_CODE_LENGTH = 20
"""For accounts that share the short code: one pair among some thousands does."""

_SPELLED_BYTES, _SPELLED_LETTERS = 15, 24  # enough for a long code
_WORD = re.compile(r"[^\W\d_]+")


def make_code(platform: str, account: str, length: int = CODE_LENGTH) -> str:
    """Return the short code of an account, the same in every report."""
    digest = _digest(platform, account)
    return base64.b32encode(digest[:length]).decode("ascii")[:length].lower()


def make_long_codes(platforms: Iterable[str], accounts: Iterable[str]) -> pl.Series:
    """Return the long codes of many accounts at once."""
    names = zip(platforms, accounts, strict=True)
    # Bytes that are spelled without a rest are spelled alike one by one and all together.
    digests = b"".join(_digest(platform, account)[:_SPELLED_BYTES] for platform, account in names)
    letters = base64.b32encode(digests).decode("ascii").lower()
    starts = range(0, len(letters), _SPELLED_LETTERS)
    codes = [letters[start : start + LONG_CODE_LENGTH] for start in starts]
    return pl.Series(codes, dtype=pl.String)


def _digest(platform: str, account: str) -> bytes:
    return hashlib.sha256(f"{platform}:{account}".encode()).digest()


def make_initials(name: str, handle: str) -> str:
    """Return up to two initials, from the name if it has letters, else from the handle."""
    words = _WORD.findall(name) or _WORD.findall(handle.split("@")[0])
    return "".join(f"{word[0].upper()}." for word in words[:2])


def name_customer(
    platform: str,
    account: str,
    *,
    name: str,
    handle: str,
    full: bool,
    code_of: Callable[[str, str], str] = make_code,
) -> str:
    """Return how a report calls a customer: `J.D. k7q2f`, or the handle if `full`."""
    if full:
        return f"@{handle}"
    return f"{make_initials(name, handle)} {code_of(platform, account)}".strip()


def shorten_handle(handle: str) -> str:
    """Return a stranger's handle as its first character and an ellipsis."""
    return f"{handle[:1]}…"


def list_names(posts: pl.DataFrame) -> dict[str, frozenset[str]]:
    """Return by what names customers may be called, by case: words of their name, their handle."""
    written = posts.filter(pl.col("side") == "customer")
    found: dict[str, set[str]] = {}
    for case, handle, name in written.select("case", "author_handle", "author_name").iter_rows():
        words = [word for word in _WORD.findall(name or "") if word[0].isupper()]
        own = (handle or "").partition("@")[0]
        named = (word for word in (*words, own) if len(word) >= SHORTEST_NAME)
        found.setdefault(case, set()).update(named)
    return {case: frozenset(names) for case, names in found.items()}


def hide_names(text: str, names: Iterable[str]) -> str:
    """Shorten names in a text to their first letter, where they stand as they are written."""
    parts = sorted(map(re.escape, names), key=len, reverse=True)
    if not parts:
        return text
    return re.sub(rf"\b(?:{'|'.join(parts)})\b", lambda found: shorten_handle(found[0]), text)


def make_handle_namer(brands: Iterable[Brand], *, full: bool) -> Callable[[str], str]:
    """Return what tells how a handle in a quotation is shown: only brands are named in full.

    Args:
        brands: Those whose accounts may be named.
        full: Whether everybody may be named.
    """
    known = {fold_handle(account.handle) for brand in brands for account in brand.accounts}

    def name_handle(handle: str) -> str:
        return handle if full or fold_handle(handle) in known else shorten_handle(handle)

    return name_handle
