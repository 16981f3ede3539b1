"""The ids of X: numbers of growing length, which carry the time at which they were given."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

# Ids carry milliseconds since then above 22 other bits; those of the years before
# November 2010 were plain numbers.
_IDS_START = datetime(2010, 11, 4, 1, 42, 54, 657_000, tzinfo=UTC)
_FIRST_TIMED_ID = 29_700_859_247
_OTHER_BITS = 22
_NUMBER = re.compile(r"[0-9]{1,20}")
_MILLISECOND = timedelta(milliseconds=1)


def make_id(moment: datetime) -> str:
    """Return the lowest id that a post of this moment can have."""
    return str(max((moment - _IDS_START) // _MILLISECOND, 0) << _OTHER_BITS)


def tell_time(number: str) -> datetime | None:
    """Return the time that an id carries; ids of the first years carry none."""
    if not _NUMBER.fullmatch(number) or int(number) < _FIRST_TIMED_ID:
        return None
    return _IDS_START + _MILLISECOND * (int(number) >> _OTHER_BITS)


def find_newest(numbers: Iterable[str]) -> str | None:
    """Return the newest id; what is no number is passed over."""
    return max(filter(_NUMBER.fullmatch, numbers), key=rank_id, default=None)


def find_oldest(numbers: Iterable[str]) -> str | None:
    """Return the oldest id; what is no number is passed over."""
    return min(filter(_NUMBER.fullmatch, numbers), key=rank_id, default=None)


def rank_id(number: str) -> tuple[int, str]:
    """Return what ids are sorted by."""
    return len(number), number
