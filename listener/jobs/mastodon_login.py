"""Get a token of Mastodon that may read only, see whose it is, and keep it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from listener.collect.mastodon.access import MastodonAccess
from listener.collect.mastodon.collector import MastodonCollector
from listener.collect.mastodon.login import Grant, LoginApp, MastodonLogin, check_scopes
from listener.errors import CollectorError, ConfigError, NeedsOperatorError
from listener.jobs.logins import KeptTokens, find_only_account, note_overruled, retell
from listener.posts import fold_handle
from listener.settings import Settings
from listener.settings.addresses import check_domain
from listener.settings.brands import check_handle
from listener.settings.secrets_file import check_secrets_file
from listener.settings.token_names import name_mastodon_token
from listener.settings.tokens import Tokens, save_secret

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class MastodonTarget:
    """Whose token is wanted, and where it is to be had.

    Attributes:
        account: `user@host`; the host alone if anybody's token will do.
        host: The domain in the names of the server's accounts.
        address: Where the server answers.
        is_reader: Whether anybody's token will do, for reading what is public.
    """

    account: str
    host: str
    address: str
    is_reader: bool

    @property
    def variable(self) -> str:
        """The name under which the token is kept."""
        return name_mastodon_token(self.host if self.is_reader else self.account)


def find_mastodon_target(
    settings: Settings, account: str | None, *, is_reader: bool
) -> MastodonTarget:
    """Return whose token is wanted.

    Args:
        settings: They name the accounts, and the addresses of servers.
        account: `user@host`, or a host with `is_reader`; the only account of the
            settings on Mastodon if absent.
        is_reader: Whether anybody's token will do.

    Raises:
        ConfigError: If it is no account, or not clear which.
    """
    name = account or find_only_account(settings, "mastodon")
    try:
        is_host = is_reader and "@" not in name
        name = check_domain(name.casefold()) if is_host else check_handle(name, "mastodon")
    except ValueError as error:
        msg = f"ACCOUNT: {error}"
        raise ConfigError(msg) from error
    host = name.rpartition("@")[2].casefold()
    return MastodonTarget(
        account=name,
        host=host,
        address=settings.mastodon.servers.get(host, host),
        is_reader=is_reader,
    )


def login_mastodon(
    target: MastodonTarget,
    settings: Settings,
    tokens: Tokens,
    *,
    ask_code: Callable[[str], str],
    now: Clock,
) -> KeptTokens:
    """Get a token, check it, and keep it; nothing is kept when anything fails.

    Args:
        target: Whose.
        settings: Those that a run will have.
        tokens: Theirs.
        ask_code: Shows a person the address to open, and returns the code that
            the person found there.
        now: The clock.

    Raises:
        CollectorError: If the server does not give a token that may read only, or
            gives another account's.
        ConfigError: If it cannot be kept.
    """
    tokens.check_name(target.variable)
    check_secrets_file(settings.secrets_file)
    with MastodonLogin(
        target.address,
        account=target.account,
        now=now,
        timeout_seconds=settings.mastodon.timeout_seconds,
    ) as login:
        app = login.fetch_app()
        code = ask_code(login.compose_address(app)).strip()
        grant = login.fetch_grant(app, code)
    access = _fetch_access(target, settings, grant, now)
    check_scopes(target.account, access.scopes)
    owner = _check_owner(target, access)
    save_secret(settings.secrets_file, target.variable, grant.token)
    notes = _list_notes(target, settings, tokens, grant, app, access)
    return KeptTokens(account=owner, variables=(target.variable,), notes=notes)


def _fetch_access(
    target: MastodonTarget, settings: Settings, grant: Grant, now: Clock
) -> MastodonAccess:
    with MastodonCollector(
        target.address,
        account=target.account,
        token=grant.token,
        now=now,
        timeout_seconds=settings.mastodon.timeout_seconds,
    ) as collector:
        try:
            return collector.fetch_access()
        except CollectorError as error:
            raise retell(error, "asked with the new token; nothing was kept") from error


def _check_owner(target: MastodonTarget, access: MastodonAccess) -> str:
    """Return whose token it is, if that is who was asked for."""
    owner = access.token_account
    if not access.is_token_good or owner is None:
        if access.failure is not None:
            raise retell(access.failure, "asked with the new token; nothing was kept")
        raise _refuse(target, "the server does not tell whose token it gave; nothing was kept")
    if target.is_reader or access.is_own:
        return owner
    raise _refuse(
        target,
        f"the token is of @{fold_handle(owner)}, so it was not kept; log in to the server as "
        f"@{target.account}, or say --reader to read what is public with it",
    )


def _refuse(target: MastodonTarget, reason: str) -> NeedsOperatorError:
    text = f"mastodon account @{target.account}: {reason}"
    return NeedsOperatorError(text, platform="mastodon", account=target.account)


def _list_notes(
    target: MastodonTarget,
    settings: Settings,
    tokens: Tokens,
    grant: Grant,
    app: LoginApp,
    access: MastodonAccess,
) -> tuple[str, ...]:
    given = grant.scopes or access.scopes
    notes = []
    if given is None:
        notes.append("the server does not say what the token may do; only reading was asked for")
    elif "read" not in given and set(app.scopes) - set(given):
        missing = ", ".join(sorted(set(app.scopes) - set(given)))
        notes.append(f"the server did not give {missing}; a part of the posts will be missing")
    handles = {fold_handle(one.handle) for brand in settings.brands for one in brand.accounts}
    if not target.is_reader and fold_handle(target.account) not in handles:
        notes.append(f"no brand of the settings has the account {target.account}; add it there")
    return (*notes, *note_overruled(tokens, (target.variable,)))
