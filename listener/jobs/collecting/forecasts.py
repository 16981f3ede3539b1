"""What a round would read and what it may cost, told from the ledger; nothing is asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

import polars as pl

from listener.collect.base import Source
from listener.collect.budget import tell_day, tell_month
from listener.jobs.collecting.collection import find_due_visits, share_out
from listener.jobs.collecting.outlooks import Outlook, add_outlooks, load_costs, look_ahead
from listener.jobs.collecting.plans import Desk
from listener.jobs.collecting.purse import Purse
from listener.jobs.collecting.rounds import load_pauses
from listener.posts import Brand
from listener.store.store import Store

_HABIT = timedelta(days=30)
_LAST_RUNS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedSource:
    """One source as the next round would read it.

    Attributes:
        read_until: When the last complete run began; None before the first one.
        waits_until: Until when the platform asked to be left alone.
        posts: How many posts a run has read on average; None if nothing is known yet.
        dollars: What these cost on average; None if nothing is known yet, 0 on Mastodon.
    """

    source: Source
    read_until: datetime | None
    waits_until: datetime | None
    posts: float | None
    dollars: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BrandForecast:
    """What one brand's month on X will cost; `brand` is empty for all together.

    Attributes:
        cap: Of the settings, None without one.
        left: What the caps still allow to be spent this month.
    """

    brand: str
    month: str
    outlook: Outlook
    cap: Decimal | None
    left: Decimal | None

    @property
    def is_above(self) -> bool:
        """Whether the month is expected to cost more than the cap allows."""
        expected = self.outlook.expected
        return self.cap is not None and expected is not None and expected > self.cap


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundForecast:
    """What the next round would do.

    Attributes:
        visits: How many conversations are due, by platform and brand.
        look_ups: How many posts of X would be looked up because they may be gone.
        months: One for each brand with an account on X, and one for all.
    """

    sources: tuple[PlannedSource, ...]
    visits: Mapping[tuple[str, str], int]
    look_ups: int
    months: tuple[BrandForecast, ...]


def forecast_round(
    store: Store, desks: Sequence[Desk], purse: Purse, *, brands: Sequence[Brand], now: datetime
) -> RoundForecast:
    """Tell what a round would read and cost, without asking any platform.

    Args:
        store: What is known so far.
        desks: The accounts that would be read.
        purse: What it may cost.
        brands: All brands of the settings, as for `collect`.
        now: When the round would begin.
    """
    due = share_out(find_due_visits(store, brands, now=now), desks)
    chosen = [visit for visits in due.values() for visit in visits]
    visits: dict[tuple[str, str], int] = {}
    for visit in chosen:
        key = (visit.platform, visit.brand)
        visits[key] = visits.get(key, 0) + visit.asks
    return RoundForecast(
        sources=tuple(_plan(store, desks, purse, now)),
        visits=visits,
        look_ups=sum(len(v.known) for v in chosen if v.platform == "x" and v.looks_up),
        months=forecast_months(store, desks, purse, now=now),
    )


def forecast_months(
    store: Store, desks: Sequence[Desk], purse: Purse, *, now: datetime
) -> tuple[BrandForecast, ...]:
    """Tell what this month on X will cost, for each brand and in all."""
    costs = load_costs(store, now)
    brands = {desk.brand.key: desk.brand for desk in desks if desk.account.platform == "x"}
    outlooks = {key: look_ahead(costs.get(key), now=now) for key in {**costs, **brands}}
    months = [
        _make_month(key, outlooks[key], brand.month_cap_dollars, purse, now)
        for key, brand in brands.items()
    ]
    if months:
        together = add_outlooks(outlooks.values())
        months.append(_make_month("", together, purse.total_cap, purse, now))
    return tuple(months)


def _make_month(
    brand: str, outlook: Outlook, cap: Decimal | None, purse: Purse, now: datetime
) -> BrandForecast:
    return BrandForecast(
        brand=brand, month=tell_month(now), outlook=outlook, cap=cap, left=purse.left(brand, now)
    )


def _plan(store: Store, desks: Sequence[Desk], purse: Purse, now: datetime) -> list[PlannedSource]:
    runs = store.load_runs(now - _HABIT)
    pauses = load_pauses(store, now)
    done = runs.filter(pl.col("state") == "done").sort("id")
    habits = done.group_by("source").agg(
        pl.col("read").tail(_LAST_RUNS).mean(), pl.col("started_at").last()
    )
    known = {source: (read, at) for source, read, at in habits.iter_rows()}
    price = _price_post(store, done, purse, now)
    planned = []
    for source in (source for desk in desks for source in desk.sources):
        posts, at = known.get(source.key, (None, None))
        cost = None if posts is None else Decimal(str(round(posts, 3))) * price
        planned.append(
            PlannedSource(
                source=source,
                read_until=at,
                waits_until=pauses.get(source.key),
                posts=posts,
                dollars=Decimal(0) if source.platform == "mastodon" else cost,
            )
        )
    return planned


def _price_post(store: Store, done: pl.DataFrame, purse: Purse, now: datetime) -> Decimal:
    """Return what a post on X has cost with everything beside it, such as its author."""
    read = int(done.filter(pl.col("platform") == "x")["read"].sum())
    since = tell_day(now - _HABIT)
    costs = load_costs(store, now).values()
    paid = sum((c for own in costs for day, c in own.booked.items() if day >= since), Decimal(0))
    return paid / read if read and paid else purse.prices.post
