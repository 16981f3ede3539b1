"""Texts that a phrase should find, made from the phrase itself.

A linter asks with them what a phrase does without waiting for posts to come.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from listener.label.pieces import read_tokens

_SHAPE_TEXTS: Mapping[str, str] = {
    "link": "https://example.org/page",
    "message-link": "https://twitter.com/messages/compose",
    "email": "care@example.org",
    "handle": "@example",
    "phone-number": "0800 1234567",
    "number": "42",
}
_FILLER = "indeed"
_GAP = "..."
_GAPS = (0, 1, 4)
_ENDINGS = ("", "xyz")
_CLOSING = {")", "]", "|"}


def sample_phrase(
    phrase: str, words: Mapping[str, str], count: int = 24, *, fill: bool = True
) -> list[str]:
    """Return up to `count` different posts that the phrase should find, the same each time.

    Args:
        phrase: As it stands in a phrase file; it is known to be without mistakes.
        words: The word groups of its language.
        count: The most that are wanted.
        fill: Put words around them and into gaps, as posts have them.
    """
    chance = random.Random(phrase)  # noqa: S311 - a choice of examples, no secret
    speaker = _Speaker(chance, _GAPS if fill else (0,))
    sequence = _Reader(phrase, words).read()
    spoken = (" ".join(speaker.speak(sequence)) for _ in range(2 * count))
    return list(dict.fromkeys(map(_make_post, spoken) if fill else spoken))[:count]


def _make_post(spoken: str) -> str:
    """Put words around what was spoken, unless it stands at the start or the end."""
    spoken = spoken.replace(" ?", "?").replace(" !", "!")
    before = "" if spoken.startswith("^") else f"{_FILLER} "
    after = "" if spoken[-1] in "$?!" else f" {_FILLER}"
    return f"{before}{spoken.strip('^$').strip()}{after}"


@dataclass(frozen=True, slots=True)
class _Choice:
    """One of some sequences, or none where it is optional."""

    choices: "Sequence[Sequence[str | _Choice]]"
    optional: bool = False


_Sequence: TypeAlias = Sequence[str | _Choice]


class _Reader:
    """Reads a phrase once, so that it can be spoken many times."""

    def __init__(self, phrase: str, words: Mapping[str, str]) -> None:
        self.tokens = [*read_tokens(phrase), ("end", "")]
        self.words, self.place = words, 0

    def read(self) -> _Sequence:
        sequence: list[str | _Choice] = []
        while (token := self.tokens[self.place])[0] != "end" and token[1] not in _CLOSING:
            self.place += 1
            sequence.append(self.read_token(*token))
        return sequence

    def read_token(self, kind: str, text: str) -> str | _Choice:
        if kind == "gap":
            return _GAP
        if kind == "shape" and text not in _SHAPE_TEXTS:
            return _Choice([_Reader(self.words[text], self.words).read()])
        if kind == "shape":
            return _SHAPE_TEXTS[text]
        if text in {"(", "["}:
            return self.read_choice(optional=text == "[")
        return text

    def read_choice(self, *, optional: bool) -> _Choice:
        choices = [self.read()]
        while self.tokens[self.place][1] == "|":
            self.place += 1
            choices.append(self.read())
        self.place += 1
        return _Choice(choices, optional)


@dataclass(frozen=True, slots=True)
class _Speaker:
    """Speaks one of the texts that a sequence stands for."""

    chance: random.Random
    gaps: Sequence[int]

    def speak(self, sequence: _Sequence) -> Iterator[str]:
        for part in sequence:
            if part == _GAP:
                yield from [_FILLER] * self.chance.choice(self.gaps)
            elif isinstance(part, str):
                yield self.end(part) if part != "*" else _FILLER
            elif not part.optional or self.chance.random() < 0.5:
                yield from self.speak(self.chance.choice(part.choices))

    def end(self, word: str) -> str:
        """Give an open word one of many endings, and an open start one of many beginnings."""
        if "*" not in word:
            return word
        return "".join(self.chance.choice(_ENDINGS) if part == "*" else part for part in word)
