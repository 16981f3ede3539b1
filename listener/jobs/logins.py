"""What logging in to Mastodon and to X has in common."""

from dataclasses import dataclass

from listener.errors import CollectorError, ConfigError, NeedsOperatorError
from listener.posts import Platform
from listener.settings import Settings
from listener.settings.tokens import Tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptTokens:
    """What was kept: whose, under which names, and what the operator should know."""

    account: str
    variables: tuple[str, ...]
    notes: tuple[str, ...] = ()


def find_only_account(settings: Settings, platform: Platform) -> str:
    """Return the only account of the settings on a platform.

    Raises:
        ConfigError: If there is none, or more than one.
    """
    found = [
        account.handle
        for brand in settings.brands
        for account in brand.accounts
        if account.platform == platform
    ]
    if len(found) == 1:
        return found[0]
    named = f"say which account: {', '.join(found)}" if found else "say which account"
    msg = f"ACCOUNT: the settings name {len(found) or 'none'} on {platform}; {named}"
    raise ConfigError(msg)


def note_overruled(tokens: Tokens, variables: tuple[str, ...]) -> tuple[str, ...]:
    """Tell which of the kept values the environment overrules."""
    return tuple(
        f"{name} is set in the environment too, which comes before what was kept; unset it there"
        for name in variables
        if tokens.is_set_outside(name)
    )


def retell(error: CollectorError, addition: str) -> CollectorError:
    """Return the failure of a request in the words of somebody who waits for it."""
    told = str(error).replace("the next run tries again", "try again later")
    kind = NeedsOperatorError if isinstance(error, NeedsOperatorError) else CollectorError
    return kind(f"{told} ({addition})", platform=error.platform, account=error.account)
