"""What settings must agree on with each other; every mistake is one line with its path.

Raw settings are read here, so that these mistakes are told beside all others; what is
not even of the right kind is told elsewhere.
"""

import difflib
import re
from collections.abc import Iterator, Mapping
from typing import Any

from listener.settings.mail import is_local_host

# Twelve weeks of trends, and the two weeks for which an open case is followed, with what
# a round of a few days may be late; `settle_days` comes on top.
_TREND_DAYS = 113

_LONGEST_QUOTE = 40


def find_disagreements(values: Mapping[str, Any]) -> Iterator[str]:
    """Tell settings that are right by themselves and cannot hold together."""
    yield from _find_open_mail(_table(values, "mail"))
    yield from _find_unknown_brands(values)
    yield from _find_repeated_recipients(values)
    yield from _find_repeated_targets(values)
    yield from _find_short_retention(values)
    yield from _find_capless_alerts(values)
    publish = _table(values, "publish")
    if _text(publish, "folder") and publish.get("address") == "":
        yield "publish.address: is needed with publish.folder, such as https://reports.example.org"


def _find_open_mail(mail: Mapping[str, Any]) -> Iterator[str]:
    host, sender, user = (_text(mail, name) for name in ("host", "sender", "user"))
    if host and not sender and isinstance(mail.get("sender"), str):
        yield f"mail.sender: is needed with a mail server ({host[:60]}): whom is mail from?"
    if host and user and mail.get("security") == "none" and not is_local_host(host):
        yield "mail.security: would send the password openly; use starttls or tls"


def _find_unknown_brands(values: Mapping[str, Any]) -> Iterator[str]:
    known = list(_table(values, "brands"))
    readers = [(f"mail.recipients[{n}]", each) for n, each in _list_recipients(values)]
    readers += [(f"alerts.targets[{n}]", each) for n, each in _list_targets(values)]
    for what, reader in readers:
        for place, key in enumerate(_list(reader, "brands")):
            if isinstance(key, str) and key.strip() not in known:
                near = difflib.get_close_matches(key[:64], known, n=1)
                hint = f'; did you mean "{near[0]}"?' if near else ""
                yield f"{what}.brands[{place}]: there is no brand {_quote(key)}{hint}"


def _quote(text: str) -> str:
    return '"' + "".join(c if c.isprintable() else "�" for c in text[:_LONGEST_QUOTE]) + '"'


def _find_repeated_recipients(values: Mapping[str, Any]) -> Iterator[str]:
    """Tell who would get one report twice; two languages for two brands are all right."""
    seen: list[tuple[int, str, set[str]]] = []
    for number, recipient in _list_recipients(values):
        address = _text(recipient, "address").casefold()
        brands = {key for key in _list(recipient, "brands") if isinstance(key, str)}
        for first, other, theirs in seen:
            if address and address == other and (not brands or not theirs or brands & theirs):
                yield f"mail.recipients[{number}].address: is that of recipients[{first}] already"
                break
        seen.append((number, address, brands))


def _find_repeated_targets(values: Mapping[str, Any]) -> Iterator[str]:
    seen: dict[str, int] = {}
    for number, target in _list_targets(values):
        name = _text(target, "name")
        if name and name in seen:
            yield f"alerts.targets[{number}].name: is that of targets[{seen[name]}] already"
        seen.setdefault(name, number)


def _find_short_retention(values: Mapping[str, Any]) -> Iterator[str]:
    settle = _number(values, "settle_days")
    days = _number(_table(values, "retention"), "days")
    # Numbers that are wrong by themselves are told elsewhere.
    if 1 <= settle <= 365 and 120 <= days < _TREND_DAYS + settle:
        least = _TREND_DAYS + settle
        yield f"retention.days: must be at least {least} while settle_days is {settle}"


def _find_capless_alerts(values: Mapping[str, Any]) -> Iterator[str]:
    """Tell brands that are to be warned of a budget which they have not."""
    brands = _table(values, "brands")
    for key in brands:
        brand = _table(brands, key)
        has_cap = brand.get("month_cap_dollars", "none") != "none"
        if "budget_percent" in _table(brand, "alerts") and not has_cap:
            yield (
                f"brands.{key}.alerts.budget_percent: says from what part of "
                f"brands.{key}.month_cap_dollars on it is nearly spent; set that as well"
            )


def _list_recipients(values: Mapping[str, Any]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    return _list_tables(values, "mail", "recipients")


def _list_targets(values: Mapping[str, Any]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    return _list_tables(values, "alerts", "targets")


def _list_tables(
    values: Mapping[str, Any], table: str, name: str
) -> Iterator[tuple[int, Mapping[str, Any]]]:
    for number, each in enumerate(_list(_table(values, table), name)):
        if isinstance(each, Mapping):
            yield number, each


def _table(values: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = values.get(name)
    return found if isinstance(found, Mapping) else {}


def _list(values: Mapping[str, Any], name: str) -> list[Any]:
    found = values.get(name)
    return found if isinstance(found, list) else []


def _text(values: Mapping[str, Any], name: str) -> str:
    found = values.get(name)
    return found.strip() if isinstance(found, str) else ""


def _number(values: Mapping[str, Any], name: str) -> int:
    """Return a number of few digits, as files or variables hold it; else 0."""
    written = str(values.get(name)).strip()
    return int(written) if re.fullmatch(r"[0-9]{1,9}", written) else 0
