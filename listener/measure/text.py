"""Texts made comparable: what is left of a reply when names and numbers are gone.

`docs/measures.md`, section 6: casefold, handles, links, digits, e-mails and the
signature removed.
"""

import polars as pl

from listener.measure.handles import HANDLE

_LINK = r"(?:https?://|www\.)\S+"
_EMAIL = r"[\p{L}\p{N}._%+\-]+@[\p{L}\p{N}.\-]+\.\p{L}{2,}"
_SIGNATURE = r"\s(?:[\^*/~]|[-–—]\s?)\s?\p{L}[\p{L}.]{0,14}\s*$"
_REST = r"[\p{N}\s]+"


def normalized_text(text: pl.Expr) -> pl.Expr:
    """Return an expression for the normalised text, words apart by one space."""
    without_names = text.str.replace_all(_EMAIL, " ").str.replace_all(_LINK, " ")
    without_names = without_names.str.replace_all(HANDLE, " ").str.strip_chars()
    unsigned = (" " + without_names).str.replace(_SIGNATURE, " ")
    return unsigned.str.to_lowercase().str.replace_all(_REST, " ").str.strip_chars()
