"""Phrases taken apart: what stands in them, in the order in which it stands there.

What cannot be read is told here; who makes expressions or steps of pieces finds no mistakes.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple, TypeAlias

SHAPES = frozenset({"link", "message-link", "email", "handle", "phone-number", "number"})
"""Names of things that are told by their shape."""

_BRACKETS = {"(": ")", "[": "]"}
_CLOSING = {")", "]", "|", ""}  # or the end of the phrase
# A word is made of one class of characters: all but blanks and these are in it.
_WORD = r"[^\x00-\x20!\"()?@\[\\\]^`{|}~\x7f…]+"
_TOKEN = re.compile(rf"\s*(\.\.\.|…|[()\[\]|^$?!]|\{{[a-z0-9-]+\}}|{_WORD})")
_GAPS, _MARKS = ("...", "…"), "()[]|^$?!"


class PhraseSyntaxError(ValueError):
    """A phrase cannot be read; the message says why."""


# There are tens of thousands of them, and tuples are made, compared and sent much faster.
class Piece(NamedTuple):
    """A word, a gap, a mark or a shape (`kind`)."""

    kind: str
    text: str


class Group(NamedTuple):
    """One of some series of pieces, or none where it is optional; `name` of a word group."""

    choices: "tuple[Pieces, ...]"
    optional: bool = False
    name: str = ""


Pieces: TypeAlias = tuple[Piece | Group, ...]
_END = Piece("end", "")


def read_pieces(phrase: str, words: Mapping[str, str]) -> Pieces:
    """Take a phrase apart; named word groups are replaced by what they stand for.

    Args:
        phrase: Such as `(send | schick*) ... {message-link}`.
        words: The word groups of its language, used as `{name}`.

    Raises:
        PhraseSyntaxError: If the phrase cannot be read.
    """
    return PhraseReader(words).read(phrase)


class PhraseReader:
    """Takes phrases of one language apart; a word group is read once, and then shared."""

    def __init__(self, words: Mapping[str, str]) -> None:
        """Read no word group before a phrase names it."""
        self._words = words
        self._groups: dict[str, Group] = {}

    def read(self, phrase: str, within: tuple[str, ...] = ()) -> Pieces:
        """Take a phrase apart.

        Args:
            phrase: As for `read_pieces`.
            within: Names of the word groups that are being read.

        Raises:
            PhraseSyntaxError: If the phrase cannot be read.
        """
        reader = _Reader(phrase, self, within)
        pieces = reader.read()
        if reader.end != _END:
            msg = f"unexpected “{reader.end.text}”"
            raise PhraseSyntaxError(msg)
        if _is_gap(pieces[0]) or _is_gap(pieces[-1]):
            msg = "a gap (...) needs a word on both sides"
            raise PhraseSyntaxError(msg)
        return pieces

    def read_group(self, name: str, within: tuple[str, ...]) -> Group:
        """Return a word group by its name.

        Raises:
            PhraseSyntaxError: If it is unknown, cannot be read, or is one of those `within`.
        """
        if name in within:
            msg = f"“{{{name}}}” contains itself"
            raise PhraseSyntaxError(msg)
        if name not in self._words:
            msg = f"unknown word group “{{{name}}}”"
            raise PhraseSyntaxError(msg)
        if name not in self._groups:
            inner = self.read(self._words[name], (*within, name))
            self._groups[name] = Group((inner,), name=name)
        return self._groups[name]


def read_tokens(phrase: str) -> list[Piece]:
    """Return the pieces in a row, brackets among the marks: `gap`, `mark`, `shape` or `word`.

    Raises:
        PhraseSyntaxError: If the phrase is empty or a piece cannot be read.
    """
    phrase = phrase.rstrip()
    if not phrase:
        msg = "the phrase is empty"
        raise PhraseSyntaxError(msg)
    found = _TOKEN.findall(phrase)
    if len("".join(found)) + phrase.count(" ") != len(phrase) and not _is_whole(phrase, found):
        msg = f"cannot read “{phrase[_find_end(phrase) :].strip()[:20]}”"
        raise PhraseSyntaxError(msg)
    return list(map(_tell_kind, found))


def _is_whole(phrase: str, found: Iterable[str]) -> bool:
    """Return whether these pieces are all of a phrase, but for any blanks."""
    return "".join("".join(found).split()) == "".join(phrase.split())


def _find_end(phrase: str) -> int:
    """Return where a phrase cannot be read any more."""
    place = 0
    while match := _TOKEN.match(phrase, place):
        place = match.end()
    return place


@lru_cache(maxsize=20_000)
def _tell_kind(text: str) -> Piece:
    if text in _GAPS:
        return Piece("gap", text)
    if text in _MARKS:
        return Piece("mark", text)
    return Piece("shape", text[1:-1]) if text.startswith("{") else Piece("word", text)


class _Reader:
    """Reads a phrase from its start to its end; `end` is what ended the last series of pieces."""

    def __init__(self, phrase: str, reader: PhraseReader, within: tuple[str, ...]) -> None:
        self.tokens, self.end = iter([*read_tokens(phrase), _END]), _END
        self.reader, self.within = reader, within

    def read(self) -> Pieces:
        pieces: list[Piece | Group] = []
        has_word = False
        for token in self.tokens:
            kind, text = token
            if kind == "word":
                pieces.append(token)
                has_word = True
            elif text in _CLOSING:
                self.end = token
                break
            else:
                pieces.append(self.read_piece(token))
        if not has_word:
            _refuse_nothing(pieces)
        return tuple(pieces)

    def read_piece(self, piece: Piece) -> Piece | Group:
        kind, text = piece
        if text in _BRACKETS:
            return self.read_group(_BRACKETS[text])
        if kind == "shape" and text not in SHAPES:
            return self.reader.read_group(text, self.within)
        return piece

    def read_group(self, closing: str) -> Group:
        choices = [self.read()]
        while self.end.text == "|":
            choices.append(self.read())
        if self.end.text != closing:
            msg = f"“{closing}” is missing"
            raise PhraseSyntaxError(msg)
        return Group(tuple(choices), closing == "]")


def _refuse_nothing(pieces: Sequence[Piece | Group]) -> None:
    for piece in pieces:
        if not (piece.optional if isinstance(piece, Group) else piece.kind == "gap"):
            return
    msg = "there is no word that must occur"
    raise PhraseSyntaxError(msg)


def _is_gap(piece: Piece | Group) -> bool:
    return isinstance(piece, Piece) and piece.kind == "gap"
