"""Where posts of old weeks lie outside the database, and from which age on."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LEAST_WEEKS = 4
_MOST_WEEKS = 5_200
_NEVER = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveSettings:
    """Where archived posts are.

    Attributes:
        folder: Of their files; None if there are none.
        older_than_weeks: How many weeks old is what is moved there by itself; None for never.
    """

    folder: Path | None
    older_than_weeks: int | None


def parse_weeks(value: Any) -> int | None:  # noqa: ANN401 - whatever a file holds
    """Return a number of weeks; None for the word "none".

    Conversations are asked for again for two weeks: what is younger would come back at once.
    """
    written = "" if isinstance(value, bool) else str(value).strip().casefold()
    if value is None or written == _NEVER:
        return None
    if not re.fullmatch(r"[0-9]{1,9}", written) or not LEAST_WEEKS <= int(written) <= _MOST_WEEKS:
        msg = f'must be a whole number of weeks, at least {LEAST_WEEKS}, or "none" for never'
        raise ValueError(msg)
    return int(written)
