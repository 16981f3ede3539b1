"""Open the collector of an account: its address, its tokens, its limits."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from listener.collect.base import Collector
from listener.errors import NeedsOperatorError
from listener.jobs.collecting.plans import Desk, choose_token, tell_host
from listener.settings import Settings
from listener.settings.tokens import Tokens

if TYPE_CHECKING:
    from listener.collect.x import UserKeys

Clock = Callable[[], datetime]


def open_collector(desk: Desk, settings: Settings, tokens: Tokens, now: Clock) -> Collector:
    """Return the collector of a desk's account; close it after use.

    Raises:
        ConfigError: If an address or the keys cannot be used.
        NeedsOperatorError: If there is no token where one is needed.
    """
    if desk.account.platform == "mastodon":
        return _open_mastodon(desk, settings, tokens, now)
    return _open_x(desk, settings, tokens, now)


def _open_mastodon(desk: Desk, settings: Settings, tokens: Tokens, now: Clock) -> Collector:
    from listener.collect.mastodon import MastodonCollector

    host = tell_host(desk.account)
    return MastodonCollector(
        settings.mastodon.servers.get(host, host),
        account=desk.account.handle,
        token=choose_token(desk.brand, desk.account, tokens),
        now=now,
        timeout_seconds=settings.mastodon.timeout_seconds,
        servers=settings.mastodon.servers,
    )


def _open_x(desk: Desk, settings: Settings, tokens: Tokens, now: Clock) -> Collector:
    from listener.collect.x import XCollector

    account = desk.account.handle
    bearer_token = tokens.x_bearer()
    user_keys = _find_keys(desk, tokens) if desk.may_see_private else None
    if bearer_token is None and user_keys is None:
        msg = f'x account @{account}: there is no token; run "listener login x {account}"'
        raise NeedsOperatorError(msg, platform="x", account=account)
    return XCollector(
        account=account,
        bearer_token=bearer_token,
        user_keys=user_keys,
        now=now,
        api_url=settings.x.api_url,
        timeout_seconds=settings.x.timeout_seconds,
        field_names=settings.x.field_names,
    )


def _find_keys(desk: Desk, tokens: Tokens) -> "UserKeys | None":
    from listener.collect.x import UserKeys

    keys = tokens.x_keys(desk.account.handle)
    if keys is None:
        return None
    consumer_key, consumer_secret, access_token, access_token_secret = keys
    return UserKeys(
        consumer_key=consumer_key,
        consumer_secret=consumer_secret,
        access_token=access_token,
        access_token_secret=access_token_secret,
    )
