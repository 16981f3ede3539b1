"""What parsers make of one answer of a platform."""

from dataclasses import dataclass, field

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
