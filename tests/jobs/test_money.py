"""Caps, bookings and what goes first when little is left: X is paid by the post."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from listener.app import open_store
from listener.collect.base import FetchedPage
from listener.collect.budget import PaidReads, PriceTable
from listener.jobs.collecting.purse import Purse, list_spends
from listener.store.store import Store
from tests.jobs.rounds import find_result, run_rounds

# Two days before the month ends, so that X's window of a week reaches over its end.
LATE_MARCH = datetime(2026, 3, 30, 10, tzinfo=UTC)
SMALL_PAGES = {"page_size": 10, "now": LATE_MARCH}
BETA = """
[brands.beta]
name = "Beta"
mode = "watch"
accounts = [{ platform = "x", handle = "beta" }]
"""
# Ten posts, and their authors, each of whom X charges once a day.
DEAREST_PAGE = 10 * (Decimal("0.005") + Decimal("0.010"))


def cap(dollars):
    return f"month_cap_dollars = {dollars}"


def complain(rounds, count, *, about="acme", by="anna"):
    """One customer writes many posts; her account is paid for once a day."""
    rounds.x.users.get(by) or rounds.x.add_user(by)
    return [rounds.x.post(by, f"@{about} {by}'s phone {n} is dead") for n in range(count)]


def crowd(rounds, count, *, about="acme"):
    """Many customers write a post each; each account costs more than what it wrote."""
    for number in range(count):
        complain(rounds, 1, about=about, by=f"customer{number}")


def set_cap(rounds, dollars):
    rounds.options["x_settings"] = cap(dollars)
    rounds.write_settings()


def go_to_april(rounds):
    rounds.advance(seconds=(datetime(2026, 4, 1, 0, 5, tzinfo=UTC) - rounds.now).total_seconds())


def load_states(rounds):
    runs = rounds.load_runs().filter(pl.col("platform") == "x").sort("id")
    return [f"{kind} {state}" for kind, state in runs.select("kind", "state").rows()]


def load_cursor(rounds, key):
    with open_store(rounds.settings) as store:
        return store.load_cursor(key)


@pytest.fixture
def beta(tmp_path):
    """Two brands on X that pay from one cap."""
    with run_rounds(tmp_path, accounts="x", servers=SMALL_PAGES, brand=BETA) as rounds:
        rounds.x.add_user("beta")
        yield rounds


@pytest.mark.parametrize("where", ["for all", "of the brand"])
def test_a_cap_in_the_middle_of_a_run_pauses_it_and_the_next_month_goes_on(tmp_path, where):
    options = {"x_settings" if where == "for all" else "brand": cap("0.2")}
    with run_rounds(tmp_path, servers=SMALL_PAGES, **options) as rounds:
        complain(rounds, 60)
        rounds.mastodon.post(rounds.acme, "Our new tariff is here")
        collected = rounds.collect()
        search = find_result(collected, "search", "x")
        setting = "x" if where == "for all" else "brands.acme"
        assert search.state == "paused"
        assert search.error == (
            "acme: the month's cap in dollars is reached; "
            f"raise {setting}.month_cap_dollars, or wait for the next month"
        )
        assert not collected.failed
        assert "Our new tariff is here" in rounds.texts
        assert 0 < search.new < 60
        assert load_cursor(rounds, search.name) is None
        assert rounds.booked == rounds.x.world.cost <= Decimal("0.2") + DEAREST_PAGE
        go_to_april(rounds)
        rounds.collect()
        rounds.advance(minutes=1)
        rounds.options |= dict.fromkeys(options, cap(9))
        rounds.write_settings()
        assert find_result(rounds.collect(), "search", "x").state == "done"
        assert len(rounds.texts) == 61


def test_nothing_is_asked_of_x_while_the_cap_is_reached(tmp_path):
    with run_rounds(tmp_path, x_settings=cap("0.05"), servers=SMALL_PAGES) as rounds:
        crowd(rounds, 20)
        rounds.collect()
        assert rounds.x.world.cost > Decimal("0.05")
        asked = len(rounds.x.exchanges)
        rounds.advance(days=1)
        news = rounds.mastodon.post(rounds.acme, "Our new tariff is here")
        states = {(r.platform, r.state) for r in rounds.collect().results}
        assert states == {("x", "paused"), ("mastodon", "done")}
        assert news.text in rounds.texts
        assert len(rounds.x.exchanges) == asked


def test_what_is_paused_is_read_when_the_cap_is_raised(tmp_path):
    with run_rounds(tmp_path, accounts="x", x_settings=cap("0.1"), servers=SMALL_PAGES) as rounds:
        crowd(rounds, 30)
        rounds.collect()
        assert len(rounds.texts) < 30
        rounds.config.write_text(rounds.config.read_text().replace(cap("0.1"), cap("5")))
        assert find_result(rounds.collect(), "search", "x").state == "done"
        assert len(rounds.texts) == 30
        assert rounds.booked == rounds.x.world.cost


def test_the_second_brand_finds_the_cap_for_all_reached(beta):
    set_cap(beta, "0.2")
    crowd(beta, 30)
    complain(beta, 5, about="beta")
    collected = beta.collect()
    assert {r.state for r in collected.results if r.brand == "beta"} == {"paused"}
    assert beta.booked == beta.x.world.cost <= Decimal("0.2") + DEAREST_PAGE
    assert all("x.month_cap" in result.error for result in collected.results if result.error)


def test_the_cap_of_one_brand_stops_no_other(beta):
    beta.options["brand"] = cap("0.05") + BETA
    beta.write_settings()
    crowd(beta, 30)
    complain(beta, 5, about="beta")
    collected = beta.collect()
    assert {r.state for r in collected.results if r.brand == "beta"} == {"done"}
    assert "paused" in {r.state for r in collected.results if r.brand == "acme"}
    assert sum("@beta" in text for text in beta.texts) == 5


def test_open_cases_go_before_new_searches_when_little_is_left(tmp_path):
    with run_rounds(tmp_path, accounts="x", servers=SMALL_PAGES) as rounds:
        (asked,) = complain(rounds, 1)
        rounds.collect()
        set_cap(rounds, rounds.booked + Decimal("0.006"))
        rounds.advance(hours=7)
        rounds.x.post("anna", "and still dead", reply_to=asked)
        crowd(rounds, 40)
        collected = rounds.collect()
        assert [(r.kind, r.state) for r in collected.results] == [
            ("visits", "done"),
            ("posts", "paused"),
            ("search", "paused"),
        ]
        assert "and still dead" in rounds.texts


def test_open_cases_of_one_brand_go_before_searches_of_another(beta):
    (asked,) = complain(beta, 1, about="beta")
    beta.collect()
    set_cap(beta, beta.booked + Decimal("0.006"))
    beta.advance(hours=7)
    beta.x.post("anna", "and still dead", reply_to=asked)
    crowd(beta, 40)
    collected = beta.collect()
    assert (collected.results[0].brand, collected.results[0].kind) == ("beta", "visits")
    assert "and still dead" in beta.texts


def test_what_open_cases_will_need_this_month_is_kept_back(tmp_path):
    servers = {"page_size": 10, "now": LATE_MARCH.replace(day=20)}
    with run_rounds(tmp_path, accounts="x", servers=servers) as rounds:
        crowd(rounds, 30)
        rounds.advance(minutes=20)
        rounds.collect()
        # In seven days thirty posts of thirty people are looked up.
        set_cap(rounds, rounds.booked + Decimal("0.1"))
        rounds.advance(days=1)
        complain(rounds, 40)
        search = find_result(rounds.collect(), "search", "x")
        assert (search.state, search.new) == ("paused", 0)
        assert search.error == (
            "acme: what is left of the month's cap is kept for open cases; "
            "raise x.month_cap_dollars, or wait for the next month"
        )
        rounds.advance(days=6)
        visits = find_result(rounds.collect(), "visits", "x")
        assert visits.dollars == visits.read * Decimal("0.015") > Decimal("0.1")


def test_a_visit_stops_within_a_page_of_the_cap(tmp_path):
    with run_rounds(tmp_path, accounts="x", servers=SMALL_PAGES) as rounds:
        (asked,) = complain(rounds, 1)
        rounds.collect()
        most = rounds.booked + Decimal("0.12")
        set_cap(rounds, most)
        rounds.advance(hours=7)
        for number in range(60):
            rounds.x.post("anna", f"still dead, {number}", reply_to=asked)
        visits = find_result(rounds.collect(), "visits", "x")
        assert visits.state == "paused"
        assert rounds.booked == rounds.x.world.cost <= most + 10 * Decimal("0.005")
        go_to_april(rounds)
        set_cap(rounds, 5)
        assert find_result(rounds.collect(), "visits", "x").state == "done"
        assert sum("still dead" in text for text in rounds.texts) == 60


def test_what_two_sources_and_two_brands_read_on_one_day_is_booked_once(beta):
    beta.x.add_user("anna")
    beta.x.post("anna", "@acme @beta my phone is dead")
    collected = beta.collect()
    # One post, its author, and both brands' accounts.
    assert beta.booked == beta.x.world.cost == Decimal("0.005") + 3 * Decimal("0.010")
    assert sum(result.dollars for result in collected.results) == beta.booked
    with open_store(beta.settings) as store:
        posts = store.load_spent("2026-03").filter(pl.col("kind") == "post")
    assert posts["units"].sum() == 1


def test_reading_again_costs_again_on_another_day_in_utc_only(tmp_path):
    at = LATE_MARCH.replace(hour=23, minute=30)
    with run_rounds(tmp_path, accounts="x", servers={"now": at}) as rounds:
        complain(rounds, 3)
        first = rounds.collect()
        cost = rounds.booked
        assert sum(result.dollars for result in first.results) == cost
        rounds.advance(minutes=20)
        again = rounds.collect()
        assert rounds.booked == rounds.x.world.cost == cost
        assert sum(result.dollars for result in again.results) == 0
        rounds.advance(minutes=20)
        rounds.collect()
        assert rounds.booked == rounds.x.world.cost > cost


def test_no_cap_means_none_and_prices_are_those_of_the_settings(tmp_path):
    x_settings = 'month_cap_dollars = "none"\n[x.prices]\npost = 3.5\nuser = 0.000001'
    with run_rounds(tmp_path, accounts="x", x_settings=x_settings) as rounds:
        complain(rounds, 20)
        assert {result.state for result in rounds.collect().results} == {"done"}
        assert rounds.booked == 20 * Decimal("3.5") + 2 * Decimal("0.000001")


def test_a_first_run_loses_nothing_that_x_never_gave(tmp_path):
    with run_rounds(tmp_path, mode="owner", accounts="x", x_settings="history_days = 30") as rounds:
        results = rounds.collect().results
        assert [result.problems for result in results if result.problems] == []
        assert rounds.load_runs()["lost_until"].null_count() == len(results)


def make_page(posts):
    return FetchedPage(posts=(), reads=PaidReads({"post": frozenset(map(str, posts))}))


@given(
    pages=st.lists(
        st.tuples(st.sampled_from(["acme", "beta"]), st.booleans(), st.integers(1, 100)),
        min_size=1,
        max_size=12,
    ),
    total=st.integers(0, 800),
    own=st.integers(0, 400),
    kept=st.integers(0, 100),
)
@settings(max_examples=40)
def test_no_cap_is_missed_by_more_than_one_page(tmp_path_factory, pages, total, own, kept):
    """Caps and prices in half cents: a post costs one."""
    price = Decimal("0.005")
    url = f"sqlite:///{tmp_path_factory.mktemp('money') / 'posts.db'}"
    with Store.open(url) as store:
        purse = Purse(store, PriceTable(), total * price, {"acme": own * price})
        purse.reserved["beta"] = kept * price
        number, paid, dearest = 0, {"acme": 0, "beta": 0}, 0
        for brand, is_open_case, size in pages:
            if purse.is_empty(brand, LATE_MARCH, is_open_case=is_open_case):
                continue
            page = make_page(range(number, number + size))
            number += size
            store.save_spending(list_spends(page.reads, purse.prices, brand=brand, at=LATE_MARCH))
            if not is_open_case:
                purse.note_page(page)
            paid[brand] += size
            dearest = max(dearest, size)
        assert sum(paid.values()) < total + max(dearest, 1)
        assert paid["acme"] < own + max(dearest, 1)
        later = LATE_MARCH + timedelta(days=2)
        assert purse.left("beta", later) == total * price


def test_a_brand_that_is_read_alone_pays_for_no_other_ones_posts(beta):
    complain(beta, 3)
    beta.collect()
    beta.advance(days=8)
    beta.collect(brand="beta")
    with open_store(beta.settings) as store:
        spent, visits = store.load_spent("2026-04"), store.load_visits()
    assert spent.filter(pl.col("kind") == "post").is_empty()
    # Whoever is not asked is not visited, or silence would be taken for an end.
    assert (visits["visited_at"] < beta.now - timedelta(days=7)).all()


def test_what_was_paid_for_on_earlier_days_is_not_kept(tmp_path):
    with run_rounds(tmp_path, accounts="x") as rounds:
        complain(rounds, 3)
        rounds.collect()
        paid, day = rounds.booked, rounds.now.date()
        rounds.advance(days=2)
        rounds.collect()
        with open_store(rounds.settings) as store:
            assert store.clear_spent_things(day + timedelta(days=1)) == 0
        assert rounds.booked > paid
