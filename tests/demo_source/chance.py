"""Chance that is the same on every machine: only `Random.random` is drawn from."""

import itertools
import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")
Quantiles = Sequence[tuple[float, float]]


class Chance:
    """A source of choices that depends on its seed alone.

    The other methods of `random.Random` may change between versions of Python;
    `random()` with a text as seed is promised to stay.
    """

    def __init__(self, *seed: object) -> None:
        self._random = random.Random("/".join(map(str, seed)))  # noqa: S311

    def fraction(self) -> float:
        return self._random.random()

    def happens(self, probability: float) -> bool:
        return self._random.random() < probability

    def below(self, limit: int) -> int:
        return int(self._random.random() * limit)

    def between(self, low: int, high: int) -> int:
        return low + self.below(high - low + 1)

    def pick(self, items: Sequence[T]) -> T:
        return items[self.below(len(items))]

    def weighted(self, weights: Sequence[float]) -> int:
        """Return an index, drawn with these weights."""
        left = self._random.random() * sum(weights)
        for index, weight in enumerate(weights):
            left -= weight
            if left < 0:
                return index
        return len(weights) - 1

    def quantile(self, table: Quantiles) -> float:
        """Draw from a distribution that is given by some of its quantiles."""
        at = self._random.random()
        for (low, start), (high, end) in itertools.pairwise(table):
            if at <= high:
                return start + (end - start) * (at - low) / (high - low)
        return table[-1][1]
