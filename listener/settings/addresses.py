"""Web addresses and domains in settings; every mistake is a `ValueError` of one line."""

import re
from urllib.parse import SplitResult, urlsplit

LOOPBACK = ("localhost", "127.0.0.1", "::1")
# A server for trying things out is often called "localhost:8080", by its accounts too.
DOMAIN = r"(?:localhost|\w[\w-]*(?:\.\w[\w-]*)+)(?::\d{1,5})?"


def check_api(url: str) -> str:
    """Return the address of an interface, to which tokens may be sent."""
    if _split_safely(url) is None:
        msg = "must be an address such as https://api.x.com, without user or query"
        raise ValueError(msg)
    return url.rstrip("/")


def check_server(url: str) -> str:
    """Return the address of a server: a host without a path, to which tokens may be sent."""
    parts = _split_safely(url)
    if parts is None or parts.path not in ("", "/"):
        msg = "must be an address such as https://social.acme.example, http on this machine only"
        raise ValueError(msg)
    return f"{parts.scheme}://{parts.netloc}".casefold()


def check_domain(domain: str) -> str:
    """Return the domain in the names of a server's accounts."""
    if not re.fullmatch(DOMAIN, domain) or domain != domain.casefold():
        msg = 'must be the domain in the accounts\' names, in lower case, such as "acme.example"'
        raise ValueError(msg)
    return domain


def check_heartbeat(url: str) -> str:
    """Return the address that is asked at every sign of life; nothing for none.

    `/start` and `/fail` are written behind it, so it must end with its path. It may
    hold a secret and is never quoted.
    """
    return _check_plain(url, "https://hc-ping.com/…")


def check_reports_url(url: str) -> str:
    """Return the address at which the folder of reports can be opened; nothing if nowhere."""
    return _check_plain(url, "https://reports.acme.example/")


def _check_plain(url: str, example: str) -> str:
    """Return an address that may be put in front of a path; empty if there is none."""
    if not url:
        return ""
    try:
        parts = urlsplit(url)
        is_address = parts.scheme in ("https", "http") and parts.hostname and parts.port != 0
    except ValueError:
        is_address = False
    is_plain = url.isprintable() and url.isascii() and not set(' "<>@?#\\') & set(url)
    if not is_address or not is_plain:
        msg = f"must be an address such as {example}, without user or query"
        raise ValueError(msg)
    return url.rstrip("/")


def _split_safely(url: str) -> SplitResult | None:
    """Take an address apart; `None` if it is none, or if a token would travel openly."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    is_secure = parts.scheme == "https" or (parts.scheme == "http" and host in LOOPBACK)
    is_plain = not ("@" in parts.netloc or parts.query or parts.fragment) and url.isprintable()
    return parts if host and port != 0 and is_secure and is_plain and " " not in url else None
