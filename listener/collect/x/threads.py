"""Which posts around known ones are still to be looked up, and under which ids."""

from collections.abc import Iterable, Mapping

from listener.collect.base import Visit
from listener.collect.x.answers import Answer
from listener.collect.x.messages import PREFIX
from listener.collect.x_ids import find_newest
from listener.posts import Post


def remember(posts: Iterable[Post], known: dict[str, Post]) -> None:
    """Enter posts under all of their ids."""
    for post in posts:
        known.update(dict.fromkeys((post.post_id, *post.aliases), post))


def list_missing(visit: Visit, known: Mapping[str, Post]) -> list[str]:
    """Return the first unknown post on the way up, and the first of the conversation."""
    post = visit.post
    seen: set[str] = set()
    parent = post.reply_to_id
    while parent is not None and parent in known and parent not in seen:
        seen.add(parent)
        parent = known[parent].reply_to_id
    have = {*known, *visit.known_ids}
    numbers = dict.fromkeys(filter(None, (parent, post.conversation_id)))
    return [number for number in numbers if number.isdigit() and number not in have]


def is_public(post: Post) -> bool:
    """Tell posts from private messages and from what other platforms number."""
    return post.platform == "x" and not post.post_id.startswith(PREFIX) and post.post_id.isdigit()


def name_conversation(post: Post) -> str:
    """Return the number of a post's conversation; a post without one may have begun one."""
    conversation = post.conversation_id or ""
    return conversation if conversation.isdigit() else post.post_id


def name_newest(post: Post) -> str:
    """Return the id of a post's newest known version."""
    return find_newest((post.post_id, *post.aliases)) or post.post_id


def count_silent(asked: Iterable[str], answer: Answer) -> tuple[str, ...]:
    """Return a line about posts that X neither gave nor gave a reason for."""
    count = len({*asked} - answer.held - answer.withheld - {*answer.page.gone})
    return (f"x said nothing about {count} posts that were looked up",) if count else ()
