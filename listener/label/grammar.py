"""The phrase language: what a social media team writes, as a regular expression.

The expressions are made for folded text (see `folding`) and for engines without
look-around. Every construct is bounded, so that a search stays linear.
"""

import re
from collections.abc import Mapping
from functools import lru_cache

from listener.label.pieces import Group, Piece, Pieces, read_pieces

START = "\x02"
END = "\x03"

_GAP_WORDS = 4
_SEPARATOR = r"[ \n,;:\"'()*/_~>-]+"
_GAP_WORD = r"[\"-\-/-;<=>@-~]+"  # ASCII only: far smaller automata than with all of Unicode
# The edges of a phrase. Inside it separators do the same, and an expression
# without needless edges runs much faster.
_LEFT, _RIGHT = "\ue101", "\ue102"
_EDGE = r"(?-u:\b)"

LINK = r"(?:https?://[^ \n]+|www\.[a-z0-9][^ \n]+|<(?:link|url)>|__url__)"
MESSAGE_LINK = (
    r"(?:https?://(?:www\.)?(?:(?:twitter|x)\.com/messages|m\.me/|facebook\.com/messages)[!-~]*)"
)
EMAIL = r"(?:[a-z0-9._%+-]+@[a-z0-9-]+\.[a-z0-9.-]*[a-z]|__e?mail__|<e?mail>)"
ACCOUNT = r"@[a-z0-9_]+"
HANDLE = r"(?:@[a-z0-9_][a-z0-9_.@-]*)"
PHONE_NUMBER = r"(?:\+?\(?[0-9][0-9()./ -]{5,18}[0-9]|__phone__)"
NUMBER = r"(?:[0-9][0-9.,:]*)"

# In phrases plain letters suffice: a far smaller automaton than with all of Unicode.
_PHRASE_LINK = r"(?:https?://[!-~]+|www\.[!-~]+|<(?:link|url)>|__url__)"

SHAPES: Mapping[str, str] = {
    "link": _PHRASE_LINK,
    "message-link": MESSAGE_LINK,
    "email": EMAIL,
    "handle": HANDLE,
    "phone-number": PHONE_NUMBER,
    "number": NUMBER,
}

_MARKS = {
    "^": rf"{START}[ -/:-@\[-`{{-~]*",
    "$": rf"[^a-z0-9{END}]*{END}",
    "?": r"[ \"')-]*[.!?]*\?",
    "!": r"[ \"')-]*[.!?]*!",
}
_LETTERS = {
    "ä": "(?:ae|a)",
    "ö": "(?:oe|o)",
    "ü": "(?:ue|u)",
    "ß": "ss?",
    "'": "'?",
    "’": "'?",
    "-": "[ -]?",
    "*": "[a-z0-9'-]*",
    "&": "&+",
    "é": "e",
    "è": "e",
    "à": "a",
    "ç": "c",
}


def compile_phrase(phrase: str, words: Mapping[str, str] | None = None) -> str:
    """Turn a phrase into the regular expression that finds it in folded text.

    Args:
        phrase: Such as `(send | schick*) ... {message-link}`.
        words: Named word groups of the phrase file, used as `{name}`.

    Raises:
        PhraseSyntaxError: If the phrase cannot be read.
    """
    return compile_pieces(read_pieces(phrase, words or {}))


def compile_pieces(pieces: Pieces) -> str:
    """Turn the pieces of a phrase into the regular expression that finds it in folded text."""
    return _join(pieces).replace(_LEFT, _EDGE).replace(_RIGHT, _EDGE)


def _compile(piece: Piece | Group) -> str:
    if isinstance(piece, Group):
        return f"(?:{'|'.join(map(_join, piece.choices))})"
    if piece.kind == "gap":
        return rf"(?:{_SEPARATOR}{_GAP_WORD}){{0,{_GAP_WORDS}}}"
    if piece.kind == "word":
        return _spell(piece.text)
    return SHAPES[piece.text] if piece.kind == "shape" else _MARKS[piece.text]


# Phrases repeat each other's words: of ten words nine were spelled before.
@lru_cache(maxsize=10_000)
def _spell(word: str) -> str:
    pattern = "".join(_LETTERS.get(letter) or re.escape(letter) for letter in word.lower())
    starts, ends = word[0].isalnum(), word[-1].isalnum()
    return f"{_LEFT if starts else ''}{pattern}{_RIGHT if ends else ''}"


def _join(pieces: Pieces) -> str:
    parts: list[str] = []
    started = False
    glued = True
    for piece in pieces:
        pattern = _compile(piece)
        is_optional = isinstance(piece, Group) and piece.optional
        kind = "group" if isinstance(piece, Group) else piece.kind
        if kind == "gap":
            parts.append(pattern)
            glued = False
        elif is_optional and started and not glued:
            parts.append(f"(?:{_SEPARATOR}{pattern.replace(_LEFT, '')})?")
        elif is_optional:
            parts.append(f"(?:{pattern.replace(_RIGHT, '')}{_SEPARATOR})?")
        elif glued or kind == "mark":
            parts.append(pattern)
            started, glued = True, kind == "mark"
        else:
            parts = [part.replace(_RIGHT, "") for part in parts]
            parts.append(_SEPARATOR + pattern.replace(_LEFT, ""))
    return "".join(parts)
