"""A stateful X on loopback: API v2, as much of it as the program reads.

with run_x() as x:
    anna = x.add_user("anna")
    x.post(anna, "@acme my phone is dead")
    x.fail_next("503")
    collector = XCollector(account="acme", bearer_token=x.bearer_token, api_url=x.url, …)

Answers keep to X's OpenAPI document (`tests/real/test_x_openapi.py`). Time stands still
unless a test moves `x.world.now`.
"""

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from tests.servers.x_routes import Refusal, Request, make_answer, refuse
from tests.servers.x_world import XUser, XWorld

START = datetime(2026, 3, 2, 10, tzinfo=UTC)  # a Monday
SPAN_SECONDS = 900
PRIVATE_WORDS = "someone's words that no message may hold"
PROBLEM = "application/problem+json"

# Answers that are nothing but a status; X's own words.
REFUSALS = {
    "400": (400, "Invalid Request", "invalid-request"),
    "401": (401, "Unauthorized", ""),
    "402": (402, "CreditsDepleted", "credits"),
    "403": (403, "Forbidden", "client-forbidden"),
    "404": (404, "Not Found", ""),
    "429": (429, "Too Many Requests", ""),
    "usage-capped": (429, "UsageCapExceeded", "usage-capped"),
    "500": (500, "Internal Server Error", ""),
    "503": (503, "Service Unavailable", ""),
}
FAULTS = (
    *REFUSALS,
    "field",  # 400 because of a field's name
    "drip",  # a byte of the body now and then
    "drip-headers",
    "silence",  # nothing at all
    "hang-up",
    "cut",  # half of the body
    "wrong-json",
    "odd-refusal",  # 500 with a body that is JSON, and no object
    "list",  # JSON, and no object
    "html",
    "empty-object",
    "redirect",
    "repeated-token",
)


@dataclass
class Fault:
    kind: str
    path: str
    after: int


@dataclass(frozen=True)
class Exchange:
    """One request, as it came, and the answer to it."""

    path: str
    parameters: dict[str, str]
    signed_in_as: str
    status: int
    body: Any
    authorization: str = field(default="", repr=False)


@dataclass
class XServer:
    """The server's side of a test.

    Attributes:
        names: The names of fields in answers; `accepts` those in requests.
        page_size: Pages are no longer than this, whatever is asked for.
        empty_pages: Which pages of a listing come empty though more follow, from 0.
        rate_limit: Requests to one address in a quarter of an hour.
        on_request: Called before each answer.
        access_level: What the keys of accounts may do, as X says it.
        project_cap: Posts that the app may read in a month.
    """

    world: XWorld
    bearer_token: str = "AAAA-bearer-token-of-a-test"  # noqa: S105
    names: str = "tweet"
    accepts: tuple[str, ...] = ("tweet",)
    page_size: int = 100
    empty_pages: frozenset[int] = frozenset()
    rate_limit: int = 10_000
    access_level: str | None = "read"
    project_cap: int = 2_000_000
    url: str = ""
    exchanges: list[Exchange] = field(default_factory=list)
    keys: dict[str, tuple[XUser, dict[str, str]]] = field(default_factory=dict)
    pages: dict[str, Any] = field(default_factory=dict)
    stopped: threading.Event = field(default_factory=threading.Event)
    lock: threading.RLock = field(default_factory=threading.RLock)
    faults: list[Fault] = field(default_factory=list)
    on_request: Callable[[], object] | None = None
    _used: dict[tuple[str, int], int] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Any:
        """Let the world be asked without its name: `x.post(…)` is `x.world.post(…)`."""
        if name.startswith("_") or "world" not in self.__dict__:
            raise AttributeError(name)
        return getattr(self.world, name)

    def fail_next(self, kind: str, *, path: str = "", after: int = 0, times: int = 1) -> None:
        """Fail the next requests to an address that holds `path`, `after` some good ones."""
        assert kind in FAULTS, kind
        self.faults.extend(Fault(kind, path, after) for _ in range(times))

    def make_keys(self, user: XUser | str) -> dict[str, str]:
        """Return the four keys of an app and an account."""
        owner = self.world.find(user)
        keys = {
            "consumer_key": "consumer-key-of-a-test",
            "consumer_secret": "consumer-secret-of-a-test",
            "access_token": f"{owner.id}-access-token-of-a-test",
            "access_token_secret": f"access-secret-of-{owner.id}",
        }
        self.keys[keys["access_token"]] = (owner, keys)
        return keys

    def pop_fault(self, path: str) -> str | None:
        for fault in self.faults:
            if fault.path not in path:
                continue
            if fault.after:
                fault.after -= 1
                return None
            self.faults.remove(fault)
            return fault.kind
        return None

    def count_request(self, path: str) -> dict[str, str]:
        """Return X's headers about the limit of an address."""
        span = int(self.world.now.timestamp()) // SPAN_SECONDS
        used = self._used[path, span] = self._used.get((path, span), 0) + 1
        return {
            "x-rate-limit-limit": str(self.rate_limit),
            "x-rate-limit-remaining": str(max(self.rate_limit - used, 0)),
            "x-rate-limit-reset": str((span + 1) * SPAN_SECONDS),
            "x-is-over": str(int(used > self.rate_limit)),
        }


@contextmanager
def run_x(**options: Any) -> Iterator[XServer]:
    """Run X until the block ends."""
    server = XServer(XWorld(options.pop("now", START)), **options)
    http = _Http(("127.0.0.1", 0), _make_handler(server))
    server.url = f"http://127.0.0.1:{http.server_port}"
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.stopped.set()
        http.shutdown()
        thread.join()
        http.server_close()


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request, client_address):
        """Clients that hang up are what is tested."""


def _make_handler(server: XServer) -> type[BaseHTTPRequestHandler]:
    class Handler(_Handler):
        x = server

    return Handler


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    x: XServer

    def log_message(self, *args):
        """Stay silent."""

    def do_GET(self):
        parts = urlsplit(self.path)
        pairs = parse_qsl(parts.query, keep_blank_values=True)
        with self.x.lock:
            if self.x.on_request:
                self.x.on_request()
            fault = self.x.pop_fault(parts.path)
            headers = self.x.count_request(parts.path)
            status, body = self._judge(parts.path, pairs, fault, headers)
            authorization = self.headers.get("Authorization", "")
            signed_in_as = authorization.partition(" ")[0]
            exchange = Exchange(parts.path, dict(pairs), signed_in_as, status, body, authorization)
            self.x.exchanges.append(exchange)
        headers["date"] = format_datetime(self.x.world.now, usegmt=True)
        self._reply(status, body, headers, fault)

    def _judge(self, path, pairs, fault, headers):
        try:
            if headers.pop("x-is-over") == "1":
                fault = "429"
            if fault == "field":
                name = next(name for name, _ in pairs if name.endswith(".fields"))
                refuse(name, f"The query parameter [{name}] is not known")
            if fault in REFUSALS:
                return _refuse(fault)
            viewer = self._sign_in(path, pairs)
            if viewer and self.x.access_level:
                headers["x-access-level"] = self.x.access_level
            request = Request(path, dict(pairs), viewer, self.headers.get("Authorization", ""))
            charges = [*self.x.world.charges]
            body = make_answer(self.x, request, loops=fault == "repeated-token")
            if fault not in (None, "repeated-token"):  # what does not arrive costs nothing
                self.x.world.charges = charges
        except Refusal as refusal:
            return refusal.status, refusal.write()
        return 200, body

    def _sign_in(self, path, pairs) -> XUser | None:
        method, _, rest = self.headers.get("Authorization", "").partition(" ")
        if method == "Bearer" and rest == self.x.bearer_token:
            return None
        if method == "OAuth":
            given = dict(part.strip().split("=", 1) for part in rest.split(","))
            given = {name: unquote(value.strip('"')) for name, value in given.items()}
            owner, keys = self.x.keys.get(given.get("oauth_token", ""), (None, {}))
            address = f"http://{self.headers['Host']}{path}"
            if owner and given.pop("oauth_signature") == _sign(address, pairs, given, keys):
                return owner
        raise Refusal(401, "Unauthorized", "", "Unauthorized")

    def _reply(self, status, body, headers, fault):
        data, kind = json.dumps(body).encode(), "application/json" if status == 200 else PROBLEM
        if fault == "429":
            headers["x-rate-limit-remaining"] = "0"
        changed = {
            "html": (200, b"<html><body>Something went wrong</body></html>", "text/html"),
            "wrong-json": (200, data[:-1] + b",", kind),
            "list": (200, b"[1, 2]", kind),
            "empty-object": (200, b"{}", kind),
            "odd-refusal": (500, b'["odd"]', kind),
            "redirect": (302, b"", kind),
        }
        status, data, kind = changed.get(fault, (status, data, kind))
        if fault in ("hang-up", "silence", "drip-headers"):
            self._hold(fault)
            return
        self.send_response_only(status)
        for name, value in {**headers, "Content-Type": kind, "Content-Length": len(data)}.items():
            self.send_header(name, str(value))
        if fault == "redirect":
            self.send_header("Location", "http://127.0.0.2/elsewhere")
        self.end_headers()
        self._send_body(data, fault)

    def _send_body(self, data, fault):
        if fault == "cut":
            self.wfile.write(data[: len(data) // 2])
            self.close_connection = True
        elif fault == "drip":
            self._drip(data)
        else:
            self.wfile.write(data)

    def _hold(self, fault):
        self.close_connection = True
        if fault == "silence":
            self.x.stopped.wait(5)
        elif fault == "drip-headers":
            self._drip(b"HTTP/1.1 200 OK\r\nX-Drip: " + b"a" * 10_000)

    def _drip(self, data):
        """Send a byte now and then until the other side has had enough."""
        for position in range(len(data)):
            if self.x.stopped.wait(0.02):
                return
            self.wfile.write(data[position : position + 1])


def _refuse(fault: str) -> tuple[int, dict[str, Any]]:
    status, title, kind = REFUSALS[fault]
    return status, Refusal(status, title, kind, f"{fault}: {PRIVATE_WORDS}").write()


def _sign(address: str, pairs, given: dict[str, str], keys: dict[str, str]) -> str:
    """Sign as OAuth 1.0a says (RFC 5849)."""
    oauth = [(name, value) for name, value in given.items() if name != "realm"]
    encoded = sorted((_encode(name), _encode(value)) for name, value in [*pairs, *oauth])
    parameters = "&".join(f"{name}={value}" for name, value in encoded)
    base = "&".join(map(_encode, ("GET", address, parameters)))
    secret = f"{_encode(keys['consumer_secret'])}&{_encode(keys['access_token_secret'])}"
    digest = hmac.new(secret.encode(), base.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def _encode(value: str) -> str:
    return quote(value, safe="~")
