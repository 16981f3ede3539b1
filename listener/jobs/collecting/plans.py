"""Which sources there are to read: told by the settings and by the tokens at hand."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from listener.collect.base import Source, SourceKind
from listener.posts import Account, Brand, Platform
from listener.settings.tokens import Tokens

# Mastodon's hashtags are words, digits first too, but not digits alone.
_HASHTAG = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Desk:
    """One account of a brand, and everything that is read in its name.

    Attributes:
        may_see_private: Whether it is the brand's own view, private messages included.
    """

    brand: Brand
    account: Account
    sources: tuple[Source, ...]

    @property
    def may_see_private(self) -> bool:
        """Whether the brand itself looks, with its own eyes."""
        return self.brand.mode == "owner"

    @property
    def visits_key(self) -> str:
        """The name under which the ledger keeps re-visits of conversations."""
        return f"{self.account.platform}:{self.brand.key}:{self.account.handle}:visits:"

    @property
    def states_key(self) -> str:
        """The name under which the ledger keeps look-ups of private posts."""
        return f"{self.account.platform}:{self.brand.key}:{self.account.handle}:states:"


def plan_desks(brands: Sequence[Brand], tokens: Tokens, *, x_messages: bool) -> tuple[Desk, ...]:
    """Return one desk for each account of each brand, in the order of the settings.

    Args:
        brands: Whose accounts are read.
        tokens: What can be read depends on them.
        x_messages: Whether owners read their private messages on X.
    """
    return tuple(
        Desk(brand, account, tuple(_plan_sources(brand, account, tokens, x_messages=x_messages)))
        for brand in brands
        for account in brand.accounts
    )


def list_source_keys(desks: Iterable[Desk]) -> frozenset[str]:
    """Return the names of all sources that are read now."""
    return frozenset(source.key for desk in desks for source in desk.sources)


def _plan_sources(
    brand: Brand, account: Account, tokens: Tokens, *, x_messages: bool
) -> Iterator[Source]:
    if account.platform == "x":
        yield from _plan_x(brand, account, tokens, has_messages=x_messages)
    else:
        yield from _plan_mastodon(brand, account, tokens)


def _plan_x(
    brand: Brand, account: Account, tokens: Tokens, *, has_messages: bool
) -> Iterator[Source]:
    """Own mentions come before the search that finds them too: they cost a fifth there.

    X charges a post once a day, at the price at which it is read first.
    """
    is_own = brand.mode == "owner"
    has_keys = is_own and tokens.x_keys(account.handle) is not None
    yield _name(brand, account, "posts")
    if has_keys:
        yield _name(brand, account, "mentions")
    yield _name(brand, account, "search")
    if is_own and has_messages:
        yield _name(brand, account, "private")
    if brand.queries and account is _first_on(brand, "x"):
        yield _name(brand, account, "search", "\n".join(brand.queries))


def _plan_mastodon(brand: Brand, account: Account, tokens: Tokens) -> Iterator[Source]:
    yield _name(brand, account, "posts")
    if brand.mode == "owner":
        yield _name(brand, account, "notifications")
        yield _name(brand, account, "private")
    host = tell_host(account)
    if account is not _first_on(brand, "mastodon", host):
        return
    for query in brand.queries:
        name = query.removeprefix("#")
        if _HASHTAG.fullmatch(name) and not name.isdecimal():
            yield _name(brand, account, "hashtag", name.casefold())
        if not query.startswith("#") and choose_token(brand, account, tokens):
            yield _name(brand, account, "search", query)


def choose_token(brand: Brand, account: Account, tokens: Tokens) -> str | None:
    """Return the token with which a Mastodon account's server is asked.

    Who watches from outside reads with anybody's token of that server, if there
    is one: what only the brand itself may see is none of his business. The brand
    itself never does: it would take a stranger's private messages for its own.
    """
    own = tokens.mastodon_account(account.handle)
    if brand.mode == "owner":
        return own
    return tokens.mastodon_reader(tell_host(account)) or own


def tell_host(account: Account) -> str:
    """Return the host in the address of a Mastodon account."""
    return account.handle.rpartition("@")[2].casefold()


def _first_on(brand: Brand, platform: Platform, host: str | None = None) -> Account | None:
    found = (
        account
        for account in brand.accounts
        if account.platform == platform and host in (None, tell_host(account))
    )
    return next(found, None)


def _name(brand: Brand, account: Account, kind: SourceKind, query: str = "") -> Source:
    return Source(
        platform=account.platform,
        brand=brand.key,
        account=account.handle,
        kind=kind,
        query=query,
    )
