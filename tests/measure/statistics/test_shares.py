import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest
from statsmodels.stats.proportion import proportion_confint

from listener.measure.statistics import make_share, measure_wilson, wilson_expr

COUNTS = st.integers(1, 1_000_000).flatmap(
    lambda total: st.tuples(st.integers(0, total), st.just(total))
)


@pytest.mark.parametrize(
    ("count", "total", "low", "high"),
    [  # Newcombe 1998 (Statistics in Medicine 17:857), table I, method 3
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_published_wilson_intervals_come_out(count, total, low, high):
    assert measure_wilson(count, total) == pytest.approx((low, high), abs=5e-5)


@settings(derandomize=True, deadline=None)
@given(COUNTS)
def test_wilson_agrees_with_statsmodels_and_scipy(counts):
    ours = measure_wilson(*counts)
    theirs = binomtest(*counts).proportion_ci(0.95, method="wilson")
    assert ours == pytest.approx(proportion_confint(*counts, method="wilson"), abs=1e-9)
    assert ours == pytest.approx((theirs.low, theirs.high), abs=1e-9)


@settings(derandomize=True, deadline=None)
@given(COUNTS)
def test_the_rate_lies_inside_its_interval_and_the_interval_inside_0_and_1(counts):
    count, total = counts
    low, high = measure_wilson(count, total)
    assert 0 <= low <= count / total <= high <= 1


@settings(derandomize=True, deadline=None)
@given(COUNTS)
def test_counting_the_others_mirrors_the_interval(counts):
    count, total = counts
    low, high = measure_wilson(count, total)
    mirrored = measure_wilson(total - count, total)
    assert mirrored == pytest.approx((1 - high, 1 - low), abs=1e-12)


def test_no_cases_give_no_interval_and_no_rate():
    share = make_share(0, 0)
    assert measure_wilson(0, 0) == (None, None)
    assert (share.rate, share.low, share.high) == (None, None, None)


@pytest.mark.parametrize("total", [1, 3, 10, 999, 10**9])
def test_none_is_exactly_0_and_all_is_exactly_1(total):
    assert measure_wilson(0, total)[0] == 0
    assert measure_wilson(total, total)[1] == 1


@pytest.mark.parametrize(("count", "total"), [(2, 1), (-1, 5), (0, -1)])
def test_impossible_counts_are_refused(count, total):
    with pytest.raises(ValueError, match=f"a share of {count} in {total} is impossible"):
        measure_wilson(count, total)


def test_a_share_carries_counts_interval_and_unit():
    share = make_share(3, 12, unit="replies")
    assert (share.count, share.total, share.unit) == (3, 12, "replies")
    assert (share.low, share.high) == measure_wilson(3, 12)


def test_the_unit_of_a_share_is_cases_unless_told_otherwise():
    assert make_share(1, 2).unit == "cases"


@pytest.mark.parametrize("dtype", [pl.UInt32, pl.Int64])
def test_columns_give_the_same_interval_as_single_shares(dtype):
    counts = [(count, total) for total in range(60) for count in range(total + 1)]
    counts.append((1_500_000_000, 4_000_000_000 if dtype == pl.Int64 else 3_000_000_000))
    frame = pl.DataFrame(counts, schema={"count": dtype, "total": dtype}, orient="row")
    low, high = wilson_expr(pl.col("count"), pl.col("total"))
    ends = frame.select(low.alias("low"), high.alias("high")).rows()
    for (count, total), (in_columns_low, in_columns_high) in zip(counts, ends, strict=True):
        assert (in_columns_low, in_columns_high) == pytest.approx(measure_wilson(count, total))
