"""How far back X is asked, told by the times that its ids carry."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from listener.collect.base import CursorMark, Gap
from listener.collect.x_ids import find_newest, make_id, rank_id, tell_time

SEARCH_WINDOW = timedelta(days=7)
MESSAGE_WINDOW = timedelta(days=30)
# Some posts appear minutes after the time that their id tells.
OVERLAP = timedelta(minutes=10)
# A request takes a while, and clocks differ: what lies on the edge is refused.
_MARGIN = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Window:
    """From where on is asked; X refuses a request that gives both.

    Attributes:
        hole: What lies between the mark and the window and cannot be read any more.
    """

    since_id: str | None = None
    start_time: datetime | None = None
    hole: Gap | None = None

    def compose(self) -> dict[str, object]:
        """Return what tweepy is told."""
        return {"since_id": self.since_id, "start_time": self.start_time}


def make_mark(moment: datetime) -> CursorMark:
    """Return the mark of a source that was never read and is to be read from this moment on."""
    return CursorMark(make_id(moment), moment, is_beginning=True)


def lower_id(number: str, by: timedelta = OVERLAP) -> str:
    """Return the id of an earlier time; an id without a time stays."""
    moment = tell_time(number)
    return number if moment is None else make_id(moment - by)


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
    return Window(start_time=edge, hole=find_gap(mark, edge))


def find_gap(mark: CursorMark, oldest_at: datetime) -> Gap | None:
    """Return what lies between a mark and the oldest that can be read, None if nothing is lost."""
    if mark.is_beginning:
        return None
    # The id of a quiet source is old, but the source was read to its end since.
    read_until = max(mark.seen_at, tell_time(mark.newest_id) or mark.seen_at)
    return Gap(read_until, oldest_at) if read_until < oldest_at else None


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


def describe_gap(gap: Gap) -> str:
    """Return the line that names what is lost."""
    since = "the beginning" if gap.since is None else _show(gap.since)
    where = f"{since} to {_show(gap.until)}"
    return f"x gives no more posts from {where}; what was written then may be missing"


def _show(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
