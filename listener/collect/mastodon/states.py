"""Look known posts up again: their newest text, or that they are gone."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from listener.collect.base import FetchedPage
from listener.collect.fields import Record, read_id, read_record
from listener.collect.mastodon.conversations import OpenServer, find_home
from listener.collect.mastodon.failures import NotOfferedError, NotThereError
from listener.collect.mastodon.reading import find_local_id, is_open, parse_page, wrap_status
from listener.collect.mastodon.server import MastodonServer
from listener.errors import CollectorError
from listener.posts import Post

# Mastodon refuses more at once.
BATCH_SIZE = 20

Known = tuple[Post, str]


def fetch_states(
    server: MastodonServer, open_server: OpenServer, posts: Sequence[Post]
) -> Iterator[FetchedPage]:
    """Yield the posts as they are now, and the ids of those that are gone.

    Each is looked up on the brand's server; those that it never had, on
    their author's.
    """
    own = [(post, find_local_id(server, post)) for post in posts]
    readable = [
        (post, number) for post, number in own if number and (server.has_token or is_open(post))
    ]
    for start in range(0, len(readable), BATCH_SIZE):
        yield _fetch_batch(server, readable[start : start + BATCH_SIZE])
    homeless = _group_by_home(post for post, number in own if number is None)
    for (base_url, domain), known in homeless.items():
        yield from _fetch_abroad(open_server, base_url, domain, known)


def _fetch_batch(server: MastodonServer, known: Sequence[Known]) -> FetchedPage:
    if len(known) == 1 or not server.fetch_info().reads_batches:
        return _fetch_singly(server, known)
    try:
        statuses = server.fetch_statuses([number for _, number in known])
    except (NotThereError, NotOfferedError):
        return _fetch_singly(server, known)
    returned = {read_id(read_record(status).get("id")) for status in statuses}
    # Missing in a list is no proof: a server may know this request in part only.
    missing = [(post, number) for post, number in known if number not in returned]
    rest = _fetch_singly(server, missing)
    page = parse_page(server, {"statuses": statuses})
    return FetchedPage(
        posts=(*page.posts, *rest.posts),
        gone=rest.gone,
        problems=(*page.problems, *rest.problems),
        quoting={**page.quoting, **rest.quoting},
    )


def _fetch_singly(server: MastodonServer, known: Sequence[Known]) -> FetchedPage:
    found: list[Record] = []
    gone: list[str] = []
    for post, number in known:
        try:
            found.append(wrap_status(server.fetch_status(number)))
        except NotThereError:
            gone.append(post.post_id)
    page = parse_page(server, found)
    return replace(page, gone=tuple(gone))


def _fetch_abroad(
    open_server: OpenServer, base_url: str, domain: str, known: Sequence[Known]
) -> Iterator[FetchedPage]:
    try:
        with open_server(base_url, domain) as server:
            yield _fetch_singly(server, known)
    except CollectorError as error:
        yield FetchedPage(posts=(), problems=(f"server {domain}: {error}",))


def _group_by_home(posts: Iterable[Post]) -> dict[tuple[str, str], list[Known]]:
    """Return posts and their ids by their authors' servers.

    Only those that were read there: an id that was guessed from an address
    would be taken for gone where the guess is wrong.
    """
    groups: dict[tuple[str, str], list[Known]] = {}
    for post in posts:
        home = find_home(post)
        if home is not None and is_open(post) and home.alias in post.aliases:
            groups.setdefault((home.base_url, home.domain), []).append((post, home.local_id))
    return groups
