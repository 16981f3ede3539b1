"""Where `listener serve` listens, and its password; every mistake is one line."""

import re
from ipaddress import ip_address

from listener.settings.addresses import LOOPBACK

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*")
_SHORTEST_PASSWORD = 12
_LONGEST_PASSWORD = 200


def check_listen_host(host: str) -> str:
    """Return an address of this machine: no name, which might be another address tomorrow."""
    if host in LOOPBACK:
        return host
    try:
        return str(ip_address(host))
    except ValueError:
        msg = (
            'must be an address of this machine, such as "127.0.0.1", or "0.0.0.0" for all of them'
        )
        raise ValueError(msg) from None


def check_web_name(name: str) -> str:
    """Return a name that browsers ask for, without scheme and port."""
    if len(name) > 253 or not _NAME.fullmatch(name):  # RFC 1035, 2.3.4
        msg = 'must be a name alone, in lower case, such as "reports.acme.example"'
        raise ValueError(msg)
    return name


def check_web_password(password: str) -> str:
    """Return a password that cannot be guessed at once, and that every browser can send."""
    if not (password.isascii() and password.isprintable()):
        msg = "has line breaks or characters beyond ASCII; choose another password"
        raise ValueError(msg)
    if not _SHORTEST_PASSWORD <= len(password) <= _LONGEST_PASSWORD:
        msg = f"needs {_SHORTEST_PASSWORD} to {_LONGEST_PASSWORD} characters; choose another one"
        raise ValueError(msg)
    return password
