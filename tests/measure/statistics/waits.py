"""Waits for the tests of this folder, and a slow, exact reading of their curve."""

from fractions import Fraction

import polars as pl
from hypothesis import strategies as st

SCHEMA = {"seconds": pl.Float64, "observed": pl.Boolean, "skewed": pl.Boolean}

# Freireich et al. 1963: weeks in remission of 21 leukaemia patients under 6-MP and of 21
# without. Every textbook prints its curves; a plus sign marks a time that was still running.
TREATED = "6 6 6 6+ 7 9+ 10 10+ 11+ 13 16 17+ 19+ 20+ 22 23 25+ 32+ 32+ 34+ 35+"
UNTREATED = "1 1 2 2 3 4 4 5 5 8 8 8 8 11 11 12 12 15 17 22 23"


def read_waits(written: str) -> list[tuple[float, bool]]:
    """Read "5 7+": an answer after 5 seconds, and a wait still open after 7."""
    return [(float(word.rstrip("+")), not word.endswith("+")) for word in written.split()]


def make_waits(waits: list[tuple[float, bool]] | str) -> pl.DataFrame:
    rows = read_waits(waits) if isinstance(waits, str) else waits
    columns = {
        "seconds": [seconds for seconds, _ in rows],
        "observed": [observed for _, observed in rows],
        "skewed": [False] * len(rows),
    }
    return pl.DataFrame(columns, schema=SCHEMA)


def read_curve_exactly(waits: list[tuple[float, bool]]) -> dict[float, Fraction]:
    """Read S after each answer off the definition, in fractions."""
    waiting, curve = Fraction(1), {}
    for seconds in sorted({seconds for seconds, observed in waits if observed}):
        at_risk = sum(other >= seconds for other, _ in waits)
        events = sum(other == seconds and observed for other, observed in waits)
        waiting *= Fraction(at_risk - events, at_risk)
        curve[seconds] = waiting
    return curve


def some_waits(min_size: int = 0, max_size: int = 40) -> st.SearchStrategy:
    """Draw waits with many ties, zeros and very long ones among them."""
    seconds = st.one_of(st.integers(0, 12), st.integers(0, 100_000), st.just(10**12))
    return st.lists(
        st.tuples(seconds.map(float), st.booleans()), min_size=min_size, max_size=max_size
    )
