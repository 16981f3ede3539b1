"""Get a token that may read and nothing else: OAuth's code flow, the code copied by a person.

What a server sends here is not trusted: another address for the token, another
permission than was asked for, ids that are names of files.
"""

import base64
import hashlib
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Self
from urllib.parse import urlencode

from mastodon import Mastodon, MastodonError

from listener import __version__
from listener.collect.connections import allow_all
from listener.collect.fields import read_list, read_record, read_text
from listener.collect.mastodon.failures import NEXT_RUN, make_refusal, make_retry
from listener.collect.mastodon.login_session import LoginSession
from listener.collect.mastodon.server import MastodonServer
from listener.collect.mastodon.session import Limits
from listener.errors import CollectorError, NeedsOperatorError, RateLimitError, RetryLaterError

SCOPES = ("read:accounts", "read:statuses", "read:notifications", "read:search")
BROAD_SCOPES = ("read",)  # for servers that know no parts of it
_NAME = "listener"
# The server shows the code on a page instead of sending the browser anywhere.
_OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob"
_SIZE_BYTES = 1_000_000
# What Mastodon.py raises when an answer lacks what it wants.
_ODD_ANSWER = (AttributeError, KeyError, TypeError, ValueError)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginApp:
    """What a server knows this program as.

    Attributes:
        verifier: Proves that who brings the code is who asked for it (PKCE,
            RFC 7636); empty where the server knows no such proof.
    """

    client_id: str
    client_secret: str = field(repr=False)
    scopes: tuple[str, ...]
    verifier: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """A token, and what the server said that it may do; None if it said nothing."""

    token: str = field(repr=False)
    scopes: tuple[str, ...] | None


class MastodonLogin:
    """Asks one server for a token; each method raises a `CollectorError` for every failure."""

    def __init__(
        self, address: str, *, account: str, now: Callable[[], datetime], timeout_seconds: float
    ) -> None:
        """Open nothing yet.

        Args:
            address: The server's host or web address.
            account: Who is named in errors.
            now: The clock.
            timeout_seconds: For each request as a whole.
        """
        limits = Limits(timeout_seconds, _SIZE_BYTES, allow_all)
        self._account = account
        self._session = LoginSession(limits)
        self._server = MastodonServer(
            address, account=account, token=None, limits=limits, now=now, session=self._session
        )
        self._session.base_url = self._server.base_url

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_details: object) -> None:
        """Close what is open."""
        self._server.close()

    def fetch_app(self) -> LoginApp:
        """Register this program at the server, to read only."""
        info = self._fetch_oauth_info()
        self._session.knows_oauth_info = True
        proofs = read_list(info.get("code_challenge_methods_supported"))
        verifier = secrets.token_urlsafe(48) if "S256" in proofs else ""
        # Only where the server says that it knows the parts of `read`: Takahe takes any
        # name, and then refuses a token that lacks the whole.
        if set(SCOPES) <= set(map(read_text, read_list(info.get("scopes_supported")))):
            with suppress(NeedsOperatorError):
                return self._register(SCOPES, verifier)
        return self._register(BROAD_SCOPES, verifier)

    def compose_address(self, app: LoginApp) -> str:
        """Return the page on which a person allows the app to read, and gets the code."""
        query = {
            "client_id": app.client_id,
            "response_type": "code",
            "redirect_uri": _OUT_OF_BAND,
            "scope": " ".join(app.scopes),
            # Whoever is logged in with a private account must get to choose the brand's.
            "force_login": "true",
        }
        if app.verifier:
            digest = hashlib.sha256(app.verifier.encode()).digest()
            challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
            query |= {"code_challenge": challenge, "code_challenge_method": "S256"}
        return f"{self._server.base_url}/oauth/authorize?{urlencode(query)}"

    def fetch_grant(self, app: LoginApp, code: str) -> Grant:
        """Exchange the code for a token, which is refused if it may do more than read."""
        extra = {"code_verifier": app.verifier} if app.verifier else {}
        payload = self._post(
            lambda client: _log_in(client, app, code),
            "the server refused the code, which is good once and for minutes; log in again",
            extra,
        )
        token, told = read_text(payload.get("access_token")), read_text(payload.get("scope"))
        if not token:
            raise self._translate(make_retry(self._account, "the answer holds no token"))
        scopes = tuple(told.split()) or None
        check_scopes(self._account, scopes)
        return Grant(token=token, scopes=scopes)

    def _register(self, scopes: tuple[str, ...], verifier: str) -> LoginApp:
        payload = self._post(
            lambda _: Mastodon.create_app(
                _NAME,
                scopes=list(scopes),
                redirect_uris=_OUT_OF_BAND,
                api_base_url=self._server.base_url,
                session=self._session,
                user_agent=f"listener/{__version__}",
            ),
            "the server lets no program register; make a token in its settings, if it can",
            {},
        )
        names = ("client_id", "client_secret")
        client_id, client_secret = (read_text(payload.get(name)) for name in names)
        if not client_id or not client_secret:
            raise self._translate(make_retry(self._account, "the answer is no registration"))
        return LoginApp(
            client_id=client_id, client_secret=client_secret, scopes=scopes, verifier=verifier
        )

    def _fetch_oauth_info(self) -> Mapping[str, object]:
        """Return what the server tells of its ways to log in; many tell nothing."""
        try:
            answer = self._server.ask(lambda client: client.oauth_authorization_server_info())
        except NeedsOperatorError:
            return {}
        except CollectorError as error:
            if self._server.is_silent or self._server.last_answer is not None:
                raise self._translate(error) from error
            return {}  # a page for people, where a server has no such path
        return read_record(answer.payload)

    def _post(
        self, call: Callable[[Mastodon], object], refusal: str, extra: dict[str, str]
    ) -> Mapping[str, object]:
        def send(client: Mastodon) -> None:
            try:
                call(client)
            except _ODD_ANSWER as error:
                raise MastodonError from error

        try:
            answer = self._server.ask(send, **extra)
        except CollectorError as error:
            last = self._server.last_answer
            # Mastodon.py does not like every answer that can be read all the same.
            if last is None or last.status >= 400:
                raise self._translate(error, refusal) from error
            answer = last
        return read_record(answer.payload)

    def _translate(self, error: CollectorError, refusal: str = "") -> CollectorError:
        """Return the error in the words of somebody who waits for the answer."""
        if isinstance(error, RateLimitError):
            return error
        if isinstance(error, RetryLaterError):
            text = str(error).replace(NEXT_RUN, "; try again later")
            return RetryLaterError(text, platform=error.platform, account=error.account)
        last = self._server.last_answer
        return make_refusal(self._account, refusal) if refusal and last is not None else error


def check_scopes(account: str, scopes: tuple[str, ...] | None) -> None:
    """Refuse permissions that go beyond reading.

    Raises:
        NeedsOperatorError: If there are any.
    """
    beyond = [scope for scope in scopes or () if scope.partition(":")[0] not in ("read", "profile")]
    if beyond:
        reason = "the server gave more than the right to read; the token was not kept, revoke it"
        raise make_refusal(account, reason)


def _log_in(client: Mastodon, app: LoginApp, code: str) -> None:
    # Handed to the constructor, an id that happens to be the name of a file would
    # be read from there, and sent to the server.
    client.client_id, client.client_secret = app.client_id, app.client_secret
    # Whether http will do was decided when the address was read.
    client.log_in(code=code, redirect_uri=_OUT_OF_BAND, scopes=list(app.scopes), allow_http=True)
