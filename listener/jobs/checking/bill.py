"""What a check itself costs, booked before anything else is asked."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from listener.collect.budget import PaidReads, PriceTable, price_reads, tell_month
from listener.errors import StoreError
from listener.jobs.collecting.purse import MICRO, list_spends
from listener.store.store import Store

_NOTHING = Decimal(0)


@dataclass(slots=True)
class Bill:
    """What was paid for.

    Attributes:
        store: None where there is no database to book it in.
        cost: Dollars; what was paid for on the same day before is free.
        is_booked: Whether the ledger knows all of it.
    """

    store: Store | None
    prices: PriceTable
    now: Callable[[], datetime]
    cost: Decimal = _NOTHING
    is_booked: bool = True

    def book(self, brand: str, reads: PaidReads) -> None:
        """Book what an answer held; without a database it is only added up."""
        try:
            self.cost += self._save(brand, reads)
        except StoreError:
            self.is_booked = False
            self.cost += price_reads(reads, self.prices)

    def _save(self, brand: str, reads: PaidReads) -> Decimal:
        if self.store is None:
            msg = "there is no database"
            raise StoreError(msg)
        at = self.now()
        before = sum_spent(self.store, at)
        self.store.save_spending(list_spends(reads, self.prices, brand=brand, at=at))
        return sum_spent(self.store, at) - before


def sum_spent(store: Store, at: datetime) -> Decimal:
    """Return the dollars of all that was booked in a month."""
    return Decimal(sum(store.sum_spent("x", tell_month(at)).values())) / MICRO
