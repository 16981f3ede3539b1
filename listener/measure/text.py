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
_WORD = r"[\p{L}\p{M}]+"
# What casefolding does beyond lower case, in the scripts of the languages that are read.
_FOLDED = {"ß": "ss", "ς": "σ"}


def normalized_text(text: pl.Expr) -> pl.Expr:
    """Return an expression for the normalised text, words apart by one space."""
    return _fold(_drop_names(text))


def join_words(texts: pl.Series) -> pl.Series:
    """Return the words of normalised texts, apart by one space; marks and pictures are none."""
    rest = pl.DataFrame({"text": texts}).select(_drop_names(pl.col("text")).alias("rest"))
    words = _fold(pl.col("rest")).str.replace_many(list(_FOLDED), list(_FOLDED.values()))
    # Most texts are alike without their names: each is folded and split once.
    once = rest.unique().with_columns(words.str.extract_all(_WORD).list.join(" ").alias("said"))
    return rest.join(once, on="rest", how="left", maintain_order="left")["said"]


def _drop_names(text: pl.Expr) -> pl.Expr:
    without_links = text.str.replace_all(_EMAIL, " ").str.replace_all(_LINK, " ")
    return without_links.str.replace_all(HANDLE, " ").str.strip_chars()


def _fold(nameless: pl.Expr) -> pl.Expr:
    unsigned = (" " + nameless).str.replace(_SIGNATURE, " ")
    return unsigned.str.to_lowercase().str.replace_all(_REST, " ").str.strip_chars()
