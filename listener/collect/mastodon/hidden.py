"""What a server hides in a conversation: it is read from its authors' own lists.

GoToSocial (0.20) shows what hangs below a post that it has not, or has no more,
neither around its neighbours nor among notifications; only authors' lists have it.
"""

from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from urllib.parse import quote

from listener.collect.base import FetchedPage
from listener.collect.mastodon.failures import NotThereError
from listener.collect.mastodon.reading import parse_page
from listener.collect.mastodon.server import MastodonServer
from listener.posts import Post, fold_handle

# Each costs two requests: one for his number, one for what he wrote last.
_MOST_PEOPLE = 5
_PAGE_SIZE = 40


def is_hiding(post: Post, page: FetchedPage) -> bool:
    """Tell whether a look around a post below a hole showed nothing of the answers it counts."""
    found = {one.post_id: one for one in page.posts}
    seen = found.pop(post.post_id, None)
    if seen is None or seen.reply_to_id is None:
        return False
    return not found and (seen.replies_announced or 0) > 0


def fetch_hidden(server: MastodonServer, post: Post, known_ids: Collection[str]) -> list[Post]:
    """Return the answers to a post and to other known ones, as far as their authors are named.

    Args:
        server: Whose lists are read.
        post: Its author, the account itself and whom it mentions are asked about.
        known_ids: Ids and aliases of posts of the conversation.
    """
    people = dict.fromkeys(map(fold_handle, (post.author_handle, server.account, *post.mentions)))
    written = [one for name in [*people][:_MOST_PEOPLE] for one in _fetch_last(server, name)]
    names = {post.post_id, *post.aliases, *known_ids}
    return list(_choose_answers(written, names))


def _fetch_last(server: MastodonServer, handle: str) -> Iterable[Post]:
    with suppress(NotThereError):
        number = quote(server.fetch_account_id(handle), safe="")
        answer = server.ask(
            lambda client: client.account_statuses(number, exclude_reblogs=True, limit=_PAGE_SIZE)
        )
        return parse_page(server, server.read_list(answer)).posts
    return ()


def _choose_answers(written: Iterable[Post], names: set[str]) -> Iterator[Post]:
    """Yield what answers a named post, and what answers that; an answer is younger."""
    for post in sorted(written, key=lambda post: post.created_at):
        if post.reply_to_id in names:
            names.update((post.post_id, *post.aliases))
            yield post
