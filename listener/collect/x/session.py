"""The way to X: to the host of the settings only, within a time limit, without a word in logs.

tweepy knows no time limit, has its host written in, logs the token at DEBUG,
and breaks on refusals whose body is not what it expects.
"""

import io
import json
import logging
import socket
import time
from collections.abc import Mapping
from http.client import HTTPResponse
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, ProxyManager
from urllib3.connection import HTTPConnection, HTTPSConnection

from listener.collect.fields import read_record
from listener.collect.x.names import FieldNames, rename_parameters

LARGEST_ANSWER_BYTES = 32_000_000

# Whoever turns DEBUG on for everything must not find tokens and private messages.
_TALKATIVE = (
    "tweepy.client",
    "requests_oauthlib.oauth1_auth",
    "requests_oauthlib.oauth1_session",
    "oauthlib",
    "oauthlib.oauth1.rfc5849",
    "oauthlib.oauth1.rfc5849.signature",
)


class RefusedError(Exception):
    """X answered with something else than success; holds nothing that must not be shown."""

    def __init__(self, status: int, headers: Mapping[str, str], body: Mapping[str, object]) -> None:
        """Keep what the reason is read from."""
        super().__init__(f"x answered {status}")
        self.status = status
        self.headers = headers
        self.body = body


class XSession(requests.Session):
    """Sends what tweepy asks for to the host of the settings.

    The address is changed before a request is signed, so that the signature
    is for the host that gets it. An answer as a whole, from its first to its
    last byte, must come within the time limit: tweepy reads it to the end.
    """

    def __init__(self, api_url: str, timeout_seconds: float, field_names: FieldNames) -> None:
        """Prepare for one host."""
        super().__init__()
        self.api_url = api_url.rstrip("/")
        self.timeout_seconds = timeout_seconds
        self.field_names = field_names
        self.last_headers: Mapping[str, str] = {}
        # Without it requests puts a password of ~/.netrc in the place of the token.
        self.auth = _leave_as_it_is
        for scheme in ("https://", "http://"):
            self.mount(scheme, _TimedAdapter())

    def request(  # type: ignore[override]
        self,
        method: str,
        url: str,
        **options: Any,  # noqa: ANN401 - as in requests
    ) -> requests.Response:
        """Send a request.

        Raises:
            RefusedError: For every answer that is no success, redirections included.
        """
        address = self.api_url + urlsplit(url).path
        options["params"] = rename_parameters(options.get("params") or {}, self.field_names)
        response = super().request(
            method, address, **options, timeout=self.timeout_seconds, allow_redirects=False
        )
        self.last_headers = response.headers
        if response.status_code != requests.codes.ok:
            with response:
                raise RefusedError(response.status_code, response.headers, _read_body(response))
        return response


def silence_libraries() -> None:
    """Keep what libraries log at DEBUG out of all logs, whatever level is set."""
    for name in _TALKATIVE:
        logging.getLogger(name).addFilter(_is_not_debug)


def _leave_as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _is_not_debug(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.INFO


def _read_body(response: requests.Response) -> Mapping[str, object]:
    try:
        return read_record(json.loads(response.content))
    except (ValueError, RecursionError):
        return {}


class _TimedStream(io.RawIOBase):
    """The bytes of one answer: all of them in time, and not too many."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket) -> None:
        self._raw = raw
        self._sock = sock
        self._ends_at = time.monotonic() + (sock.gettimeout() or 0)
        self._left = LARGEST_ANSWER_BYTES

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:  # noqa: ANN401 - no name for it in 3.11
        # Without this a server that sends a byte now and then would be waited for without end.
        seconds = self._ends_at - time.monotonic()
        if seconds <= 0 or self._left <= 0:
            msg = "the answer took too long" if self._left > 0 else "the answer is too large"
            raise TimeoutError(msg)
        self._sock.settimeout(seconds)
        count = self._raw.readinto(buffer)
        self._left -= count or 0
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


class _TimedResponse(HTTPResponse):
    def __init__(self, sock: socket.socket, debuglevel: int = 0, method: str | None = None) -> None:
        super().__init__(sock, debuglevel, method)
        self.fp = io.BufferedReader(_TimedStream(self.fp.detach(), sock))


class _TimedConnection(HTTPConnection):
    response_class = _TimedResponse


class _TimedSecureConnection(HTTPSConnection):
    response_class = _TimedResponse


class _TimedPool(HTTPConnectionPool):
    ConnectionCls = _TimedConnection


class _TimedSecurePool(HTTPSConnectionPool):
    ConnectionCls = _TimedSecureConnection


_POOLS = {"http": _TimedPool, "https": _TimedSecurePool}


class _TimedAdapter(HTTPAdapter):
    def __init__(self) -> None:
        super().__init__()
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, proxy: str, **options: Any) -> ProxyManager:  # noqa: ANN401
        manager: ProxyManager = super().proxy_manager_for(proxy, **options)
        manager.pool_classes_by_scheme = _POOLS
        return manager
