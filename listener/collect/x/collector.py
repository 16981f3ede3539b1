"""Read X: what accounts wrote, what addresses them, conversations, known posts, private messages.

Read only. Each page says what it has to be paid for, see `answers`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

from listener.collect.base import CursorMark, FetchedPage, Source, Visit
from listener.collect.budget import PaidReads
from listener.collect.x.access import (
    XAccess,
    XCount,
    XUsage,
    explain_missing,
    parse_access,
    parse_count,
    parse_usage,
)
from listener.collect.x.connection import API_URL, Listing, UserKeys, XConnection
from listener.collect.x.names import FieldNames, ask_messages, ask_posts, ask_users
from listener.collect.x.queries import (
    VISITS_PER_QUERY,
    build_mention_queries,
    build_phrase_queries,
    check_handle,
)
from listener.collect.x.runs import Run, note, read_listings, read_messages
from listener.collect.x.states import fetch_states
from listener.collect.x.visits import Visits
from listener.collect.x.windows import (
    MESSAGE_WINDOW,
    SEARCH_WINDOW,
    Window,
    choose_window,
    describe_gap,
)
from listener.collect.x_ids import make_id
from listener.posts import Platform, Post, fold_handle

_T = TypeVar("_T")

_TIMELINES = {"posts": "get_users_tweets", "mentions": "get_users_mentions"}
# As far as X's timelines reach, whatever the mark.
_LONGEST_TIMELINES = {"posts": 3_200, "mentions": 800}
_PAGE_SIZE = 100
# Messages cost most, and X cannot be told which ones are known.
_KNOWN_MESSAGES_PAGE_SIZE = 20
_COUNTS = "/2/tweets/counts/recent"
_USAGE_FIELDS = "cap_reset_day,project_cap,project_usage"


class XCollector:
    """Reads X for one account, with a bearer token, with the account's own keys, or with both.

    With own keys, timelines and mentions of that account are cheaper, and its
    private messages can be read.
    """

    platform: Platform = "x"
    visit_size: int = VISITS_PER_QUERY

    def __init__(
        self,
        *,
        account: str,
        bearer_token: str | None,
        user_keys: UserKeys | None = None,
        now: Callable[[], datetime],
        api_url: str = API_URL,
        timeout_seconds: float = 20,
        field_names: FieldNames = "tweet",
    ) -> None:
        """Prepare; nothing is sent.

        `account` is the handle that messages name. The time limit is for connecting,
        and again for an answer from its first to its last byte. With `post` as field
        names X is asked as its interface is called from 2.167 on.

        Raises:
            ConfigError: If tokens would travel openly to another machine.
            NeedsOperatorError: If there are no keys, or what is given is none.
        """
        self._now = now
        self._names = field_names
        self._user_ids: dict[str, str] = {}
        self._connection = XConnection(
            account=account,
            bearer_token=bearer_token,
            user_keys=user_keys,
            api_url=api_url,
            timeout_seconds=timeout_seconds,
            field_names=field_names,
            now=now,
        )

    def close(self) -> None:
        """Close what is open."""
        self._connection.session.close()

    def fetch_new(self, source: Source, mark: CursorMark | None) -> Iterator[FetchedPage]:
        """Yield what is new since the mark, and ten minutes before it.

        The mark of a run comes with its last page, so that a run that breaks
        off leaves the cursor where it was.
        """
        if source.kind in _TIMELINES:
            yield from self._fetch_timeline(source, mark)
        elif source.kind == "search":
            yield from self._fetch_search(source, mark)
        elif source.kind == "private":
            yield from self._fetch_messages(mark)
        else:
            yield note(f"x has no {source.kind}; read something else")

    def fetch_visit(self, visits: Sequence[Visit], *, since: datetime) -> Iterator[FetchedPage]:
        """Yield what search finds of conversations since a moment, then what the posts answer.

        Search reaches a week back; older posts that nobody looked for in time stay
        unknown, except those that the visited posts answer: they are looked up.
        """
        mark = CursorMark(make_id(since), since)
        window = choose_window(mark, now=self._now(), limit=SEARCH_WINDOW)
        yield from Visits(self._connection, self._names).fetch(visits, window)

    def fetch_states(self, posts: Sequence[Post]) -> Iterator[FetchedPage]:
        """Look known posts up again; a post that may not be seen any more is not gone."""
        yield from fetch_states(self._connection, posts, ask_posts(self._names))

    def fetch_access(self) -> XAccess:
        """Return whether keys and account are good: the keys' own account, else the named one."""
        keys = self._connection.keys
        if keys:
            body = self._connection.ask("get_me", ask_users(), as_user=True)
        else:
            body = self._ask_user(self._connection.account)
        headers = self._connection.session.last_headers
        try:
            return parse_access(body, headers, is_own=keys is not None)
        except ValueError as error:
            raise self._connection.refuse(explain_missing(body)) from error

    def fetch_usage(self) -> XUsage:
        """Return what X itself has counted; it costs nothing, and needs a bearer token."""
        fields = {"usage.fields": _USAGE_FIELDS}
        return parse_usage(self._connection.ask_route("/2/usage/tweets", fields))

    def fetch_count(self, source: Source) -> XCount:
        """Count what a search would find, or mentions, at the price of one post each request.

        The first run of a source has no history from which its cost could be told.
        """
        started_at, posts, ids = self._now(), 0, set[str]()
        for query in self._build_queries(source):
            body = self._connection.ask_route(_COUNTS, {"query": query, "granularity": "day"})
            count = parse_count(body)
            if count is None:
                reason = "x answered with something that is no count"
                raise self._connection.postpone(reason)
            posts += count
            ids.add(f"{started_at.isoformat()} {query}")
        return XCount(posts=posts, reads=PaidReads({"count": frozenset(ids)}))

    def _fetch_timeline(self, source: Source, mark: CursorMark | None) -> Iterator[FetchedPage]:
        user_id, reads = self._find_user(source.account)
        if reads:
            yield FetchedPage(posts=(), reads=reads)
        keys = self._connection.keys
        own = keys is not None and keys.user_id == user_id
        window = choose_window(mark, now=self._now(), limit=None)
        arguments = {"id": user_id, **self._compose(window)}
        listing = Listing(_TIMELINES[source.kind], arguments, as_user=own)
        longest = _LONGEST_TIMELINES[source.kind]
        run = Run(self._now(), is_own=own, longest=longest)
        yield from read_listings(self._connection, [listing], mark, run)

    def _fetch_search(self, source: Source, mark: CursorMark | None) -> Iterator[FetchedPage]:
        queries = self._build_queries(source)
        window = choose_window(mark, now=self._now(), limit=SEARCH_WINDOW)
        if window.hole:
            yield note(describe_gap(window.hole), window.hole)
        listings = [self._list_search(query, window) for query in queries]
        yield from read_listings(self._connection, listings, mark, Run(self._now()))

    def _fetch_messages(self, mark: CursorMark | None) -> Iterator[FetchedPage]:
        if self._connection.keys is None:
            account = self._connection.account
            reason = f'private messages need its own keys; run "listener login x {account}"'
            raise self._connection.refuse(reason)
        started_at = self._now()
        window = choose_window(mark, now=started_at, limit=MESSAGE_WINDOW)
        if window.hole:
            yield note(describe_gap(window.hole), window.hole)
        size = _KNOWN_MESSAGES_PAGE_SIZE if mark else _PAGE_SIZE
        arguments = {**ask_messages(self._names), "max_results": size}
        listing = Listing("get_direct_message_events", arguments, as_user=True)
        yield from read_messages(self._connection, listing, mark, started_at=started_at)

    def _find_user(self, handle: str) -> tuple[str, PaidReads]:
        """Return an account's number, and what that had to be paid for."""
        folded = fold_handle(handle)
        if folded in self._user_ids:
            return self._user_ids[folded], PaidReads()
        body = self._ask_user(handle)
        try:
            access = parse_access(body, {}, is_own=False)
        except ValueError as error:
            raise self._connection.refuse(explain_missing(body)) from error
        self._user_ids[folded] = access.user_id
        return access.user_id, access.reads

    def _ask_user(self, handle: str) -> Mapping[str, object]:
        name = self._check(lambda: check_handle(handle))
        return self._connection.ask("get_user", {"username": name, **ask_users()})

    def _build_queries(self, source: Source) -> tuple[str, ...]:
        phrases = source.query.splitlines()
        if phrases:
            return self._check(lambda: build_phrase_queries(phrases))
        return self._check(lambda: build_mention_queries([source.account]))

    def _list_search(self, query: str, window: Window) -> Listing:
        arguments = {"query": query, **self._compose(window)}
        return Listing("search_recent_tweets", arguments, "next_token")

    def _compose(self, window: Window) -> dict[str, object]:
        return {**ask_posts(self._names), "max_results": _PAGE_SIZE, **window.compose()}

    def _check(self, build: Callable[[], _T]) -> _T:
        try:
            return build()
        except ValueError as error:
            raise self._connection.refuse(str(error)) from error
