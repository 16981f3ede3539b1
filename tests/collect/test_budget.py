"""Money: what reads cost, what a cap leaves, what goes first when it is short."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listener.collect.budget import (
    KINDS,
    PaidReads,
    PlannedRead,
    PriceTable,
    Spent,
    choose_affordable,
    forecast,
    left_of_cap,
    price_reads,
    tell_day,
    tell_month,
)

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
PRICES = PriceTable()


def make_reads(**ids):
    return PaidReads({kind: frozenset(items.split()) for kind, items in ids.items()})


def make_plan(key, purpose="new", cost="1", brand="acme"):
    return PlannedRead(key=key, brand=brand, purpose=purpose, cost=Decimal(cost))


def list_keys(plans):
    return [plan.key for plan in plans]


reads = st.builds(
    PaidReads,
    st.dictionaries(
        st.sampled_from(KINDS), st.frozensets(st.sampled_from("abcdef"), min_size=1), max_size=4
    ),
)


def test_reads_are_counted_by_kind():
    found = make_reads(post="1 2", user="1")
    assert found == {"post": 2, "user": 1}
    assert len(found) == 2


@pytest.mark.parametrize(
    ("kind", "price"),
    [
        ("post", "0.005"),
        ("own_post", "0.001"),
        ("user", "0.010"),
        ("dm_event", "0.010"),
        ("count", "0.005"),
    ],
)
def test_a_thousand_of_each_kind_cost_what_x_says(kind, price):
    assert price_reads({kind: 1000}, PRICES) == Decimal(price) * 1000


def test_prices_are_exact_to_the_last_digit():
    assert price_reads({"post": 3, "own_post": 1, "user": 1}, PRICES) == Decimal("0.026")
    assert price_reads({}, PRICES) == 0


def test_an_unknown_kind_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match="no price for 'photo'; one of post, own_post"):
        price_reads({"photo": 1}, PRICES)


def test_what_was_booked_that_day_is_not_booked_again():
    booked = make_reads(post="1 2").things()
    assert make_reads(post="2 3", user="2").without(booked) == {"post": 1, "user": 1}
    assert make_reads(post="2").without(booked) == {}


def test_an_own_post_is_the_same_thing_as_a_post():
    assert make_reads(own_post="1").without(make_reads(post="1").things()) == {}


def test_two_answers_together_count_what_is_in_both_once():
    both = make_reads(post="1 2").plus(make_reads(post="2 3", own_post="1", user="1"))
    assert both == {"post": 3, "user": 1}


@given(reads, reads)
def test_booking_one_after_the_other_costs_as_much_as_both_together(one, other):
    later = other.without(one.things())
    together = one.plus(other)
    assert price_reads(one, PRICES) + price_reads(later, PRICES) == price_reads(together, PRICES)
    assert together.things() == one.things() | other.things()


def test_months_and_days_are_those_of_utc():
    moment = datetime.fromisoformat("2026-04-01T01:30:00+02:00")
    assert tell_month(moment) == "2026-03"
    assert tell_day(moment) == date(2026, 3, 31)


def test_spending_is_kept_apart_by_month_and_brand():
    spent = Spent().plus("acme", NOW, Decimal(2)).plus("other", NOW, Decimal(3))
    spent = spent.plus("acme", NOW, Decimal(1)).plus("acme", NOW.replace(month=2), Decimal(9))
    assert spent.of_brand("2026-03", "acme") == 3
    assert spent.of_all("2026-03") == 6
    assert spent.of_brand("2026-01", "acme") == spent.of_all("2026-01") == 0


@pytest.mark.parametrize(
    ("caps", "left"),
    [
        ({}, None),
        ({"brand_cap": Decimal(10)}, 8),
        ({"total_cap": Decimal(6)}, 1),
        ({"brand_cap": Decimal(10), "total_cap": Decimal(6)}, 1),
        ({"brand_cap": Decimal(1), "total_cap": Decimal(100)}, 0),
    ],
)
def test_the_narrower_cap_counts_and_nothing_is_left_below_zero(caps, left):
    spent = Spent().plus("acme", NOW, Decimal(2)).plus("other", NOW, Decimal(3))
    assert left_of_cap(spent, month="2026-03", brand="acme", **caps) == left


def test_without_a_brand_only_the_cap_for_all_counts():
    spent = Spent().plus("acme", NOW, Decimal(2))
    caps = {"brand_cap": Decimal(1), "total_cap": Decimal(5)}
    assert left_of_cap(spent, month="2026-03", **caps) == 3


def test_with_enough_money_everything_is_read_in_its_order():
    plans = [make_plan("search"), make_plan("case", "open_case"), make_plan("gone", "deletion")]
    chosen = choose_affordable(plans, left=None)
    assert list_keys(chosen.chosen) == ["search", "case", "gone"]
    assert chosen.postponed == ()


def test_near_the_cap_open_cases_go_before_new_searches():
    plans = [make_plan("search"), make_plan("gone", "deletion"), make_plan("case", "open_case")]
    chosen = choose_affordable(plans, left=Decimal(2))
    assert list_keys(chosen.chosen) == ["gone", "case"]
    assert list_keys(chosen.postponed) == ["search"]


def test_the_cheaper_goes_first_and_a_dear_one_does_not_block_the_rest():
    plans = [make_plan("dear", cost="5"), make_plan("cheap", cost="1"), make_plan("fair", cost="2")]
    assert list_keys(choose_affordable(plans, left=Decimal(3)).chosen) == ["cheap", "fair"]


def test_a_brand_at_its_cap_does_not_stop_the_others():
    plans = [make_plan("a", "open_case"), make_plan("b", brand="other")]
    left = {"acme": Decimal(0), "other": None}
    chosen = choose_affordable(plans, left=Decimal(9), left_by_brand=left)
    assert list_keys(chosen.chosen) == ["b"]


def test_at_the_cap_nothing_is_read_not_even_what_should_cost_nothing():
    assert choose_affordable([make_plan("free", cost="0")], left=Decimal(0)).chosen == ()


@given(
    st.lists(
        st.builds(
            make_plan,
            st.text(max_size=3),
            st.sampled_from(["open_case", "deletion", "new"]),
            st.integers(0, 9).map(str),
            st.sampled_from(["acme", "other"]),
        )
    ),
    st.integers(0, 30).map(Decimal),
    st.integers(0, 30).map(Decimal),
)
def test_no_cap_is_ever_exceeded_and_nothing_is_forgotten(plans, left, acme):
    chosen = choose_affordable(plans, left=left, left_by_brand={"acme": acme})
    assert sum(plan.cost for plan in chosen.chosen) <= left
    assert sum(plan.cost for plan in chosen.chosen if plan.brand == "acme") <= acme
    assert len(chosen.chosen) + len(chosen.postponed) == len(plans)


def test_the_month_costs_what_was_spent_and_the_average_for_the_rest():
    costs = {date(2026, 3, day): Decimal(2) for day in range(1, 10)}
    month = forecast(costs, now=NOW)
    assert (month.month, month.spent, month.by_day) == ("2026-03", 18, 2)
    assert month.expected == 31 * 2


def test_what_today_has_cost_already_is_not_expected_again():
    costs = {date(2026, 3, 9): Decimal(2), date(2026, 3, 10): Decimal("1.5")}
    assert forecast(costs, now=NOW).expected == 2 + 2 + 21 * 2


def test_days_without_a_booking_were_free():
    costs = {date(2026, 3, 3): Decimal(7)}
    assert forecast(costs, now=NOW).by_day == 1


def test_only_the_last_seven_days_make_the_average():
    costs = {date(2026, 2, 1): Decimal(100), date(2026, 3, 9): Decimal(7)}
    month = forecast(costs, now=NOW)
    assert (month.spent, month.by_day) == (7, 1)


def test_the_first_day_is_taken_for_all():
    month = forecast({date(2026, 3, 10): Decimal(1)}, now=NOW)
    assert (month.by_day, month.expected) == (1, 22)


def test_without_any_booking_nothing_is_expected_rather_than_zero():
    month = forecast({}, now=NOW)
    assert (month.spent, month.by_day, month.expected) == (0, None, None)
