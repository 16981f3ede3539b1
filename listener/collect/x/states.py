"""Look known posts up again: their newest text, or that they are gone."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from listener.collect.base import FetchedPage
from listener.collect.x.answers import Answer, parse_answer
from listener.collect.x.connection import XConnection
from listener.collect.x.threads import count_silent, is_public, name_newest
from listener.collect.x_ids import find_newest
from listener.posts import Post

# X takes no more ids at once.
BATCH_SIZE = 100


def look_up(connection: XConnection, ids: Sequence[str], wishes: Mapping[str, object]) -> Answer:
    """Return what X says about posts, a hundred at most."""
    return parse_answer(connection.ask("get_tweets", {"ids": list(ids), **wishes}))


def fetch_states(
    connection: XConnection, posts: Sequence[Post], wishes: Mapping[str, object]
) -> Iterator[FetchedPage]:
    """Yield the posts as they are now; one that may not be seen any more is not gone."""
    wanted = {name_newest(post): post.post_id for post in posts if is_public(post)}
    ids = list(wanted)
    for start in range(0, len(ids), BATCH_SIZE):
        batch = ids[start : start + BATCH_SIZE]
        answer = look_up(connection, batch, wishes)
        gone = tuple(dict.fromkeys(wanted.get(number, number) for number in answer.page.gone))
        silent = count_silent(batch, answer)
        yield replace(answer.page, gone=gone, problems=(*answer.page.problems, *silent))
        later = {find_newest(history) or "" for history in answer.histories} - answer.held
        if later:
            yield look_up(connection, sorted(later), wishes).page
