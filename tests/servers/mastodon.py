"""A server of Mastodon's kind on this machine: real HTTP, a state, and trouble on demand.

with run_mastodon() as world:
    acme = world.add_account("acme")
    question = world.post("anna@far.example", "@acme my phone is dead")
    world.post(acme, "@anna@far.example on it", reply_to=question)
    world.fail_next("429", path="/api/v1/accounts")
    collector = MastodonCollector(world.url, account=acme.address, token=acme.token, …)

`world.requests` lists what was asked for; `world.before_next` does something
while a reader is in the middle of his pages.
"""

import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlencode, urlsplit

from tests.servers.mastodon_faults import Fault, Reply, make_error, spoil
from tests.servers.mastodon_json import (
    write_account,
    write_conversation,
    write_instance,
    write_notification,
    write_status,
)
from tests.servers.mastodon_oauth import OAuth, answer_oauth
from tests.servers.mastodon_world import MastodonWorld, WorldAccount, WorldPost, order

Query = dict[str, list[str]]


@dataclass(frozen=True)
class Request:
    """What somebody asked for."""

    path: str
    query: Query
    token: str | None
    headers: dict[str, str]
    method: str = "GET"
    form: Query = field(default_factory=dict)

    def field(self, name: str) -> str:
        """Return what a form says, "" for nothing."""
        return self.form.get(name, [""])[0]

    def first(self, name: str, otherwise: str | None = None) -> str | None:
        return self.query.get(name, [otherwise])[0]


class ServedWorld(MastodonWorld):
    """A world that answers over HTTP."""

    def __init__(self, domain: str, ids: str) -> None:
        super().__init__(domain, ids=ids)
        # Other servers that an operator names, by their domains.
        self.neighbours: dict[str, str] = {}
        # Nobody answers there, so that no test asks the network for them.
        self.strangers_url = "http://127.0.0.1:1/{domain}"
        self.requests: list[Request] = []
        self.faults: list[Fault] = []
        self.stopped = threading.Event()
        self.on_request: Callable[[], object] | None = None  # called before each answer
        self.rises_forward = False  # the order of pages after `min_id`
        self.has_links = True
        self.search_limit = 40
        self.knows_own_host = True  # in the name of an account that is looked up
        self.search_by = "offset"
        self.has_conversations = True  # otherwise an empty list, as on Takahe
        self.lists_own_private = True  # otherwise only among the news, as on Takahe
        self.hides_below_holes = False  # as GoToSocial does, outside of authors' own lists
        self.refusal = make_error(401)  # of a token that nobody has
        self.instance: dict[str, str] = {}  # what it tells of itself otherwise
        self.extra_headers: dict[str, str] = {}
        self.oauth = OAuth()
        self.app_scopes: list[str] | str | None = ["read"]  # None: not told, as by Pleroma
        self.clock: datetime | None = None  # what `Date` says; None: the real time
        self._actions: list[tuple[str, int, Callable[[], object]]] = []
        self._previous: dict[str, Reply] = {}

    def fail_next(self, kind: str, path: str = "", **options: Any) -> None:
        """Spoil the next request whose path begins so; see `Fault` and `FAULTS`."""
        self.faults.append(Fault(kind, path, **options))

    def before_next(self, action: Callable[[], object], path: str = "", *, skip: int = 0) -> None:
        """Do something just before a request is answered."""
        self._actions.append((path, skip, action))

    def count_requests(self, path: str = "") -> int:
        return sum(request.path.startswith(path) for request in self.requests)

    def answer(self, request: Request) -> tuple[Reply, Fault | None]:
        """Return the reply, and the fault that concerns the wire, not the words."""
        with self.lock:
            self.requests.append(request)
            if self.on_request:
                self.on_request()
            self._act(request.path)
            reply = self._find_reply(request)
            fault = next((one for one in self.faults if one.takes(request.path)), None)
            if fault is not None:
                reply = spoil(reply, fault, request.path, self._previous.get(request.path))
            elif isinstance(reply.payload, list):
                self._previous[request.path] = reply
            return reply, fault

    def hides(self, post: WorldPost) -> bool:
        """Tell whether a post is not listed because of a missing one above it."""
        above = post.reply_to
        while self.hides_below_holes and above is not None:
            if above.id not in self.posts:
                return True
            above = above.reply_to
        return False

    def _act(self, path: str) -> None:
        waiting, self._actions = self._actions, []
        for prefix, skip, action in waiting:
            if not path.startswith(prefix):
                self._actions.append((prefix, skip, action))
            elif skip:
                self._actions.append((prefix, skip - 1, action))
            else:
                action()

    def _find_reply(self, request: Request) -> Reply:
        if any(request.path.startswith(path) for path in self.missing):
            return make_error(404)
        if let_in := answer_oauth(self, request):
            return let_in
        viewer = self._find_viewer(request.token)
        if request.token and viewer is None:
            return self.refusal
        is_instance = request.path.startswith(("/api/v1/instance", "/api/v2/instance"))
        if viewer is None and not self.open_to_all and not is_instance:
            return make_error(401)
        for pattern, method in _ROUTES:
            found = re.fullmatch(pattern, request.path)
            if found:
                return method(self, request, viewer, *map(unquote, found.groups()))
        return make_error(404)

    def _find_viewer(self, token: str | None) -> WorldAccount | None:
        if token in self.oauth.tokens:
            return self.oauth.tokens[token].account
        found = (one for one in self.accounts.values() if token and one.token == token)
        return next(found, None)


def _show_instance(world: ServedWorld, _: Request, viewer: Any, version: str) -> Reply:
    return Reply(payload=write_instance(world, int(version)) | world.instance)


def _look_up(world: ServedWorld, request: Request, viewer: Any) -> Reply:
    name = request.first("acct") or ""
    is_known = world.knows_own_host or not name.endswith(f"@{world.domain}")
    account = world.find_account(name) if is_known else None
    return Reply(payload=write_account(world, account)) if account else make_error(404)


def _verify(world: ServedWorld, _: Request, viewer: WorldAccount | None) -> Reply:
    return Reply(payload=write_account(world, viewer)) if viewer else make_error(401)


def _verify_app(world: ServedWorld, request: Request, viewer: WorldAccount | None) -> Reply:
    if viewer is None:
        return make_error(401)
    granted = world.oauth.tokens.get(request.token or "")
    scopes = granted.scopes if granted and world.app_scopes else world.app_scopes
    told = {} if scopes is None else {"scopes": scopes}
    return Reply(payload={"name": "listener", "website": None, **told})


def _list_account(
    world: ServedWorld, request: Request, viewer: WorldAccount | None, number: str
) -> Reply:
    account = next((one for one in world.accounts.values() if one.id == number), None)
    if account is None:
        return make_error(404)
    if account.suspended:
        return make_error(410)
    eyes = viewer if world.lists_own_private else None
    posts = [post for post in world.list_visible(eyes) if post.author is account]
    if request.first("exclude_replies"):
        posts = [post for post in posts if post.reply_to is None]
    if request.first("exclude_reblogs"):
        posts = [post for post in posts if post.boost_of is None]
    return _page_posts(world, request, viewer, posts)


def _list_tag(
    world: ServedWorld, request: Request, viewer: WorldAccount | None, name: str
) -> Reply:
    return _page_posts(world, request, viewer, world.list_with_tag(name, viewer))


def _list_news(world: ServedWorld, request: Request, viewer: WorldAccount | None) -> Reply:
    if viewer is None:
        return make_error(401)
    posts = world.list_visible(viewer)
    near = [p for p in posts if p.author is viewer or viewer.address in p.author.followers]
    return _page_posts(world, request, viewer, near)


def _show_status(world: ServedWorld, _: Request, viewer: WorldAccount | None, number: str) -> Reply:
    post = _find_post(world, number, viewer)
    return Reply(payload=write_status(world, post, viewer)) if post else make_error(404)


def _show_context(
    world: ServedWorld, _: Request, viewer: WorldAccount | None, number: str
) -> Reply:
    post = _find_post(world, number, viewer)
    if post is None:
        return make_error(404)
    above, below = world.list_ancestors(post, viewer), world.list_descendants(post, viewer)
    above, below = ([one for one in some if not world.hides(one)] for some in (above, below))
    return Reply(
        payload={
            "ancestors": [write_status(world, one, viewer) for one in above],
            "descendants": [write_status(world, one, viewer) for one in below],
        }
    )


def _list_statuses(world: ServedWorld, request: Request, viewer: WorldAccount | None) -> Reply:
    numbers = request.query.get("id[]", [])
    if len(numbers) > world.batch_limit:
        return make_error(422)
    found = filter(None, (_find_post(world, number, viewer) for number in numbers))
    return Reply(payload=[write_status(world, post, viewer) for post in found])


def _list_notifications(world: ServedWorld, request: Request, viewer: WorldAccount | None) -> Reply:
    if viewer is None:
        return make_error(401)
    kinds = request.query.get("types[]")
    notes = [
        note
        for note in world.notifications
        if note.receiver is viewer
        and not world.hides(note.post)
        and (kinds is None or note.kind in kinds)
        and (not note.filtered or request.first("include_filtered") == "true")
    ]
    notes.sort(key=lambda note: order(note.id), reverse=True)
    found = [(note.id, write_notification(world, note)) for note in notes]
    return _page(world, request, found, most=80)


def _list_conversations(world: ServedWorld, request: Request, viewer: WorldAccount | None) -> Reply:
    if viewer is None:
        return make_error(401)
    lasts = world.list_conversations(viewer) if world.has_conversations else []
    found = [(last.id, write_conversation(world, last, viewer)) for last in lasts]
    return _page(world, request, found)


def _search(world: ServedWorld, request: Request, viewer: WorldAccount | None) -> Reply:
    if viewer is None:
        return make_error(401)
    words = (request.first("q") or "").casefold()
    found = [post for post in world.list_visible(viewer) if words in post.text.casefold()]
    start, limit = int(request.first("offset") or 0), int(request.first("limit") or 20)
    below = request.first("max_id")
    if world.search_by == "id":  # as GoToSocial's
        start, found = 0, [p for p in found if not below or order(p.id) < order(below)]
    elif world.search_by == "nothing":
        start = 0
    part = found[start : start + min(limit, world.search_limit)] if world.search_works else []
    statuses = [write_status(world, post, viewer) for post in part]
    return Reply(payload={"accounts": [], "hashtags": [], "statuses": statuses})


_ROUTES: tuple[tuple[str, Callable[..., Reply]], ...] = (
    (r"/api/v([12])/instance", _show_instance),
    (r"/api/v1/accounts/lookup", _look_up),
    (r"/api/v1/accounts/verify_credentials", _verify),
    (r"/api/v1/apps/verify_credentials", _verify_app),
    (r"/api/v1/accounts/([^/]+)/statuses", _list_account),
    (r"/api/v1/timelines/tag/([^/]+)", _list_tag),
    (r"/api/v1/timelines/home", _list_news),
    (r"/api/v1/statuses/([^/]+)", _show_status),
    (r"/api/v1/statuses/([^/]+)/context", _show_context),
    (r"/api/v1/statuses", _list_statuses),
    (r"/api/v1/notifications", _list_notifications),
    (r"/api/v1/conversations", _list_conversations),
    (r"/api/v2/search", _search),
)


def _find_post(world: ServedWorld, number: str, viewer: WorldAccount | None) -> WorldPost | None:
    post = world.posts.get(number)
    return post if post is not None and world.may_see(viewer, post) else None


def _page_posts(
    world: ServedWorld, request: Request, viewer: WorldAccount | None, posts: list[WorldPost]
) -> Reply:
    return _page(world, request, [(post.id, write_status(world, post, viewer)) for post in posts])


def _page(
    world: ServedWorld, request: Request, found: list[tuple[str, Any]], most: int = 40
) -> Reply:
    """Cut a page out of a list that is newest first.

    `since_id` gives the newest page above an id, `min_id` the one next to it.
    """
    limit = min(int(request.first("limit") or 20), most)
    below, above = request.first("max_id"), request.first("min_id")
    floor = above or request.first("since_id")
    if below:
        found = [entry for entry in found if order(entry[0]) < order(below)]
    if floor:
        found = [entry for entry in found if order(entry[0]) > order(floor)]
    page = found[-limit:] if above else found[:limit]
    newest_first = [number for number, _ in page]
    if above and world.rises_forward:
        page = page[::-1]
    links = []
    if world.has_links and len(page) == limit:
        links.append(_link(world, request, "next", max_id=newest_first[-1]))
    if world.has_links and page:
        links.append(_link(world, request, "prev", min_id=page[0][0]))
    headers = {"Link": ", ".join(links)} if links else {}
    return Reply(payload=[record for _, record in page], headers=headers)


def _link(world: ServedWorld, request: Request, relation: str, **cursor: str) -> str:
    kept = {
        name: values
        for name, values in request.query.items()
        if name not in ("max_id", "min_id", "since_id")
    }
    query = urlencode({**kept, **cursor}, doseq=True)
    return f'<{world.url}{quote(request.path)}?{query}>; rel="{relation}"'


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else the kernel holds bodies back for 40 ms
    world: ServedWorld

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        token = self.headers.get("Authorization", "").removeprefix("Bearer ") or None
        query, headers = parse_qs(parts.query), dict(self.headers)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        form = parse_qs(body.decode())
        request = Request(parts.path, query, token, headers, self.command, form)
        reply, fault = self.world.answer(request)
        with suppress(OSError):  # the reader has gone
            self._send(reply, fault.kind if fault else "")

    def do_POST(self) -> None:
        self.do_GET()

    def _send(self, reply: Reply, trouble: str) -> None:
        body = reply.encode()
        head = {
            "Content-Type": "application/json; charset=utf-8",
            "Content-Length": str(len(body)),
            "X-RateLimit-Limit": "300",
            **self.world.extra_headers,
            **reply.headers,
        }
        if trouble == "silence":
            self.world.stopped.wait()
        if trouble == "drip_headers":
            self._drip(b"HTTP/1.1 200 OK\r\nX-Slow: " + b"z" * 10_000)
        self.send_response(reply.status)
        for name, value in head.items():
            self.send_header(name, value)
        self.end_headers()
        if trouble == "drip":
            self._drip(body)
        elif trouble == "cut":
            self.wfile.write(body[: len(body) // 2])
            self.connection.shutdown(socket.SHUT_RDWR)
        else:
            self.wfile.write(body)

    def _drip(self, body: bytes) -> None:
        """Send byte by byte until the reader has had enough."""
        self.close_connection = True
        for start in range(len(body)):
            if self.world.stopped.wait(0.02):
                return
            self.wfile.write(body[start : start + 1])

    def date_time_string(self, timestamp: float | None = None) -> str:
        clock = self.world.clock
        return super().date_time_string(clock.timestamp() if clock else timestamp)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Readers may leave whenever they like."""


@contextmanager
def run_mastodon(
    domain: str = "social.example", *, ids: str = "snowflake"
) -> Iterator[ServedWorld]:
    """Run a server until the block ends; `world.url` is its address."""
    world = ServedWorld(domain, ids)
    handler = type("Handler", (_Handler,), {"world": world})
    server = _Server(("127.0.0.1", 0), handler)
    world.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield world
    finally:
        world.stopped.set()
        server.shutdown()
        server.server_close()
        thread.join()
