"""The best and the worst conversation are chosen by rule, and can be quoted."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from listener.figures import Examples
from listener.measure.examples import measure_examples

CASES = {
    "case": pl.String, "answered": pl.Boolean, "outcome": pl.String, "handling": pl.String,
    "chases": pl.Int64, "reopened": pl.Boolean, "first_helpful_seconds": pl.Float64,
    "first_helpful_observed": pl.Boolean,
}  # fmt: skip
POSTS = {
    "case": pl.String, "side": pl.String, "visibility": pl.String,
    "deleted": pl.Boolean, "automatic": pl.Boolean,
}  # fmt: skip


def good(case: str, seconds: float = 60.0, **changes) -> dict:
    return {
        "case": case, "answered": True, "outcome": "resolved", "handling": "public", "chases": 0,
        "reopened": False, "first_helpful_seconds": seconds, "first_helpful_observed": True,
        **changes,
    }  # fmt: skip


def bad(case: str, chases: int = 0, seconds: float | None = 900.0, **changes) -> dict:
    return good(case, seconds, outcome="unresolved", handling="moved", chases=chases,
                first_helpful_observed=False) | changes  # fmt: skip


def talk(*names: str, **changes) -> list[dict]:
    sides = ("customer", "brand")
    post = {"visibility": "public", "deleted": False, "automatic": False}
    return [{"case": case, "side": side, **post, **changes} for case in names for side in sides]


def measure(*cases: dict, posts: list[dict] | None = None) -> Examples:
    said = talk(*(case["case"] for case in cases)) if posts is None else posts
    return measure_examples(pl.DataFrame(cases, schema=CASES), pl.DataFrame(said, schema=POSTS))


def test_the_best_was_helped_quickest_and_the_worst_asked_again_most_often():
    found = measure(good("a", 300), good("b", 60), bad("c", 1), bad("d", 3), bad("e", 2))
    assert found == Examples(best="b", worst="d", best_of=2, worst_of=3)


def test_of_those_asked_again_as_often_the_longest_wait_for_help_is_the_worst():
    assert measure(bad("a", 2, 60), bad("b", 2, 900), bad("c", 2, None)).worst == "b"


def test_of_equals_the_first_name_is_chosen():
    found = measure(good("b"), good("a"), bad("d"), bad("c"))
    assert (found.best, found.worst) == ("a", "c")


@pytest.mark.parametrize(
    "flaw",
    [
        {"outcome": "claimed"}, {"handling": "public_then_moved"}, {"chases": 1},
        {"reopened": True}, {"answered": False}, {"first_helpful_observed": False},
    ],
)  # fmt: skip
def test_what_was_not_good_throughout_is_not_the_best(flaw):
    assert measure(good("a") | flaw).best is None


@pytest.mark.parametrize(
    "flaw",
    [{"visibility": "private"}, {"visibility": None}, {"deleted": True}, {"automatic": True}],
)
def test_a_side_that_cannot_be_quoted_is_no_conversation(flaw):
    posts = [*talk("a", "c")[::2], *(post | flaw for post in talk("a", "c")[1::2])]
    assert measure(good("a"), bad("c"), posts=posts) == Examples()


def test_without_cases_there_is_no_example():
    assert measure() == Examples()


@given(st.permutations([good("a", 5), good("b", 9), bad("c", 1), bad("d", 1, 5), bad("e", 0)]))
def test_the_order_of_rows_does_not_matter(cases):
    assert measure(*cases) == Examples(best="a", worst="c", best_of=2, worst_of=3)
