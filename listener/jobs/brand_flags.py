"""Brands that an import names: by flags, or by the authors of a file."""

import re
from collections.abc import Iterable, Iterator, Sequence

from listener.errors import ConfigError
from listener.jobs.brands import account_key
from listener.posts import Account, Brand, fold_handle
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


def remember_names(store: Store, names: Iterable[str]) -> tuple[Brand, ...]:
    """Keep each name of an account on X as a brand, unless it belongs to one already."""
    known = store.load_brands()
    claimed = {account_key(account) for brand in known for account in brand.accounts}
    taken = {brand.key for brand in known}
    free = [name for name in sorted(names) if ("x", fold_handle(name)) not in claimed]
    brands = tuple(_make_brands(free, taken))
    if brands:
        store.save_brands(brands)
    return brands


def _make_brands(names: Sequence[str], taken: set[str]) -> Iterator[Brand]:
    for name in {fold_handle(name): name for name in names}.values():
        key = make_key(name)
        # `acme_help` and `acme__help` are two accounts.
        while key in taken:
            key += "-2"
        taken.add(key)
        yield Brand(key=key, name=name, accounts=(Account(platform="x", handle=name),))


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
    return Account(platform="mastodon" if "@" in handle else "x", handle=handle)


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
    claimed: dict[tuple[str, str], str] = {}
    for brand in brands:
        for account in brand.accounts:
            owner = claimed.setdefault((account.platform, fold_handle(account.handle)), brand.key)
            if owner != brand.key:
                problems.append(f"--brand: {account.handle} belongs to {owner} and {brand.key}")
    if problems:
        raise ConfigError(*problems)
    return tuple(brands)
