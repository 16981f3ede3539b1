"""What phrases are walked along: the tokens of sentences, by what they are and what is between."""

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt

from listener.label.grammar import END, START
from listener.label.steps import APART
from listener.label.tokens import (
    APOSTROPHE,
    BREAK,
    CLOSING,
    HYPHEN,
    SPACE,
    Flags,
    Tokens,
)

Ends = npt.NDArray[np.int32]

BEGIN = "begin"  # a phrase begins with the token: nothing is said of what stands before
AFTER_START = "after start"  # no line break
EDGED = "apart, no low line"
ANYTHING = "anything"
TOUCHING = ""
SOLID = "no blank"
MARGIN = "what may stand between a word and the mark of its sentence"
JOINED = "what joins words to one"

_LOW_LINE = ord("_")
_IN_GAPS = np.isin(np.arange(256), list(b"#$%&+<=@[\\]^`{|}"))
_PRINTABLE = np.isin(np.arange(256), range(0x20, 0x7F))
_ALLOWED = {
    TOUCHING: 0,
    ANYTHING: 0xFF,
    AFTER_START: 0xFF ^ BREAK,
    SOLID: 0xFF ^ BREAK ^ SPACE,
    MARGIN: SPACE | APOSTROPHE | HYPHEN | CLOSING,
}


class Ground:
    """Tokens by what they are and what stands between them; looked up when first needed.

    Attributes:
        tokens: Those of a column of sentences.
    """

    def __init__(self, tokens: Tokens) -> None:
        """Wait until something is asked for."""
        self.tokens = tokens
        self._gaps: dict[str, Flags] = {}
        self._named: dict[str, Flags] = {}
        self._ends: dict[tuple[str, str], Ends] = {}
        self.before_line = tokens.after == _LOW_LINE
        self.behind_line = tokens.is_word & (tokens.before == _LOW_LINE)
        self.has_lines = bool(self.behind_line.any())

    def is_named(self, name: str) -> Flags:
        """Return of each token whether it is of some kind."""
        if name not in self._named:
            self._named[name] = self._tell_named(name)
        return self._named[name]

    def _tell_named(self, name: str) -> Flags:
        tokens = self.tokens
        tellers: Mapping[str, Callable[[], Flags]] = {
            "any": lambda: np.ones(tokens.count, np.bool_),
            "word": lambda: tokens.is_word,
            "in gap": lambda: tokens.is_word | _IN_GAPS[tokens.byte],
            "sign": lambda: ~tokens.is_word & _PRINTABLE[tokens.byte],
            "stop": lambda: np.isin(tokens.byte, list(b".?!")),
            "number": tokens.list_numbered,
            "numeric": lambda: tokens.list_numbered() | (tokens.byte == ord(".")),
            "last": lambda: tokens.list_last(END.encode()),
            "start": lambda: tokens.byte == ord(START),
        }
        return tellers[name]()

    def has_gap(self, gap: str) -> Flags:
        """Return of each token, and of none behind the last, whether such a gap is before it."""
        if gap not in self._gaps:
            self._gaps[gap] = np.append(self._tell_gap(gap), np.False_)
        return self._gaps[gap]

    def _tell_gap(self, gap: str) -> Flags:
        found, inner = self.tokens.gap, self.tokens.inner
        told: Flags
        if gap == APART:
            told = found != 0
        elif gap == EDGED:
            told = (found != 0) & (self.tokens.before != _LOW_LINE)
        elif gap == JOINED:
            told = (found != 0) & (found & ~np.uint8(APOSTROPHE | HYPHEN) == 0)
        elif gap in _ALLOWED:
            told = found & np.uint8(0xFF ^ _ALLOWED[gap]) == 0
        else:
            told = self.tokens.has_gap(gap)
        return inner & told

    def list_ends(self, name: str, gap: str) -> Ends:
        """Return of each token where the chain of tokens of a kind ends that follows it.

        Each token of a chain has such a gap before it. It ends where it starts if there is none.
        """
        key = (name, gap)
        if key not in self._ends:
            links = self.is_named(name) & self.has_gap(gap)[:-1]
            count = np.int32(self.tokens.count)  # half as large as other places: there are many
            stops = np.where(links, count, np.arange(count, dtype=np.int32))
            next_stops = np.minimum.accumulate(np.append(stops, count)[:0:-1])[::-1]
            self._ends[key] = next_stops - np.int32(1)
        return self._ends[key]
