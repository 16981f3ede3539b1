"""The shelf of what was told, on which replies find their near duplicates of the 28 days before.

`docs/measures.md`, section 6. All replies of a brand look at once, each at a few texts at first
and at more if these were not enough: who has found three customers looks no further. So a brand
that says nearly the same a hundred thousand times is hardly more work than another one.
"""

from collections.abc import Iterator

import numpy as np
import polars as pl
from numpy.typing import NDArray

from listener.measure.graph import Links, follow
from listener.measure.ranges import split, spread
from listener.measure.told_lately import LEAST_CUSTOMERS, WINDOW, ToldLately, find_places
from listener.measure.word_triples import PAIRS_AT_ONCE, Triples

_FIRST_LOOK = 4
_WIDER = 2
_ROW = 32  # bits of the number of a row


class Shelf:
    """Replies in order, each a row, and the places of their texts.

    A *place* is the row in which a text was told at first, or again after 28 days. It is listed
    under the rarest triples of the text as long as somebody may have been told it lately.
    """

    def __init__(self, told: pl.DataFrame, triples: Triples) -> None:
        """Put replies on the shelf.

        Args:
            told: `person`, `at` and `line` of each, in order.
            triples: Of the text of each line.
        """
        self._triples = triples
        piece = (pl.col("at") // WINDOW).alias("piece")
        self._rows = find_places(told).with_columns(piece)
        self._rare = triples.list_rare().rename({"text": "line"})
        self._listed = _list_places(self._rows, self._rare)
        self._told = ToldLately(self._rows)
        self._lines = told["line"].to_numpy().astype(np.int64)
        self._joined = self._told.places.copy()
        self._canned = np.zeros(told.height, dtype=np.bool_)
        self._pairs = np.empty(0, dtype=np.int64)

    def search(self) -> tuple[NDArray[np.bool_], Links]:
        """Return whether each reply is canned, and the first reply that it hangs together with."""
        self._add(*self._told.find_others_of_same())
        looking = self._rows.filter(~pl.Series(self._canned))
        ranges = _list_ranges(looking, self._rare, self._listed)
        begin, end = 0, _FIRST_LOOK
        while ranges.height:
            for part in _cut_out(ranges, begin, end):
                self._look(part)
            begin, end = end, min(end * _WIDER, end + PAIRS_AT_ONCE)
            looks = ~pl.Series(self._canned[ranges["row"].to_numpy()])
            ranges = ranges.filter(looks & (ranges["before"] + ranges["length"] > begin))
        return self._canned, follow(self._joined)

    def _look(self, ranges: pl.DataFrame) -> None:
        """Look at what is listed in each range, and keep near duplicates that were told lately."""
        owner, within = spread(ranges["length"].to_numpy())
        row, newest, left, size = (
            ranges[name].to_numpy()[owner] for name in ("row", "newest", "left", "size")
        )
        listed = newest - within
        place, other_left, other_size = (
            self._listed[name].to_numpy()[listed] for name in ("place", "left", "size")
        )
        # What comes after the first triple that both have is all that they can still share.
        may_be = 9 * np.minimum(left, other_left) >= 4 * (size + other_size)
        row, place = row[may_be], place[may_be]
        is_near = self._triples.are_near(self._lines[row], self._lines[place])
        row, place = row[is_near], place[is_near]
        last = self._told.find_last(place, row)
        lately = self._told.were_lately(last, row)
        self._join(row[lately], place[lately])
        self._add(*self._told.find_others(last[lately], row[lately]))

    def _join(self, rows: Links, places: Links) -> None:
        """Join texts that begin a place with the first near duplicate of each."""
        found, first = np.unique(rows, return_index=True)
        is_alone = self._joined[found] == found
        self._joined[found[is_alone]] = places[first[is_alone]]

    def _add(self, rows: Links, others: Links) -> None:
        """Add customers who were told near duplicates, and see who has found enough of them."""
        pairs = np.union1d(self._pairs, (rows << _ROW) | others)
        counts = np.bincount(pairs >> _ROW, minlength=len(self._canned))
        self._canned |= counts >= LEAST_CUSTOMERS
        self._pairs = pairs[~self._canned[pairs >> _ROW]]


def _list_places(rows: pl.DataFrame, rare: pl.DataFrame) -> pl.DataFrame:
    """List the places of texts by pieces of time and rare triples, in order.

    A piece is as long as the window: what was told in the window before a reply was told in the
    same piece or the one before. Each `piece` and `triple` has a number as `group`.
    """
    later = rows.with_columns(pl.col("piece") + 1)
    standing = pl.concat([rows, later]).select("line", "place", "piece").unique()
    listed = standing.join(rare, on="line").sort("piece", "triple", "place")
    group = pl.struct("piece", "triple").rle_id().cast(pl.Int64)
    return listed.with_columns(group.alias("group"))


def _list_ranges(rows: pl.DataFrame, rare: pl.DataFrame, listed: pl.DataFrame) -> pl.DataFrame:
    """List where each row has to look: under its rare triples, from the `newest` place back.

    `length` is how many places there are, and `before` how many the row has seen until then.
    """
    key = ["piece", "triple"]
    begins = pl.int_range(pl.len()).alias("begin")
    groups = listed.select(*key, "group", begins).unique(key, keep="first", maintain_order=True)
    ranges = rows.join(rare, on="line").join(groups, on=key).sort("row", "triple")
    known, looked = (
        table.select(pl.col("group") * 2**_ROW + pl.col(last)).to_series().to_numpy()
        for table, last in ((listed, "place"), (ranges, "row"))
    )
    ends = pl.Series(np.searchsorted(known, looked))
    ranges = ranges.with_columns(newest=ends - 1, length=ends - ranges["begin"])
    before = (pl.col("length").cum_sum() - pl.col("length")).over("row")
    return ranges.filter(pl.col("length") > 0).with_columns(before.alias("before"))


def _cut_out(ranges: pl.DataFrame, begin: int, end: int) -> Iterator[pl.DataFrame]:
    """Yield what rows see from their `begin` to their `end`, in parts of a few pairs each."""
    first = (begin - pl.col("before")).clip(lower_bound=0)
    after = pl.min_horizontal(end - pl.col("before"), "length")
    seen = ranges.with_columns(pl.col("newest") - first, (after - first).alias("length"))
    seen = seen.filter(pl.col("length") > 0)
    for part in split(seen["length"].to_numpy(), PAIRS_AT_ONCE):
        yield seen[part]
