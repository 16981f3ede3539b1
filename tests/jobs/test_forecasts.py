"""What the next round would read and cost is told from the ledger; no platform is asked."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial

import polars as pl
import pytest

from listener.app import open_store
from listener.jobs.collecting.forecasts import forecast_months, forecast_round
from listener.jobs.collecting.plans import plan_desks
from listener.jobs.collecting.purse import make_purse
from listener.settings.tokens import load_tokens
from listener.store.spending import Spend
from tests.jobs.rounds import find_result, run_rounds

BETA = """
[brands.beta]
name = "Beta"
month_cap_dollars = 1
accounts = [{ platform = "x", handle = "beta" }]
"""


@pytest.fixture
def rounds(tmp_path):
    with run_rounds(tmp_path) as rounds:
        rounds.x.add_user("anna")
        rounds.x.add_user("beta")
        yield rounds


def ask(rounds, forecast):
    """Return what a forecast says now; the platforms must not notice it."""
    settings = rounds.settings
    desks = plan_desks(settings.brands, load_tokens(settings, rounds.env), x_messages=True)
    rounds.advance()
    asked = len(rounds.x.exchanges), len(rounds.mastodon.requests)
    with open_store(settings) as store:
        purse = make_purse(store, settings.x, settings.brands)
        told = forecast(store, desks, purse, now=rounds.now)
    assert (len(rounds.x.exchanges), len(rounds.mastodon.requests)) == asked
    return told


def plan(rounds):
    told = ask(rounds, partial(forecast_round, brands=rounds.settings.brands))
    return told, {(each.source.platform, each.source.kind): each for each in told.sources}


def book(rounds, day, dollars, *, brand="acme"):
    micro = int(Decimal(dollars) * 1_000_000)
    spend = Spend(platform="x", brand=brand, day=day, kind="post", units=1, micro_dollars=micro)
    with open_store(rounds.settings) as store:
        store.save_spending([spend])


def complain(rounds, count):
    for number in range(count):
        rounds.x.post("anna", f"@acme my phone {number} is dead", at=rounds.now)


def test_before_the_first_run_nothing_is_known(rounds):
    told, sources = plan(rounds)
    assert set(sources) == {("x", "posts"), ("x", "search"), ("mastodon", "posts")}
    for (platform, _), each in sources.items():
        assert (each.read_until, each.waits_until, each.posts) == (None, None, None)
        assert each.dollars == (None if platform == "x" else 0)
    assert (told.visits, told.look_ups) == ({}, 0)
    assert [month.outlook.expected for month in told.months] == [None, None]


def test_a_source_is_foretold_by_its_last_runs(rounds):
    complain(rounds, 10)
    first = rounds.collect()
    started = rounds.load_runs().filter(pl.col("kind") == "search")["started_at"][0]
    _, sources = plan(rounds)
    search = sources["x", "search"]
    assert (search.posts, search.read_until) == (10, started)
    # Ten posts, one of which came with its author, and the brand's own account.
    paid = sum(result.dollars for result in first.results)
    assert paid == Decimal("0.07")
    read = sum(result.read for result in first.results if result.platform == "x")
    assert search.dollars == 10 * paid / read


def test_only_the_last_ten_runs_count(rounds):
    complain(rounds, 10)
    for _ in range(11):
        rounds.collect()
        rounds.advance(hours=1)
    _, sources = plan(rounds)
    assert sources["x", "search"].posts == 10
    rounds.advance(days=3)
    complain(rounds, 30)
    rounds.collect()
    _, sources = plan(rounds)
    assert 10 < sources["x", "search"].posts < 40


def test_a_run_that_failed_foretells_nothing(rounds):
    rounds.x.fail_next("429", path="search")
    waits = find_result(rounds.collect(), "search", "x")
    _, sources = plan(rounds)
    search = sources["x", "search"]
    assert (search.posts, search.read_until, search.waits_until) == (None, None, waits.retry_at)
    rounds.advance(minutes=20)
    _, sources = plan(rounds)
    assert sources["x", "search"].waits_until is None


def test_due_conversations_are_those_that_the_next_round_visits(rounds):
    complain(rounds, 2)
    news = rounds.mastodon.post(rounds.acme, "Our new tariff")
    rounds.collect()
    rounds.advance(minutes=30)
    rounds.collect()
    rounds.advance(hours=2)
    told, _ = plan(rounds)
    assert told.visits == {("x", "acme"): 2, ("mastodon", "acme"): 1}
    assert told.look_ups == 0
    rounds.collect()
    rounds.advance(minutes=30)
    told, _ = plan(rounds)
    assert sum(told.visits.values()) == 0
    rounds.advance(days=7)
    told, _ = plan(rounds)
    assert (told.visits["x", "acme"], told.look_ups) == (2, 2)
    assert news.text in rounds.texts


def test_a_month_is_foretold_for_each_brand_and_for_all(tmp_path):
    at = datetime(2026, 3, 11, 12, tzinfo=UTC)
    with run_rounds(tmp_path, brand=BETA, servers={"now": at}) as rounds:
        today = at.date()
        for days in range(1, 11):
            book(rounds, today - timedelta(days=days), "0.5")
            book(rounds, today - timedelta(days=days), "0.1", brand="beta")
        acme, beta, together = ask(rounds, forecast_months)
    # Ten days of March are over, twenty-one are to come.
    assert (acme.brand, acme.outlook.spent, acme.outlook.expected) == (
        "acme",
        5,
        5 + 21 * Decimal("0.5"),
    )
    assert (acme.cap, acme.left, acme.is_above) == (None, 19, False)
    assert (beta.cap, beta.left, beta.is_above) == (1, 0, True)
    assert (together.brand, together.outlook.spent, together.cap) == ("", 6, 25)
    assert together.left == 19


def test_what_earlier_months_cost_is_no_part_of_this_one(rounds):
    book(rounds, datetime(2026, 2, 27, tzinfo=UTC).date(), "9")
    _, together = ask(rounds, forecast_months)
    assert (together.outlook.spent, together.left) == (0, 25)
    assert together.outlook.expected > 0


def test_a_price_is_told_by_days_that_have_runs(tmp_path):
    """What was paid longer ago than runs are looked at must not make each of them dearer."""
    with run_rounds(tmp_path, servers={"now": datetime(2026, 3, 28, 12, tzinfo=UTC)}) as rounds:
        rounds.x.add_user("anna")
        complain(rounds, 10)
        rounds.collect()
        _, before = plan(rounds)
        book(rounds, datetime(2026, 2, 3, tzinfo=UTC).date(), "10")
        _, after = plan(rounds)
    assert after["x", "search"].dollars == before["x", "search"].dollars


def test_a_brand_that_is_not_on_x_costs_nothing(tmp_path):
    with run_rounds(tmp_path, accounts="mastodon") as rounds:
        assert ask(rounds, forecast_months) == ()
