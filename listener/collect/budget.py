"""What reading X costs, and what a monthly cap leaves of it: sums only, no clock, no requests.

X charges for each thing that an answer holds, and for each thing once a day in
UTC, however often it is read (https://docs.x.com/x-api/getting-started/pricing).
So a ledger that books by day and id, as `PaidReads.without` allows, agrees with
the bill; X calls the once-a-day rule a soft guarantee, the bill may be higher.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import chain
from typing import Literal

Purpose = Literal["open_case", "deletion", "new"]

# When money is short: whoever waits for an answer first, new customers last.
_PRIORITIES: tuple[Purpose, ...] = ("open_case", "deletion", "new")
_HABIT_DAYS = 7
_NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceTable:
    """Dollars for one thing read, by kind; a `count` is one question how many posts there are.

    X has a lower price for what belongs to the account that asks ("owned reads").
    """

    post: Decimal = Decimal("0.005")
    own_post: Decimal = Decimal("0.001")
    user: Decimal = Decimal("0.010")
    dm_event: Decimal = Decimal("0.010")
    count: Decimal = Decimal("0.005")

    def price(self, kind: str) -> Decimal:
        """Return the price of one thing.

        Raises:
            ValueError: If there is no such kind.
        """
        if kind not in KINDS:
            msg = f"x has no price for {kind!r}; one of {', '.join(KINDS)}"
            raise ValueError(msg)
        price: Decimal = getattr(self, kind)
        return price


KINDS = tuple(item.name for item in fields(PriceTable))


@dataclass(frozen=True, slots=True, eq=False)
class PaidReads(Mapping[str, int]):
    """What an answer has to be paid for: units by kind, and which things they are.

    Attributes:
        ids: The ids of what was read, by kind; each thing is in one kind only.
    """

    ids: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def __getitem__(self, kind: str) -> int:
        """Return the units of one kind."""
        return len(self.ids[kind])

    def __iter__(self) -> Iterator[str]:
        """Iterate over the kinds."""
        return iter(self.ids)

    def __len__(self) -> int:
        """Return how many kinds there are."""
        return len(self.ids)

    def things(self) -> frozenset[tuple[str, str]]:
        """Return what a ledger keeps for the day: what was read, without its price.

        An own post is the same thing as a post: X charges it once, at the price
        at which it was read first.
        """
        return frozenset((_thing(kind), item) for kind, ids in self.ids.items() for item in ids)

    def without(self, booked: Collection[tuple[str, str]]) -> "PaidReads":
        """Return what is left to book when these things were booked on the same day."""
        left = {
            kind: frozenset(item for item in ids if (_thing(kind), item) not in booked)
            for kind, ids in self.ids.items()
        }
        return PaidReads({kind: ids for kind, ids in left.items() if ids})

    def plus(self, other: "PaidReads") -> "PaidReads":
        """Return both together; what is in both counts once."""
        rest = other.without(self.things())
        kinds = dict.fromkeys(chain(self.ids, rest.ids))
        empty: frozenset[str] = frozenset()
        return PaidReads({k: self.ids.get(k, empty) | rest.ids.get(k, empty) for k in kinds})


def price_reads(reads: Mapping[str, int], table: PriceTable) -> Decimal:
    """Return what these reads cost in dollars.

    Raises:
        ValueError: If a kind has no price.
    """
    return sum((table.price(kind) * units for kind, units in reads.items()), _NOTHING)


def tell_month(moment: datetime) -> str:
    """Return the month in UTC, such as `2026-03`; caps and bills go by it."""
    return f"{moment.astimezone(UTC):%Y-%m}"


def tell_month_end(moment: datetime) -> datetime:
    """Return when the month in UTC is over."""
    first = moment.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return (first + timedelta(days=32)).replace(day=1)


def tell_day(moment: datetime) -> date:
    """Return the day in UTC; within it nothing is charged twice."""
    return moment.astimezone(UTC).date()


@dataclass(frozen=True, slots=True)
class Spent:
    """Dollars spent, by month and brand."""

    amounts: Mapping[tuple[str, str], Decimal] = field(default_factory=dict)

    def plus(self, brand: str, at: datetime, amount: Decimal) -> "Spent":
        """Return the same with one more amount."""
        key = (tell_month(at), brand)
        return Spent({**self.amounts, key: self.amounts.get(key, _NOTHING) + amount})

    def of_brand(self, month: str, brand: str) -> Decimal:
        """Return what one brand has cost in a month."""
        return self.amounts.get((month, brand), _NOTHING)

    def of_all(self, month: str) -> Decimal:
        """Return what all brands together have cost in a month."""
        return sum((paid for (when, _), paid in self.amounts.items() if when == month), _NOTHING)


def left_of_cap(
    spent: Spent,
    *,
    month: str,
    brand: str | None = None,
    brand_cap: Decimal | None = None,
    total_cap: Decimal | None = None,
) -> Decimal | None:
    """Return the dollars that a month still allows, never below zero; None without a cap.

    With a brand its own cap counts beside the one for all.
    """
    left = [] if total_cap is None else [total_cap - spent.of_all(month)]
    if brand is not None and brand_cap is not None:
        left.append(brand_cap - spent.of_brand(month, brand))
    return max(min(left), _NOTHING) if left else None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedRead:
    """Something that could be read next.

    Attributes:
        key: Names it for the caller.
        cost: What it is expected to cost, in dollars.
    """

    key: str
    brand: str
    purpose: Purpose
    cost: Decimal


@dataclass(frozen=True, slots=True)
class Affordable:
    """What is read, and what has to wait for the next month or a higher cap."""

    chosen: tuple[PlannedRead, ...]
    postponed: tuple[PlannedRead, ...]


def choose_affordable(
    plans: Sequence[PlannedRead],
    *,
    left: Decimal | None,
    left_by_brand: Mapping[str, Decimal | None] | None = None,
) -> Affordable:
    """Choose what the caps still allow, in the order of the plans.

    Open cases go before new searches, and the cheaper before the dearer: an
    answer that nobody reads any more would turn a solved case into a silent one.

    Args:
        plans: What could be read.
        left: What all brands together may spend; None for no cap.
        left_by_brand: The same for single brands; one that is missing has no cap.
    """
    purses: dict[str | None, Decimal | None] = {None: left}
    purses.update(left_by_brand or {})
    chosen: set[int] = set()
    for number, plan in sorted(enumerate(plans), key=lambda item: _rank(*item)):
        if _pay(purses, (None, plan.brand), plan.cost):
            chosen.add(number)
    return Affordable(
        tuple(plan for number, plan in enumerate(plans) if number in chosen),
        tuple(plan for number, plan in enumerate(plans) if number not in chosen),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What a month will cost if the days to come are like the last ones.

    Attributes:
        spent: In this month until now.
        by_day: What a day costs on average; None if nothing is known yet.
        expected: Until the month ends, `spent` included; None if nothing is known yet.
    """

    month: str
    spent: Decimal
    by_day: Decimal | None
    expected: Decimal | None


def forecast(costs: Mapping[date, Decimal], *, now: datetime) -> Forecast:
    """Return what the month of `now` will cost.

    The average is that of the last seven whole days since the first booked one;
    days without a booking in between were free and count as such.

    Args:
        costs: What was booked, by day in UTC; other months than that of `now` too.
        now: The moment from which on the month is guessed.
    """
    today, month = tell_day(now), tell_month(now)
    spent = sum((cost for day, cost in costs.items() if f"{day:%Y-%m}" == month), _NOTHING)
    by_day = _average(costs, today)
    if by_day is None:
        return Forecast(month=month, spent=spent, by_day=None, expected=None)
    # Of today, which has cost something already, only the rest is to come.
    rest = max(by_day - costs.get(today, _NOTHING), _NOTHING)
    expected = spent + rest + by_day * ((tell_month_end(now).date() - today).days - 1)
    return Forecast(month=month, spent=spent, by_day=by_day, expected=expected)


def _average(costs: Mapping[date, Decimal], today: date) -> Decimal | None:
    past = [day for day in costs if day < today]
    if not past:
        return costs.get(today)
    first = max(min(past), today - timedelta(days=_HABIT_DAYS))
    total = sum((costs[day] for day in past if day >= first), _NOTHING)
    return total / (today - first).days


def _thing(kind: str) -> str:
    return "post" if kind == "own_post" else kind


def _rank(number: int, plan: PlannedRead) -> tuple[int, Decimal, int]:
    return _PRIORITIES.index(plan.purpose), plan.cost, number


def _pay(
    purses: dict[str | None, Decimal | None], names: Iterable[str | None], cost: Decimal
) -> bool:
    capped = [(name, left) for name in names if (left := purses.get(name)) is not None]
    if any(left < cost or left == 0 for _, left in capped):
        return False
    purses.update({name: left - cost for name, left in capped})
    return True
