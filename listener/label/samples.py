"""Texts that a phrase should find, made from the phrase itself.

A linter asks with them what a phrase does without waiting for posts to come.
"""

import random
from collections.abc import Iterator, Mapping, Sequence

from listener.label.grammar import read_tokens

_SHAPE_TEXTS: Mapping[str, str] = {
    "link": "https://example.org/page",
    "message-link": "https://twitter.com/messages/compose",
    "email": "care@example.org",
    "handle": "@example",
    "phone-number": "0800 1234567",
    "number": "42",
}
_FILLER = "indeed"
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
    gaps = _GAPS if fill else (0,)
    posts = (
        _make_post(_Speaker(phrase, words, chance, gaps).speak(), fill=fill)
        for _ in range(2 * count)
    )
    return list(dict.fromkeys(posts))[:count]


def _make_post(pieces: Iterator[str], *, fill: bool) -> str:
    """Put words around what was spoken, unless it stands at the start or the end."""
    spoken = " ".join(piece for piece in pieces if piece)
    spoken = spoken.replace(" ?", "?").replace(" !", "!")
    if not fill:
        return spoken
    before = "" if spoken.startswith("^") else f"{_FILLER} "
    after = "" if spoken[-1] in "$?!" else f" {_FILLER}"
    return f"{before}{spoken.strip('^$').strip()}{after}"


class _Speaker:
    """Speaks one of the texts that a phrase stands for."""

    def __init__(
        self, phrase: str, words: Mapping[str, str], chance: random.Random, gaps: Sequence[int]
    ) -> None:
        self.tokens = [*read_tokens(phrase), ("end", "")]
        self.words, self.chance, self.gaps, self.place = words, chance, gaps, 0

    def speak(self) -> Iterator[str]:
        while (token := self.tokens[self.place])[0] != "end" and token[1] not in _CLOSING:
            self.place += 1
            yield from self.speak_token(*token)

    def speak_token(self, kind: str, text: str) -> Iterator[str]:
        if kind == "gap":
            yield from [_FILLER] * self.chance.choice(self.gaps)
        elif kind == "shape" and text in _SHAPE_TEXTS:
            yield _SHAPE_TEXTS[text]
        elif kind == "shape":
            yield from _Speaker(self.words[text], self.words, self.chance, self.gaps).speak()
        elif kind == "word":
            yield self.end(text) if text != "*" else _FILLER
        elif text in {"(", "["}:
            yield from self.choose(optional=text == "[")
        else:
            yield text

    def end(self, word: str) -> str:
        """Give an open word one of many endings, and an open start one of many beginnings."""
        return "".join(self.chance.choice(_ENDINGS) if part == "*" else part for part in word)

    def choose(self, *, optional: bool) -> list[str]:
        choices = [list(self.speak())]
        while self.tokens[self.place][1] == "|":
            self.place += 1
            choices.append(list(self.speak()))
        self.place += 1
        return [] if optional and self.chance.random() < 0.5 else self.chance.choice(choices)
