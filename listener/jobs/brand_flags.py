"""Brands that an import names: by flags, or by the authors of a file."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence

from listener.errors import ConfigError
from listener.jobs.brands import account_key
from listener.posts import Account, Brand, Platform, fold_handle
from listener.settings.brands import check_handle
from listener.store.store import Store


def remember_brands(store: Store, brands: Sequence[Brand]) -> None:
    """Keep the brands of flags for later commands.

    Raises:
        ConfigError: If an account belongs to another brand that was named before.
    """
    keys = {brand.key for brand in brands}
    owners = {
        account_key(account): known.key
        for known in store.load_brands()
        for account in known.accounts
        if known.key not in keys
    }
    problems = [
        f"--brand: {account.handle} belongs to {owners[account_key(account)]}, which an import "
        f"has named before; use that name: --brand {owners[account_key(account)]}=…"
        for brand in brands
        for account in brand.accounts
        if account_key(account) in owners
    ]
    if problems:
        raise ConfigError(*problems)
    if brands:
        store.save_brands(brands)


def make_brands(names: Iterable[str], known: Collection[Brand] = ()) -> tuple[Brand, ...]:
    """Return a brand for each name of an account on X, unless it belongs to a known one."""
    claimed = {account_key(account) for brand in known for account in brand.accounts}
    taken = {brand.key for brand in known}
    free = {fold_handle(name): name for name in sorted(names)}
    return tuple(
        Brand(
            key=_choose_key(name, taken),
            name=name,
            accounts=(Account(platform="x", handle=name),),
        )
        for handle, name in free.items()
        if ("x", handle) not in claimed
    )


def _choose_key(name: str, taken: set[str]) -> str:
    """Return a key that no other brand has: `acme_help` and `acme__help` are two accounts."""
    key = make_key(name)
    while key in taken:
        key += "-2"
    taken.add(key)
    return key


def make_key(name: str) -> str:
    """Return a name as a key: small letters, digits, hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-") or "brand"


def parse_brand(text: str) -> Brand:
    """Return the brand of a flag such as `acme=AcmeHelp,help@acme.example`.

    Raises:
        ConfigError: If the flag has another form.
    """
    key, equals, accounts = text.partition("=")
    handles = [handle.strip().lstrip("@") for handle in accounts.split(",") if handle.strip()]
    if not equals or not handles or make_key(key) != key:
        msg = (
            f'--brand: "{text}" is not KEY=ACCOUNT[,ACCOUNT…], such as '
            "acme=AcmeHelp,help@acme.example; a key has small letters, digits and hyphens"
        )
        raise ConfigError(msg)
    return Brand(key=key, name=key.title(), accounts=tuple(map(_make_account, handles)))


def _make_account(handle: str) -> Account:
    platform: Platform = "mastodon" if "@" in handle else "x"
    try:
        return Account(platform=platform, handle=check_handle(handle, platform))
    except ValueError as error:
        msg = f'--brand: "{handle}" {error}'
        raise ConfigError(msg) from error


def parse_brands(texts: Sequence[str]) -> tuple[Brand, ...]:
    """Return the brands of all flags.

    Raises:
        ConfigError: With a line for each wrong one, and for accounts named twice.
    """
    brands: list[Brand] = []
    problems: list[str] = []
    for text in texts:
        try:
            brands.append(parse_brand(text))
        except ConfigError as error:
            problems.extend(error.problems)
    counted = Counter(brand.key for brand in brands)
    problems += [
        f"--brand: {key} is given {count} times; name all of its accounts in one, with commas"
        for key, count in counted.items()
        if count > 1
    ]
    claimed: dict[tuple[str, str], str] = {}
    for brand in brands:
        for account in brand.accounts:
            owner = claimed.setdefault((account.platform, fold_handle(account.handle)), brand.key)
            if owner != brand.key:
                problems.append(f"--brand: {account.handle} belongs to {owner} and {brand.key}")
    if problems:
        raise ConfigError(*problems)
    return tuple(brands)
