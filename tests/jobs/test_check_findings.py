from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from listener.collect.budget import PriceTable
from listener.errors import (
    ConfigError,
    NeedsOperatorError,
    RateLimitError,
    RetryLaterError,
    StoreError,
)
from listener.jobs.checking.findings import Notes
from listener.jobs.checking.forecasts import judge_outlook, price_counted
from listener.jobs.checking.templates import check_own_templates
from listener.jobs.collecting.outlooks import (
    Costs,
    Outlook,
    add_outlooks,
    load_costs,
    look_ahead,
)
from listener.settings import load_settings
from listener.store.spending import Spend
from listener.store.store import Store

NOW = datetime(2026, 3, 11, 12, tzinfo=UTC)
DOLLAR = 1_000_000


def note(call, *arguments):
    notes = Notes("something")
    getattr(notes, call)(*arguments)
    return notes.findings


@pytest.mark.parametrize(
    ("seconds", "state", "side"),
    [
        (0, "ok", ""),
        (60, "ok", ""),
        (-61, "warning", "ahead of"),
        (300, "warning", "behind"),
        (301, "problem", "behind"),
        (-90_000, "problem", "ahead of"),
    ],
)
def test_clocks_that_differ_for_more_than_a_minute(seconds, state, side):
    (finding,) = note("add_clock", timedelta(seconds=seconds))
    assert finding.state == state
    assert side in finding.told
    assert bool(finding.hint) is (state != "ok")


@pytest.mark.parametrize(
    ("left", "limit", "state"),
    [(30, 300, "ok"), (29, 300, "warning"), (0, None, "warning"), (5, None, "ok")],
)
def test_calls_that_are_left(left, limit, state):
    assert note("add_calls", left, limit)[0].state == state


def test_what_is_not_told_is_not_known():
    assert note("add_clock", None)[0].state == "unknown"
    assert note("add_calls", None, 300)[0].state == "unknown"


def about(kind, text, **more):
    return kind(f"x account @acme: {text}", platform="x", account="@acme", **more)


@pytest.mark.parametrize(
    ("error", "told", "hint"),
    [
        (about(NeedsOperatorError, "it is; do this"), "it is", "do this"),
        (about(NeedsOperatorError, "a; b; do this"), "a; b", "do this"),
        (about(NeedsOperatorError, "it is"), "it is", ""),
        (about(RetryLaterError, "it broke; the next run tries again"), "it broke", "network"),
        (about(RateLimitError, "asks to wait until 9:00", retry_at=NOW), "asks to wait", ""),
        (StoreError('database x is old; run "listener migrate"'), "database x is old", "migrate"),
        (ConfigError("A: is wrong"), "A: is wrong", ""),
    ],
)
def test_a_message_is_what_happened_and_what_to_do(error, told, hint):
    (finding,) = note("add_error", "token", error)
    assert finding.told.startswith(told)
    assert hint in finding.hint
    assert "account @acme" not in finding.told


def test_several_mistakes_are_several_findings():
    assert len(note("add_error", "token", ConfigError("one", "two"))) == 2


def test_a_month_is_guessed_from_days_on_which_posts_were_collected():
    days = {date(2026, 3, day): Decimal(1) for day in range(4, 11)}
    # 7 spent, a dollar a day from the 11th to the 31st.
    assert look_ahead(Costs(days, days), now=NOW) == Outlook(Decimal(7), Decimal(28))


def test_checks_alone_tell_nothing_of_a_month():
    costs = Costs({date(2026, 3, 10): Decimal("0.01")}, {})
    assert look_ahead(costs, now=NOW) == Outlook(Decimal("0.01"), None)
    assert look_ahead(None, now=NOW) == Outlook(Decimal(0), None)


def test_what_checks_cost_is_spent_and_not_foreseen():
    day = date(2026, 3, 10)
    costs = Costs({day: Decimal(1), date(2026, 3, 11): Decimal("0.5")}, {day: Decimal(1)})
    assert look_ahead(costs, now=NOW) == Outlook(Decimal("1.5"), Decimal("22.5"))


def test_where_no_day_is_over_yet_a_count_tells():
    outlook = look_ahead(None, now=NOW, by_day=price_counted(70, PriceTable()))
    assert outlook.expected == Decimal("0.015") * 10 * 21


def test_a_sum_with_an_unknown_part_is_a_least_one():
    parts = [Outlook(Decimal(1), Decimal(3)), Outlook(Decimal(2), None)]
    assert add_outlooks(parts) == Outlook(Decimal(3), Decimal(5), is_least=True)
    assert add_outlooks(parts[1:]) == Outlook(Decimal(2), None)


@pytest.mark.parametrize(
    ("spent", "expected", "cap", "state"),
    [
        (1, 10, 10, "ok"),
        (1, 11, 10, "warning"),
        (1, 11, None, "ok"),
        (10, 10, 10, "problem"),
        (10, None, 10, "problem"),
        (0, 0, 0, "problem"),
        (1, None, 10, "unknown"),
    ],
)
def test_a_forecast_above_the_cap_is_a_warning_and_a_reached_cap_a_problem(
    spent, expected, cap, state
):
    notes = Notes("money")
    expected = None if expected is None else Decimal(expected)
    outlook = Outlook(Decimal(spent), expected)
    cap = None if cap is None else Decimal(cap)
    judge_outlook(outlook, cap, "x.month_cap_dollars", notes, Decimal("0.005"))
    (finding,) = notes.findings
    assert finding.state == state
    assert bool(finding.hint) is (state != "ok")
    assert f"${spent}.00 spent" in finding.told


def test_costs_come_from_this_month_and_the_two_before(database_url):
    def spend(month, day, kind, dollars, brand="acme", platform="x"):
        return Spend(
            platform=platform,
            brand=brand,
            day=date(2026, month, day),
            kind=kind,
            units=1,
            micro_dollars=dollars * DOLLAR,
        )

    with Store.open(database_url, migrate=True) as store:
        store.save_spending(
            [
                spend(1, 31, "post", 9),
                spend(2, 28, "post", 2),
                spend(3, 2, "user", 1),
                spend(3, 3, "user", 1),
                spend(3, 3, "post", 4),
                spend(3, 3, "post", 5, brand="bolt"),
            ]
        )
        costs = load_costs(store, NOW)
    assert costs["acme"].booked == {
        date(2026, 1, 31): 9,
        date(2026, 2, 28): 2,
        date(2026, 3, 2): 1,
        date(2026, 3, 3): 5,
    }
    collected = {date(2026, 1, 31): 9, date(2026, 2, 28): 2, date(2026, 3, 3): 5}
    assert costs["acme"].collected == collected
    assert set(costs) == {"acme", "bolt"}


@pytest.mark.parametrize(
    ("source", "state", "told"),
    [
        ("our own words", "ok", "have no mistake"),
        ("{{ nonsense }}", "problem", 'index.html:1: there is no variable "nonsense"'),
        ("{{ nonsense }}{{ week }}", "problem", "(and 1 more)"),
        (None, "problem", "there is no folder"),
    ],
)
def test_own_templates_are_looked_over(tmp_path, source, state, told):
    folder = tmp_path / "own"
    if source is not None:
        folder.mkdir()
        (folder / "index.html").write_text(source, encoding="utf-8")
    settings = load_settings(None, {"report.templates": folder}, env={})
    (finding,) = check_own_templates(settings).findings
    assert finding.state == state
    assert told in finding.told


def test_without_own_templates_there_is_nothing_to_look_over():
    assert not check_own_templates(load_settings(None, {}, env={})).findings
