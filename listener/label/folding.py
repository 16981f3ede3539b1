"""One spelling for every text: lower case, plain letters, no hidden characters.

Each kept character stays one character, so that a place in the folded text is a
place in the original as long as nothing hidden was dropped (see `restore_place`).
"""

import unicodedata

import polars as pl

_APOSTROPHES = "’‘`´ʼ′‛"
_DASHES = "‐‑‒–—―−"
_QUOTES = "“”„«»‟″"
_SPACES = "\u00a0\u2002\u2003\u2007\u2009\u202f\u3000\t\r\v\f\u0085\u2028\u2029"
_SPECIAL = {"ß": "s", "ẞ": "s", "ø": "o", "Ø": "o", "ł": "l", "Ł": "l", "İ": "i", "ı": "i"}
_SPECIAL |= {"…": ".", "¿": "?", "¡": "!", "？": "?", "！": "!", "。": "."}
_SPECIAL |= {"\x02": " ", "\x03": " ", "\ue000": " "}  # marks of ours, see `grammar` and `matching`
# As web pages spell these signs; archives keep that. An address must not fall apart.
_SPECIAL |= {"&gt;": ">   ", "&lt;": "<   ", "&quot;": '"     ', "&amp;": "&&&&&"}

HIDDEN = r"[\p{Mn}\p{Me}\p{Cf}]"
"""Accents that stand alone, joiners, direction marks, variation selectors."""
_FIRST_HIDDEN = "\xad"  # the soft hyphen; nearly every letter comes before it


def fold_text(text: pl.Expr) -> pl.Expr:
    """Return the folded text of a column."""
    source, target = _single_letters()
    return text.str.replace_all(HIDDEN, "").str.replace_many(source, target).str.to_lowercase()


def restore_place(text: str, place: int) -> int:
    """Return where the folded text's character `place` stands in the original text."""
    if text.isascii():  # nothing is hidden in it
        return min(place, len(text))
    kept = -1
    for index, letter in enumerate(text):
        if letter < _FIRST_HIDDEN or unicodedata.category(letter) not in {"Mn", "Me", "Cf"}:
            kept += 1
        if kept == place:
            return index
    return len(text)


def _single_letters() -> tuple[list[str], list[str]]:
    pairs = dict(_SPECIAL)
    for letters, plain in (
        (_APOSTROPHES, "'"),
        (_DASHES, "-"),
        (_QUOTES, '"'),
        (_SPACES, " "),
    ):
        pairs |= dict.fromkeys(letters, plain)
    for code in range(0xC0, 0x17F):
        plain = unicodedata.normalize("NFD", chr(code))[0]
        if plain.isascii():
            pairs.setdefault(chr(code), plain.lower())
    return list(pairs), list(pairs.values())
