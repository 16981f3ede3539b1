"""Sifting sentences by plain strings, before any expression runs.

One pass over the sentences notes which strings each of them holds, one bit for each
sentence. A phrase can only be found where one of each set of its signs is held: that
leaves few sentences for the slow search.
"""

from collections.abc import Iterable
from functools import cache

import numpy as np
import numpy.typing as npt
import polars as pl

from listener.label.grammar import estimate_share

Bits = npt.NDArray[np.uint8]
_TOO_FREQUENT = 0.45  # strings in more sentences than this are not worth noting


class Sieve:
    """What strings each of the sentences holds."""

    def __init__(self, texts: pl.Series, signs: Iterable[frozenset[str]]) -> None:
        """Look for all strings of `signs` in one pass."""
        self._all = np.packbits(np.ones(len(texts), dtype=np.bool_))
        self._size = len(texts)
        wanted = {sign for sign in signs if _sifts(sign)}
        self._held = _note_held(texts, sorted(set().union(*wanted)))

    def sift(self, signs: Iterable[frozenset[str]]) -> Bits:
        """Return the sentences that hold one string of each set."""
        left = self._all
        for sign in signs:
            if _sifts(sign):
                left = left & np.bitwise_or.reduce([self._held[needle] for needle in sign])
        return left

    def list_places(self, bits: Bits) -> npt.NDArray[np.intp]:
        """Return the places of the sentences whose bit is set."""
        return np.flatnonzero(np.unpackbits(bits, count=self._size))


@cache
def _sifts(sign: frozenset[str]) -> bool:
    return max(estimate_share([needle]) for needle in sign) <= _TOO_FREQUENT


def _note_held(texts: pl.Series, needles: list[str]) -> dict[str, Bits]:
    if not needles:
        return {}
    held = pl.DataFrame({"needle": texts.str.extract_many(needles, overlapping=True)})
    pairs = held.with_row_index("place").explode("needle").drop_nulls()
    numbers = pl.DataFrame({"needle": needles}).with_row_index("number")
    pairs = pairs.join(numbers, on="needle")
    bits = np.zeros((len(needles), len(texts)), dtype=np.bool_)
    bits[pairs["number"].to_numpy(), pairs["place"].to_numpy()] = True
    return dict(zip(needles, np.packbits(bits, axis=1), strict=True))
