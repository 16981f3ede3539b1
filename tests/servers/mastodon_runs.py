"""Read a Mastodon world as the program does, in a line.

run = read(world, "posts", acme)
run.texts, run.mark, run.gone, run.problems
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from listener.collect.base import CursorMark, FetchedPage, Gap, Source, SourceKind, Visit
from listener.collect.mastodon import MastodonCollector
from listener.posts import Post
from tests.servers.mastodon import ServedWorld
from tests.servers.mastodon_world import WorldAccount, WorldPost

NOW = datetime(2026, 3, 9, 12, tzinfo=UTC)


@dataclass
class Run:
    """What came out of a run; `mark` is what it would have become."""

    posts: list[Post] = field(default_factory=list)
    mark: CursorMark | None = None
    gone: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    lost: list[Gap] = field(default_factory=list)
    pages: int = 0

    def add(self, page: FetchedPage) -> None:
        self.posts += page.posts
        self.mark = page.mark or self.mark
        self.gone += page.gone
        self.problems += page.problems
        self.lost += [page.lost] if page.lost else []
        self.pages += 1

    @property
    def texts(self) -> set[str]:
        return {post.text for post in self.posts}

    @property
    def keys(self) -> set[str]:
        return {post.post_id for post in self.posts}


def make_collector(
    world: ServedWorld, account: WorldAccount, *, with_token: bool = True, **options: Any
) -> MastodonCollector:
    options = {"now": lambda: NOW, "servers": world.neighbours, "timeout_seconds": 5, **options}
    token = account.token if with_token else None
    return MastodonCollector(world.url, account=account.address, token=token, **options)


def make_source(account: WorldAccount, kind: SourceKind, query: str = "") -> Source:
    return Source(
        platform="mastodon", brand="acme", account=account.address, kind=kind, query=query
    )


def read(
    world: ServedWorld,
    kind: SourceKind,
    account: WorldAccount,
    mark: CursorMark | None = None,
    *,
    query: str = "",
    into: Run | None = None,
    **options: Any,
) -> Run:
    """Make one whole run; with `into`, what came before a failure is kept there."""
    with make_collector(world, account, **options) as collector:
        return drain(collector.fetch_new(make_source(account, kind, query), mark), into)


def read_around(
    world: ServedWorld, account: WorldAccount, post: Post, customer: str = "", **options: Any
) -> Run:
    visit = Visit(post=post, customer=customer)
    with make_collector(world, account, **options) as collector:
        return drain(collector.fetch_visit([visit], since=NOW))


def read_states(
    world: ServedWorld, account: WorldAccount, posts: Iterable[Post], **options: Any
) -> Run:
    with make_collector(world, account, **options) as collector:
        return drain(collector.fetch_states(list(posts)))


def drain(pages: Iterable[FetchedPage], into: Run | None = None) -> Run:
    run = Run() if into is None else into
    for page in pages:
        run.add(page)
    return run


def know(world: ServedWorld, post: WorldPost) -> Post:
    """Return a post as the store has it after it was seen on this server."""
    return Post(
        platform="mastodon",
        post_id=post.uri,
        author_id=post.author.address,
        author_handle=post.author.address,
        created_at=post.created_at,
        text=post.text,
        url=post.url,
        visibility=post.visibility,  # type: ignore[arg-type]
        aliases=(f"{world.domain}/{post.id}",),
    )
