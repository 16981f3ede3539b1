"""The phrase language: what a social media team writes, as a regular expression.

The expressions are made for folded text (see `folding`) and for engines without
look-around. Every construct is bounded, so that a search stays linear.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

START = "\x02"
END = "\x03"

_GAP_WORDS = 4
_SEPARATOR = r"[ \n,;:\"'()*/_~>-]+"
_GAP_WORD = r"[\"-\-/-;<=>@-~]+"  # ASCII only: far smaller automata than with all of Unicode
# The edges of a phrase. Inside it separators do the same, and an expression
# without needless edges runs much faster.
_LEFT, _RIGHT = "\ue101", "\ue102"
_EDGE = r"(?-u:\b)"

LINK = r"(?:https?://[^ \n]+|www\.[^ \n]+|<(?:link|url)>|__url__)"
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
_TOKEN = re.compile(
    r"\s*(?:(?P<gap>\.\.\.|…)|(?P<mark>[()\[\]|^$?!])|\{(?P<shape>[a-z0-9-]+)\}"
    r"|(?P<word>(?:[\w'’&%+*/#.,:;<>=€$£-]|[^\x00-\x7f…])+))"
)
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


class PhraseSyntaxError(ValueError):
    """A phrase cannot be read; the message says why."""


@dataclass(frozen=True, slots=True)
class _Item:
    pattern: str
    optional: bool = False
    gap: bool = False
    glued: bool = False


@dataclass(slots=True)
class _Reader:
    tokens: list[tuple[str, str]]
    words: Mapping[str, str]
    place: int = 0
    within: tuple[str, ...] = field(default=())

    def peek(self) -> tuple[str, str]:
        return self.tokens[self.place] if self.place < len(self.tokens) else ("end", "")

    def take(self) -> tuple[str, str]:
        token = self.peek()
        self.place += 1
        return token


def compile_phrase(phrase: str, words: Mapping[str, str] | None = None) -> str:
    """Turn a phrase into the regular expression that finds it in folded text.

    Args:
        phrase: Such as `(send | schick*) ... {message-link}`.
        words: Named word groups of the phrase file, used as `{name}`.

    Raises:
        PhraseSyntaxError: If the phrase cannot be read.
    """
    pattern = _compile(phrase, words or {}, ())
    return pattern.replace(_LEFT, _EDGE).replace(_RIGHT, _EDGE)


def _compile(phrase: str, words: Mapping[str, str], within: tuple[str, ...]) -> str:
    reader = _Reader(list(read_tokens(phrase)), words, within=within)
    pattern = _read_sequence(reader, outermost=True)
    kind, text = reader.peek()
    if kind != "end":
        msg = f"unexpected “{text}”"
        raise PhraseSyntaxError(msg)
    return pattern


def read_tokens(phrase: str) -> Iterator[tuple[str, str]]:
    """Yield the kind and the text of each piece: `gap`, `mark`, `shape` or `word`.

    Raises:
        PhraseSyntaxError: If the phrase is empty or a piece cannot be read.
    """
    place = 0
    phrase = phrase.rstrip()
    if not phrase:
        msg = "the phrase is empty"
        raise PhraseSyntaxError(msg)
    while place < len(phrase):
        match = _TOKEN.match(phrase, place)
        if match is None:
            msg = f"cannot read “{phrase[place:].strip()[:20]}”"
            raise PhraseSyntaxError(msg)
        place = match.end()
        kind = str(match.lastgroup)
        yield kind, match[kind]


def _read_sequence(reader: _Reader, *, outermost: bool = False) -> str:
    items: list[_Item] = []
    while (token := reader.peek())[0] != "end" and token[1] not in {")", "]", "|"}:
        items.append(_read_item(reader))
    _refuse_loose_ends(items, outermost=outermost)
    return _join(items)


def _read_item(reader: _Reader) -> _Item:
    kind, text = reader.take()
    if kind == "gap":
        return _Item(rf"(?:{_SEPARATOR}{_GAP_WORD}){{0,{_GAP_WORDS}}}", gap=True)
    if kind == "shape":
        return _Item(_name_shape(text, reader))
    if kind == "word":
        return _Item(_spell(text))
    return _read_mark(text, reader)


def _read_mark(mark: str, reader: _Reader) -> _Item:
    if mark == "(":
        return _Item(_read_choice(reader, ")"))
    if mark == "[":
        return _Item(_read_choice(reader, "]"), optional=True)
    if mark not in _MARKS:
        msg = f"unexpected “{mark}”"
        raise PhraseSyntaxError(msg)
    return _Item(_MARKS[mark], glued=True)


def _read_choice(reader: _Reader, closing: str) -> str:
    choices = [_read_sequence(reader)]
    while reader.peek()[1] == "|":
        reader.take()
        choices.append(_read_sequence(reader))
    if reader.take()[1] != closing:
        msg = f"“{closing}” is missing"
        raise PhraseSyntaxError(msg)
    return f"(?:{'|'.join(choices)})"


def _name_shape(name: str, reader: _Reader) -> str:
    if name in SHAPES:
        return SHAPES[name]
    if name in reader.within:
        msg = f"“{{{name}}}” contains itself"
        raise PhraseSyntaxError(msg)
    if name not in reader.words:
        msg = f"unknown word group “{{{name}}}”"
        raise PhraseSyntaxError(msg)
    inner = _compile(reader.words[name], reader.words, (*reader.within, name))
    return f"(?:{inner})"


# Phrases repeat each other's words: of ten words nine were spelled before.
@lru_cache(maxsize=10_000)
def _spell(word: str) -> str:
    pattern = "".join(_LETTERS.get(letter) or re.escape(letter) for letter in word.lower())
    starts, ends = word[0].isalnum(), word[-1].isalnum()
    return f"{_LEFT if starts else ''}{pattern}{_RIGHT if ends else ''}"


def _join(items: list[_Item]) -> str:
    parts: list[str] = []
    started = False
    glued = True
    for item in items:
        pattern = item.pattern
        if item.gap:
            parts.append(pattern)
            glued = False
        elif item.optional and started and not glued:
            parts.append(f"(?:{_SEPARATOR}{pattern.replace(_LEFT, '')})?")
        elif item.optional:
            parts.append(f"(?:{pattern.replace(_RIGHT, '')}{_SEPARATOR})?")
        elif glued or item.glued:
            parts.append(pattern)
            started, glued = True, item.glued
        else:
            parts = [part.replace(_RIGHT, "") for part in parts]
            parts.append(_SEPARATOR + pattern.replace(_LEFT, ""))
    return "".join(parts)


def _refuse_loose_ends(items: list[_Item], *, outermost: bool) -> None:
    solid = [item for item in items if not item.optional and not item.gap]
    if not solid:
        msg = "there is no word that must occur"
        raise PhraseSyntaxError(msg)
    if outermost and (items[0].gap or items[-1].gap):
        msg = "a gap (...) needs a word on both sides"
        raise PhraseSyntaxError(msg)
