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


@dataclass(slots=True)
class Purse:
    """The caps of a month, and what is left of them.

    A page is paid for after it was read, so a cap can be missed by the price of a
    page: reading stops as soon as less is left than the dearest page has cost.

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
        they need is kept back.
        """
        left = self.left(brand, at)
        if left is None:
            return False
        kept = _NOTHING if is_open_case else self.reserved.get(brand, _NOTHING)
        return left <= kept or left - kept < self._dearest

    def is_short(self, brand: str, at: datetime) -> bool:
        """Tell whether so little is left that open cases must go first."""
        left = self.left(brand, at)
        caps = [cap for cap in (self.total_cap, self.brand_caps.get(brand)) if cap is not None]
        return left is not None and left < min(caps) * _SHORT

    def load_spent(self, month: str) -> Spent:
        """Return what X has cost in a month, by brand."""
        rows = self.store.load_spent(month)
        amounts: dict[tuple[str, str], Decimal] = {}
        for platform, brand, dollars in rows.select("platform", "brand", "micro_dollars").rows():
            if platform == "x":
                key = (month, brand)
                amounts[key] = amounts.get(key, _NOTHING) + Decimal(dollars) / MICRO
        return Spent(amounts)

    def note_page(self, page: FetchedPage) -> None:
        """Remember what the dearest page would have cost if nothing of it was paid before."""
        self._dearest = max(self._dearest, self.price(page))

    def price(self, page: FetchedPage) -> Decimal:
        """Return what a page costs in dollars, whatever was paid for before."""
        return sum(
            (self.prices.price(kind) * units for kind, units in page.reads.items()), _NOTHING
        )


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
