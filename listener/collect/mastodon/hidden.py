"""What a server hides in a conversation: it is climbed to, and read from its authors' own lists.

GoToSocial (0.20) shows what hangs below a post that it has not, or has no more,
neither around its neighbours nor among notifications; only authors' lists have it,
and whoever asks for it by its id.
"""

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Sequence
from urllib.parse import quote

from listener.collect.base import FetchedPage, Visit
from listener.collect.mastodon.failures import NotThereError
from listener.collect.mastodon.reading import (
    find_local_id,
    parse_page,
    read_local_id,
    wrap_status,
)
from listener.collect.mastodon.server import MastodonServer
from listener.posts import Post, fold_handle

# Each costs two requests: one for his number, one for what he wrote last; and one more if he
# writes much.
_MOST_PEOPLE = 5
_PAGE_SIZE = 40
# Each costs a request, once: the next visit begins at the highest post that is known.
_MOST_STEPS = 20


def find_hidden_end(server: MastodonServer, post: Post, page: FetchedPage) -> Post | None:
    """Return a post as a look around it showed it, if the server hides what is around it.

    None where something else was shown, and where nothing is strange: nobody answered
    what somebody else wrote to a post that this reader may not see. What the account
    itself answered it has seen.
    """
    found = {one.post_id: one for one in page.posts}
    seen = found.pop(post.post_id, None)
    if seen is None or seen.reply_to_id is None or found:
        return None
    return seen if seen.replies_announced or _is_own(server, seen) else None


def fetch_hidden(server: MastodonServer, seen: Post, visit: Visit) -> list[Post]:
    """Return what a post answers, and the answers to all of it as far as authors are named.

    Its author, the account itself and whom it mentions are asked about first, then who
    wrote what it answers, then who else speaks in the conversation. Who spoke with the
    account elsewhere is asked about only where answers still lack on a server that hides
    for certain, because something was found.

    Args:
        server: Whose lists are read.
        seen: The post as it was just seen.
        visit: What is known of its conversation.
    """
    above = list(_climb(server, seen, visit.known_ids))
    thread = [seen, *above]
    if not _lacks_answers(thread):
        return above
    search = _Search(server, thread, visit.known_ids)
    people = (*_list_people(seen, server.account), *_list_people(*above))
    search.ask((*people, *sorted(visit.handles)))
    if (above or search.answers) and _lacks_answers([*thread, *search.answers]):
        search.ask(visit.others)
    return [*above, *search.answers]


def _is_own(server: MastodonServer, post: Post) -> bool:
    return fold_handle(post.author_handle) == fold_handle(server.account)


def _climb(server: MastodonServer, post: Post, known_ids: Collection[str]) -> Iterator[Post]:
    """Yield what a post answers, the nearest first, up to what is known or is not there."""
    for _ in range(_MOST_STEPS):
        name = post.reply_to_id or ""
        number = None if name in known_ids else read_local_id(server, name)
        if number is None:
            return
        try:
            page = parse_page(server, wrap_status(server.fetch_status(number)))
        except NotThereError:
            return
        found = (one for one in page.posts if name in (one.post_id, *one.aliases))
        parent = next(found, None)
        if parent is None:
            return
        yield parent
        post = parent


def _list_people(*speakers: Post | str) -> Iterator[str]:
    """Yield authors first, then whom they mention."""
    for one in speakers:
        yield fold_handle(one if isinstance(one, str) else one.author_handle)
    for one in speakers:
        if isinstance(one, Post):
            yield from map(fold_handle, one.mentions)


def _lacks_answers(posts: Sequence[Post]) -> bool:
    """Tell whether a thread announces more answers than it has; its first post answers another."""
    return sum(post.replies_announced or 0 for post in posts) > len(posts) - 1


class _Search:
    """A search for the answers to some posts in the lists of people.

    Attributes:
        answers: What was found, the posts themselves left out.
    """

    def __init__(
        self, server: MastodonServer, thread: Sequence[Post], known_ids: Collection[str]
    ) -> None:
        self.answers: list[Post] = []
        self._server, self._oldest = server, thread[-1]
        self._thread = {post.post_id for post in thread}
        self._names = {name for post in thread for name in (post.post_id, *post.aliases)}
        self._names.update(known_ids)
        self._asked: set[str] = set()
        self._written: list[Post] = []

    def ask(self, people: Iterable[str]) -> None:
        """Read the lists of some people, and of those whom their answers name."""
        waiting, left = deque(people), _MOST_PEOPLE
        while waiting and left:
            name = waiting.popleft()
            if name not in self._asked:
                left -= 1
                self._asked.add(name)
                self._written += _fetch_written(self._server, name, self._oldest)
                found = _choose_answers(self._written, set(self._names))
                self.answers = [post for post in found if post.post_id not in self._thread]
                waiting.extend(_list_people(*self.answers))


def _fetch_written(server: MastodonServer, handle: str, oldest: Post) -> list[Post]:
    """Return what somebody wrote last and, if that does not reach back, just after a post."""
    try:
        number = quote(server.fetch_account_id(handle), safe="")
        last = _fetch_list(server, number)
        place = find_local_id(server, oldest)
        reaches_back = any(post.created_at <= oldest.created_at for post in last)
        if not last or reaches_back or place is None:
            return last
        return [*_fetch_list(server, number, min_id=place), *last]
    except NotThereError:
        return []


def _fetch_list(server: MastodonServer, number: str, **window: str) -> list[Post]:
    answer = server.ask(
        lambda client: client.account_statuses(
            number, exclude_reblogs=True, limit=_PAGE_SIZE, **window
        )
    )
    return list(parse_page(server, server.read_list(answer)).posts)


def _choose_answers(written: Iterable[Post], names: set[str]) -> Iterator[Post]:
    """Yield what answers a named post, and what answers that; an answer is younger."""
    unique = {post.post_id: post for post in written}
    for post in sorted(unique.values(), key=lambda post: post.created_at):
        if post.reply_to_id in names:
            names.update((post.post_id, *post.aliases))
            yield post
