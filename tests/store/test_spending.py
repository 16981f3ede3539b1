"""What reading costs: each thing once a day, each sum exactly once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import polars as pl
import pytest
from sqlalchemy import text

from listener.store.spending import Spend
from listener.store.store import Store
from tests.builders import START, make_post
from tests.store.spent_things import load_spent_things

DAY = date(2026, 3, 2)
NEXT_DAY = date(2026, 3, 3)


def make_spend(*things, kind="post", day=DAY, brand="acme", price=5_000, units=None):
    units = len(things) if units is None else units
    return Spend(
        platform="x",
        brand=brand,
        day=day,
        kind=kind,
        units=units,
        micro_dollars=price * units,
        things=frozenset(things),
    )


def book(store, *spent):
    run_id = store.start_run("key", "x", "acme", kind="search", planned_at=START, started_at=START)
    store.save_page(run_id, [], seen_at=START, spent=spent)


def test_what_is_paid_outside_of_a_run_is_booked_with_the_rest(store):
    store.save_spending([make_spend("post:1"), make_spend(kind="count", units=2)])
    book(store, make_spend("post:1", "post:2"))
    store.save_spending([make_spend("post:2")])
    assert load_sums(store) == {
        ("acme", DAY, "post"): (2, 10_000),
        ("acme", DAY, "count"): (2, 10_000),
    }


def load_sums(store, month="2026-03"):
    return {
        (row["brand"], row["day"], row["kind"]): (row["units"], row["micro_dollars"])
        for row in store.load_spent(month).iter_rows(named=True)
    }


def test_without_costs_the_frame_has_its_columns(store):
    assert dict(store.load_spent("2026-03").schema) == {
        "platform": pl.String,
        "brand": pl.String,
        "day": pl.Date,
        "kind": pl.String,
        "units": pl.Int64,
        "micro_dollars": pl.Int64,
    }


def test_costs_add_up_by_brand_day_and_kind(store):
    book(store, make_spend("post:1", "post:2"), make_spend("user:1", kind="user", price=10_000))
    book(store, make_spend("post:3"), make_spend("post:4", brand="other"))
    book(store, make_spend("post:1", day=NEXT_DAY))
    assert load_sums(store) == {
        ("acme", DAY, "post"): (3, 15_000),
        ("acme", DAY, "user"): (1, 10_000),
        ("other", DAY, "post"): (1, 5_000),
        ("acme", NEXT_DAY, "post"): (1, 5_000),
    }


def test_a_thing_is_paid_for_once_a_day_whoever_reads_it_and_at_whatever_price(store):
    book(store, make_spend("post:1", kind="own_post", price=1_000), make_spend("post:1"))
    book(store, make_spend("post:1", "post:2", brand="other"))
    assert load_sums(store) == {
        ("acme", DAY, "own_post"): (1, 1_000),
        ("other", DAY, "post"): (1, 5_000),
    }


def test_what_has_no_things_is_paid_for_each_time(store):
    for _ in range(2):
        book(store, make_spend(kind="count", units=1))
    assert load_sums(store) == {("acme", DAY, "count"): (2, 10_000)}


def test_nothing_read_is_nothing_booked(store):
    book(store, make_spend(units=0))
    assert load_sums(store) == {}


def test_a_fraction_of_the_smallest_sum_is_never_lost(store):
    spend = make_spend("post:1", "post:2", "post:3")
    book(store, make_spend("post:1", "post:2", price=0))
    book(store, Spend(**{**{f: getattr(spend, f) for f in Spend.__slots__}, "micro_dollars": 10}))
    assert load_sums(store) == {("acme", DAY, "post"): (3, 4)}


def test_things_that_are_not_one_a_unit_have_no_price():
    with pytest.raises(ValueError, match="2 units of post name 1 things"):
        make_spend("post:1", units=2)


@pytest.mark.parametrize("month", ["2026-02", "2026-0", "2026-%", "____-__"])
def test_another_month_has_other_costs(store, month):
    book(store, make_spend("post:1"))
    assert store.load_spent(month).height == 0


def test_booked_things_are_known_on_their_day_and_their_platform_only(store):
    book(store, make_spend("post:1", "post:\x002\ud83d"))
    asked = ["post:1", "post:\x002\ud83d", "post:3"]
    assert load_spent_things(store, "x", DAY, asked) == set(asked[:2])
    assert load_spent_things(store, "x", NEXT_DAY, asked) == set()
    assert load_spent_things(store, "mastodon", DAY, asked) == set()
    assert load_spent_things(store, "x", START, asked[:1]) == {"post:1"}


def test_things_of_days_gone_by_are_cleared_and_their_costs_stay(store):
    book(store, make_spend("post:1"), make_spend("post:1", day=NEXT_DAY))
    assert store.clear_spent_things(NEXT_DAY) == 1
    assert store.clear_spent_things(NEXT_DAY) == 0
    assert load_spent_things(store, "x", DAY, ["post:1"]) == set()
    assert load_spent_things(store, "x", NEXT_DAY, ["post:1"]) == {"post:1"}
    assert len(load_sums(store)) == 2


def test_no_id_of_anybody_is_among_the_things(store):
    book(store, make_spend("user:123456789", kind="user"))
    with store._database.reading() as connection:
        rows = connection.execute(text("SELECT * FROM spent_things")).all()
    assert len(rows) == 1
    assert "123456789" not in str(rows)


def test_forgetting_somebody_books_nothing_twice(store):
    post = make_post(author="anna", post_id="1")
    run_id = store.start_run("key", "x", "acme", kind="search", planned_at=START, started_at=START)
    store.save_page(run_id, [post], seen_at=START, spent=[make_spend("post:1")])
    assert store.forget_account("x", "anna").posts == 1
    store.save_page(run_id, [post], seen_at=START, spent=[make_spend("post:1")])
    assert store.load_posts().height == 0
    assert load_sums(store) == {("acme", DAY, "post"): (1, 5_000)}


def test_pages_saved_at_the_same_time_pay_once(store, database_url):
    def save(_):
        with Store.open(database_url, wait_seconds=30) as own:
            for number in range(10):
                book(own, make_spend(f"post:{number}"))

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(save, range(4)))
    assert load_sums(store) == {("acme", DAY, "post"): (10, 50_000)}
