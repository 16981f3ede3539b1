"""Which rows are chosen, whether they lie together or not."""

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from listener.measure.selection import choose_rows, count_where


@pytest.mark.parametrize(
    "holds",
    [
        [],
        [False, False],
        [True, True],
        [False, True, True, False],
        [True, False, True],
        [None, True, None],
        [True, None, True],
        [None, None],
    ],
)
def test_rows_are_chosen_as_by_a_filter(holds):
    table = pl.DataFrame({"row": range(len(holds)), "holds": pl.Series(holds, dtype=pl.Boolean)})
    assert_frame_equal(choose_rows(table, pl.col("holds")), table.filter("holds"))


def test_what_is_not_told_is_not_counted():
    table = pl.DataFrame({"answered": [True, None, False, True], "chases": [0, 2, None, 3]})
    counts = count_where(table, answered="answered", chased=pl.col("chases") > 0)
    assert counts == {"answered": 2, "chased": 2}
    assert count_where(table.clear(), answered="answered") == {"answered": 0}
