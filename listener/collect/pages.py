"""What parsers make of one answer of a platform."""

from dataclasses import dataclass, field, replace

from listener.collect.fields import LONGEST_TEXT, show
from listener.posts import Post


@dataclass(frozen=True, slots=True)
class ParsedPage:
    """The posts of an answer, and what could not be read of it.

    Attributes:
        problems: Parts that should be posts and are none, each with its reason.
        notes: What the platform itself left out, and what could be kept only in part.
    """

    posts: list[Post] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def cut_text(post: Post, page: ParsedPage) -> Post:
    """Return the post with its text cut to what is kept, and note that on its page."""
    if len(post.text) <= LONGEST_TEXT:
        return post
    page.notes.append(f"post {show(post.post_id)}: cut to {LONGEST_TEXT:,} characters")
    return replace(post, text=post.text[:LONGEST_TEXT])
