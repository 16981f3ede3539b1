"""Names of the variables that hold tokens, and which one a misplaced token belongs into."""

import re
from collections.abc import Mapping
from typing import Any

X_BEARER = "X_BEARER_TOKEN"
X_CONSUMER_KEY = "X_CONSUMER_KEY"
X_CONSUMER_SECRET = "X_CONSUMER_SECRET"  # noqa: S105 - a name
X_ACCESS_TOKEN = "X_ACCESS_TOKEN"  # noqa: S105 - a name
X_ACCESS_SECRET = "X_ACCESS_TOKEN_SECRET"  # noqa: S105 - a name
SMTP_PASSWORD = "SMTP_PASSWORD"  # noqa: S105 - a name
WEB_PASSWORD = "WEB_PASSWORD"  # noqa: S105 - a name
UNSUBSCRIBE_KEY = "UNSUBSCRIBE_KEY"
_MASTODON = "MASTODON_TOKEN"
_SOME_ACCOUNT = "<ACCOUNT>"
# What the developer console and other programs call these things.
_X_WORDS: tuple[tuple[str, str], ...] = (
    (r"bearer", X_BEARER),
    (r"(?:^|_)(?:api|consumer|client|app)_?(?:key_?)?secret", X_CONSUMER_SECRET),
    (r"(?:api|consumer|client|app)_?key", X_CONSUMER_KEY),
    (r"secret", X_ACCESS_SECRET),
    (r"token|access", X_ACCESS_TOKEN),
)


def name_mastodon_token(name: str) -> str:
    """Return the variable of an account's own token, or of a server's reader token.

    Args:
        name: An account's `user@host`, or a host.
    """
    return f"{_MASTODON}_{_write(name)}"


def name_x_keys(handle: str) -> tuple[str, str]:
    """Return the variables of an account's access token and of its secret."""
    return f"{X_ACCESS_TOKEN}_{_write(handle)}", f"{X_ACCESS_SECRET}_{_write(handle)}"


def name_variable(path: tuple[str | int, ...], values: Mapping[str, Any]) -> str:
    """Return the variable in which a secret at this place of the settings belongs.

    Args:
        path: Where it stands.
        values: The settings as they were read, to find the account that it is for.
    """
    key = str(path[-1])
    if path[0] in ("mail", "web"):
        return SMTP_PASSWORD if path[0] == "mail" else WEB_PASSWORD
    account = _find_account(path, values)
    platform, handle = account.get("platform"), account.get("handle")
    if platform == "mastodon" or path[0] == "mastodon":
        return name_mastodon_token(handle) if handle else f"{_MASTODON}_{_SOME_ACCOUNT}"
    if platform == "x" or path[0] in ("x", "brands"):
        return _name_for_x(key, handle)
    words = [str(part) for part in path]
    return re.sub(r"[^A-Z0-9]+", "_", "_".join(words).upper()).strip("_")


def _name_for_x(key: str, handle: str | None) -> str:
    found = (name for words, name in _X_WORDS if re.search(words, key.casefold()))
    name = next(found, X_ACCESS_TOKEN)
    if handle is None or name not in (X_ACCESS_TOKEN, X_ACCESS_SECRET):
        return name
    return name_x_keys(handle)[name == X_ACCESS_SECRET]


def _find_account(path: tuple[str | int, ...], values: Mapping[str, Any]) -> dict[str, str]:
    """Return the account in whose line a key stands; nothing if it stands elsewhere."""
    place: Any = values
    for part in path[:-1]:
        if isinstance(place, Mapping):
            place = place.get(str(part))
        else:
            place = place[part] if isinstance(place, list) and isinstance(part, int) else None
    names = ("platform", "handle") if isinstance(place, Mapping) else ()
    return {name: place[name] for name in names if isinstance(place.get(name), str)}


def _write(name: str) -> str:
    return re.sub(r"[^A-Z0-9]+", "_", name.lstrip("@").upper()).strip("_")
