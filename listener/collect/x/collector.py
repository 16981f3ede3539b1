"""Read X: what accounts wrote, what addresses them, conversations, known posts, private messages.

Read only. Each page says what it has to be paid for, see `answers`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
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
from listener.collect.x.answers import Answer, parse_answer
from listener.collect.x.connection import API_URL, Listing, UserKeys, XConnection
from listener.collect.x.names import FieldNames, ask_messages, ask_posts, ask_users
from listener.collect.x.queries import (
    build_conversation_query,
    build_mention_queries,
    build_phrase_queries,
    check_handle,
)
from listener.collect.x.runs import Run, note, read_listings, read_messages
from listener.collect.x.threads import (
    count_silent,
    is_public,
    list_missing,
    name_conversation,
    name_newest,
    remember,
)
from listener.collect.x.windows import (
    MESSAGE_WINDOW,
    SEARCH_WINDOW,
    Window,
    choose_window,
    describe_hole,
    find_newest,
    make_mark,
)
from listener.posts import Platform, Post, fold_handle

_T = TypeVar("_T")

_TIMELINES = {"posts": "get_users_tweets", "mentions": "get_users_mentions"}
# As far as X's timelines reach, whatever the mark.
_LONGEST_TIMELINES = {"posts": 3_200, "mentions": 800}
_PAGE_SIZE = 100
# Messages cost most, and X cannot be told which ones are known.
_KNOWN_MESSAGES_PAGE_SIZE = 20
# Each step up a conversation is a request; the longest exchanges that anybody measures are shorter.
_MOST_STEPS_UP = 20
_COUNTS = "/2/tweets/counts/recent"
_USAGE_FIELDS = "cap_reset_day,project_cap,project_usage"


class XCollector:
    """Reads X for one account, with a bearer token, with the account's own keys, or with both.

    With own keys, timelines and mentions of that account are cheaper, and its
    private messages can be read.
    """

    platform: Platform = "x"
    visit_size: int = 8

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
        self._asked = ask_posts(field_names)
        self._asked_messages = ask_messages(field_names)
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
        """Yield what search finds of conversations since a moment, then what the posts answer."""
        window = choose_window(make_mark(since), now=self._now(), limit=SEARCH_WINDOW)
        for visit in visits:
            if is_public(visit.post):
                yield from self._fetch_conversation(visit.post, window)

    def _fetch_conversation(self, post: Post, window: Window) -> Iterator[FetchedPage]:
        known: dict[str, Post] = {}
        query = build_conversation_query(name_conversation(post))
        for body, _ in self._connection.walk(self._list_search(query, window)):
            page = parse_answer(body).page
            remember(page.posts, known)
            yield page
        yield from self._fetch_ancestors(post, known)

    def fetch_states(self, posts: Sequence[Post]) -> Iterator[FetchedPage]:
        """Look known posts up again; a post that may not be seen any more is not gone."""
        wanted = {name_newest(post): post.post_id for post in posts if is_public(post)}
        ids = list(wanted)
        for start in range(0, len(ids), _PAGE_SIZE):
            batch = ids[start : start + _PAGE_SIZE]
            answer = self._look_up(batch)
            gone = tuple(dict.fromkeys(wanted.get(number, number) for number in answer.page.gone))
            silent = count_silent(batch, answer)
            yield replace(answer.page, gone=gone, problems=(*answer.page.problems, *silent))
            later = {find_newest(history) or "" for history in answer.histories} - answer.held
            if later:
                yield self._look_up(sorted(later)).page

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
            yield note(describe_hole(window.hole))
        listings = [self._list_search(query, window) for query in queries]
        yield from read_listings(self._connection, listings, mark, Run(self._now()))

    def _fetch_messages(self, mark: CursorMark | None) -> Iterator[FetchedPage]:
        if self._connection.keys is None:
            reason = "private messages need the account's own keys"
            raise self._connection.refuse(reason)
        started_at = self._now()
        window = choose_window(mark, now=started_at, limit=MESSAGE_WINDOW)
        if window.hole:
            yield note(describe_hole(window.hole))
        size = _KNOWN_MESSAGES_PAGE_SIZE if mark else _PAGE_SIZE
        arguments = {**self._asked_messages, "max_results": size}
        listing = Listing("get_direct_message_events", arguments, as_user=True)
        yield from read_messages(self._connection, listing, mark, started_at=started_at)

    def _fetch_ancestors(self, post: Post, known: dict[str, Post]) -> Iterator[FetchedPage]:
        asked: set[str] = set()
        for _ in range(_MOST_STEPS_UP):
            wanted = [n for n in list_missing(post, known) if n not in asked]
            if not wanted:
                return
            asked.update(wanted)
            page = self._look_up(wanted).page
            remember(page.posts, known)
            yield page

    def _look_up(self, ids: Sequence[str]) -> Answer:
        return parse_answer(self._connection.ask("get_tweets", {"ids": list(ids), **self._asked}))

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
        limits = {"since_id": window.since_id, "start_time": window.start_time}
        return {**self._asked, "max_results": _PAGE_SIZE, **limits}

    def _check(self, build: Callable[[], _T]) -> _T:
        try:
            return build()
        except ValueError as error:
            raise self._connection.refuse(str(error)) from error
