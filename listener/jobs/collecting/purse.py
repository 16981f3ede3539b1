"""What reading X may still cost this month, and what it has cost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from listener.collect.base import FetchedPage
from listener.collect.budget import (
    PaidReads,
    PriceTable,
    Spent,
    left_of_cap,
    price_reads,
    tell_day,
    tell_month,
)
from listener.posts import Brand
from listener.settings import XSettings
from listener.store.spending import Spend
from listener.store.store import Store

MICRO = 1_000_000
_NOTHING = Decimal(0)
# From here on open cases go before anything new.
_SHORT = Decimal("0.2")


@dataclass(frozen=True, slots=True)
class Room:
    """What is left of one cap; less than nothing if it was passed by the price of a page.

    Attributes:
        setting: What the cap is called in the settings.
        brands: Whose cap it is; empty for everybody's.
    """

    setting: str
    cap: Decimal
    left: Decimal
    brands: tuple[str, ...] = ()


@dataclass(slots=True)
class Purse:
    """The caps of a month, and what is left of them.

    A page is paid for after it was read, so a cap can be missed by the price of one
    page. What is new is read no further as soon as less is left than its dearest page
    has cost; what came of open cases is read as long as anything is left.

    Attributes:
        reserved: Dollars that open cases of each brand are expected to need.
    """

    store: Store
    prices: PriceTable
    total_cap: Decimal | None
    brand_caps: Mapping[str, Decimal | None]
    reserved: dict[str, Decimal] = field(default_factory=dict)
    _dearest: Decimal = _NOTHING

    def left(self, brand: str, at: datetime) -> Decimal | None:
        """Return the dollars that a brand may still spend; None without any cap."""
        month = tell_month(at)
        return left_of_cap(
            self.load_spent(month),
            month=month,
            brand=brand,
            brand_cap=self.brand_caps.get(brand),
            total_cap=self.total_cap,
        )

    def is_empty(self, brand: str, at: datetime, *, is_open_case: bool) -> bool:
        """Tell whether the next page would be too much.

        For open cases everything may be spent; before anything else is read, what
        they need is kept back: of a brand's cap its own ones, of the cap for all
        those of all brands.
        """
        rooms = self.list_rooms(brand, at)
        if is_open_case:
            return any(room.left <= 0 for room in rooms)
        free = [room.left - self._tell_reserved(room) for room in rooms]
        return any(left <= 0 or left < self._dearest for left in free)

    def is_short(self, brand: str, at: datetime) -> bool:
        """Tell whether so little is left of a cap that open cases must go first."""
        return any(room.left < room.cap * _SHORT for room in self.list_rooms(brand, at))

    def explain_pause(self, brand: str, at: datetime) -> str:
        """Return why a brand has to wait, and what the operator can do about it."""
        room = min(self.list_rooms(brand, at), key=lambda room: room.left)
        is_kept = room.left > 0 and bool(self.reserved)
        what = "what is left of the month's cap is kept for open cases"
        reason = what if is_kept else "the month's cap in dollars is reached"
        return f"{brand}: {reason}; raise {room.setting}, or wait for the next month"

    def _tell_reserved(self, room: Room) -> Decimal:
        brands = room.brands or self.reserved
        return sum((self.reserved.get(brand, _NOTHING) for brand in brands), _NOTHING)

    def list_rooms(self, brand: str, at: datetime) -> list[Room]:
        """Return what is left of the caps that hold for a brand; none without caps."""
        month = tell_month(at)
        own_cap = self.brand_caps.get(brand)
        if self.total_cap is None and own_cap is None:
            return []
        spent = self.load_spent(month)
        rooms = []
        if self.total_cap is not None:
            left = self.total_cap - spent.of_all(month)
            rooms.append(Room("x.month_cap_dollars", self.total_cap, left))
        if own_cap is not None:
            left = own_cap - spent.of_brand(month, brand)
            rooms.append(Room(f"brands.{brand}.month_cap_dollars", own_cap, left, (brand,)))
        return rooms

    def load_spent(self, month: str) -> Spent:
        """Return what X has cost in a month, by brand."""
        paid = self.store.sum_spent("x", month)
        return Spent({(month, brand): Decimal(amount) / MICRO for brand, amount in paid.items()})

    def note_page(self, page: FetchedPage) -> None:
        """Remember what the dearest page would have cost if nothing of it was paid before."""
        self._dearest = max(self._dearest, price_reads(page.reads, self.prices))


def make_purse(store: Store, settings: XSettings, brands: Sequence[Brand]) -> Purse:
    """Return the purse of the settings."""
    return Purse(
        store,
        PriceTable(**settings.prices),
        settings.month_cap_dollars,
        {brand.key: brand.month_cap_dollars for brand in brands},
    )


def list_spends(
    reads: Mapping[str, int], prices: PriceTable, *, brand: str, at: datetime
) -> list[Spend]:
    """Return the bookings of what was read on X.

    Each names the things behind it, so that the store books a thing once a day.
    """
    ids = reads.ids if isinstance(reads, PaidReads) else {}
    return [
        Spend(
            platform="x",
            brand=brand,
            day=tell_day(at),
            kind=kind,
            units=units,
            micro_dollars=int(prices.price(kind) * units * MICRO),
            things=frozenset(f"{_name_thing(kind)}:{item}" for item in ids.get(kind, ())),
        )
        for kind, units in reads.items()
        if units
    ]


def _name_thing(kind: str) -> str:
    """Return what a thing is to X's bill: an own post is a post, at another price."""
    return "post" if kind == "own_post" else kind
