"""How far back X is asked, told by the times that its ids carry."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from listener.collect.base import CursorMark

SEARCH_WINDOW = timedelta(days=7)
MESSAGE_WINDOW = timedelta(days=30)
# Some posts appear minutes after the time that their id tells.
OVERLAP = timedelta(minutes=10)
# A request takes a while, and clocks differ: what lies on the edge is refused.
_MARGIN = timedelta(minutes=5)

# Ids carry milliseconds since then above 22 other bits; the first ones were plain numbers.
_IDS_START = datetime(2010, 11, 4, 1, 42, 54, 657_000, tzinfo=UTC)
_FIRST_TIMED_ID = 29_700_859_247
_OTHER_BITS = 22
_NUMBER = re.compile(r"[0-9]{1,19}")
_MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Window:
    """From where on is asked; X refuses a request that gives both.

    Attributes:
        hole: What lies between the mark and the window and cannot be read any more.
    """

    since_id: str | None = None
    start_time: datetime | None = None
    hole: str | None = None


def make_id(moment: datetime) -> str:
    """Return the lowest id that a post of this moment can have."""
    return str(max((moment - _IDS_START) // _MILLISECOND, 0) << _OTHER_BITS)


def make_mark(moment: datetime) -> CursorMark:
    """Return the mark of a source that is to be read from this moment on."""
    return CursorMark(make_id(moment), moment)


def tell_time(number: str) -> datetime | None:
    """Return the time that an id carries; ids of the first years carry none."""
    if not _NUMBER.fullmatch(number) or int(number) < _FIRST_TIMED_ID:
        return None
    return _IDS_START + _MILLISECOND * (int(number) >> _OTHER_BITS)


def lower_id(number: str, by: timedelta = OVERLAP) -> str:
    """Return the id of an earlier time; an id without a time stays."""
    moment = tell_time(number)
    return number if moment is None else make_id(moment - by)


def find_newest(numbers: Iterable[str]) -> str | None:
    """Return the newest id: ids are numbers of growing length; what is no number is passed over."""
    return max(filter(_NUMBER.fullmatch, numbers), key=rank_id, default=None)


def rank_id(number: str) -> tuple[int, str]:
    """Return what ids are sorted by."""
    return len(number), number


def choose_window(mark: CursorMark | None, *, now: datetime, limit: timedelta | None) -> Window:
    """Return from where on to read, an overlap before the mark included.

    `limit` is how far back the platform gives anything; None where it takes any mark.
    """
    if mark is None:
        return Window()
    since_id = lower_id(mark.newest_id)
    if limit is None:
        return Window(since_id=since_id)
    edge = now - limit + _MARGIN
    since_at = tell_time(since_id)
    if since_at is not None and since_at > edge:
        return Window(since_id=since_id)
    # The id of a quiet source is old, but the source was read to its end since.
    read_until = max(mark.seen_at, tell_time(mark.newest_id) or mark.seen_at)
    hole = None if read_until >= edge else f"{_show(read_until)} to {_show(edge)}"
    return Window(start_time=edge, hole=hole)


def move_mark(
    mark: CursorMark | None, found: Iterable[str], seen_at: datetime, ceiling: str | None = None
) -> CursorMark | None:
    """Return the mark after a complete run.

    Without anything new it says at least that the source was read until now. Of
    several listings the first was read before the last, so there the mark stays
    below the start of the run, the ceiling.
    """
    newest = find_newest(found)
    if newest and ceiling:
        newest = min(newest, ceiling, key=rank_id)
    newest = find_newest(filter(None, (newest, mark.newest_id if mark else None)))
    return CursorMark(newest, seen_at) if newest else None


def describe_hole(where: str) -> str:
    """Return the line that names a hole."""
    return f"x gives no more posts from {where}; what was written then may be missing"


def _show(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
