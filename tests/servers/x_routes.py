"""What the test server answers to each address, and what it refuses."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NoReturn

from tests.servers.x_answers import PROBLEMS, Answers, find_old_names, use_new_names
from tests.servers.x_search import QueryError, parse_query
from tests.servers.x_world import IDS_START, XTweet, XUser, XWorld

WINDOW = timedelta(days=7)
MESSAGE_WINDOW = timedelta(days=30)
FIELDS = {
    "tweet": {
        "tweet.fields": "author_id conversation_id created_at edit_history_tweet_ids entities id "
        "in_reply_to_user_id lang note_tweet public_metrics referenced_tweets text",
        "user.fields": "id name protected public_metrics username",
        "dm_event.fields": "created_at dm_conversation_id event_type id sender_id text",
        "expansions": "author_id edit_history_tweet_ids in_reply_to_user_id referenced_tweets.id "
        "referenced_tweets.id.author_id sender_id",
    },
    "post": {
        "post.fields": "conversation_id created_at entities id lang note_post public_metrics text",
        "user.fields": "id name protected public_metrics username",
        "dm_event.fields": "created_at dm_conversation_id event_type id text",
        "expansions": "author_id edit_history_post_ids in_reply_to_user_id referenced_posts "
        "sender_id",
    },
}
COMMON = {"expansions", "tweet.fields", "post.fields", "user.fields"}
SPAN = {"since_id", "until_id", "start_time", "end_time", "max_results"}


class Refusal(Exception):  # noqa: N818 - not a failure of the server
    """An answer that is no success."""

    def __init__(self, status, title, kind, detail, parameters=None):
        super().__init__(title)
        self.status = status
        self.problem = {
            "title": title,
            "detail": detail,
            "type": f"{PROBLEMS}{kind}" if kind else "about:blank",
            "status": status,
        }
        if parameters:
            self.problem["errors"] = [{"parameters": parameters, "message": detail}]

    def write(self) -> dict[str, Any]:
        return self.problem


def refuse(parameter: str, message: str, value: str = "") -> NoReturn:
    raise Refusal(400, "Invalid Request", "invalid-request", message, {parameter: [value]})


@dataclass(frozen=True)
class Request:
    path: str
    parameters: dict[str, str]
    viewer: XUser | None
    authorization: str


@dataclass
class _Page:
    """Where a listing goes on."""

    listing: Any
    below: int | None
    number: int
    loops: bool


def make_answer(server, request: Request, *, loops: bool) -> dict[str, Any]:
    """Return the body of a good answer, and charge for it.

    Raises:
        Refusal: If X would answer something else than 200.
    """
    for pattern, allowed, make in _ROUTES:
        found = re.fullmatch(pattern, request.path)
        if found:
            _check_parameters(server, request, allowed)
            body = make(server, request, loops, *found.groups())
            return use_new_names(body) if server.names == "post" else body
    raise Refusal(404, "Not Found", "", "no such address")


def _check_parameters(server, request: Request, allowed: set[str]) -> None:
    for name, value in request.parameters.items():
        if name not in allowed:
            refuse(name, f"The query parameter [{name}] is not one of {allowed}")
        if name in ("expansions", "tweet.fields", "post.fields", "user.fields", "dm_event.fields"):
            known = {w for n in server.accepts for w in FIELDS[n].get(name, "").split()}
            unknown = set(value.split(",")) - known
            if unknown:
                message = f"The `{name}` query parameter value [{min(unknown)}] is not one of these"
                refuse(name, message, value)
    given = request.parameters
    ids, times = {"since_id", "until_id"} & {*given}, {"start_time", "end_time"} & {*given}
    if ids and times:
        message = (
            "Invalid use of 'since_id' or 'until_id' in conjunction with 'start_time' or 'end_time'"
        )
        refuse(min(ids), message)


def _answers(server, request: Request) -> Answers:
    given = request.parameters
    named = ("tweet.fields", "post.fields", "dm_event.fields")
    fields = {field for name in named for field in given.get(name, "").split(",")}
    expand = find_old_names(given.get("expansions", "").split(","))
    # With the new names whoever expands an id gets it too.
    fields = find_old_names(fields) | (expand if "post" in server.accepts else set())
    return Answers(server.world, request.viewer, fields, expand)


def _find_user(server, request, loops, handle):
    user = server.world.users.get(handle.casefold())
    if user is None or user.suspended:
        return {"errors": [_miss_user(handle, is_suspended=user is not None)]}
    server.world.charge("user", [user.id])
    return {"data": _answers(server, request).write_user(user)}


def _miss_user(handle, *, is_suspended):
    verb = "User has been suspended" if is_suspended else "Could not find user with username"
    return {
        "value": handle,
        "resource_id": handle,
        "resource_type": "user",
        "parameter": "username",
        "title": "Forbidden" if is_suspended else "Not Found Error",
        "detail": f"{verb}: [{handle}].",
        "type": f"{PROBLEMS}resource-not-found",
    }


def _show_me(server, request, loops):
    if request.viewer is None:
        raise Refusal(403, "Unsupported Authentication", "unsupported-authentication", "no user")
    server.world.charge("user", [request.viewer.id])
    return {"data": _answers(server, request).write_user(request.viewer)}


def _list_timeline(server, request, loops, user_id, kind):
    world: XWorld = server.world
    user = next((u for u in world.users.values() if u.id == user_id), None)
    if user is None:
        raise Refusal(404, "Not Found", "", "no such user")
    if user.protected and user is not request.viewer:
        problem = {
            "title": "Authorization Error",
            "resource_type": "user",
            "resource_id": user_id,
            "value": user_id,
            "parameter": "id",
            "section": "data",
            "detail": "Sorry, you are not authorized to see the user.",
            "type": f"{PROBLEMS}not-authorized-for-resource",
        }
        return {"errors": [problem]}
    handle = user.handle.casefold()
    excluded = request.parameters.get("exclude", "").split(",")

    def is_listed(tweet: XTweet) -> bool:
        facts = world.describe(tweet)
        if kind == "mentions":
            return handle in facts.mentions and "retweet" not in facts.kinds
        hidden = {"replies": "reply", "retweets": "retweet"}
        return tweet.author is user and not any(hidden.get(e) in facts.kinds for e in excluded)

    price = "own_post" if user is request.viewer else "post"
    return _list(server, request, loops, is_listed, price, world.timeline_limits[kind])


def _count(server, request, loops):
    world = server.world
    matches = _parse(request)
    seen = [t for t in world.list_seen(request.viewer) if matches(world.describe(t))]
    days = [tweet.newest.at.date() for tweet in seen if tweet.newest.at >= world.now - WINDOW]
    world.charge("count", [f"request {len(server.exchanges)}"])
    data = [
        {"start": f"{d}T00:00:00.000Z", "end": f"{d}T23:59:59.000Z", "tweet_count": days.count(d)}
        for d in sorted(set(days))
    ]
    return {**({"data": data} if data else {}), "meta": {"total_tweet_count": len(days)}}


def _parse(request):
    query = request.parameters.get("query", "")
    try:
        return parse_query(query)
    except QueryError as error:
        refuse("query", str(error), query)


def _search(server, request, loops):
    world, given = server.world, request.parameters
    oldest = world.now - WINDOW
    matches = _parse(request)
    since_id = given.get("since_id")
    if since_id and _tell_time(since_id) < oldest:
        refuse("since_id", f"'since_id' must be an id after {oldest}", since_id)
    if "start_time" in given and datetime.fromisoformat(given["start_time"]) < oldest:
        refuse("start_time", f"'start_time' must be after {oldest}")
    if int(given.get("max_results", 10)) < 10:
        refuse("max_results", "must be 10 to 100")

    def is_listed(tweet: XTweet) -> bool:
        return tweet.newest.at >= oldest and matches(world.describe(tweet))

    return _list(server, request, loops, is_listed, "post", None)


def _list(server, request, loops, is_listed: Callable[[XTweet], bool], price, reach):
    world, given = server.world, request.parameters
    page = _find_page(server, request)
    listed = [t for t in world.list_seen(request.viewer) if is_listed(t)][:reach]
    listed = [t for t in listed if _is_in_span(t, given)]
    left = [t for t in listed if page.below is None or int(t.newest.id) < page.below]
    size = min(int(given.get("max_results", 10)), server.page_size)
    shown = [] if page.number in server.empty_pages and left else left[:size]
    below = int(shown[-1].newest.id) if shown else page.below
    body = _answers(server, request).write_posts([(t, t.newest) for t in shown], [])
    meta: dict[str, Any] = {"result_count": len(shown)}
    if shown:
        meta |= {"newest_id": shown[0].newest.id, "oldest_id": shown[-1].newest.id}
    if len(left) > len(shown) or loops or page.loops:
        meta["next_token"] = _keep_page(server, request, page, below, loops)
    _charge(world, body, price)
    return {**body, "meta": meta}


def _find_page(server, request) -> _Page:
    given = request.parameters
    token = given.get("pagination_token") or given.get("next_token")
    listing = (request.path, tuple(sorted((n, v) for n, v in given.items() if "token" not in n)))
    if token is None:
        return _Page(listing, None, 0, loops=False)
    page = server.pages.get(token)
    if page is None or page.listing != listing:
        refuse("next_token", "Invalid 'next_token'", token)
    return page


def _keep_page(server, request, page: _Page, below, loops) -> str:
    given = request.parameters
    token = given.get("pagination_token") or given.get("next_token")
    if page.loops and token:
        return token
    token = f"b26v89c19zqg8o3f{len(server.pages):06d}"
    server.pages[token] = _Page(page.listing, below, page.number + 1, loops or page.loops)
    return token


def _is_in_span(tweet: XTweet, given: dict[str, str]) -> bool:
    number, at = int(tweet.newest.id), tweet.newest.at
    return (
        number > int(given.get("since_id", 0))
        and number < int(given.get("until_id", 2**63))
        and ("start_time" not in given or at >= datetime.fromisoformat(given["start_time"]))
        and ("end_time" not in given or at < datetime.fromisoformat(given["end_time"]))
    )


def _look_up(server, request, loops):
    ids = request.parameters["ids"].split(",")
    if len(ids) > 100:
        refuse("ids", "at most 100")
    answers = _answers(server, request)
    problems = [answers.explain(number, "ids", "data") for number in ids]
    shown = [n for n, problem in zip(ids, problems, strict=True) if problem is None]
    found = [server.world.find_version(number) for number in shown]
    body = answers.write_posts(found, [problem for problem in problems if problem])
    _charge(server.world, body, "post")
    return body


def _list_messages(server, request, loops):
    if request.viewer is None:
        raise Refusal(403, "Unsupported Authentication", "unsupported-authentication", "no user")
    world, given = server.world, request.parameters
    page, answers = _find_page(server, request), _answers(server, request)
    kinds = given.get("event_types", "MessageCreate,ParticipantsJoin").split(",")
    events = sorted(world.messages, key=lambda message: int(message.id), reverse=True)
    left = [
        m
        for m in events
        if request.viewer in m.people
        and m.kind in kinds
        and world.now - MESSAGE_WINDOW <= m.at <= world.now
        and (page.below is None or int(m.id) < page.below)
    ]
    size = min(int(given.get("max_results", 100)), server.page_size)
    shown = [] if page.number in server.empty_pages and left else left[:size]
    below = int(shown[-1].id) if shown else page.below
    meta: dict[str, Any] = {"result_count": len(shown)}
    if len(left) > len(shown) or loops or page.loops:
        meta["next_token"] = _keep_page(server, request, page, below, loops)
    users = {m.sender.id: m.sender for m in shown if "sender_id" in answers.expand}
    body: dict[str, Any] = {"data": [answers.write_message(message) for message in shown]}
    body["includes"] = users and {"users": [answers.write_user(u) for u in users.values()]}
    body = {name: value for name, value in body.items() if value}
    _charge(world, body, "dm_event")
    return {**body, "meta": meta}


def _show_usage(server, request, loops):
    if not request.authorization.startswith("Bearer"):
        raise Refusal(403, "Unsupported Authentication", "unsupported-authentication", "app only")
    read = sum(charge.kind in ("post", "own_post") for charge in server.world.charges)
    usage: dict[str, Any] = {
        "cap_reset_day": 12,
        "project_cap": server.project_cap,
        "project_usage": read,
    }
    if server.names == "post":
        usage |= {name: str(usage[name]) for name in ("project_cap", "project_usage")}
    return {"data": usage}


def _charge(world: XWorld, body: dict[str, Any], price: str) -> None:
    includes = body.get("includes", {})
    world.charge(price, [item["id"] for item in body.get("data", [])])
    world.charge("post", [item["id"] for item in includes.get("tweets", [])])
    world.charge("user", [item["id"] for item in includes.get("users", [])])


def _tell_time(number: str) -> datetime:
    return IDS_START + timedelta(milliseconds=int(number) >> 22)


_ROUTES: list[tuple[str, set[str], Callable[..., dict[str, Any]]]] = [
    (r"/2/users/by/username/(\w{1,15})", COMMON, _find_user),
    (r"/2/users/me", COMMON, _show_me),
    (
        r"/2/users/(\d+)/(tweets|mentions)",
        COMMON | SPAN | {"pagination_token", "exclude"},
        _list_timeline,
    ),
    (
        r"/2/tweets/search/recent",
        COMMON | SPAN | {"query", "next_token", "pagination_token", "sort_order"},
        _search,
    ),
    (r"/2/tweets", COMMON | {"ids"}, _look_up),
    (
        r"/2/dm_events",
        COMMON | {"dm_event.fields", "event_types", "max_results", "pagination_token"},
        _list_messages,
    ),
    (r"/2/tweets/counts/recent", SPAN - {"max_results"} | {"query", "granularity"}, _count),
    (r"/2/usage/tweets", {"days", "usage.fields"}, _show_usage),
]
