"""Every case goes one way from its handling to its outcome, and none is lost between them."""

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from listener.figures import Flow
from listener.measure.flow import measure_flow
from listener.measure.handling import HANDLINGS
from listener.measure.outcome import OUTCOMES


def measure(*ways: tuple[str, str]) -> Flow:
    schema = {"handling": pl.String, "outcome": pl.String}
    return measure_flow(pl.DataFrame(ways, schema=schema, orient="row"))


def test_five_cases_go_four_ways():
    flow = measure(
        ("moved", "handed_over"),
        ("moved", "unresolved"),
        ("moved", "handed_over"),
        ("public", "resolved"),
        ("unanswered", "unanswered"),
    )
    assert flow.total == 5
    counts = {key: (share.count, share.total) for key, share in flow.handling.items()}
    assert counts == {"unanswered": (1, 5), "public": (1, 5), "moved": (3, 5)}
    ways = {
        (handling, outcome): (share.count, share.total)
        for handling, paths in flow.paths.items()
        for outcome, share in paths.items()
    }
    assert ways == {
        ("moved", "handed_over"): (2, 3),
        ("moved", "unresolved"): (1, 3),
        ("public", "resolved"): (1, 1),
        ("unanswered", "unanswered"): (1, 1),
    }


def test_without_cases_nothing_flows():
    assert measure() == Flow()


@given(st.lists(st.tuples(st.sampled_from(HANDLINGS), st.sampled_from(OUTCOMES)), max_size=40))
def test_both_sides_add_up_to_all_cases(ways):
    flow = measure(*ways)
    assert flow.total == len(ways) == sum(share.count for share in flow.handling.values())
    for handling, paths in flow.paths.items():
        assert sum(share.count for share in paths.values()) == flow.handling[handling].count
        assert all(share.total == flow.handling[handling].count for share in paths.values())
    arrived = [
        outcome
        for paths in flow.paths.values()
        for key in paths
        for outcome in [key] * paths[key].count
    ]
    assert sorted(arrived) == sorted(outcome for _, outcome in ways)
