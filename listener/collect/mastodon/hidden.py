"""What a server hides in a conversation: it is climbed to, and read from its authors' own lists.

GoToSocial (0.20) shows what hangs below a post that it has not, or has no more,
neither around its neighbours nor among notifications; only authors' lists have it,
and whoever asks for it by its id.
"""

from collections import deque
from collections.abc import Collection, Iterable, Iterator
from urllib.parse import quote

from listener.collect.base import FetchedPage
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


def fetch_hidden(
    server: MastodonServer,
    post: Post,
    known_ids: Collection[str] = (),
    handles: Iterable[str] = (),
) -> list[Post]:
    """Return what a post answers, and the answers to all of it as far as authors are named.

    Args:
        server: Whose lists are read.
        post: As it was just seen. Its author, the account itself and whom it mentions are
            asked about first, then who wrote what it answers.
        known_ids: Ids and aliases of posts of the conversation.
        handles: Who else speaks in the conversation.
    """
    above = list(_climb(server, post, known_ids))
    thread = {one.post_id: one for one in (post, *above)}
    if sum(one.replies_announced or 0 for one in thread.values()) <= len(above):
        return above
    names = {name for one in thread.values() for name in (one.post_id, *one.aliases)}
    people = (*_list_people(post, server.account), *_list_people(*above), *sorted(handles))
    oldest = above[-1] if above else post
    answers = _fetch_answers(server, people, names.union(known_ids), oldest)
    return [*above, *(one for one in answers if one.post_id not in thread)]


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


def _fetch_answers(
    server: MastodonServer, people: Iterable[str], names: set[str], oldest: Post
) -> list[Post]:
    """Ask people for what they answered; answers name further people."""
    waiting, asked = deque(people), set[str]()
    written: list[Post] = []
    answers: list[Post] = []
    while waiting and len(asked) < _MOST_PEOPLE:
        name = waiting.popleft()
        if name not in asked:
            asked.add(name)
            written += _fetch_written(server, name, oldest)
            answers = list(_choose_answers(written, set(names)))
            waiting.extend(_list_people(*answers))
    return answers


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
