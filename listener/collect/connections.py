"""Connections that end in time and lead only where they may.

A time limit of `requests` holds between two packets: a server that sends a byte
now and then keeps its reader for ever. Here it holds for the whole request.
"""

import ipaddress
import socket
from collections.abc import Callable, Mapping
from contextlib import suppress
from contextvars import ContextVar
from threading import Lock, Timer
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager, ProxyManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.response import BaseHTTPResponse

# Addresses that carry another one inside, which may be a private one.
_WRAPPING_NETWORKS = tuple(
    ipaddress.ip_network(network) for network in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16")
)


_CHUNK_BYTES = 65_536


class ForbiddenAddressError(Exception):
    """A foreign server's address lies inside the operator's own network."""


class TooLargeError(OSError):
    """An answer is larger than anything that was asked for."""


def is_public(address: str) -> bool:
    """Tell whether an IP address belongs to the open internet."""
    number = ipaddress.ip_address(address.partition("%")[0])
    mapped = number.ipv4_mapped if isinstance(number, ipaddress.IPv6Address) else None
    number = mapped or number
    is_wrapping = any(number in network for network in _WRAPPING_NETWORKS)
    return number.is_global and not number.is_multicast and not is_wrapping


def is_local(host: str) -> bool:
    """Tell whether a host is in reach without the internet: an own machine or network."""
    try:
        return not is_public(host)
    except ValueError:
        return "." not in host


def allow_all(_address: str) -> bool:
    """Allow every address: the operator named the server himself."""
    return True


class CalmSession(requests.Session):
    """Looks for a proxy in the environment once for each host, not before each request."""

    def __init__(self) -> None:
        """Look nowhere yet."""
        super().__init__()
        self._surroundings: dict[tuple[str, str, bool | None], Mapping[str, Any]] = {}

    def merge_environment_settings(self, url: str, proxies: Any, *rest: Any) -> Any:  # noqa: ANN401
        """Return how a request is sent: its proxies, and whom it trusts."""
        stream, *trust = rest
        parts = urlsplit(url)
        key = (parts.scheme, parts.netloc, stream)
        if proxies or any(each is not None for each in trust):
            return super().merge_environment_settings(url, proxies, *rest)
        if key not in self._surroundings:
            found = super().merge_environment_settings(url, proxies, *rest)
            self._surroundings[key] = found
        return {**self._surroundings[key]}


class Guard:
    """Watch over one request: how long it takes, and whom it reaches."""

    def __init__(self, limit_seconds: float, is_allowed: Callable[[str], bool]) -> None:
        """Start counting when it is entered."""
        self.has_expired = False
        self._is_allowed = is_allowed
        self._sockets: list[socket.socket] = []
        self._lock = Lock()
        self._timer = Timer(limit_seconds, self.expire)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        """Start the clock; connections of this thread now ask this guard."""
        self._token = _GUARD.set(self)
        self._timer.start()
        with _OPEN_LOCK:
            _OPEN.add(self)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop the clock."""
        with _OPEN_LOCK:
            _OPEN.discard(self)
        self._timer.cancel()
        _GUARD.reset(self._token)
        with self._lock:
            for watched in self._sockets:
                watched.close()
            self._sockets.clear()

    def check_host(self, host: str, port: int) -> None:
        """Refuse a host of which any address is forbidden, before anything is sent.

        Raises:
            ForbiddenAddressError: If it is.
            OSError: If the host has no address.
        """
        try:
            addresses = {str(ipaddress.ip_address(host))}
        except ValueError:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            addresses = {str(entry[4][0]) for entry in found}
        for address in addresses:
            self.check_address(address)

    def check_address(self, address: str) -> None:
        """Refuse a forbidden address."""
        if not self._is_allowed(address):
            msg = "the address is not on the open internet"
            raise ForbiddenAddressError(msg)

    def watch(self, number: int) -> None:
        """Cut this connection off when time is up."""
        # A second handle: the first one changes its owner when TLS begins, and
        # is closed early where the server ends the connection after its answer.
        watched = socket.socket(fileno=socket.dup(number))
        with self._lock:
            self._sockets.append(watched)
            if self.has_expired:
                _cut(watched)

    def expire(self) -> None:
        """End the request now, as if its time were up."""
        with self._lock:
            self.has_expired = True
            for watched in self._sockets:
                _cut(watched)


def read_body(response: requests.Response, *, most_bytes: int) -> bytes:
    """Return the whole body of an answer whose reading was put off.

    Raises:
        TooLargeError: If it is longer than that; the rest is not read.
    """
    raw: BaseHTTPResponse = response.raw
    body = bytearray()
    while chunk := raw.read1(_CHUNK_BYTES, decode_content=True):
        body += chunk
        if len(body) > most_bytes:
            msg = f"it is larger than {most_bytes:,} bytes"
            raise TooLargeError(msg)
    return bytes(body)


def cut_requests() -> None:
    """End all requests of this program that are under way; each fails as if it were too slow.

    Who calls it wants to end soon. Requests that begin later are not touched.
    """
    with _OPEN_LOCK:
        under_way = tuple(_OPEN)
    for guard in under_way:
        guard.expire()


_GUARD: ContextVar[Guard] = ContextVar("guard")
_OPEN: set[Guard] = set()
_OPEN_LOCK = Lock()


def _cut(watched: socket.socket) -> None:
    with suppress(OSError):  # the other side was quicker
        watched.shutdown(socket.SHUT_RDWR)


def _check_connection(connection: socket.socket) -> socket.socket:
    """Check who was reached: a name may lead elsewhere when it is asked again."""
    guard = _GUARD.get()
    try:
        guard.check_address(str(connection.getpeername()[0]))
        guard.watch(connection.fileno())
    except BaseException:
        connection.close()
        raise
    return connection


def _watch_again(connection: HTTPConnection) -> None:
    """Watch a connection that an earlier request left open."""
    if connection.sock is not None:
        _GUARD.get().watch(connection.sock.fileno())


class _GuardedHTTPConnection(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        return _check_connection(super()._new_conn())

    def request(self, *args: Any, **options: Any) -> None:  # noqa: ANN401  # urllib3's own business
        _watch_again(self)
        super().request(*args, **options)


class _GuardedHTTPSConnection(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        return _check_connection(super()._new_conn())

    def request(self, *args: Any, **options: Any) -> None:  # noqa: ANN401  # urllib3's own business
        _watch_again(self)
        super().request(*args, **options)


class _GuardedHTTPPool(HTTPConnectionPool):
    ConnectionCls = _GuardedHTTPConnection


class _GuardedHTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _GuardedHTTPSConnection


_POOLS = {"http": _GuardedHTTPPool, "https": _GuardedHTTPSPool}


class GuardedAdapter(HTTPAdapter):
    """Makes the connections of a session guarded ones."""

    def init_poolmanager(self, *args: Any, **options: Any) -> None:  # noqa: ANN401  # passed on
        """Build the pools of direct connections."""
        super().init_poolmanager(*args, **options)
        _guard_pools(self.poolmanager)

    def proxy_manager_for(self, *args: Any, **options: Any) -> ProxyManager:  # noqa: ANN401
        """Return the pools of connections through a proxy."""
        manager: ProxyManager = super().proxy_manager_for(*args, **options)
        _guard_pools(manager)
        return manager


def _guard_pools(manager: PoolManager) -> None:
    manager.pool_classes_by_scheme = _POOLS
