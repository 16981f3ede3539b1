"""Answers of a server as pages of posts."""

from collections.abc import Iterable

from listener.collect.base import CursorMark, FetchedPage
from listener.collect.fields import Record, read_record
from listener.collect.mastodon.server import MastodonServer
from listener.collect.mastodon_posts import parse_mastodon_page
from listener.posts import OPEN_VISIBILITIES, Post, fold_handle


def parse_page(
    server: MastodonServer,
    payload: object,
    *,
    mark: CursorMark | None = None,
    problems: Iterable[str] = (),
) -> FetchedPage:
    """Return the posts of an answer, named as this server names them."""
    parsed = parse_mastodon_page(payload, server=server.fetch_info().domain)
    return FetchedPage(
        posts=tuple(parsed.posts),
        mark=mark,
        problems=(*problems, *parsed.problems),
        quoting=parsed.quoting,
    )


def drop_boosts(items: list[object]) -> list[object]:
    """Return a list without what its author only passed on."""
    return [item for item in items if not isinstance(read_record(item).get("reblog"), dict)]


def find_local_id(server: MastodonServer, post: Post) -> str | None:
    """Return the id by which this server knows a post."""
    numbers = (read_local_id(server, name) for name in (*post.aliases, post.post_id))
    return next(filter(None, numbers), None)


def read_local_id(server: MastodonServer, name: str) -> str | None:
    """Return the id out of a name that this server gave to a post."""
    host, _, number = name.partition("/")
    is_here = host == server.fetch_info().domain and "/" not in number
    return number if number and is_here else None


def is_open(post: Post) -> bool:
    """Tell whether everybody may read a post."""
    return post.visibility in OPEN_VISIBILITIES


def find_author_host(post: Post) -> str:
    """Return the host in the name of a post's author."""
    return fold_handle(post.author_handle).rpartition("@")[2]


def wrap_status(record: Record) -> dict[str, object]:
    """Return a status such that the parser takes it for one whatever it lacks."""
    return {"statuses": [record]}
