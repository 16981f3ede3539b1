"""Check the keys of X by looking at the account, and keep those that may read only."""

from collections.abc import Callable, Mapping
from datetime import datetime

from listener.collect.budget import PaidReads
from listener.collect.x import UserKeys, XAccess, XCollector
from listener.errors import CollectorError, ConfigError, NeedsOperatorError
from listener.jobs.logins import KeptTokens, find_only_account, note_overruled, retell
from listener.posts import Brand, fold_handle
from listener.settings import Settings
from listener.settings.secrets_file import check_secrets_file, check_token
from listener.settings.token_names import (
    X_ACCESS_SECRET,
    X_ACCESS_TOKEN,
    X_BEARER,
    X_CONSUMER_KEY,
    X_CONSUMER_SECRET,
    name_x_keys,
)
from listener.settings.tokens import Tokens, save_secrets

Clock = Callable[[], datetime]


def find_x_account(settings: Settings, account: str | None) -> tuple[Brand, str]:
    """Return an account of the settings on X and its brand.

    Args:
        settings: They name the accounts.
        account: A handle; the only one of the settings if absent.

    Raises:
        ConfigError: If there is no such account, or it is not clear which.
    """
    wanted = fold_handle(account or find_only_account(settings, "x"))
    known = [
        (brand, one.handle)
        for brand in settings.brands
        for one in brand.accounts
        if one.platform == "x"
    ]
    found = next((pair for pair in known if fold_handle(pair[1]) == wanted), None)
    if found is None:
        names = ", ".join(handle for _, handle in known) or "none"
        msg = f'ACCOUNT: no brand of the settings has "{account}" on x; they have: {names}'
        raise ConfigError(msg)
    return found


def name_x_tokens(handle: str) -> Mapping[str, str]:
    """Return the variables of everything that can be kept, each with its name in X's console."""
    access_token, access_secret = name_x_keys(handle)
    return {
        X_BEARER: "Bearer token",
        X_CONSUMER_KEY: "API key (consumer key)",
        X_CONSUMER_SECRET: "API key secret (consumer secret)",
        access_token: f"Access token of @{handle}",
        access_secret: f"Access token secret of @{handle}",
    }


def find_present(handle: str, tokens: Tokens) -> dict[str, str]:
    """Return what is set already, by the variables of `name_x_tokens`."""
    general = dict(zip(name_x_keys(handle), (X_ACCESS_TOKEN, X_ACCESS_SECRET), strict=True))
    found = {
        name: tokens.find_for(name, general[name]) if name in general else tokens.find(name)
        for name in name_x_tokens(handle)
    }
    return {name: value for name, value in found.items() if value}


def join_values(
    handle: str, typed: Mapping[str, str], present: Mapping[str, str]
) -> dict[str, str]:
    """Return what was typed and, for the rest, what is set already.

    The keys of the app alone are left out unless somebody typed them: they may
    be set for the sake of another account.
    """
    values = {**present, **typed}
    app = (X_CONSUMER_KEY, X_CONSUMER_SECRET)
    if any(name in values for name in name_x_keys(handle)) or any(name in typed for name in app):
        return values
    return {name: value for name, value in values.items() if name not in app}


def login_x(
    handle: str,
    values: Mapping[str, str],
    settings: Settings,
    tokens: Tokens,
    *,
    book: Callable[[PaidReads], None],
    now: Clock,
) -> KeptTokens:
    """Check what was given, and keep all of it or nothing.

    Args:
        handle: The account.
        values: The bearer token, the account's four keys, or both, by variable.
        settings: Those that a run will have.
        tokens: Theirs.
        book: Keeps what a look at the account cost; called also when that ends badly.
        now: The clock.

    Raises:
        CollectorError: If X refuses them, or they are another account's.
        ConfigError: If some are missing, or they cannot be kept.
    """
    keys = check_complete(handle, values)
    for name, value in values.items():
        tokens.check_name(name)
        check_token(name, value)
    check_secrets_file(settings.secrets_file)
    notes: tuple[str, ...] = ()
    if bearer := values.get(X_BEARER):
        _look(handle, settings, now, book, bearer_token=bearer)
    if keys is not None:
        notes = _check_keys(handle, _look(handle, settings, now, book, user_keys=keys))
    save_secrets(settings.secrets_file, values)
    notes += note_overruled(tokens, tuple(values))
    return KeptTokens(account=handle, variables=tuple(values), notes=notes)


def check_complete(handle: str, values: Mapping[str, str]) -> UserKeys | None:
    """Return the account's keys, if there are any.

    Raises:
        ConfigError: If a part of them is missing, or nothing was given at all.
    """
    if not values:
        msg = f"x account @{handle}: no key was given; the README says where keys come from"
        raise ConfigError(msg)
    names = [name for name in name_x_tokens(handle) if name != X_BEARER]
    missing = [name for name in names if name not in values]
    if len(missing) == len(names):
        return None
    if missing:
        labels = ", ".join(name_x_tokens(handle)[name] for name in missing)
        msg = f"x account @{handle}: its keys are incomplete; missing: {labels}"
        raise ConfigError(msg)
    key, key_secret, access, access_secret = (values[name] for name in names)
    return UserKeys(
        consumer_key=key,
        consumer_secret=key_secret,
        access_token=access,
        access_token_secret=access_secret,
    )


def _look(
    handle: str,
    settings: Settings,
    now: Clock,
    book: Callable[[PaidReads], None],
    *,
    bearer_token: str | None = None,
    user_keys: UserKeys | None = None,
) -> XAccess:
    """Look at the account with one kind of keys, so that it is clear which are refused."""
    collector = XCollector(
        account=handle,
        bearer_token=bearer_token,
        user_keys=user_keys,
        now=now,
        api_url=settings.x.api_url,
        timeout_seconds=settings.x.timeout_seconds,
        field_names=settings.x.field_names,
    )
    try:
        access = collector.fetch_access()
    except CollectorError as error:
        which = "the account's keys" if user_keys else "the bearer token"
        raise retell(error, f"asked with {which}; nothing was kept") from error
    finally:
        collector.close()
    book(access.reads)
    return access


def _check_keys(handle: str, access: XAccess) -> tuple[str, ...]:
    """Refuse keys of others and keys that may write; return what remains to be said."""
    if fold_handle(access.handle) != fold_handle(handle):
        raise _refuse(
            handle,
            f"the keys are of @{access.handle}, so nothing was kept; make the access token while "
            f"signed in to X as @{handle}",
        )
    if access.level is None:
        return ("x does not say what the keys may do; see to it that the app may only read",)
    if access.level != "read":
        raise _refuse(
            handle,
            f'the keys may do more than read ("{access.level[:40]}"), so nothing was kept; set the '
            "app's permissions to Read in X's console, then make the access token anew",
        )
    return ()


def _refuse(handle: str, reason: str) -> NeedsOperatorError:
    return NeedsOperatorError(f"x account @{handle}: {reason}", platform="x", account=handle)
