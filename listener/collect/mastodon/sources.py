"""What is new in each kind of source."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import quote

from listener.collect.base import CursorMark, FetchedPage, Gap, Source
from listener.collect.fields import (
    read_id,
    read_list,
    read_optional_moment,
    read_record,
)
from listener.collect.mastodon.failures import NotOfferedError, NotThereError
from listener.collect.mastodon.paging import (
    MORE_OLDER,
    RawPage,
    Stream,
    find_own_id,
    walk_back,
    walk_forward,
)
from listener.collect.mastodon.reading import drop_boosts, parse_page
from listener.collect.mastodon.server import MastodonServer
from listener.collect.mastodon.session import Answer
from listener.errors import AccessDeniedError

_PAGE_SIZE = 40
# The search counts in places, and a post that is deleted meanwhile moves all
# others one place up; so each page begins with some of the page before.
_SEARCH_REPEATS = 10
# The index of a search lags behind, and so do posts from other servers.
_SEARCH_OVERLAP = timedelta(days=1)
# Each conversation costs one request more, and Mastodon allows 300 in five minutes.
_CONVERSATIONS = 20
_CONVERSATION_PAGES = 10
# The home timeline is put together in the background.
_HOME_OVERLAP = timedelta(hours=1)
_CLOSED = ("private", "direct")
_ADDRESSING = ("mention", "quote")
_NO_TAG = "the server knows no such hashtag yet"
_NO_RESULT = "the answer is no result of a search"
NO_MENTIONS = "without a token nobody tells of mentions; they come from the answers to posts"


@dataclass(frozen=True, slots=True)
class Depth:
    """How many pages a run reads.

    Attributes:
        history: Of a source that is read for the first time.
        forward: From the mark to the newest.
        overlap: Before the mark, where late posts appear with old ids.
    """

    history: int = 25
    forward: int = 100
    overlap: int = 1


def fetch_posts(
    server: MastodonServer, source: Source, mark: CursorMark | None, depth: Depth
) -> Iterator[FetchedPage]:
    """Yield what an account wrote, answers included, without what it passed on."""
    number = quote(server.fetch_account_id(source.account), safe="")

    def ask(window: Mapping[str, str]) -> Answer:
        return server.ask(
            lambda client: client.account_statuses(
                number, exclude_reblogs=True, limit=_PAGE_SIZE, **window
            )
        )

    for page, its_mark in _walk(Stream(server, ask), mark, depth):
        yield parse_page(server, drop_boosts(page.items), mark=its_mark, problems=page.problems)


def fetch_hashtag(
    server: MastodonServer, source: Source, mark: CursorMark | None, depth: Depth
) -> Iterator[FetchedPage]:
    """Yield posts with a hashtag, as far as the server has seen them."""
    name = quote(source.query.strip().lstrip("#"), safe="")
    server.fetch_info()  # otherwise Mastodon.py asks for it, and throws it away

    def ask(window: Mapping[str, str]) -> Answer:
        return server.ask(lambda client: client.timeline_hashtag(name, limit=_PAGE_SIZE, **window))

    is_known = mark is not None
    try:
        for page, its_mark in _walk(Stream(server, ask), mark, depth):
            is_known = True
            yield parse_page(server, page.items, mark=its_mark, problems=page.problems)
    except NotThereError as error:
        # GoToSocial knows no hashtag before somebody writes it.
        if is_known or not error.is_certain:
            raise
        yield FetchedPage(posts=(), problems=(_NO_TAG,))


def fetch_notifications(
    server: MastodonServer, mark: CursorMark | None, depth: Depth
) -> Iterator[FetchedPage]:
    """Yield posts that address the token's account, those that it filters included."""
    for page, its_mark in _walk(_make_notifications(server), mark, depth):
        items = [item for item in page.items if _is_addressing(item)]
        yield parse_page(server, items, mark=its_mark, problems=page.problems)


def fetch_private(
    server: MastodonServer, mark: CursorMark | None, depth: Depth
) -> Iterator[FetchedPage]:
    """Yield the token's own private conversations, whole.

    The list has only the last post of each; the others are around it.
    """
    depth = replace(depth, history=min(depth.history, _CONVERSATION_PAGES))
    server.fetch_info()  # before all else: a server that cannot tell is not asked twenty times
    has_some = False
    with suppress(NotThereError):
        for page in _fetch_conversations(server, _make_conversations(server), mark, depth):
            has_some = has_some or bool(page.posts)
            yield page
    # Some servers have no such list, or an empty one whatever was written:
    # there a direct post is a notification only, and what the account itself wrote to
    # some is shown nowhere but to itself, among the news.
    if not has_some:
        yield from _fetch_conversations(server, _make_notifications(server), mark, depth)
        try:
            yield from _fetch_home(server, mark, depth)
        except (AccessDeniedError, NotThereError, NotOfferedError) as error:
            yield FetchedPage(posts=(), problems=(str(error),))


def fetch_search(
    server: MastodonServer, source: Source, mark: CursorMark | None, depth: Depth
) -> Iterator[FetchedPage]:
    """Yield what the server's search finds, back to a day before the mark.

    It has no reliable way forward: Mastodon takes ids for days there.
    """
    started_at = server.now()
    oldest_at, is_first = started_at, True
    for items in _search_back(server, source.query, depth.history):
        newest = find_own_id(items[0]) if is_first and items else None
        is_first = False
        yield parse_page(server, items, mark=_make_mark(newest, started_at))
        oldest_at = min(oldest_at, *_list_times(items), started_at)
        if not items or (mark and _is_before(items, mark.seen_at - _SEARCH_OVERLAP)):
            return
    is_lost = mark is not None and mark.seen_at < oldest_at
    lost = Gap(mark.seen_at, oldest_at) if mark and is_lost else None
    yield FetchedPage(posts=(), problems=(MORE_OLDER,), lost=lost)


def _search_back(server: MastodonServer, words: str, limit: int) -> Iterator[list[object]]:
    """Yield pages from the newest to older ones, an empty one at the end.

    Without an empty one there is more than the server shows.
    """
    seen: set[str | None] = set()
    oldest: str | None = None
    place, counts_places = 0, True
    for _ in range(limit):
        items = _search(server, words, _find_place(place, None if counts_places else oldest))
        if counts_places and len(seen) == _PAGE_SIZE and _is_stuck(items, seen):
            # GoToSocial counts no places, it pages by ids.
            counts_places = False
            items = _search(server, words, _find_place(place, oldest))
        if items and _is_stuck(items, seen):
            return
        is_new = not seen.issuperset(map(find_own_id, items))
        yield items if is_new else []
        if not is_new:
            return
        seen.update(map(find_own_id, items))
        oldest = find_own_id(items[-1])
        place += max(len(items) - _SEARCH_REPEATS, 1)


def _find_place(place: int, oldest: str | None) -> dict[str, int | str]:
    return {"max_id": oldest} if oldest else {"offset": place}


def _is_stuck(items: list[object], seen: set[str | None]) -> bool:
    """Tell whether a page is the same as before, or empty where the last was full."""
    is_known = seen.issuperset(map(find_own_id, items))
    return is_known and len(items) in (0, _PAGE_SIZE)


def _walk(
    stream: Stream, mark: CursorMark | None, depth: Depth
) -> Iterator[tuple[RawPage, CursorMark | None]]:
    """Yield pages in an order in which nothing between the mark and now is missed."""
    started_at = stream.server.now()
    if mark is None:
        for page in walk_back(stream, before=None, limit=depth.history):
            yield page, _make_mark(page.newest_id, started_at)
        return
    for page in walk_back(stream, before=mark.newest_id, limit=depth.overlap):
        if page.problems != (MORE_OLDER,):
            yield page, None
    for page in walk_forward(stream, after=mark.newest_id, limit=depth.forward):
        yield page, _make_mark(page.newest_id, started_at)


def _make_mark(newest_id: str | None, seen_at: datetime) -> CursorMark | None:
    return CursorMark(newest_id, seen_at) if newest_id else None


def _make_notifications(server: MastodonServer) -> Stream:
    types = list(_ADDRESSING if server.fetch_info().tells_quotes else _ADDRESSING[:1])

    def ask(window: Mapping[str, str]) -> Answer:
        try:
            return _ask(window)
        except NotOfferedError:
            if types == ["mention"]:
                raise
            types[:] = ["mention"]
            return _ask(window)

    def _ask(window: Mapping[str, str]) -> Answer:
        return server.ask(
            lambda client: client.notifications(types=list(types), limit=_PAGE_SIZE, **window),
            include_filtered="true",
        )

    return Stream(server, ask)


def _make_conversations(server: MastodonServer) -> Stream:
    def ask(window: Mapping[str, str]) -> Answer:
        return server.ask(lambda client: client.conversations(limit=_CONVERSATIONS, **window))

    return Stream(server, ask, find_id=_find_last_id)


def _find_last_id(conversation: object) -> str | None:
    return read_id(read_record(read_record(conversation).get("last_status")).get("id"))


def _is_addressing(item: object) -> bool:
    """Tell whether a notification brings a post; what is none at all is kept as a problem."""
    return read_record(item).get("type", _ADDRESSING[0]) in _ADDRESSING


def _fetch_conversations(
    server: MastodonServer, stream: Stream, mark: CursorMark | None, depth: Depth
) -> Iterator[FetchedPage]:
    for page, its_mark in _walk(stream, mark, depth):
        items = [item for item in page.items if _is_private(item)]
        around = [
            item for last in map(_find_last_post, items) for item in _look_around(server, last)
        ]
        yield parse_page(server, [*items, *around], mark=its_mark, problems=page.problems)


def _fetch_home(
    server: MastodonServer, mark: CursorMark | None, depth: Depth
) -> Iterator[FetchedPage]:
    """Yield what the account wrote to some only; its news are not kept otherwise."""
    number = server.fetch_account_id(server.account)

    def ask(window: Mapping[str, str]) -> Answer:
        return server.ask(lambda client: client.timeline_home(limit=_PAGE_SIZE, **window))

    for page in walk_back(Stream(server, ask), before=None, limit=depth.history):
        items = [item for item in drop_boosts(page.items) if _is_own_private(item, number)]
        yield parse_page(server, items)
        if mark and _is_before(page.items, mark.seen_at - _HOME_OVERLAP):
            return


def _is_own_private(item: object, number: str) -> bool:
    record = read_record(item)
    is_own = read_id(read_record(record.get("account")).get("id")) == number
    return is_own and record.get("visibility") in _CLOSED


def _find_last_post(item: object) -> str | None:
    record = read_record(item)
    last = read_record(record.get("last_status") or record.get("status"))
    return read_id(last.get("id"))


def _is_private(item: object) -> bool:
    """Tell whether it is a conversation, or a notification of a direct post."""
    record = read_record(item)
    is_other = "status" in record and "last_status" not in record
    return not is_other or read_record(record["status"]).get("visibility") == "direct"


def _look_around(server: MastodonServer, last_id: str | None) -> list[object]:
    if last_id is None:
        return []
    try:
        return [server.fetch_context(last_id)]
    except NotThereError:
        return []  # deleted since the list was made


def _search(server: MastodonServer, words: str, place: Mapping[str, int | str]) -> list[object]:
    answer = server.ask(
        lambda client: client.search_v2(
            words, resolve=False, result_type="statuses", limit=_PAGE_SIZE, **place
        )
    )
    statuses = read_record(answer.payload).get("statuses")
    if not isinstance(statuses, list):
        raise server.retry_later(_NO_RESULT)
    return read_list(statuses)


def _is_before(items: list[object], moment: datetime) -> bool:
    times = _list_times(items)
    return len(times) == len(items) and all(at < moment for at in times)


def _list_times(items: list[object]) -> list[datetime]:
    """Return when posts were written, as far as they tell."""
    told = (read_optional_moment(read_record(item).get("created_at")) for item in items)
    return [at for at in told if at is not None]
