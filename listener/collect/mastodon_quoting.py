"""What an account on Mastodon says of being found and quoted by others."""

import re

from listener.collect.fields import Record, read_records, read_text
from listener.collect.html_text import read_html
from listener.posts import Consent, Quotable

# Long enough for any description that servers allow.
_LONGEST_NOTE = 10_000
_REFUSALS = re.compile(r"#\s?(?:nobots?|noindex|nosearch|noarchive)\b", re.IGNORECASE)


def read_quotable(account: Record) -> Quotable | None:
    """Return what an account says; None for one that is only named.

    Servers tell `noindex` of their own accounts, `indexable` of all that tell it themselves,
    and everybody's description.
    """
    if "note" not in account:
        return None
    noindex = account.get("noindex")
    if noindex is True or _is_refused(account):
        return Quotable("refused", is_certain=True)
    says: Consent = "allowed" if account.get("indexable") is True else "unasked"
    return Quotable(says, is_certain=noindex is False)


def _is_refused(account: Record) -> bool:
    fields = read_records(account.get("fields"))
    notes = [account["note"], *(each.get(name) for each in fields for name in ("name", "value"))]
    texts = (read_html(read_text(note)[:_LONGEST_NOTE], _keep_words) for note in notes)
    return any(map(_REFUSALS.search, texts))


def _keep_words(address: str, words: str) -> str:  # noqa: ARG001
    return words
