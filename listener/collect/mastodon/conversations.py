"""What is around one post, from the brand's server and from its authors' own."""

import re
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field, replace
from urllib.parse import unquote, urlsplit

from listener.collect.base import FetchedPage, Visit
from listener.collect.mastodon.failures import NotThereError
from listener.collect.mastodon.hidden import fetch_hidden, find_hidden_end
from listener.collect.mastodon.reading import (
    find_author_host,
    find_local_id,
    is_open,
    parse_page,
    wrap_status,
)
from listener.collect.mastodon.server import MastodonServer
from listener.errors import CollectorError
from listener.posts import Post, fold_handle

# A thread has as many authors as it likes, each with a server of his own.
_MOST_VISITS = 10
# Contexts are cut at a depth of 20, at 40 posts above, at 60 below.
_SHORTEST_CUT = 20
_LOCAL_ID = re.compile(r"/(?:@[^/]+(?:/statuses)?|statuses|notice)/([\w-]+)/?$")

OpenServer = Callable[[str, str], AbstractContextManager[MastodonServer]]


@dataclass(frozen=True, slots=True)
class HomeAddress:
    """Where a post lies on its author's own server.

    Attributes:
        domain: The host in its accounts' names; the server's address may differ.
    """

    base_url: str
    domain: str
    local_id: str

    @property
    def alias(self) -> str:
        """The name that a post gets when it is read there."""
        return f"{self.domain}/{self.local_id}"


def find_home(post: Post) -> HomeAddress | None:
    """Return where a post lies on its author's own server, if its addresses tell."""
    domain = find_author_host(post)
    for address in filter(None, (post.url, post.post_id)):
        with suppress(ValueError):
            parts = urlsplit(address)
            found = _LOCAL_ID.search(unquote(parts.path))
            if found and parts.scheme in ("https", "http") and parts.netloc and domain:
                return HomeAddress(f"{parts.scheme}://{parts.netloc}", domain, found[1])
    return None


@dataclass(slots=True)
class Conversation:
    """A conversation as it becomes known.

    Attributes:
        open_server: Opens somebody else's server, given address and domain.
        visit: What is asked for, and what is known of it.
    """

    server: MastodonServer
    open_server: OpenServer
    visit: Visit
    known: dict[str, Post] = field(default_factory=dict)
    _asked: set[tuple[str, str]] = field(default_factory=set)
    _was_searched: bool = False

    def fetch(self) -> Iterator[FetchedPage]:
        """Yield what is around the post that is visited.

        The brand's server is asked first. Where posts announce more answers
        than were found, or answer something unknown, they are asked about:
        contexts end at some depth, and each server knows a part only.
        """
        post = self.visit.post
        self.known[post.post_id] = post
        waiting = deque([post])
        for _ in range(_MOST_VISITS):
            page = self._visit_next(waiting)
            if page is None:
                return
            yield page
            self.known.update((found.post_id, found) for found in page.posts)
            for key in page.gone:
                self.known.pop(key, None)
            waiting.extend(self._find_gaps())

    def _visit_next(self, waiting: deque[Post]) -> FetchedPage | None:
        while waiting:
            post = waiting.popleft()
            page = self._visit_own(post) if self._may_help() else None
            if page is None and is_open(post):
                page = self._visit_home(post)
            if page is not None:
                return page
        return None

    def _may_help(self) -> bool:
        """Tell whether the brand's server may know more: a short context is a whole one."""
        return len(self.known) == 1 or len(self.known) > _SHORTEST_CUT

    def _visit_own(self, post: Post) -> FetchedPage | None:
        """Ask the brand's server, None if it was asked or never had the post."""
        number = find_local_id(self.server, post)
        if number is None or self._was_asked(self.server.fetch_info().domain, number):
            return None
        try:
            page = fetch_around(self.server, number)
        except NotThereError:
            # Without a token, what only some may read looks as if it were gone.
            is_gone = is_open(post) or self.server.has_token
            return FetchedPage(posts=(), gone=(post.post_id,) if is_gone else ())
        return replace(page, posts=(*page.posts, *self._find_hidden(post, page)))

    def _find_hidden(self, post: Post, page: FetchedPage) -> list[Post]:
        """Return what the server hid around a post; it is searched for once, as that costs much."""
        seen = find_hidden_end(self.server, post, page)
        if seen is None or self._was_searched:
            return []
        self._was_searched = True
        return fetch_hidden(self.server, seen, self.visit)

    def _visit_home(self, post: Post) -> FetchedPage | None:
        """Ask the author's own server, None if that is not possible or was done."""
        home = find_home(post)
        if home is None or home.domain == self.server.fetch_info().domain:
            return None
        if self._was_asked(home.domain, home.local_id):
            return None
        try:
            with self.open_server(home.base_url, home.domain) as server:
                return fetch_around(server, home.local_id)
        except CollectorError as error:
            # Nobody promised that a stranger's server answers.
            return FetchedPage(posts=(), problems=(f"server {home.domain}: {error}",))

    def _was_asked(self, domain: str, number: str) -> bool:
        was_asked = (domain, number) in self._asked
        self._asked.add((domain, number))
        return was_asked

    def _find_gaps(self) -> Iterator[Post]:
        """Yield posts around which something is missing that matters."""
        names = {alias: key for key, post in self.known.items() for alias in (key, *post.aliases)}
        parents = [post.reply_to_id for post in self.known.values()]
        counts = Counter(names[parent] for parent in parents if parent in names)
        wanted = {key for key, post in self.known.items() if self._is_wanted(post)}
        above = self._climb(wanted, names)
        for key, post in list(self.known.items()):
            has_gap_above = post.reply_to_id is not None and post.reply_to_id not in names
            has_gap_below = (post.replies_announced or 0) > counts[key]
            if (has_gap_above and key in above) or (has_gap_below and key in wanted):
                yield post

    def _is_wanted(self, post: Post) -> bool:
        """Tell whether the answers to a post matter: a thread may hold thousands of strangers."""
        people = (fold_handle(self.visit.customer), fold_handle(self.server.account))
        return not self.visit.customer or fold_handle(post.author_handle) in people

    def _climb(self, keys: Iterable[str], names: Mapping[str, str]) -> set[str]:
        """Return these posts and all that they answer, as far as it is known."""
        found: set[str] = set()
        for start in keys:
            key: str | None = start
            while key is not None and key not in found:
                found.add(key)
                key = names.get(self.known[key].reply_to_id or "")
        return found


def fetch_around(server: MastodonServer, number: str) -> FetchedPage:
    """Return a post and what is around it, as one server knows it.

    The post itself is read too: only with it do the others' answers to it,
    named by this server's id, find it.
    """
    status = server.fetch_status(number)
    return parse_page(server, [wrap_status(status), server.fetch_context(number)])
