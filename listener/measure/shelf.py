"""The shelf of texts of the last 28 days, on which replies find their near duplicates.

`docs/measures.md`, section 6. It goes through time; identical texts stand together.
"""

from array import array
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain, islice

import numpy as np
from numpy.typing import NDArray

from listener.measure.word_triples import Triples, are_near

WINDOW_DAYS = 28
LEAST_CUSTOMERS = 3
WINDOW = WINDOW_DAYS * 86_400_000_000
"""In microseconds."""

_AT_ONCE = 128


@dataclass(slots=True)
class _Text:
    """A text, and who was told it when, the latest last.

    Attributes:
        place: Where it stands on the shelf; -1 before it does.
        prefix: So many of its rarest triples that each near duplicate has one of them.
    """

    line: int
    triples: frozenset[int]
    prefix: list[int]
    place: int = -1
    cluster: int = -1
    told: dict[int, int] = field(default_factory=dict)


class Shelf:
    """The texts of the last 28 days; each place holds one."""

    def __init__(self, triples: Triples, most: int) -> None:
        """Make an empty shelf.

        Args:
            triples: Of all texts that will be told.
            most: How often at most something will be told.
        """
        self._triples = triples
        self._texts: dict[int, _Text] = {}
        self._of_line: dict[int, _Text] = {}
        self._listed: dict[int, array[int]] = defaultdict(lambda: array("q"))
        self._lines: NDArray[np.int64] = np.zeros(most, dtype=np.int64)
        self._last: NDArray[np.int64] = np.zeros(most, dtype=np.int64)
        self._places = 0
        self._cleared = 0

    def tell(self, post: int, at: int, person: int, line: int) -> tuple[bool, int]:
        """Put a reply on the shelf; return whether it is canned, and its cluster."""
        since = at - WINDOW
        if self._cleared < since:
            self._clear(since)
            self._cleared = at
        text = self._take(line, since)
        is_canned = self._is_canned(text, person, since)
        if text.place < 0:
            text.cluster = post if text.cluster < 0 else text.cluster
            self._add(text)
        text.told.pop(person, None)
        text.told[person] = at
        self._last[text.place] = at
        return is_canned, text.cluster

    def _take(self, line: int, since: int) -> _Text:
        """Return the text as it stands on the shelf, or a new one."""
        text = self._of_line.get(line)
        if text is not None and self._last[text.place] >= since:
            return text
        triples = self._triples.find(line)
        must_share = -(-4 * len(triples) // 5)
        return _Text(line, frozenset(triples), triples[: len(triples) - must_share + 1])

    def _is_canned(self, text: _Text, person: int, since: int) -> bool:
        others = find_others(text.told, person, since)
        if len(others) >= LEAST_CUSTOMERS:
            return True
        for near in self._find_near(text, since):
            text.cluster = near.cluster if text.cluster < 0 else text.cluster
            others |= find_others(near.told, person, since)
            if len(others) >= LEAST_CUSTOMERS:
                return True
        return False

    def _find_near(self, text: _Text, since: int) -> Iterator[_Text]:
        """Yield the near duplicates on the shelf, each once."""
        seen = {text.place}
        for place in self._sift(text, since):
            if place not in seen:
                seen.add(place)
                near = self._texts[place]
                if are_near(text.triples, near.triples):
                    yield near

    def _sift(self, text: _Text, since: int) -> Iterator[int]:
        """Yield the places, the rarest triple's newest first, that may hold near duplicates."""
        lists = filter(None, map(self._listed.get, text.prefix))
        listed = chain.from_iterable(map(reversed, lists))
        while some := list(islice(listed, _AT_ONCE)):
            places = np.array(some, dtype=np.int64)
            fresh = places[self._last[places] >= since]
            likely = fresh[self._triples.sift(text.line, self._lines[fresh])]
            yield from likely.tolist()

    def _add(self, text: _Text) -> None:
        text.place, self._places = self._places, self._places + 1
        self._of_line[text.line] = self._texts[text.place] = text
        self._lines[text.place] = text.line
        for triple in text.prefix:
            self._listed[triple].append(text.place)

    def _clear(self, since: int) -> None:
        """Take off what nobody was told for 28 days."""
        gone = {place for place in self._texts if self._last[place] < since}
        for place in gone:
            text = self._texts.pop(place)
            if self._of_line.get(text.line) is text:  # else it was put here anew
                del self._of_line[text.line]
        for triple, places in list(self._listed.items()):
            kept = array("q", (place for place in places if place not in gone))
            self._listed[triple] = kept
            if not kept:
                del self._listed[triple]
        for text in self._texts.values():
            text.told = {person: at for person, at in text.told.items() if at >= since}


def find_others(told: dict[int, int], person: int, since: int) -> set[int]:
    """Return up to three other customers who were told a text lately.

    Args:
        told: Who was told it when, the latest last.
        person: Whom it is told now.
        since: What is earlier does not count.
    """
    others: set[int] = set()
    for other, at in reversed(told.items()):
        if at < since or len(others) == LEAST_CUSTOMERS:
            break
        if other != person:
            others.add(other)
    return others
