"""Judge what a month of X will cost, told by past days or by what X counts."""

from decimal import Decimal

from listener.collect.budget import PriceTable
from listener.jobs.checking.findings import Notes
from listener.jobs.collecting.outlooks import Outlook

_COUNTED_DAYS = 7


def price_counted(posts: int, prices: PriceTable) -> Decimal:
    """Return what a day costs if seven days have so many posts.

    X charges for a post's author too, once a day; so this is rather too much.
    """
    return (prices.post + prices.user) * posts / _COUNTED_DAYS


def judge_outlook(
    outlook: Outlook, cap: Decimal | None, setting: str, notes: Notes, count_price: Decimal
) -> None:
    """Note what a month will cost, and whether its cap allows that."""
    told = f"{show_dollars(outlook.spent)} spent in this month"
    capped = (
        f"; the cap is {show_dollars(cap)}"
        if cap is not None
        else "; there is no own cap"
        if notes.brand
        else "; there is no cap"
    )
    if outlook.expected is None:
        told += f", the rest is unknown yet{capped}"
    else:
        least = "at least " if outlook.is_least else ""
        told += f", {least}{show_dollars(outlook.expected)} expected at its end{capped}"
    if cap is not None and outlook.spent >= cap:
        hint = f"x is not read until the month ends; to go on, raise {setting}"
        notes.add("price", "problem", told, hint)
    elif outlook.expected is None:
        hint = f"listener check --count asks x for ${count_price.normalize():f} a query"
        notes.add("price", "unknown", told, hint)
    elif cap is not None and outlook.expected > cap:
        notes.add("price", "warning", told, f"raise {setting}, or watch less")
    else:
        notes.add("price", "ok", told)


def show_dollars(amount: Decimal) -> str:
    """Return an amount as people write it."""
    return f"${amount:,.2f}"
