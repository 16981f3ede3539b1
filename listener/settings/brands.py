"""What the settings of a brand must look like; every mistake is a `ValueError` of one line."""

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from listener.posts import fold_handle
from listener.settings.addresses import DOMAIN

_BRAND_KEY = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_X_HANDLE = re.compile(r"[A-Za-z0-9_]{1,20}")
_MASTODON_HANDLE = re.compile(rf"[A-Za-z0-9_](?:[\w.-]*\w)?@{DOMAIN}", re.IGNORECASE)
_HOLIDAYS = re.compile(r"[A-Z]{2}(?:-[A-Z0-9]{1,3})?")
_QUERY_LENGTH = 200
_SHOWN_PARTS = 20


def check_brand_key(key: str) -> str:
    """Return a brand's key if it can stand in flags, addresses and file names."""
    if not _BRAND_KEY.fullmatch(key):
        msg = 'a brand\'s key is made of a-z, 0-9, "-" and "_", such as "acme"'
        raise ValueError(msg)
    return key


def check_handle(handle: str, platform: str | None) -> str:
    """Return the handle without a leading `@`.

    Args:
        handle: As somebody wrote it.
        platform: Where it is; `None` while that is unknown, which excuses its shape.
    """
    handle = handle.strip().removeprefix("@")
    if platform == "x":
        _check_x_handle(handle)
    elif platform == "mastodon" and not _MASTODON_HANDLE.fullmatch(handle):
        msg = 'must be user@host, such as "acme@mastodon.social"'
        raise ValueError(msg)
    return handle


def check_time_zone(name: str) -> str:
    """Return the name of a time zone that exists."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        near = difflib.get_close_matches(name[:60], available_timezones(), n=1)
        hint = f'did you mean "{near[0]}"?' if near else 'write one such as "Europe/Berlin"'
        msg = f"unknown time zone; {hint}"
        raise ValueError(msg) from None
    return name


def check_language(code: str) -> str:
    """Return the code of a language, as phrase files are named."""
    if not re.fullmatch("[a-z]{2}", code):
        msg = f'must be two letters such as "de", not "{code[:20]}"'
        raise ValueError(msg)
    return code


def check_holidays(code: str) -> str:
    """Return the code of a country or of a part of it, such as `DE-BY`."""
    if not _HOLIDAYS.fullmatch(code):
        msg = 'must be a country or a part of one, such as "DE" or "DE-BY"'
        raise ValueError(msg)
    # Imported here: most settings files name no holidays, and every command reads them.
    from holidays import list_supported_countries

    country, _, part = code.partition("-")
    parts = list_supported_countries().get(country)
    if parts is None:
        msg = f'no public holidays are known of "{country}"; write a country such as "DE"'
        raise ValueError(msg)
    if part and part not in parts:
        raise ValueError(_tell_parts(country, parts))
    return code


def _tell_parts(country: str, parts: Iterable[str]) -> str:
    known = [part for part in parts if _HOLIDAYS.fullmatch(f"{country}-{part}")]
    if not known:
        return f'no parts of {country} are known; write "{country}"'
    more = f" and {len(known) - _SHOWN_PARTS} more" if len(known) > _SHOWN_PARTS else ""
    return f"no part of {country}; known: {', '.join(known[:_SHOWN_PARTS])}{more}"


def check_name(name: str) -> str:
    """Return a name that can be shown in one line."""
    if not name or not name.isprintable():
        msg = "must be a name of one line, without control characters"
        raise ValueError(msg)
    return name


def check_query(query: str) -> str:
    """Return words that can be searched for."""
    if not query.isprintable() or not 0 < len(query) <= _QUERY_LENGTH:
        msg = f"must be words to search for, at most {_QUERY_LENGTH} characters in one line"
        raise ValueError(msg)
    return query


def find_repeated_accounts(brands: Any) -> Iterator[str]:  # noqa: ANN401 - not yet validated
    """Tell accounts that are listed twice, in one brand or in two.

    It reads raw settings, so that these mistakes are told beside all others.
    """
    first_seen: dict[tuple[str, str], tuple[str, int]] = {}
    for key, number, platform, handle in _list_accounts(brands):
        account = (platform, fold_handle(handle))
        owner, first = first_seen.setdefault(account, (key, number))
        place = f"brands.{key}.accounts[{number}]"
        if owner != key:
            yield f'{place}: the {platform} account "{handle}" belongs to brands.{owner} already'
        elif first != number:
            yield f'{place}: the {platform} account "{handle}" is accounts[{first}] already'


def _list_accounts(brands: Any) -> Iterator[tuple[str, int, str, str]]:  # noqa: ANN401
    for key, brand in _items(brands):
        accounts = brand.get("accounts") if isinstance(brand, Mapping) else None
        for number, account in enumerate(accounts if isinstance(accounts, list) else ()):
            platform, handle = _texts(account, ("platform", "handle"))
            if platform and handle:
                yield key, number, platform, handle


def _items(value: Any) -> Iterable[tuple[str, Any]]:  # noqa: ANN401
    return value.items() if isinstance(value, Mapping) else ()


def _texts(value: Any, names: Iterable[str]) -> list[str | None]:  # noqa: ANN401
    found = [value.get(name) if isinstance(value, Mapping) else None for name in names]
    return [text if isinstance(text, str) else None for text in found]


def _check_x_handle(handle: str) -> None:
    if "://" in handle or handle.startswith(("x.com/", "twitter.com/")):
        msg = f'write the handle alone, not an address: "{handle.rstrip("/").rpartition("/")[2]}"'
    elif "@" in handle:
        msg = f'a handle on X has no host; write "{handle.partition("@")[0]}"'
    else:
        msg = "must be a handle on X: letters, digits and _, at most 20"
    if not _X_HANDLE.fullmatch(handle):
        raise ValueError(msg)
