"""Chance draws fairly, always in the same order, and only what nothing changes any more."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from listener.measure.sampling import draw_number, list_drawable_cases

START = datetime(2026, 3, 2, tzinfo=UTC)


def make_cases(count=6):
    return pl.DataFrame(
        {
            "case": [f"c{n}" for n in range(count)],
            "brand": ["acme", "bolt"] * (count // 2),
            "week": ["2026-W10"] * count,
            "due": [True] * count,
            "untagged": [False] * count,
            "opened_at": [START + timedelta(days=n) for n in range(count)],
        }
    )


def test_numbers_are_spread_evenly():
    numbers = sorted(draw_number(f"case {n}") for n in range(2_000))
    # Kolmogorov–Smirnov: the 99.9 % point of the largest distance is 1.95 / √n.
    worst = max(abs(number - n / 2_000) for n, number in enumerate(numbers))
    assert worst < 1.95 / 2_000**0.5
    assert 0 <= numbers[0] <= numbers[-1] < 1


def test_the_order_depends_on_the_names_alone():
    cases = make_cases()
    order = list_drawable_cases(cases)["case"].to_list()
    assert list_drawable_cases(cases.reverse())["case"].to_list() == order
    fewer = list_drawable_cases(cases.filter(pl.col("case") != order[2]))["case"].to_list()
    assert fewer == [name for name in order if name != order[2]]


@pytest.mark.parametrize(
    "change",
    [
        {"due": pl.col("case") != "c0"},
        {"untagged": pl.col("case") == "c0"},
    ],
)
def test_cases_that_no_figure_stands_for_are_not_drawn(change):
    drawn = list_drawable_cases(make_cases().with_columns(**change))
    assert "c0" not in drawn["case"].to_list()
    assert drawn.height == 5


def test_brands_and_erased_words_limit_the_frame():
    drawn = list_drawable_cases(make_cases(), brands=["acme"], since=START + timedelta(days=1))
    assert sorted(drawn["case"]) == ["c2", "c4"]
    assert set(drawn["stratum"]) == {"acme/2026-W10"}
