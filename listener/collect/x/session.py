"""The way to X: to the host of the settings only, within a time limit, without a word in logs.

tweepy knows no time limit, has its host written in, logs the token at DEBUG,
and breaks on refusals whose body is not what it expects.
"""

import io
import json
import logging
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import HTTPError

from listener.collect.connections import CalmSession, Guard, GuardedAdapter, allow_all, read_body
from listener.collect.fields import read_record
from listener.collect.x.names import FieldNames, rename_parameters

LARGEST_ANSWER_BYTES = 32_000_000
_TOO_SLOW = "the answer took too long"

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


class XSession(CalmSession):
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
            self.mount(scheme, GuardedAdapter())

    def request(  # type: ignore[override]
        self,
        method: str,
        url: str,
        **options: Any,  # noqa: ANN401 - as in requests
    ) -> requests.Response:
        """Send a request.

        Raises:
            RefusedError: For every answer that is no success, redirections included.
            requests.Timeout: If the whole answer did not come in time.
        """
        address = self.api_url + urlsplit(url).path
        options["params"] = rename_parameters(options.get("params") or {}, self.field_names)
        response = self._fetch_in_time(method, address, options)
        self.last_headers = response.headers
        if response.status_code != requests.codes.ok:
            raise RefusedError(response.status_code, response.headers, _read_reason(response))
        return response

    def _fetch_in_time(
        self, method: str, address: str, options: dict[str, Any]
    ) -> requests.Response:
        with Guard(self.timeout_seconds, allow_all) as guard:
            try:
                response = self._fetch(method, address, options)
            except (requests.RequestException, HTTPError, OSError) as error:
                if not guard.has_expired:
                    raise
                raise requests.Timeout(_TOO_SLOW) from error
            if guard.has_expired:  # headers that are cut off look like an answer without a body
                raise requests.Timeout(_TOO_SLOW)
            return response

    def _fetch(self, method: str, address: str, options: dict[str, Any]) -> requests.Response:
        """Return an answer with its whole body, of which tweepy reads as much as it likes."""
        response = super().request(
            method,
            address,
            **options,
            timeout=self.timeout_seconds,
            allow_redirects=False,
            stream=True,
        )
        with response:
            body = read_body(response, most_bytes=LARGEST_ANSWER_BYTES)
        response.raw = io.BytesIO(body)
        return response


def silence_libraries() -> None:
    """Keep what libraries log at DEBUG out of all logs, whatever level is set."""
    for name in _TALKATIVE:
        logging.getLogger(name).addFilter(_is_not_debug)


def _leave_as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _is_not_debug(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.INFO


def _read_reason(response: requests.Response) -> Mapping[str, object]:
    try:
        return read_record(json.loads(response.content))
    except (ValueError, RecursionError):
        return {}
