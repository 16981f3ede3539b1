"""What is told by its shape and not by words: signatures, part numbers, greetings.

The expressions run over text that keeps its capitals.
"""

import polars as pl

_LINK = r"(?:https?://\S+|<(?:LINK|URL)>|__url__)"
_PART = r"(?:\(?[1-9]\s?(?:/|of)\s?[1-9]\)?|[1-4][1-4]?)"
_EMOJI = r"[^\x00-\x7FäöüÄÖÜßéèáàóíúñç’“”„–—]"
_AFTER = rf"(?:[\s.,)\]]|{_PART}|{_LINK}|/cc|@\w+|{_EMOJI})*$"

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

MARKED_SIGNATURES = (
    rf"((?:\^|\*|~|†)\s?\p{{L}}[\p{{L}}.&'-]{{0,14}}(?:\s{_PERSON})?(?:\s?\(\d\))?{_AFTER})",
    rf"(?:^|[\s.,!?)…])(/\s?[A-Za-z]{{1,12}}{_AFTER})",
    rf"(?:^|[\s.,!?)…])([-–—]{{1,2}}\s?(?:{_PERSON}|[a-z]{{2,10}})(?: from [\w ]+)?{_AFTER})",
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


def find_signature(text: pl.Expr, english: pl.Expr) -> pl.Expr:
    """Return the signature at the end of a post with all that follows it, or null."""
    weak = text.str.contains(_WEAK_ENDS)
    marked = pl.coalesce(text.str.extract(pattern, 1) for pattern in MARKED_SIGNATURES)
    bare = pl.coalesce(text.str.extract(pattern, 1) for pattern in BARE_SIGNATURES)
    loose = pl.coalesce(text.str.extract(pattern, 1) for pattern in UNMARKED_ENGLISH)
    loose = pl.when(english & ~text.str.contains(_AFTER_PLACE_WORD)).then(loose)
    return pl.coalesce(marked, pl.when(~weak).then(pl.coalesce(bare, loose)))
