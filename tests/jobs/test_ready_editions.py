"""A report is made when what it tells of was read, or when nobody can hope for it any more."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from listener.jobs.due_editions import Edition
from listener.jobs.ready_editions import find_ready_editions
from tests.builders import make_brand

END = datetime(2026, 3, 9, tzinfo=UTC)  # of 2026-W10
EDITION = Edition("acme", "2026-W10")
SOURCES = {"acme": {"x:posts", "x:search"}}


def find(*runs, after=timedelta(hours=7), sources=SOURCES):
    frame = pl.DataFrame(
        [(name, END + timedelta(hours=hours), state) for name, hours, state in runs],
        schema={
            "source": pl.String,
            "started_at": pl.Datetime("us", "UTC"),
            "state": pl.String,
        },
        orient="row",
    )
    return find_ready_editions([EDITION], [make_brand("acme")], frame, sources, now=END + after)


@pytest.mark.parametrize(
    ("posts", "search", "is_ready"),
    [
        ((1, "done"), (2, "done"), True),
        ((1, "done"), (2, "failed"), True),
        ((1, "paused"), (2, "failed"), True),
        ((1, "failed"), (2, "failed"), False),
        ((1, "done"), (2, "running"), False),
        ((1, "done"), (-1, "done"), False),
        ((-2, "done"), (-1, "done"), False),
    ],
)
def test_each_source_was_tried_since_the_week_and_one_was_read(posts, search, is_ready):
    ready = find(("x:posts", *posts), ("x:search", *search))
    assert ready == ([EDITION] if is_ready else [])


def test_nobody_waits_for_one_source_for_long():
    runs = [("x:posts", 1, "done"), ("x:search", -1, "done")]
    assert find(*runs) == []
    assert find(*runs, after=timedelta(hours=13)) == [EDITION]


def test_after_a_pause_of_days_what_was_just_tried_is_not_late():
    begun = ("x:posts", 130, "done")
    assert find(begun, after=timedelta(hours=130)) == []
    assert find(begun, ("x:search", 131, "done"), after=timedelta(hours=131)) == [EDITION]


def test_that_nothing_could_be_read_is_told_after_some_days():
    runs = [("x:posts", 310, "failed"), ("x:search", 310, "failed")]
    assert find(*runs, after=timedelta(days=12, hours=23)) == []
    assert find(*runs, after=timedelta(days=13)) == [EDITION]
    # Whoever begins after such a pause has not tried yet.
    assert find(*runs, after=timedelta(days=14)) == []
    assert find(after=timedelta(days=14)) == []


def test_what_is_only_imported_waits_for_nothing():
    assert find(sources={}) == [EDITION]
    assert find(sources={"acme": set()}) == [EDITION]
