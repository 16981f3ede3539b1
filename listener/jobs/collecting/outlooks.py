"""What a month of X will cost, told by the ledger of past days."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

import polars as pl

from listener.collect.budget import forecast, tell_day, tell_month
from listener.jobs.collecting.purse import MICRO
from listener.store.store import Store

_NOTHING = Decimal(0)
# Checks book users and counts too, so these alone do not show that anything was collected.
_COLLECTED = ("post", "own_post", "dm_event")


@dataclass(frozen=True, slots=True)
class Costs:
    """Dollars by day in UTC: all, and on days on which posts were collected."""

    booked: Mapping[date, Decimal]
    collected: Mapping[date, Decimal]


@dataclass(frozen=True, slots=True)
class Outlook:
    """A month's cost, as far as it can be told; `expected` is None if it cannot.

    Attributes:
        is_least: Whether something that is not known comes on top.
    """

    spent: Decimal
    expected: Decimal | None
    is_least: bool = False


def load_costs(store: Store, now: datetime) -> dict[str, Costs]:
    """Return what X has cost in this month and the two before, by brand."""
    this = tell_day(now).replace(day=1)
    last = (this - timedelta(days=1)).replace(day=1)
    months = (last - timedelta(days=1), last, this)
    rows = pl.concat([store.load_spent(f"{month:%Y-%m}") for month in months])
    rows = rows.filter(pl.col("platform") == "x")
    return {brand: _make_costs(rows, brand) for brand in rows["brand"].unique().sort()}


def _make_costs(rows: pl.DataFrame, brand: str) -> Costs:
    days = (
        rows.filter(pl.col("brand") == brand)
        .group_by("day")
        .agg(pl.col("micro_dollars").sum(), pl.col("kind").is_in(_COLLECTED).any().alias("real"))
        .sort("day")
    )
    booked = {day: Decimal(cost) / MICRO for day, cost, _ in days.iter_rows()}
    real = {day: booked[day] for day, _, is_real in days.iter_rows() if is_real}
    return Costs(booked, real)


def look_ahead(costs: Costs | None, *, now: datetime, by_day: Decimal | None = None) -> Outlook:
    """Return what the month of `now` will cost.

    Args:
        costs: What was booked; None if nothing was.
        now: The moment from which on the month is guessed.
        by_day: What a day costs by another estimate, used where no day is over
            on which anything was collected.
    """
    costs = costs or Costs({}, {})
    spent = sum_month(costs, now)
    if any(day < tell_day(now) for day in costs.collected):
        found = forecast(costs.collected, now=now)
        if found.expected is not None:
            return Outlook(spent, found.expected + spent - found.spent)
    if by_day is None:
        return Outlook(spent, None)
    month_end = (tell_day(now).replace(day=1) + timedelta(days=32)).replace(day=1)
    return Outlook(spent, spent + by_day * (month_end - tell_day(now)).days)


def sum_month(costs: Costs, now: datetime) -> Decimal:
    """Return what was booked in the month of `now`."""
    month = tell_month(now)
    return sum((c for day, c in costs.booked.items() if f"{day:%Y-%m}" == month), _NOTHING)


def add_outlooks(outlooks: Iterable[Outlook]) -> Outlook:
    """Return all together; what is not known of one makes the sum a least one."""
    found = list(outlooks)
    known = [one.expected for one in found if one.expected is not None]
    spent = sum((one.spent for one in found), _NOTHING)
    if not known:
        return Outlook(spent, None)
    unknown = [one.spent for one in found if one.expected is None]
    return Outlook(spent, sum((*known, *unknown), _NOTHING), is_least=bool(unknown))
