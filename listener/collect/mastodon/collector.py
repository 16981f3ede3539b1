"""The collector of one Mastodon account: what its server shows, with or without a token."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType, TracebackType
from typing import Self

from listener.collect.base import CursorMark, FetchedPage, Source, Visit
from listener.collect.connections import allow_all, is_public
from listener.collect.mastodon import sources, states
from listener.collect.mastodon.access import MastodonAccess, fetch_access
from listener.collect.mastodon.conversations import Conversation
from listener.collect.mastodon.failures import NotThereError, make_refusal, make_retry
from listener.collect.mastodon.server import MastodonServer, ServerInfo
from listener.collect.mastodon.session import Limits
from listener.errors import AccessDeniedError, CollectorError
from listener.posts import Platform, Post

_OWN_SIZE_BYTES = 50_000_000
_FOREIGN_SIZE_BYTES = 5_000_000
# A server that is down costs its time limit each time, and hundreds of customers may live there.
_FOREIGN_PATIENCE = 2
_NONE_NAMED: Mapping[str, str] = MappingProxyType({})


class MastodonCollector:
    """Reads one account's view of its server; writes nothing anywhere.

    It is for one thread. Other servers, which posts name, are asked without a
    token, by https, at public addresses only, unless the operator names them too.
    """

    platform: Platform = "mastodon"
    visit_size: int = 1

    def __init__(
        self,
        server: str,
        *,
        account: str,
        token: str | None,
        now: Callable[[], datetime],
        timeout_seconds: float = 20,
        depth: sources.Depth | None = None,
        servers: Mapping[str, str] = _NONE_NAMED,
    ) -> None:
        """Open nothing yet.

        Args:
            server: The host of the account's server, or its web address.
            account: The account's address, `user@host`.
            now: The clock.
            token: Only read scopes are needed; None for what everybody may see.
            timeout_seconds: For each request as a whole.
            depth: How many pages a run reads.
            servers: Web addresses of other servers that the operator named, by the
                domain in their accounts' names; reached wherever they lie.

        Raises:
            NeedsOperatorError: If address or token cannot be used.
        """
        self._account = account.strip().lstrip("@")
        self._now = now
        self._timeout_seconds = timeout_seconds
        self._depth = depth or sources.Depth()
        self._servers = {domain.casefold(): address for domain, address in servers.items()}
        self._failures = Counter[str]()
        self._server = self._open_own(server, token)

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close what is open."""
        self.close()

    def close(self) -> None:
        """Close what is open."""
        self._server.close()

    def fetch_info(self) -> ServerInfo:
        """Return what the server tells about itself; it is asked once."""
        return self._server.fetch_info()

    def fetch_access(self) -> MastodonAccess:
        """Return whether account and token are good, and what the server shows.

        Raises:
            CollectorError: If the server does not even tell what it is.
        """
        return fetch_access(self._server, lambda: self._open_own(self._server.base_url, None))

    def fetch_new(self, source: Source, mark: CursorMark | None) -> Iterator[FetchedPage]:
        """Yield what is new since the mark, and an overlap before it."""
        server, depth = self._server, self._depth
        match source.kind:
            case "posts":
                yield from sources.fetch_posts(server, source, mark, depth)
            case "hashtag":
                yield from sources.fetch_hashtag(server, source, mark, depth)
            case "mentions" if not server.has_token:
                yield FetchedPage(posts=(), problems=(sources.NO_MENTIONS,))
            case "mentions" | "notifications":
                self._need_token(source)
                yield from sources.fetch_notifications(server, mark, depth)
            case "private":
                self._need_token(source)
                yield from sources.fetch_private(server, mark, depth)
            case "search":
                self._need_token(source)
                yield from sources.fetch_search(server, source, mark, depth)

    def fetch_visit(
        self,
        visits: Sequence[Visit],
        *,
        since: datetime,  # noqa: ARG002 - a server tells of a conversation as a whole
    ) -> Iterator[FetchedPage]:
        """Yield the posts around these posts: what they answer, and what answers them.

        Everybody's, as far as the servers show them; with a customer, other servers
        are asked only for what is missing around his posts.
        """
        for visit in visits:
            conversation = Conversation(self._server, self._open_foreign, visit)
            yield from conversation.fetch()

    def fetch_states(self, posts: Sequence[Post]) -> Iterator[FetchedPage]:
        """Look known posts up again: their newest text, or that they are gone."""
        yield from states.fetch_states(self._server, self._open_foreign, posts)

    def _need_token(self, source: Source) -> None:
        if not self._server.has_token:
            subject = f"mastodon account @{self._account}"
            # Without the first `@` logs would take it for an address of a person.
            step = f'run "listener login mastodon @{self._account}"'
            what = "private messages" if source.kind == "private" else source.kind
            text = f"{subject}: without a token the server shows no {what}; {step}"
            raise AccessDeniedError(text, platform=self.platform, account=self._account)

    def _open_own(self, address: str, token: str | None) -> MastodonServer:
        return MastodonServer(
            address,
            account=self._account,
            token=token,
            limits=Limits(self._timeout_seconds, _OWN_SIZE_BYTES, allow_all),
            now=self._now,
        )

    @contextmanager
    def _open_foreign(self, address: str, domain: str) -> Iterator[MastodonServer]:
        """Open a server that a post names, unless it has failed again and again."""
        if self._failures[address] >= _FOREIGN_PATIENCE:
            raise make_retry(self._account, "the server failed before and is left alone for now")
        try:
            with self._make_foreign(address, domain) as server:
                yield server
        except NotThereError:
            raise
        except CollectorError:
            self._failures[address] += 1
            raise

    def _make_foreign(self, address: str, domain: str) -> MastodonServer:
        """Return a server that a post names, at the operator's address for it if there is one."""
        named = self._servers.get(domain)
        if named is None and not _is_plain_https(address):
            raise make_refusal(
                self._account, f"the server {domain} is not at a plain https address"
            )
        limits = Limits(self._timeout_seconds, _FOREIGN_SIZE_BYTES, is_public, is_foreign=True)
        if named is not None:
            limits = replace(limits, is_allowed=allow_all, is_foreign=False)
        return MastodonServer(
            named or address,
            account=self._account,
            token=None,
            limits=limits,
            now=self._now,
            domain=domain,
        )


def _is_plain_https(address: str) -> bool:
    """Tell whether an address is https at its usual port."""
    return address.startswith("https://") and ":" not in address.removeprefix("https://")
