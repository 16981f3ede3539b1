"""Ask for known conversations again, many at once, and pay for nothing but what is new."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from listener.collect.base import FetchedPage, Visit
from listener.collect.fields import Record
from listener.collect.x.answers import parse_answer
from listener.collect.x.connection import Listing, XConnection
from listener.collect.x.names import FieldNames, ask_bare_posts, ask_posts
from listener.collect.x.queries import build_visit_queries, check_handle
from listener.collect.x.runs import note
from listener.collect.x.states import BATCH_SIZE, look_up
from listener.collect.x.threads import is_public, list_missing, name_conversation, remember
from listener.collect.x.windows import Window, describe_gap
from listener.posts import Post, fold_handle

# Each step up a conversation is a request; the longest exchanges that anybody measures are shorter.
_MOST_STEPS_UP = 20
_PAGE_SIZE = 100
_UNUSABLE = "conversations are left out: x has no account of such a name as their customer's"


@dataclass(frozen=True, slots=True)
class _Search:
    """One search for several conversations.

    Attributes:
        users: The authors of whatever is found, where these are known.
    """

    query: str
    users: tuple[Record, ...] = ()


@dataclass(frozen=True, slots=True)
class Visits:
    """Visits of one round, to be paid for as little as possible."""

    connection: XConnection
    names: FieldNames

    def fetch(self, visits: Sequence[Visit], window: Window) -> Iterator[FetchedPage]:
        """Yield what was written in a window, then what the visited posts answer."""
        public = [visit for visit in visits if is_public(visit.post)]
        usable = [visit for visit in public if _is_usable(visit)]
        if len(usable) < len(public):
            yield note(f"{len(public) - len(usable)} {_UNUSABLE}")
        if usable and window.hole:
            yield note(describe_gap(window.hole))
        known: dict[str, Post] = {}
        remember((visit.post for visit in usable), known)
        for search in _plan(usable):
            yield from self._search(search, window, known)
        yield from self._fetch_ancestors(usable, known)

    def _search(
        self, search: _Search, window: Window, known: dict[str, Post]
    ) -> Iterator[FetchedPage]:
        wishes = ask_bare_posts(self.names) if search.users else ask_posts(self.names)
        arguments = {"query": search.query, "max_results": _PAGE_SIZE, **window.compose(), **wishes}
        listing = Listing("search_recent_tweets", arguments, "next_token")
        for body, _ in self.connection.walk(listing):
            page = parse_answer(body, users=search.users).page
            remember(page.posts, known)
            yield page

    def _fetch_ancestors(
        self, visits: Sequence[Visit], known: dict[str, Post]
    ) -> Iterator[FetchedPage]:
        asked: set[str] = set()
        wishes = ask_posts(self.names)
        for _ in range(_MOST_STEPS_UP):
            missing = (number for visit in visits for number in list_missing(visit, known))
            wanted = [number for number in dict.fromkeys(missing) if number not in asked]
            if not wanted:
                return
            asked.update(wanted)
            for start in range(0, len(wanted), BATCH_SIZE):
                batch = wanted[start : start + BATCH_SIZE]
                page = look_up(self.connection, batch, wishes).page
                remember(page.posts, known)
                yield page


def _plan(visits: Sequence[Visit]) -> Iterator[_Search]:
    """Yield searches: those whose authors are known apart from those whose are not."""
    whole = dict.fromkeys(name_conversation(v.post) for v in visits if not v.customer)
    single = [visit for visit in visits if name_conversation(visit.post) not in whole]
    met = [visit for visit in single if _is_by_customer(visit)]
    others = [visit for visit in single if not _is_by_customer(visit)]
    users = {visit.post.author_id: _describe_author(visit.post) for visit in met}
    if met:
        queries = build_visit_queries((name_conversation(v.post), v.customer) for v in met)
        yield from (_Search(query, tuple(users.values())) for query in queries)
    wanted = [(name_conversation(visit.post), visit.customer) for visit in others]
    wanted += [(number, "") for number in whole]
    if wanted:
        yield from map(_Search, build_visit_queries(wanted))


def _is_usable(visit: Visit) -> bool:
    try:
        return not visit.customer or bool(check_handle(visit.customer))
    except ValueError:
        return False


def _is_by_customer(visit: Visit) -> bool:
    """Tell whether the post tells who the customer is, so that nobody has to be asked for it."""
    post = visit.post
    names = (post.author_id, fold_handle(post.author_handle))
    return post.author_id.isdigit() and fold_handle(visit.customer) in names


def _describe_author(post: Post) -> Record:
    """Return an author as X would."""
    return {
        "id": post.author_id,
        "username": post.author_handle,
        "name": post.author_name,
        "protected": post.visibility == "private",
    }
