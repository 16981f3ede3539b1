"""What addresses and servers of mail must look like; every mistake is a `ValueError` of one line.

Addresses end up in the header of a message: nothing may be in them that could begin
another line there.
"""

import re
from ipaddress import ip_address

from listener.settings.addresses import LOOPBACK

_LOCAL = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
_DOMAIN = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*"
_ADDRESS = re.compile(f"{_LOCAL}@{_DOMAIN}")
_NAMED = re.compile(r"[^<>]*<([^<>]*)>")
_HOST = re.compile(r"\w(?:[\w.-]{0,251}\w)?", re.ASCII)
PLACE = "{token}"
_PLAIN_URL = re.compile(r"https://[A-Za-z0-9\[][!-~]*")
_LONGEST_URL = 500
_LEAST_KEY = 32
_KEY = re.compile(rf"[!-~]{{{_LEAST_KEY},1000}}")
_LONGEST_ADDRESS = 254  # RFC 5321, 4.5.3.1.3, without the brackets of a path


def check_address(address: str) -> str:
    """Return an address such as `team@acme.example`, without a name."""
    named = _NAMED.fullmatch(address[:_LONGEST_ADDRESS])
    if named and _ADDRESS.fullmatch(named[1]):
        msg = f'must be the address alone, without a name: "{named[1]}"'
        raise ValueError(msg)
    if len(address) > _LONGEST_ADDRESS or not _ADDRESS.fullmatch(address):
        msg = 'must be one address of plain characters, such as "team@acme.example"'
        raise ValueError(msg)
    return address


def check_optional_address(address: str) -> str:
    """Return an address, or nothing if there is none."""
    return check_address(address) if address else ""


def check_unsubscribe_url(url: str) -> str:
    """Return an address with a place for a token, as RFC 8058 wants it; nothing for none."""
    if not url:
        return ""
    is_plain = _PLAIN_URL.fullmatch(url) and len(url) <= _LONGEST_URL
    if not is_plain or set('<>"\\@#,') & set(url) or "=?" in url or url.count(PLACE) != 1:
        msg = f"must be an address such as https://reports.acme.example/unsubscribe/{PLACE}"
        raise ValueError(msg)
    return url


def check_unsubscribe_key(key: str) -> str:
    """Return a secret that is long enough for nobody to find it by trying."""
    if not _KEY.fullmatch(key):
        msg = (
            f"must be {_LEAST_KEY} or more letters, digits or signs, such as "
            '"openssl rand -hex 32" makes'
        )
        raise ValueError(msg)
    return key


def check_mail_host(host: str) -> str:
    """Return the name of a mail server; nothing if no mail is sent."""
    if host and not _HOST.fullmatch(host) and not _is_ip_address(host):
        msg = (
            'must be the name of a server alone, such as "smtp.acme.example"; mail.port is its own'
        )
        raise ValueError(msg)
    return host


def check_mail_user(user: str) -> str:
    """Return the name under which mail is handed over; nothing if none is asked for."""
    if not (user.isascii() and user.isprintable()):
        msg = "must be of plain characters in one line"
        raise ValueError(msg)
    return user


def check_mail_password(password: str) -> str:
    """Return a password that can be sent to a mail server."""
    # Python's smtplib writes passwords in ASCII.
    if not (password.isascii() and password.isprintable()):
        msg = "has line breaks or characters beyond ASCII; choose another password"
        raise ValueError(msg)
    return password


def is_local_host(host: str) -> bool:
    """Tell whether a mail server is on this machine."""
    return host.casefold() in LOOPBACK


def _is_ip_address(host: str) -> bool:
    try:
        return bool(ip_address(host))
    except ValueError:
        return False
