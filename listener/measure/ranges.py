"""Ranges of numbers, given by how long each is: every number of all of them, and parts of them."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from listener.measure.graph import Links


def spread(lengths: Links) -> tuple[Links, Links]:
    """Return for each number of all ranges which range it is in, and its place there, from 0."""
    owner = np.repeat(np.arange(len(lengths)), lengths)
    begins = np.cumsum(lengths) - lengths
    return owner, np.arange(len(owner)) - begins[owner]


def split(lengths: Links, most: int) -> Iterator[slice]:
    """Yield ranges one after the other, with so many numbers together at most.

    One that is longer than that is among few others.
    """
    part = np.cumsum(lengths) // most
    begins = np.flatnonzero(np.diff(part, prepend=-1))
    for begin, end in pairwise([*begins, len(lengths)]):
        yield slice(begin, end)
