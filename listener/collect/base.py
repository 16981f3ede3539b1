"""What a collector is: it turns one source of a platform into pages of posts.

A collector only fetches and parses. It keeps nothing, sleeps never and decides
nothing: the job that runs it saves each page, books what it cost, and moves
the cursor when a run has come to its end (see `CursorMark`).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from listener.posts import Platform, Post, Quotable

SourceKind = Literal[
    "posts",  # what an account wrote, answers included
    "mentions",  # what addresses an account
    "notifications",  # the same, told to the account's own token
    "private",  # direct messages, with the account's own token
    "hashtag",
    "search",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One stream of posts that has a cursor of its own.

    Attributes:
        brand: Key of the brand it is collected for.
        account: The brand's handle whose posts or mentions it is, or with whose token.
        query: The words of a search, the name of a hashtag.
    """

    platform: Platform
    brand: str
    account: str
    kind: SourceKind
    query: str = ""

    @property
    def key(self) -> str:
        """A name that is the same in every run."""
        return ":".join((self.platform, self.brand, self.account, self.kind, self.query))


@dataclass(frozen=True, slots=True)
class CursorMark:
    """Up to where a source was read completely, in the platform's own ids.

    Everything up to `newest_id` is in the store. A run that stops early leaves
    the mark where it was, so that the next one reads the same stretch again.
    Which of two ids is newer is the platform's business: on X by (length,
    text); on Mastodon ids are opaque and only the server's order counts.

    Attributes:
        is_beginning: Whether nothing was read yet and this is where to begin;
            then what the platform does not give any more is no loss.
    """

    newest_id: str
    seen_at: datetime
    is_beginning: bool = False


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch of time of which a source can give no more: its posts may be missing for good.

    Attributes:
        since: None where nobody knows; then since ever.
    """

    since: datetime | None
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchedPage:
    """One answer of a platform, parsed.

    Attributes:
        posts: In any order, context included.
        reads: What has to be paid for, by kind of the price table (`post`,
            `own_post`, `user`, `dm_event`, `search` …), in units.
        mark: What the cursor becomes when the whole run comes to its end;
            None where this page brings no newer one.
        gone: Ids that the platform says exist no more.
        problems: What could not be read of it.
        lost: What can never be read any more; `problems` has a line about it too.
        quoting: What authors say of being quoted, by their ids, where the platform knows that.
    """

    posts: tuple[Post, ...]
    reads: Mapping[str, int] = field(default_factory=dict)
    mark: CursorMark | None = None
    gone: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    lost: Gap | None = None
    quoting: Mapping[str, Quotable] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A conversation that is to be asked for again.

    Attributes:
        post: The earliest known post of the case, or of the conversation.
        customer: Handle of the only person whose posts are wanted beside the
            brand's, on X the number too; empty for everybody's.
        known_ids: Ids of posts that need no looking up, because they are in the store.
        handles: Folded handles of all who are known to speak or to be addressed there.
        others: Folded handles of some who speak in other conversations, the latest first.
    """

    post: Post
    customer: str = ""
    known_ids: frozenset[str] = frozenset()
    handles: frozenset[str] = frozenset()
    others: tuple[str, ...] = ()


class Collector(Protocol):
    """Reads one account's view of a platform; every call may raise a `CollectorError`.

    Attributes:
        visit_size: How many conversations one `fetch_visit` takes at the price of one.
    """

    platform: Platform
    visit_size: int

    def fetch_new(self, source: Source, mark: CursorMark | None) -> Iterator[FetchedPage]:
        """Yield what is new since the mark, and an overlap before it.

        The iterator's end means that nothing between the mark and the newest
        page is missing. Without a mark as much is read as the platform gives.
        """

    def fetch_visit(self, visits: Sequence[Visit], *, since: datetime) -> Iterator[FetchedPage]:
        """Yield what was written in these conversations since a moment, by the cheapest calls.

        Posts that the visited ones answer come along where they are not known.
        """

    def fetch_states(self, posts: Sequence[Post]) -> Iterator[FetchedPage]:
        """Look known posts up again: their newest text, or that they are gone."""

    def close(self) -> None:
        """Close what is open."""
