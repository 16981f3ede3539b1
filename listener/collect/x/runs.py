"""Read listings of X to their end, and say only then how far they were read."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from listener.collect.base import CursorMark, FetchedPage, Gap
from listener.collect.budget import PaidReads
from listener.collect.x.answers import parse_answer
from listener.collect.x.connection import Listing, XConnection
from listener.collect.x.messages import list_message_ids, parse_messages
from listener.collect.x.windows import describe_gap, find_gap, lower_id, move_mark
from listener.collect.x_ids import find_oldest, make_id, rank_id, tell_time

_BEGUN_LATE = "x gives no posts from before the oldest one that it still lists"


@dataclass(frozen=True, slots=True)
class Run:
    """What a run over posts has to know.

    Attributes:
        is_own: Whether it reads the timeline of the account whose keys ask.
        longest: How many posts the platform gives at most, however many there are.
    """

    started_at: datetime
    is_own: bool = False
    longest: int | None = None


def read_listings(
    connection: XConnection, listings: Sequence[Listing], mark: CursorMark | None, run: Run
) -> Iterator[FetchedPage]:
    """Yield the pages of one source; the last page of the last listing has its mark."""
    found: set[str] = set()
    for listing in listings:
        for body, is_end in connection.walk(listing):
            answer = parse_answer(body, own=run.is_own)
            found |= answer.listed
            if is_end and listing is listings[-1]:
                ceiling = make_id(run.started_at) if len(listings) > 1 else None
                moved = move_mark(mark, found, run.started_at, ceiling)
                page = _note_end(answer.page, found, mark, run)
                yield replace(page, mark=moved)
            else:
                yield answer.page


def read_messages(
    connection: XConnection, listing: Listing, mark: CursorMark | None, *, started_at: datetime
) -> Iterator[FetchedPage]:
    """Yield private messages until known ones come, which X cannot be told to leave out."""
    known = rank_id(lower_id(mark.newest_id)) if mark else None
    found: set[str] = set()
    for body, is_end in connection.walk(listing):
        ids, page = list_message_ids(body), parse_messages(body)
        found.update(ids)
        if is_end or (known is not None and any(rank_id(number) <= known for number in ids)):
            yield replace(page, mark=move_mark(mark, found, started_at))
            return
        yield page


def note(problem: str, lost: Gap | None = None) -> FetchedPage:
    """Return a page that only names a problem."""
    return FetchedPage(posts=(), reads=PaidReads(), problems=(problem,), lost=lost)


def _note_end(
    page: FetchedPage, found: Iterable[str], mark: CursorMark | None, run: Run
) -> FetchedPage:
    """Return the last page of a timeline, which may end because X lists no more."""
    numbers = frozenset(found)
    if run.longest is None or len(numbers) < run.longest:
        return page
    oldest_at = tell_time(find_oldest(numbers) or "") or run.started_at
    if mark is None or (mark.is_beginning and mark.seen_at < oldest_at):
        return replace(page, problems=(*page.problems, _BEGUN_LATE))
    lost = find_gap(mark, oldest_at)
    if lost is None:
        return page
    return replace(page, problems=(*page.problems, describe_gap(lost)), lost=lost)
