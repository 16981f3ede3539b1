"""Phrases taken apart: what stands in them, in the order in which it stands there."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from listener.label.grammar import read_tokens

_CLOSING = {")", "]", "|"}


@dataclass(frozen=True, slots=True)
class Piece:
    """A word, a gap, a mark or a shape (`kind`)."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Group:
    """One of some series of pieces, or none where it is optional; `name` of a word group."""

    choices: "tuple[Pieces, ...]"
    optional: bool = False
    name: str = ""


Pieces: TypeAlias = tuple[Piece | Group, ...]


def read_pieces(phrase: str, words: Mapping[str, str]) -> Pieces:
    """Take a phrase apart; named word groups are replaced by what they stand for.

    Args:
        phrase: As it stands in a phrase file; it is known to be without mistakes.
        words: The word groups of its language.
    """
    return _Reader(phrase, words).read()


class _Reader:
    def __init__(self, phrase: str, words: Mapping[str, str]) -> None:
        self.tokens = [*read_tokens(phrase), ("end", "")]
        self.words, self.place = words, 0

    def read(self) -> Pieces:
        pieces: list[Piece | Group] = []
        while (token := self.tokens[self.place])[0] != "end" and token[1] not in _CLOSING:
            self.place += 1
            pieces.append(self.read_piece(*token))
        return tuple(pieces)

    def read_piece(self, kind: str, text: str) -> Piece | Group:
        if kind == "shape" and text in self.words:
            return Group((read_pieces(self.words[text], self.words),), name=text)
        if text in {"(", "["}:
            return self.read_group(optional=text == "[")
        return Piece(kind, text)

    def read_group(self, *, optional: bool) -> Group:
        choices = [self.read()]
        while self.tokens[self.place][1] == "|":
            self.place += 1
            choices.append(self.read())
        self.place += 1
        return Group(tuple(choices), optional)
