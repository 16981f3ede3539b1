"""What is told by its shape and not by words: signatures, part numbers, greetings.

The expressions run over text that keeps its capitals.
"""

import re
from collections.abc import Sequence

import polars as pl

from listener.label.folding import HIDDEN

_LINK = r"(?:https?://[!-~]+|<(?:LINK|URL)>|__url__)"
_PART = r"(?:\(?[1-9]\s?(?:/|of)\s?[1-9]\)?|[1-4][1-4]?)"
_EMOJI = r"[^\x00-\x7FäöüÄÖÜßéèáàóíúñç’“”„–—]"
_AFTER = rf"(?:[ \n\t.,)\]]|{_PART}|{_LINK}|/cc|@[A-Za-z0-9_]+|{_EMOJI})*$"

_LETTER = "[A-Za-zÀ-ž]"
_NAME = r"[A-ZÄÖÜ][a-zäöüßé]{1,14}"
_INITIALS = r"[A-ZÄÖÜ]{1,4}"
_PERSON = rf"(?:{_NAME}(?:[ -]{_NAME}| [A-Z]\.?)?|{_INITIALS}|[A-Z][a-z]*[A-Z]{{1,2}})"

_NO_PERSON = (
    "Thanks|Thank|Thx|Cheers|Regards|Best|Enjoy|Please|Yes|No|Ok|Okay|Hi|Hello|Hey|Sorry|Great|"
    "Welcome|Bye|Ta|Awesome|Perfect|Danke|Bitte|Ja|Nein|Hallo|Servus|Moin|Tschüss|Team|Serviceteam|"
    "DM|PM|AM|Besserung|Fahrt|Tag|Abend|UK|US|USA|EU|NI|TV|PC|ID|HQ|FAQ|PN|PIN|TAN|IBAN|QR|KG|AG|GmbH|OK|LOL|OMG|ASAP|FYI|"
    "Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday|January|February|March|April|May|"
    "June|July|August|September|October|November|December|Today|Tomorrow|Christmas|Halloween|"
    "Twitter|Facebook|Instagram|Windows|Android|Google|Apple|Microsoft|English|Deutsch|App|Web|"
    "Gruß|Grüße|Gruss|Liebe|Viele|Beste|Kundenservice|Kundendienst|Support|Service|Help"
)
_CLOSING = (
    r"(?i:regards|thanks|thank you|cheers|wishes|sincerely|yours|best|"
    r"gr(?:ü|ue?)(?:ß|ss)e?n?|gru(?:ß|ss)|lg|vg|mfg)"
)

_CAPTURES = re.compile(r"(?<!\\)\((?!\?)")
MARKED_SIGNATURES = (
    rf"[\^*~†] ?{_LETTER}(?:{_LETTER}|[.&'-]){{0,14}}(?:\s{_PERSON})?(?: ?\([0-9]\))?{_AFTER}",
    rf"(?:^|[\s.,!?)…])(/\s?[A-Za-z]{{1,12}}{_AFTER})",
    rf"(?:^|[ \n.,!?)…])([-–—]{{1,2}} ?(?:{_PERSON}|[a-z]{{2,10}})(?: from [A-Za-z ]+)?{_AFTER})",
    rf"[a-z)]([-–—]{_NAME}{_AFTER})",
    rf"[a-z]([-–—] {_NAME}{_AFTER})",
    rf"(\((?:[a-z]{{2,3}}|[A-Z]{{2}})\){_AFTER})",
)
BARE_SIGNATURES = (
    rf"(?:[.,!?:)…~]|{_EMOJI}|{_LINK}\s|\s[1-4][1-4]|[0-9]/[0-9])\s*((?:{_PERSON}|[a-z]{{2}}){_AFTER})",
    rf"{_CLOSING}[,.!]?\s+((?:(?:Ihre?|Eure?|Deine?)\s)?(?:{_PERSON}|[a-z]{{2}}){_AFTER})",
    rf"\s([1-4][1-4]? {_PERSON}{_AFTER})",
)
UNMARKED_ENGLISH = (
    rf"[a-z]{{2,}} ((?:{_NAME}|[A-Z]{{2,3}})(?: {_PART})?(?: {_LINK})?$)",
    r"\d ([A-Z]{2}$)",
)
_SHORT_WORDS = (
    "ok|so|us|me|it|am|pm|uk|tv|xx|xo|ty|my|we|is|to|too|up|in|on|go|do|hi|no|ya|oh|be|now|gt|gtgt"
)
_WEAK_ENDS = rf"(?:(?-u:\b)(?:{_NO_PERSON})|(?i:(?-u:\b)(?:{_SHORT_WORDS})))[\s.,!?)]*{_AFTER}"
_AFTER_PLACE_WORD = (
    r"(?i:(?-u:\b)(?:at|in|to|from|for|the|a|an|of|with|on|our|your|by|via|and|or|is|are|as|hi|"
    r"hello|dear|hey|near|between|towards|using|called|mr|mrs|ms|this|that|any|like|until|before|"
    r"after|through|into|my|their|his|her|not|&amp;|amp|per|de|you|help|thanks|sorry|on|get)) "
    rf"\S+{_AFTER}"
)


def add_signatures(posts: pl.DataFrame) -> pl.DataFrame:
    """Return the posts with `signature`: a brand's signature with all that follows it, or null.

    Each shape is looked for only where none has been found yet.
    """
    kept = pl.col("text").fill_null("").str.replace_all(HIDDEN, "")
    by_brand = pl.col("side") == "brand"
    rows = posts.select(
        "language",
        text=pl.when(by_brand).then(kept).otherwise(pl.lit("")),
        signature=pl.lit(None, dtype=pl.String),
    )
    rows = _look_for(rows, MARKED_SIGNATURES, pl.lit(value=True))
    open_end = ~pl.col("text").str.contains(_WEAK_ENDS)
    rows = _look_for(rows, BARE_SIGNATURES, open_end)
    english = pl.col("language").ne_missing("de")
    rows = _look_for(
        rows,
        UNMARKED_ENGLISH,
        open_end & english & ~pl.col("text").str.contains(_AFTER_PLACE_WORD),
    )
    return posts.with_columns(rows["signature"])


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
