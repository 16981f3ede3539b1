"""What is known of posts stands beside the rows that name them, as a join would put it."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from listener.measure import known
from listener.measure.known import add_known


@pytest.mark.parametrize("most_missing", [0, known._MOST_MISSING, 10**9])
@given(st.lists(st.integers(0, 30)), st.sets(st.integers(0, 30)))
def test_it_is_what_a_join_finds(most_missing, asked, numbers):
    rows = pl.DataFrame({"post": pl.Series(asked, dtype=pl.UInt32), "place": range(len(asked))})
    facts = pl.DataFrame(
        {
            "text": [f"post {number}" for number in numbers],
            "post": pl.Series(list(numbers), dtype=pl.UInt32),
            "deleted": [number % 3 == 0 for number in numbers],
        }
    ).cast({"text": pl.String, "deleted": pl.Boolean})
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(known, "_MOST_MISSING", most_missing)
        found = add_known(rows, facts)
    assert found.equals(rows.join(facts, on="post", how="left", maintain_order="left"))
