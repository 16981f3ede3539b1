"""Who was told a text in the 28 days before: of each time that it was told, the last few customers.

`docs/measures.md`, section 6.
"""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from listener.measure.graph import Links

WINDOW_DAYS = 28
LEAST_CUSTOMERS = 3
WINDOW = WINDOW_DAYS * 86_400_000_000
"""In microseconds."""

_REMEMBERED = LEAST_CUSTOMERS + 1  # one of them may be whom it is told now
_NOBODY = _NONE = -1
_NEVER = np.iinfo(np.int64).min


def find_places(told: pl.DataFrame) -> pl.DataFrame:
    """Add the number of each `row`, and its `place`: the row in which its text was told at first.

    Where nobody was told a text for 28 days it is forgotten, and has a new place when it is
    told again.

    Args:
        told: `line`, a number for each text, and `at` of replies in order.
    """
    is_new = pl.col("line") != pl.col("line").shift(1)
    begins = is_new.fill_null(value=True) | (pl.col("at").diff() > WINDOW)
    return (
        told.with_columns(pl.int_range(pl.len()).alias("row"))
        .sort("line", maintain_order=True)
        .with_columns(pl.when(begins).then("row").forward_fill().alias("place"))
        .sort("row")
    )


class ToldLately:
    """Who had been told the text of each row last, by then: four customers at most, and when."""

    def __init__(self, rows: pl.DataFrame) -> None:
        """Go through replies in order.

        Args:
            rows: From `find_places`, with `person`, a number for each customer.
        """
        self.places, self._at = rows["place"].to_numpy(), rows["at"].to_numpy()
        self._persons = rows["person"].to_numpy().astype(np.int64)
        together = np.argsort(self.places, kind="stable")
        self._names = self._name(self.places[together], together)
        last = _list_last(self.places[together], self._persons[together])
        self._people = np.append(self._persons[together], _NOBODY)[last]
        self._moments = np.append(self._at[together], _NEVER)[last]

    def find_last(self, places: Links, rows: Links) -> Links:
        """Return numbers that stand for what was told of each place before each row."""
        return np.searchsorted(self._names, self._name(places, rows)) - 1

    def were_lately(self, last: Links, rows: Links) -> NDArray[np.bool_]:
        """Tell whether somebody had been told it in the 28 days before each row."""
        return np.asarray(self._moments[last, 0] >= self._at[rows] - WINDOW)

    def find_others(self, last: Links, rows: Links) -> tuple[Links, Links]:
        """Return pairs of a row and another customer who had been told it lately."""
        people = self._people[last]
        counts = self._moments[last] >= self._at[rows, None] - WINDOW
        counts &= people != self._persons[rows, None]
        return np.broadcast_to(rows[:, None], people.shape)[counts], people[counts]

    def find_others_of_same(self) -> tuple[Links, Links]:
        """Return pairs of a row and another customer who had been told the same text lately."""
        again = np.flatnonzero(self.places != np.arange(len(self.places)))
        return self.find_others(self.find_last(self.places[again], again), again)

    def _name(self, places: Links, rows: Links) -> Links:
        """Return numbers in the order of places and rows."""
        return places * len(self.places) + rows


def _list_last(places: Links, persons: Links) -> NDArray[np.int64]:
    """List at each row the last rows of the customers who were told a text last, -1 for none.

    Whoever is told it comes to the front, and pushes back those who were there before; all
    others stay where they were.

    Args:
        places: Of rows that are together by places, each in order.
        persons: Who was told it.
    """
    rows = np.arange(len(places))
    begins = np.diff(places, prepend=-1) != 0
    persons = np.append(persons, _NOBODY)
    last, is_pushed = [rows], ~begins
    for _ in range(_REMEMBERED - 1):
        pushed = np.where(begins, _NONE, np.roll(last[-1], 1))
        is_pushed &= persons[pushed] != persons[rows]
        since = np.maximum.accumulate(np.where(begins | is_pushed, rows, 0))
        last.append(pushed[since])
    return np.stack(last, axis=1)
