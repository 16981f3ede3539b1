"""Phrases taken apart: what stands in them, in the order in which it stands there.

What cannot be read is told here; who makes expressions or steps of pieces finds no mistakes.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, TypeAlias

SHAPES = frozenset({"link", "message-link", "email", "handle", "phone-number", "number"})
"""Names of things that are told by their shape."""

_CLOSING = {")", "]", "|"}
_TOKEN = re.compile(
    r"\s*(?:(?P<gap>\.\.\.|…)|(?P<mark>[()\[\]|^$?!])|\{(?P<shape>[a-z0-9-]+)\}"
    r"|(?P<word>(?:[\w'’&%+*/#.,:;<>=€$£-]|[^\x00-\x7f…])+))"
)


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


def read_pieces(phrase: str, words: Mapping[str, str], within: tuple[str, ...] = ()) -> Pieces:
    """Take a phrase apart; named word groups are replaced by what they stand for.

    Args:
        phrase: Such as `(send | schick*) ... {message-link}`.
        words: The word groups of its language, used as `{name}`.
        within: Names of the word groups that are being read.

    Raises:
        PhraseSyntaxError: If the phrase cannot be read.
    """
    reader = _Reader(phrase, words, within)
    pieces = reader.read()
    kind, text = reader.tokens[reader.place]
    if kind != "end":
        msg = f"unexpected “{text}”"
        raise PhraseSyntaxError(msg)
    if _is_gap(pieces[0]) or _is_gap(pieces[-1]):
        msg = "a gap (...) needs a word on both sides"
        raise PhraseSyntaxError(msg)
    return pieces


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


class _Reader:
    def __init__(self, phrase: str, words: Mapping[str, str], within: tuple[str, ...]) -> None:
        self.tokens = [*read_tokens(phrase), ("end", "")]
        self.words, self.within, self.place = words, within, 0

    def read(self) -> Pieces:
        pieces: list[Piece | Group] = []
        while (token := self.tokens[self.place])[0] != "end" and token[1] not in _CLOSING:
            self.place += 1
            pieces.append(self.read_piece(*token))
        _refuse_nothing(pieces)
        return tuple(pieces)

    def read_piece(self, kind: str, text: str) -> Piece | Group:
        if kind == "shape" and text not in SHAPES:
            return self.read_words(text)
        if kind == "mark" and text in "([":
            return self.read_group(optional=text == "[")
        return Piece(kind, text)

    def read_words(self, name: str) -> Group:
        if name in self.within:
            msg = f"“{{{name}}}” contains itself"
            raise PhraseSyntaxError(msg)
        if name not in self.words:
            msg = f"unknown word group “{{{name}}}”"
            raise PhraseSyntaxError(msg)
        inner = read_pieces(self.words[name], self.words, (*self.within, name))
        return Group((inner,), name=name)

    def read_group(self, *, optional: bool) -> Group:
        choices = [self.read()]
        while self.tokens[self.place][1] == "|":
            self.place += 1
            choices.append(self.read())
        closing = "]" if optional else ")"
        if self.tokens[self.place][1] != closing:
            msg = f"“{closing}” is missing"
            raise PhraseSyntaxError(msg)
        self.place += 1
        return Group(tuple(choices), optional)


def _refuse_nothing(pieces: Sequence[Piece | Group]) -> None:
    for piece in pieces:
        if not (piece.optional if isinstance(piece, Group) else piece.kind == "gap"):
            return
    msg = "there is no word that must occur"
    raise PhraseSyntaxError(msg)


def _is_gap(piece: Piece | Group) -> bool:
    return isinstance(piece, Piece) and piece.kind == "gap"
