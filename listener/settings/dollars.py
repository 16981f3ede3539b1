"""Amounts of money in settings; every mistake is a `ValueError` of one line."""

from decimal import Decimal, InvalidOperation
from typing import Any

_MOST = 1_000_000
_NO_CAP = "none"


def parse_dollars(value: Any) -> Decimal:  # noqa: ANN401 - whatever a file holds
    """Return an amount in dollars, as it is written: 0.005 stays 0.005."""
    amount = _read_amount(value)
    if amount is None:
        msg = "must be an amount in dollars, such as 0.005"
        raise ValueError(msg)
    if not 0 <= amount <= _MOST:
        msg = f"must be between 0 and {_MOST:,} dollars, not {value}"
        raise ValueError(msg)
    return amount


def parse_cap(value: Any) -> Decimal | None:  # noqa: ANN401 - whatever a file holds
    """Return a cap in dollars; `None` for the word "none", which TOML has no value for."""
    if value is None or (isinstance(value, str) and value.strip().casefold() == _NO_CAP):
        return None
    if _read_amount(value) is None:
        msg = 'must be an amount in dollars, such as 25.0, or "none" for no cap'
        raise ValueError(msg)
    return parse_dollars(value)


def _read_amount(value: Any) -> Decimal | None:  # noqa: ANN401 - whatever a file holds
    if isinstance(value, bool) or not isinstance(value, (int, float, str, Decimal)):
        return None
    try:
        amount = Decimal(str(value).strip())  # by way of text: a float is not what was written
    except InvalidOperation:
        return None
    return amount if amount.is_finite() else None
