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
    without_names = text.str.replace_all(_EMAIL, " ").str.replace_all(_LINK, " ")
    without_names = without_names.str.replace_all(HANDLE, " ").str.strip_chars()
    unsigned = (" " + without_names).str.replace(_SIGNATURE, " ")
    return unsigned.str.to_lowercase().str.replace_all(_REST, " ").str.strip_chars()


def join_words(texts: pl.Series) -> pl.Series:
    """Return the words of normalised texts, apart by one space; marks and pictures are none."""
    words = normalized_text(pl.col("text")).str.replace_many(list(_FOLDED), list(_FOLDED.values()))
    folded = pl.DataFrame({"text": texts}).select(words.alias("folded"))
    # Most texts are alike without their names: each is split once.
    once = folded.unique().with_columns(
        pl.col("folded").str.extract_all(_WORD).list.join(" ").alias("said")
    )
    return folded.join(once, on="folded", how="left", maintain_order="left")["said"]
