"""What a server says about an account, a token and itself: about eight requests, no more.

Servers differ in what they tell. `apps/verify_credentials` names the scopes of
the app that a token was made by on Mastodon from 4.3 on; a token has these or
fewer. Pleroma leaves them out, GoToSocial and Takahe have no such path. What is
not told is None here, never a guess.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import quote

from listener.collect.fields import Record, read_id, read_list, read_record, read_text
from listener.collect.mastodon.asking import Look, Reply
from listener.collect.mastodon.server import MastodonServer, ServerInfo
from listener.errors import AccessDeniedError, CollectorError
from listener.posts import fold_handle

# Any tag does; on Mastodon one that nobody has used is an empty list.
_HASHTAG = "mastodon"
_GONE = 410
# `profile` shows one's own name only; everything else may change something, or is an admin's.
_READING = ("read", "profile")


@dataclass(frozen=True, slots=True, kw_only=True)
class MastodonAccess:
    """What a look at one account showed; None stands for what the server did not tell.

    Attributes:
        account_id: The account's id on this server.
        is_token_good: Whether the server takes the token; None without one.
        token_account: Whose token it is, `user@host`.
        is_own: Whether it is the account's own token.
        scopes: The permissions of the app that made the token, which may have fewer.
        calls_left: Further requests until the limit, of `calls_limit` in all.
        served_at: The server's clock when our own said `answered_at`.
        allows_posts: Whether it shows the account's posts to this reader; so with
            hashtags (`allows_public_timeline`), what is around a post
            (`allows_context`), the search, the token's notifications.
        failure: The first failure because of which something is not known.
    """

    server: ServerInfo
    account_id: str | None = None
    account_exists: bool | None = None
    is_suspended: bool = False
    has_token: bool = False
    is_token_good: bool | None = None
    token_account: str | None = None
    token_account_id: str | None = None
    is_own: bool | None = None
    scopes: tuple[str, ...] | None = None
    calls_left: int | None = None
    calls_limit: int | None = None
    served_at: datetime | None = None
    answered_at: datetime | None = None
    allows_posts: bool | None = None
    allows_public_timeline: bool | None = None
    allows_context: bool | None = None
    allows_search: bool | None = None
    allows_notifications: bool | None = None
    failure: CollectorError | None = None

    @property
    def is_read_only(self) -> bool | None:
        """Whether the token can change nothing; None where nobody says."""
        if self.scopes is None:
            return None
        return all(scope.partition(":")[0] in _READING for scope in self.scopes)

    @property
    def clock_skew(self) -> timedelta | None:
        """By how much the server's clock is ahead of ours."""
        if self.served_at is None or self.answered_at is None:
            return None
        return self.served_at - self.answered_at


def fetch_access(
    server: MastodonServer, open_anonymous: Callable[[], MastodonServer]
) -> MastodonAccess:
    """Look at the server's account, token and offers.

    Args:
        server: As the collector would ask it.
        open_anonymous: Opens the same server without a token, to see what is
            left when the token is refused.

    Raises:
        CollectorError: If the server does not even tell what it is.
    """
    try:
        info = server.fetch_info()
    except AccessDeniedError as error:
        if not server.has_token:
            raise
        try:
            return _look_without(open_anonymous)
        except AccessDeniedError:
            raise error from None  # that the token is refused says more
    look = Look(server)
    access = MastodonAccess(server=info, has_token=server.has_token)
    if server.has_token:
        access = _look_at_token(look, access)
        if access.is_token_good is False:
            return _look_without(open_anonymous)
    return _finish(look, _look_around(look, access))


def _look_without(open_anonymous: Callable[[], MastodonServer]) -> MastodonAccess:
    with open_anonymous() as server:
        look = Look(server)
        access = MastodonAccess(server=server.fetch_info(), has_token=True, is_token_good=False)
        return _finish(look, _look_around(look, access))


def _finish(look: Look, access: MastodonAccess) -> MastodonAccess:
    headers = look.heard.headers if look.heard else {}
    return replace(
        access,
        calls_left=_read_number(headers.get("x-ratelimit-remaining")),
        calls_limit=_read_number(headers.get("x-ratelimit-limit")),
        served_at=read_served_at(headers),
        answered_at=look.heard_at,
        failure=look.failure,
    )


def _look_at_token(look: Look, access: MastodonAccess) -> MastodonAccess:
    """Ask whose token it is, and what the app may do that it was made by."""
    whose = look.ask(lambda client: client.account_verify_credentials())
    if whose.status == 401:
        return replace(access, is_token_good=False)
    record = read_record(whose.payload)
    number, handle = read_id(record.get("id")), _name(record, access.server)
    app = look.ask(lambda client: client.app_verify_credentials())
    is_own = fold_handle(handle) == fold_handle(look.server.account) if number else None
    return replace(
        access,
        # A token of an app alone belongs to nobody, and of a narrow scope may not say to whom.
        is_token_good=True if number or app.is_good else None,
        token_account=handle if number else None,
        token_account_id=number,
        is_own=is_own,
        account_exists=True if is_own else None,
        account_id=number if is_own else None,
        is_suspended=bool(is_own) and record.get("suspended") is True,
        scopes=_read_scopes(app),
    )


def _look_around(look: Look, access: MastodonAccess) -> MastodonAccess:
    """Ask what the server shows, as far as a run would ask for it."""
    if access.account_id is None:
        access = _look_up(look, access)
    access = _look_at_posts(look, access)
    tag = look.ask(lambda client: client.timeline_hashtag(_HASHTAG, limit=1))
    access = replace(access, allows_public_timeline=tag.allows(list))
    if not look.server.has_token:
        return replace(access, allows_search=False)
    words = look.server.account.partition("@")[0]
    search = look.ask(
        lambda client: client.search_v2(words, resolve=False, result_type="statuses", limit=1)
    )
    access = replace(access, allows_search=search.allows(dict))
    if not access.is_own:
        return access
    notes = look.ask(lambda client: client.notifications(types=["mention"], limit=1))
    return replace(access, allows_notifications=notes.allows(list))


def _look_up(look: Look, access: MastodonAccess) -> MastodonAccess:
    found = look.ask(lambda client: client.account_lookup(fold_handle(look.server.account)))
    name = look.server.find_own_name(look.server.account) if found.is_missing else None
    if name is not None:
        found = look.ask(lambda client: client.account_lookup(name))
    record = read_record(found.payload)
    number = read_id(record.get("id"))
    exists = True if number else False if found.is_missing else None
    # Where a server's names have another host than it tells, the ids still agree.
    is_same = number is not None and number == access.token_account_id
    return replace(
        access,
        account_id=number,
        account_exists=exists,
        is_own=is_same or access.is_own,
        is_suspended=record.get("suspended") is True,
    )


def _look_at_posts(look: Look, access: MastodonAccess) -> MastodonAccess:
    if access.account_id is None:
        return access
    number = quote(access.account_id, safe="")
    posts = look.ask(lambda client: client.account_statuses(number, exclude_reblogs=True, limit=1))
    access = replace(
        access,
        allows_posts=posts.allows(list),
        is_suspended=access.is_suspended or posts.status == _GONE,
    )
    first = next(iter(read_list(posts.payload)), None)
    post_id = read_id(read_record(first).get("id"))
    if post_id is None:
        return access
    around = look.ask(lambda client: client.status_context(quote(post_id, safe="")))
    return replace(access, allows_context=around.allows(dict))


def read_served_at(headers: Mapping[str, str]) -> datetime | None:
    """Return a server's clock; an answer out of a cache is as old as it says."""
    try:
        moment = parsedate_to_datetime(headers.get("date") or "").replace(tzinfo=UTC)
    except (ValueError, TypeError):
        return None
    return moment + timedelta(seconds=_read_number(headers.get("age")) or 0)


def _name(record: Record, info: ServerInfo) -> str:
    name = read_text(record.get("acct")) or read_text(record.get("username"))
    return name if "@" in name else f"{name}@{info.domain}"


def _read_scopes(reply: Reply) -> tuple[str, ...] | None:
    told = read_record(reply.payload).get("scopes")
    if isinstance(told, str):
        told = told.split()
    scopes = tuple(filter(None, map(read_text, read_list(told))))
    return scopes or None


def _read_number(text: str | None) -> int | None:
    is_number = text is not None and text.isascii() and text.isdigit() and len(text) < 10
    return int(text) if text and is_number else None
