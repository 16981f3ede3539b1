"""Judge what a look at a Mastodon account showed: will a run find what it needs?"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from listener.jobs.checking.findings import Notes, split_error
from listener.posts import Account, Brand, fold_handle

if TYPE_CHECKING:
    from listener.collect.mastodon import MastodonAccess

_WRITES = "read-only is enough; `{}` makes such a token"
_NEEDED = ("read:accounts", "read:statuses")
_NEEDED_BY_OWNERS = (*_NEEDED, "read:notifications")


def judge_mastodon(
    brand: Brand, account: Account, access: "MastodonAccess", notes: Notes, *, has_own: bool
) -> None:
    """Note what is right and wrong with an account, its token and its server.

    Args:
        brand: Whose account it is, and how it is watched.
        account: The account.
        access: What was seen.
        notes: Where findings go.
        has_own: Whether a token was given for this account itself.
    """
    _judge_account(access, notes, brand)
    _judge_token(brand, account, access, notes, has_own=has_own)
    if access.has_token and access.is_token_good is not False:
        _judge_permissions(brand, account, access, notes)
    notes.add_calls(access.calls_left, access.calls_limit)
    _judge_server(brand, account, access, notes)
    notes.add_clock(access.clock_skew)


def suggest_login(brand: Brand, account: Account) -> str:
    """Return the command that gets the token which an account lacks."""
    if brand.mode == "owner":
        return f"listener login mastodon @{fold_handle(account.handle)}"
    return f"listener login mastodon {fold_handle(account.handle).rpartition('@')[2]} --reader"


def _judge_account(access: "MastodonAccess", notes: Notes, brand: Brand) -> None:
    if access.is_suspended:
        hint = f"take it out of brands.{brand.key}.accounts, or ask the server's admin"
        notes.add("account", "problem", "its server has suspended it", hint)
    elif access.account_exists:
        notes.add("account", "ok", "exists")
    elif access.account_exists is False:
        hint = f"correct the handle in brands.{brand.key}.accounts"
        notes.add("account", "problem", "its server knows no such account", hint)
    elif access.failure is not None:
        notes.add_error("account", access.failure)
    else:
        notes.add("account", "unknown", "the server does not say whether it exists")


def _judge_token(
    brand: Brand, account: Account, access: "MastodonAccess", notes: Notes, *, has_own: bool
) -> None:
    login = suggest_login(brand, account)
    if brand.mode == "owner" and not has_own:
        told = "there is none of this account; owner mode needs it"
        notes.add("token", "problem", told, f"{login}, or set mode to watch")
    elif not access.has_token:
        _judge_none(access, notes, login)
    elif access.is_token_good is False:
        notes.add("token", "problem", "the server refuses it", login)
    elif access.is_token_good is None:
        _note_unknown(access, notes, "token", "the server did not say whether it is good")
    elif access.is_own:
        notes.add("token", "ok", "good, the account's own")
    else:
        _judge_foreign(brand, access, notes, login, has_own=has_own)


def _judge_none(access: "MastodonAccess", notes: Notes, login: str) -> None:
    shows = access.allows_public_timeline if access.allows_posts is None else access.allows_posts
    if shows:
        notes.add("token", "ok", "none; what everybody may see is read")
    elif shows is False:
        told = "there is none, and the server shows nothing without one"
        notes.add("token", "problem", told, login)
    else:
        notes.add("token", "unknown", "none; whether the server shows posts is not known")


def _judge_foreign(
    brand: Brand, access: "MastodonAccess", notes: Notes, login: str, *, has_own: bool
) -> None:
    """Judge a good token that is not the account's own: enough for public things."""
    whose = f"of @{access.token_account}" if access.token_account else "of an app, nobody's"
    if brand.mode == "owner":
        told = f"it is {whose}; owner mode needs the account's own"
        notes.add("token", "problem", told, login)
    elif has_own and access.token_account:
        told = f"good, but {whose}; public posts are read all the same"
        notes.add("token", "warning", told, f"use it as the server's: {login}")
    else:
        notes.add("token", "ok", f"good, {whose}")


def _judge_permissions(
    brand: Brand, account: Account, access: "MastodonAccess", notes: Notes
) -> None:
    if access.scopes is None:
        notes.add("permissions", "unknown", "this server does not tell them")
        return
    login, said = suggest_login(brand, account), " ".join(access.scopes)
    needed = _NEEDED_BY_OWNERS if brand.mode == "owner" else _NEEDED
    missing = [name for name in needed if name not in access.scopes]
    if missing and "read" not in access.scopes:
        told = f"{said}; {' '.join(missing)} is missing"
        notes.add("permissions", "problem", told, f"make a new token: {login}")
    elif access.is_read_only:
        notes.add("permissions", "ok", f"may only read ({said})")
    else:
        told = f"its app may do more than read: {said}"
        notes.add("permissions", "warning", told, _WRITES.format(login))


def _judge_server(brand: Brand, account: Account, access: "MastodonAccess", notes: Notes) -> None:
    info = access.server
    api = f", API {info.api_version}" if info.api_version else ""
    notes.add("server", "ok", f"{info.version or 'of an unknown version'}{api}")
    offers = dict(_list_offers(brand, access))
    for state in ("problem", "warning"):
        denied = [name for name, (wanted, _) in _refused(offers).items() if wanted == state]
        if denied and (access.has_token or access.allows_posts):
            hint = _explain_denial(brand, account, access)
            notes.add("server", state, f"does not show {', '.join(denied)}", hint)
    shown = [name for name, (_, allowed) in offers.items() if allowed]
    if shown:
        notes.add("server", "ok", f"shows {', '.join(shown)}")
    # Nothing is around a post where there is none yet.
    asked = {**offers, "conversations": ("", None)} if access.failure is None else offers
    unknown = [name for name, (wanted, allowed) in asked.items() if wanted and allowed is None]
    if unknown and access.account_exists:
        told = f"did not say whether it shows {', '.join(unknown)}"
        _note_unknown(access, notes, "server", told)


def _note_unknown(access: "MastodonAccess", notes: Notes, what: str, told: str) -> None:
    """Note what the server did not say, and why not if a failure came between."""
    if access.failure is None:
        notes.add(what, "unknown", told)
        return
    for reason, step in split_error(access.failure):
        notes.add(what, "unknown", f"{told}: {reason}", step)


_Offers = dict[str, tuple[str, bool | None]]


def _refused(offers: _Offers) -> _Offers:
    return {name: offer for name, offer in offers.items() if offer[1] is False}


def _list_offers(
    brand: Brand, access: "MastodonAccess"
) -> Iterator[tuple[str, tuple[str, bool | None]]]:
    """Yield what a server may show, what it means if it does not, and whether it does."""
    asks_tags = any(query.removeprefix("#").isidentifier() for query in brand.queries)
    yield "posts", ("problem", access.allows_posts)
    yield "conversations", ("problem", access.allows_context)
    yield "hashtags", ("warning" if asks_tags else "", access.allows_public_timeline)
    yield "search", ("warning" if brand.queries else "", access.allows_search)
    # Without an own token that is what the finding about the token says.
    notified = "problem" if brand.mode == "owner" and access.is_own else ""
    yield "notifications", (notified, access.allows_notifications)


def _explain_denial(brand: Brand, account: Account, access: "MastodonAccess") -> str:
    if access.has_token:
        return "ask the server's admin; without it less is found"
    return f"a token may help: {suggest_login(brand, account)}"
