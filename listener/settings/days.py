"""Days after which something goes; every mistake is a `ValueError` of one line."""

import re
from typing import Any

_MOST = 36_500
_NEVER = "none"


def parse_days(value: Any, lowest: int) -> int | None:  # noqa: ANN401 - whatever a file holds
    """Return a number of days; `None` for the word "none", which TOML has no value for."""
    written = "" if isinstance(value, bool) else str(value).strip().casefold()
    if value is None or written == _NEVER:
        return None
    if not re.fullmatch(r"[0-9]{1,9}", written):
        msg = f'must be a whole number of days, at least {lowest}, or "none" for never'
        raise ValueError(msg)
    days = int(written)
    if not lowest <= days <= _MOST:
        msg = f'must be at least {lowest} and at most {_MOST:,} days, or "none" for never'
        raise ValueError(msg)
    return days
