"""How a server of Mastodon's kind lets programs in: apps, a page for people, tokens.

    address = …                                   # what the program tells a person to open
    code = approve(address, acme)                 # what the person reads on that page

`world.oauth` decides what the server is like, and keeps what it has given away.
"""

import base64
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING
from urllib.request import Request as WebRequest
from urllib.request import urlopen

from tests.servers.mastodon_faults import Reply, make_error
from tests.servers.mastodon_world import WorldAccount

if TYPE_CHECKING:
    from tests.servers.mastodon import Request, ServedWorld

OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob"
READ_PARTS = ("accounts", "statuses", "notifications", "search")


@dataclass
class App:
    name: str
    client_id: str
    client_secret: str
    scopes: list[str]
    website: str | None


@dataclass
class Code:
    app: App
    account: WorldAccount
    scopes: list[str]
    challenge: str | None


@dataclass
class Token:
    account: WorldAccount
    scopes: list[str]


@dataclass
class OAuth:
    """The server's side of logging in.

    Attributes:
        tells_ways: Whether it tells of them, as Mastodon does from 4.3 on.
        knows_parts: Whether it knows `read:statuses` and not only `read`.
        grants: The permissions that it gives, whatever was asked for.
        tells_scopes: Whether the answer with a token says what it may do.
        registers: Whether it takes new programs.
        changes: What its answers hold besides, or instead.
    """

    tells_ways: bool = True
    knows_parts: bool = True
    grants: str | None = None
    tells_scopes: bool = True
    registers: bool = True
    changes: dict[str, object] = field(default_factory=dict)
    apps: dict[str, App] = field(default_factory=dict)
    codes: dict[str, Code] = field(default_factory=dict)
    tokens: dict[str, Token] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def number(self) -> int:
        return next(self._numbers)

    def secrets(self) -> list[str]:
        """Return everything that no log may hold."""
        return [*(app.client_secret for app in self.apps.values()), *self.tokens, *self.codes]


def approve(address: str, account: WorldAccount) -> str:
    """Open the page as a person who is logged in, allow what it asks, and read the code."""
    request = WebRequest(address, headers={"Cookie": f"user={account.address}"})  # noqa: S310
    with urlopen(request, timeout=20) as page:  # noqa: S310
        found = re.search(r"<code>(.+)</code>", page.read().decode())
    assert found
    return found[1]


def answer_oauth(world: "ServedWorld", request: "Request") -> Reply | None:
    """Return the reply if the path is one of those by which programs are let in."""
    routes = {
        ("GET", "/.well-known/oauth-authorization-server"): _tell_ways,
        ("POST", "/api/v1/apps"): _register,
        ("GET", "/oauth/authorize"): _authorize,
        ("POST", "/oauth/token"): _exchange,
    }
    route = routes.get((request.method, request.path))
    return route(world, request) if route else None


def _tell_ways(world: "ServedWorld", _: "Request") -> Reply:
    if not world.oauth.tells_ways:
        return make_error(404)
    scopes = ["read", "write", "follow"]
    if world.oauth.knows_parts:
        scopes += [f"read:{part}" for part in READ_PARTS]
    told = {
        "issuer": world.url,
        "authorization_endpoint": f"{world.url}/oauth/authorize",
        "token_endpoint": f"{world.url}/oauth/token",
        "scopes_supported": scopes,
        "code_challenge_methods_supported": ["S256"],
        "grant_types_supported": ["authorization_code", "client_credentials"],
    }
    return Reply(payload={**told, **world.oauth.changes})


def _register(world: "ServedWorld", request: "Request") -> Reply:
    oauth, scopes = world.oauth, _known_scopes(world, request.field("scopes"))
    if not oauth.registers:
        return make_error(403)
    if not scopes or request.field("redirect_uris") != OUT_OF_BAND:
        return make_error(422)
    number = oauth.number()
    app = App(
        request.field("client_name"),
        f"client-{number}",
        f"client-secret-{number}",
        scopes,
        request.field("website") or None,
    )
    oauth.apps[app.client_id] = app
    told = {"client_id": app.client_id, "client_secret": app.client_secret, "name": app.name}
    return Reply(payload={**told, **oauth.changes})


def _authorize(world: "ServedWorld", request: "Request") -> Reply:
    app = world.oauth.apps.get(request.first("client_id") or "")
    person = world.find_account(request.headers.get("Cookie", "").partition("=")[2])
    wanted = (request.first("scope") or "").split()
    is_right = (
        request.first("response_type") == "code"
        and request.first("redirect_uri") == OUT_OF_BAND
        and app is not None
        and set(wanted) <= set(app.scopes)
    )
    if not is_right or app is None or person is None:
        return make_error(400)
    code = f"code-{world.oauth.number()}"
    world.oauth.codes[code] = Code(app, person, wanted, request.first("code_challenge"))
    page = f"<!doctype html><p>Paste this: <code>{code}</code>".encode()
    return Reply(body=page, headers={"Content-Type": "text/html"})


def _exchange(world: "ServedWorld", request: "Request") -> Reply:
    oauth = world.oauth
    app = oauth.apps.get(request.field("client_id"))
    if app is None or app.client_secret != request.field("client_secret"):
        return make_error(401)
    code = oauth.codes.get(request.field("code"))
    is_right = (
        code is not None
        and code.app is app
        and request.field("grant_type") == "authorization_code"
        and request.field("redirect_uri") == OUT_OF_BAND
        and _is_proven(code, request.field("code_verifier"))
    )
    if not is_right or code is None:
        return make_error(400)
    del oauth.codes[request.field("code")]
    token = f"granted-token-{oauth.number()}"
    scopes = code.scopes if oauth.grants is None else oauth.grants.split()
    oauth.tokens[token] = Token(code.account, scopes)
    told = {"access_token": token, "token_type": "Bearer", "created_at": 1772445600}
    if oauth.tells_scopes:
        told["scope"] = " ".join(scopes)
    return Reply(payload={**told, **oauth.changes})


def _known_scopes(world: "ServedWorld", text: str) -> list[str]:
    known = ["read", "write", "follow"]
    if world.oauth.knows_parts:
        known += [f"read:{part}" for part in READ_PARTS]
    return text.split() if set(text.split()) <= set(known) else []


def _is_proven(code: Code, verifier: str) -> bool:
    """Check what RFC 7636 asks for, if the code was asked for so."""
    if code.challenge is None:
        return True
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == code.challenge
