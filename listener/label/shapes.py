"""What is told by its shape and not by words: signatures, part numbers, greetings.

The expressions run over text that keeps its capitals.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

import polars as pl

from listener.label.folding import HIDDEN
from listener.label.phrases import Language, list_words

_LINK = r"(?:https?://[!-~]+|<(?:LINK|URL)>|__url__)"
_PART = r"(?:\(?[1-9]\s?(?:/|of)\s?[1-9]\)?|[1-4][1-4]?)"
_EMOJI = r"[^\x00-\x7FäöüÄÖÜßéèáàóíúñç’“”„–—]"
_AFTER = rf"(?:[ \n\t.,)\]]|{_PART}|{_LINK}|/cc|@[A-Za-z0-9_]+|{_EMOJI})*$"

_LETTER = "[A-Za-zÀ-ž]"
_NAME = r"[A-ZÄÖÜ][a-zäöüßé]{1,14}"
_INITIALS = r"[A-ZÄÖÜ]{1,4}"
_PERSON = rf"(?:{_NAME}(?:[ -]{_NAME}| [A-Z]\.?)?|{_INITIALS}|[A-Z][a-z]*[A-Z]{{1,2}})"

_OFFICE = "(?: from [A-Za-z ]+)?"
_CAPTURES = re.compile(r"(?<!\\)\((?!\?)")
MARKED_SIGNATURES = (
    rf"[\^*~†] ?{_LETTER}(?:{_LETTER}|[.&'-]){{0,14}}(?:\s{_PERSON})?(?: ?\([0-9]\))?{_AFTER}",
    rf"(?:^|[\s.,!?)…])(/\s?[A-Za-z]{{1,12}}{_AFTER})",
    rf"(?:^|[ \n.,!?)…]|{_EMOJI})([-–—]{{1,2}} ?(?:{_PERSON}|[a-z]{{2,10}}){_OFFICE}{_AFTER})",
    rf"(?:^|[ \n(])[a-zäöüß]+([-–—]{_NAME}{_AFTER})",
    rf"[a-z]([-–—] {_NAME}{_AFTER})",
    rf"(\((?:[a-z]{{2,3}}|[A-Z]{{2}})\){_AFTER})",
)
_BEFORE = rf"(?:[.,!?:)…~]|{_EMOJI}|{_LINK}\s|\s[1-4][1-4]|[0-9]/[0-9])"
_BARE_SIGNATURE = rf"{_BEFORE}\s*((?:{_PERSON}|[a-z]{{2}}){_AFTER})"
_NUMBERED_SIGNATURE = rf"\s([1-4][1-4]? {_PERSON}{_AFTER})"
# Where nouns have no capitals, "Thanks-Jo" is signed; "im Online-Shop" is one word.
_GLUED = rf"[a-z)]([-–—]{_NAME}{_AFTER})"
_UNMARKED = (
    rf"[a-z]{{2,}} ((?:{_NAME}|[A-Z]{{2,3}})(?: {_PART})?(?: {_LINK})?$)",
    r"\d ([A-Z]{2}$)",
)
_LONGEST_ABBREVIATION = 3
_VARIANTS = {"ä": "(?:ä|ae?)", "ö": "(?:ö|oe?)", "ü": "(?:ü|ue?)", "ß": "(?:ß|ss)"}


def add_signatures(posts: pl.DataFrame, languages: Mapping[str, Language]) -> pl.DataFrame:
    """Return the posts with `signature`: a brand's signature with all that follows it, or null.

    Each shape is looked for only where none has been found yet. What is no name, and what
    stands before one, is told by the languages.
    """
    by_brand = pl.col("side") == "brand"
    replies = pl.when(by_brand).then(pl.col("text").fill_null("")).otherwise(pl.lit(""))
    rows = posts.select(
        "language",
        text=replies.str.replace_all(HIDDEN, ""),
        signature=pl.lit(None, dtype=pl.String),
    )
    rows = _look_for(rows, MARKED_SIGNATURES, pl.lit(value=True))
    open_end = ~_ends_with(_join(languages, "no_names"), _join(languages, "no_initials"))
    rows = _look_for(rows, _list_bare_shapes(languages), open_end)
    for code, language in languages.items():
        if language.no_name_after:
            own = pl.col("language") == code
            rows = _look_for(rows, (_GLUED,), own)
            unmarked = own & ~_follows(language.no_name_after)
            rows = _look_for(rows, _UNMARKED, open_end & unmarked)
    return posts.with_columns(rows["signature"])


def _join(languages: Mapping[str, Language], trait: str) -> str:
    """Return one expression for the words of all languages; one that never matches for none."""
    return _spell_any(list_words(languages, trait))


def _spell_any(words: Iterable[str]) -> str:
    return "|".join(map(_spell, words)) or r"[^\x00-\x{10FFFF}]"


def _spell(word: str) -> str:
    return "".join(_VARIANTS.get(letter) or re.escape(letter) for letter in word)


def _ends_with(names: str, initials: str) -> pl.Expr:
    weak = rf"(?:(?-u:\b)(?:{names})|(?i:(?-u:\b)(?:{initials})))[\s.,!?)]*{_AFTER}"
    return pl.col("text").str.contains(weak)


def _list_bare_shapes(languages: Mapping[str, Language]) -> tuple[str, ...]:
    owner = r"(?:[A-ZÄÖÜ][a-zäöü]{1,4}\s)?"  # "Ihre", "Your"
    words = list_words(languages, "closings")
    closings = _spell_any(words)
    short = _spell_any(word for word in words if len(word) <= _LONGEST_ABBREVIATION)
    closed = rf"(?i:{closings})[,.!]?\s+({owner}(?:{_PERSON}|[a-z]{{2}}){_AFTER})"
    # Who abbreviates the greeting ("lg") often writes the name without a capital, too.
    hasty = rf"(?i:(?-u:\b)(?:{short}))[,.!]?\s+([a-zäöüß]{{3,10}}{_AFTER})"
    return (_BARE_SIGNATURE, closed, hasty, _NUMBERED_SIGNATURE)


def _follows(words: Iterable[str]) -> pl.Expr:
    before = "|".join(map(_spell, words))
    return pl.col("text").str.contains(rf"(?i:(?-u:\b)(?:{before})) \S+{_AFTER}")


def _look_for(rows: pl.DataFrame, shapes: Sequence[str], allowed: pl.Expr) -> pl.DataFrame:
    unsigned = pl.col("signature").is_null()
    rows = rows.with_columns(text=pl.when(unsigned).then("text").otherwise(pl.lit("")))
    left = pl.when(allowed).then("text").otherwise(pl.lit(""))
    rows = rows.with_columns(left=left)
    for shape in shapes:
        rest = pl.when(pl.col("signature").is_null()).then("left").otherwise(pl.lit(""))
        group = 1 if _CAPTURES.search(shape) else 0  # a whole match is found much faster
        found = rest.str.extract(shape, group)
        rows = rows.with_columns(signature=pl.coalesce("signature", found))
    return rows
