"""The wire under Mastodon.py: what was sent, as it came, within limits.

Mastodon.py knows the paths, the parameters and the classes of failures. Its
objects are not used: they turn opaque ids into numbers, times into other times,
raise at odd values, and cost more than the answer. So it is given an empty
answer of the same status, and the real one is kept here. Its own headers are
kept from it too: a limit's reset that is no time makes it raise at a good page.
"""

import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Self
from urllib.parse import parse_qs, urljoin, urlsplit

import requests
from requests.structures import CaseInsensitiveDict
from urllib3.exceptions import HTTPError

from listener.collect.connections import (
    CalmSession,
    ForbiddenAddressError,
    Guard,
    GuardedAdapter,
    read_body,
)

_MOST_REDIRECTS = 3
_INSTANCE_PATH = "/api/v2/instance"


class BadAnswerError(Exception):
    """An answer that is none: cut off, no JSON."""


class RedirectError(Exception):
    """The server sends its readers to another host."""


class TooSlowError(Exception):
    """The whole answer did not come in time."""


WIRE_ERRORS = (
    requests.RequestException,
    HTTPError,
    OSError,
    BadAnswerError,
    RedirectError,
    TooSlowError,
    ForbiddenAddressError,
)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a server may cost.

    Attributes:
        seconds: For one whole request.
        size_bytes: For one answer.
        is_allowed: Tells which IP addresses may be reached.
        is_foreign: Whether somebody else named the server.
    """

    seconds: float
    size_bytes: int
    is_allowed: Callable[[str], bool]
    is_foreign: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server sent.

    Attributes:
        payload: The JSON of a good answer, None for all others.
    """

    status: int
    headers: Mapping[str, str]
    links: Mapping[str, str]
    payload: object = None

    def find_cursor(self, relation: str, *names: str) -> str | None:
        """Return an id that the server's own link to another page names."""
        found = parse_qs(urlsplit(self.links.get(relation, "")).query)
        return next((found[name][0] for name in names if name in found), None)


class GuardedSession(CalmSession):
    """Sends what Mastodon.py asks for, and keeps the answer.

    Attributes:
        answer: The last one, None while there is none.
        failure: Why there is none.
        extra: Parameters that Mastodon.py does not know yet.
        knows_instance: Whether the server has told about itself; Mastodon.py
            asks for that again before it reads a hashtag.
    """

    def __init__(self, limits: Limits) -> None:
        """Open nothing yet."""
        super().__init__()
        self.answer: Answer | None = None
        self.failure: BaseException | None = None
        self.extra: dict[str, str] = {}
        self.knows_instance = False
        self._limits = limits
        # A proxy would hide which address is reached.
        self.trust_env = not limits.is_foreign
        for scheme in ("http://", "https://"):
            self.mount(scheme, GuardedAdapter())

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def request(  # type: ignore[override]
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        **_options: object,
    ) -> requests.Response:
        """Send one request and return an empty answer of the same status.

        Raises:
            ValueError: For any request that would change something.
        """
        self.answer, self.failure = None, None
        if method != "GET":
            self.failure = ValueError("listener only reads")
            raise self.failure
        url = url.rstrip("/")  # Mastodon.py ends some paths with one, which not all servers know
        if self.knows_instance and urlsplit(url).path == _INSTANCE_PATH:
            return make_stand_in(200, {})
        query = {**(params or {}), **self.extra}
        answer = self._watch(lambda guard: self._fetch(guard, url, query, headers))
        return make_stand_in(answer.status, [] if isinstance(answer.payload, list) else {})

    def _watch(self, fetch: Callable[[Guard], Answer]) -> Answer:
        """Make a request within the limits, and keep its answer or why there is none."""
        try:
            with Guard(self._limits.seconds, self._limits.is_allowed) as guard:
                self.answer = fetch(guard)
        except WIRE_ERRORS as error:
            self.failure = TooSlowError() if guard.has_expired else error
            raise
        except BaseException as error:
            self.failure = error
            raise
        return self.answer

    def _fetch(
        self,
        guard: Guard,
        url: str,
        params: Mapping[str, object],
        headers: Mapping[str, str] | None,
    ) -> Answer:
        for _ in range(_MOST_REDIRECTS + 1):
            self._check_target(guard, url)
            response = super().request(
                "GET",
                url,
                params=params,  # type: ignore[arg-type]
                headers=headers,
                auth=keep_authorization,
                timeout=self._limits.seconds,
                stream=True,
                allow_redirects=False,
            )
            with response:
                if not response.is_redirect:
                    return self._read(response)
                url, params = _follow(url, response.headers["location"]), {}
        msg = "it redirects again and again"
        raise BadAnswerError(msg)

    def _check_target(self, guard: Guard, url: str) -> None:
        if self._limits.is_foreign:
            parts = urlsplit(url)
            guard.check_host(parts.hostname or "", parts.port or 443)

    def _read(self, response: requests.Response) -> Answer:
        status, is_good = response.status_code, 200 <= response.status_code < 300
        if not is_good and status < 400:
            msg = f"it answered with status {status}"
            raise BadAnswerError(msg)
        links = {name: link.get("url", "") for name, link in response.links.items()}
        body = read_body(response, most_bytes=self._limits.size_bytes) if is_good else b""
        payload = parse_json(body) if is_good else None
        return Answer(status, CaseInsensitiveDict(response.headers), links, payload)


def parse_json(body: bytes) -> object:
    """Return what an answer says.

    Bytes that are no text are replaced: one odd name must not cost a whole page.

    Raises:
        BadAnswerError: If it is no JSON.
    """
    try:
        return json.loads(body.decode("utf-8-sig", errors="replace"))
    except (ValueError, RecursionError):
        kind = "a web page" if body.lstrip()[:1] == b"<" else "no JSON"
        msg = f"it is {kind}"
        raise BadAnswerError(msg) from None


def _follow(url: str, location: str) -> str:
    """Return where a redirect leads, if that is the same server.

    Raises:
        RedirectError: If it is another one: the token is not for it.
    """
    target = urljoin(url, location)
    before, after = urlsplit(url), urlsplit(target)
    is_upgrade = (before.scheme, after.scheme) == ("http", "https")
    is_same = before.netloc == after.netloc and (before.scheme == after.scheme or is_upgrade)
    if not is_same:
        msg = "it sends its readers to another host"
        raise RedirectError(msg)
    return target


def keep_authorization(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Leave the header as it is; without this a `.netrc` file would replace it."""
    return request


def make_stand_in(status: int, payload: object) -> requests.Response:
    """Return what Mastodon.py is given in place of an answer."""
    stand_in = requests.Response()
    stand_in.status_code = status
    stand_in.raw = io.BytesIO(json.dumps(payload).encode())
    return stand_in
