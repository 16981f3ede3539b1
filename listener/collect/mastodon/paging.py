"""Walk through a list of a server, page by page, and skip nothing.

Ids are opaque here: which of two is newer is the server's business. Lists are
newest first, whichever way one walks.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NoReturn

from listener.collect.fields import read_id, read_record
from listener.collect.mastodon.server import MastodonServer
from listener.collect.mastodon.session import Answer

MORE_NEWER = "more is waiting; the next run goes on from here"
_CIRCLE = "the server's pages lead in a circle"
MORE_OLDER = "older posts are left out: the limit of pages is reached"


def find_own_id(item: object) -> str | None:
    """Return the id by which an item of a list is paged."""
    return read_id(read_record(item).get("id"))


@dataclass(frozen=True, slots=True)
class Stream:
    """A list of a server.

    Attributes:
        ask: Asks for a page, given `min_id` or `max_id` or nothing.
        find_id: Tells by which id an item is paged; a conversation is by its last post.
    """

    server: MastodonServer
    ask: Callable[[Mapping[str, str]], Answer]
    find_id: Callable[[object], str | None] = find_own_id


@dataclass(frozen=True, slots=True)
class RawPage:
    """One page as the server sent it.

    Attributes:
        newest_id: Up to where the list is read once this page is kept.
    """

    items: list[object]
    newest_id: str | None = None
    problems: tuple[str, ...] = ()


@dataclass(slots=True)
class _Trail:
    """Where a walk has been; coming there again would never end."""

    stream: Stream
    cursors: set[str] = field(default_factory=set)
    pages: set[tuple[str | None, ...]] = field(default_factory=set)

    def check_cursor(self, cursor: str | None) -> None:
        if cursor in self.cursors:
            self.refuse()
        if cursor is not None:
            self.cursors.add(cursor)

    def check_page(self, items: list[object]) -> None:
        page = tuple(map(self.stream.find_id, items))
        if page and page in self.pages:
            self.refuse()
        self.pages.add(page)

    def check_order(self, *, is_rising: bool, is_repeating: bool) -> bool:
        if is_rising and is_repeating:
            self.refuse()
        return is_rising or is_repeating

    def refuse(self) -> NoReturn:
        raise self.stream.server.retry_later(_CIRCLE)


def walk_back(stream: Stream, *, before: str | None, limit: int) -> Iterator[RawPage]:
    """Yield pages from the newest to older ones.

    The first page tells the newest id. An empty page is the end only where
    the server names no next one.

    Args:
        stream: What to read.
        before: Where to start, the newest if None.
        limit: The most pages; a page that says so is the last, if there are more.

    Raises:
        RetryLaterError: If the pages lead in a circle.
    """
    trail, cursor = _Trail(stream), before
    newest: str | None = None
    for _ in range(limit):
        trail.check_cursor(cursor)
        answer = stream.ask({"max_id": cursor} if cursor else {})
        items = stream.server.read_list(answer)
        trail.check_page(items)
        cursor = _find_older(stream, answer, items)
        found = _find_newest(stream, answer, items) if newest is None else None
        newest = newest or found
        yield RawPage(items, found)
        if cursor is None:
            return
    yield RawPage([], problems=(MORE_OLDER,))


def walk_forward(stream: Stream, *, after: str, limit: int) -> Iterator[RawPage]:
    """Yield pages from an id to newer ones, each telling how far it leads.

    Args:
        stream: What to read.
        after: The id that was reached before.
        limit: The most pages. As each is the next one to the last, it loses
            nothing to stop there.

    Raises:
        RetryLaterError: If the pages lead in a circle.
    """
    trail, cursor = _Trail(stream), after
    is_rising, seen = False, set[str | None]()
    for _ in range(limit):
        trail.check_cursor(cursor)
        answer = stream.ask({"min_id": cursor})
        items = stream.server.read_list(answer)
        newest = _find_newest(stream, answer, items)
        if not items and newest in (None, cursor):
            return
        trail.check_page(items)
        ids = [stream.find_id(item) for item in items]
        # Some servers turn the order round when they page forward: their first
        # is the oldest, so that most of the last page comes once more.
        is_repeating = not seen.isdisjoint(ids)
        is_rising = trail.check_order(is_rising=is_rising, is_repeating=is_repeating)
        seen = set(ids)
        cursor = (ids[-1] if is_rising and ids else newest) or trail.refuse()
        yield RawPage(items, cursor)
    yield RawPage([], problems=(MORE_NEWER,))


def _find_older(stream: Stream, answer: Answer, items: list[object]) -> str | None:
    told = answer.find_cursor("next", "max_id")
    if told is None and items and not answer.links:
        return stream.find_id(items[-1])
    return told


def _find_newest(stream: Stream, answer: Answer, items: list[object]) -> str | None:
    told = answer.find_cursor("prev", "min_id", "since_id")
    return told or (stream.find_id(items[0]) if items else None)
