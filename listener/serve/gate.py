"""Who may come in: the name that a browser asked for, and the password."""

import hmac
import re
from collections.abc import Collection
from ipaddress import ip_address

_HOST = re.compile(r"\[([0-9a-fA-F:.]+)\](?::\d{1,5})?|([A-Za-z0-9.-]+)(?::\d{1,5})?")


def is_known_host(host: str, names: Collection[str]) -> bool:
    """Tell whether a request asks for us, not for a foreign name that leads here.

    A page on a foreign name that its owner lets point to this machine could read what
    is shown here (DNS rebinding). Addresses in numbers have no such owner.

    Args:
        host: The header `Host`, with or without a port.
        names: Under which people reach us, besides `localhost` and addresses.
    """
    found = _HOST.fullmatch(host)
    if found is None:
        return False
    name = (found[1] or found[2]).casefold().removesuffix(".")
    return name == "localhost" or name in names or _is_address(name)


def is_password(given: str | None, password: str) -> bool:
    """Compare in a time that does not depend on how much of it is right."""
    return hmac.compare_digest((given or "").encode(), password.encode())


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
