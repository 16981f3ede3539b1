"""What parsers make of one answer of a platform."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import TypeVar

from listener.collect.fields import LONGEST_TEXT, show
from listener.posts import Post, Quotable

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class ParsedPage:
    """The posts of an answer, and what could not be read of it.

    Attributes:
        problems: Parts that should be posts and are none, each with its reason.
        notes: What the platform itself left out, and what could be kept only in part.
        quoting: What authors say of being quoted, by their ids.
    """

    posts: list[Post] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    quoting: dict[str, Quotable] = field(default_factory=dict)


def keep_posts(
    records: Iterable[_T],
    page: ParsedPage,
    *,
    parse: Callable[[_T], Post | None],
    name: Callable[[_T], str],
) -> list[tuple[_T, Post]]:
    """Put the posts of records into a page, each once, and what is none among its problems.

    Args:
        records: What an answer lists.
        page: Where they come.
        parse: Makes a post, or None where a record stands for none.
        name: Names a record for people.

    Returns:
        The posts that were put in, with what they were made of.
    """
    kept: dict[Post, _T] = {}
    for record in records:
        try:
            post = parse(record)
        except ValueError as error:
            page.problems.append(f"{name(record)}: {error}")
            continue
        if post is not None and post not in kept:
            kept[post] = record
            page.posts.append(cut_text(post, page))
    return [(record, post) for post, record in kept.items()]


def cut_text(post: Post, page: ParsedPage) -> Post:
    """Return the post with its text cut to what is kept, and note that on its page."""
    if len(post.text) <= LONGEST_TEXT:
        return post
    page.notes.append(f"post {show(post.post_id)}: cut to {LONGEST_TEXT:,} characters")
    return replace(post, text=post.text[:LONGEST_TEXT])
