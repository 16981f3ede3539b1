"""Look at one account after the other, as a run would ask for it."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, cast

from listener.collect.base import Source
from listener.errors import AccessDeniedError, CollectorError, ConfigError
from listener.jobs.checking.bill import Bill
from listener.jobs.checking.findings import Notes, name_account
from listener.jobs.checking.mastodon_accounts import judge_mastodon, suggest_login
from listener.jobs.checking.x_accounts import judge_usage, judge_x, suggest_keys
from listener.jobs.collecting.accounts import open_collector
from listener.jobs.collecting.plans import Desk, plan_desks
from listener.posts import Account, Brand
from listener.settings import Settings
from listener.settings.tokens import Tokens

if TYPE_CHECKING:
    from listener.collect.mastodon import MastodonCollector
    from listener.collect.x import XCollector


@dataclass(slots=True)
class Looks:
    """What is needed to look, and what was seen of X on the way.

    Attributes:
        counts: Whether X may be asked, for money, how many posts there are.
        app: Findings about the app whose bearer token reads X.
        counted: Posts of seven days that the searches of a brand would find.
    """

    settings: Settings
    tokens: Tokens
    bill: Bill
    now: Callable[[], datetime]
    counts: bool
    app: Notes = field(default_factory=lambda: Notes("x app"))
    counted: dict[str, int] = field(default_factory=dict)

    def look(self, brand: Brand, account: Account) -> Notes:
        """Return what is right and wrong with an account; nothing is raised for it."""
        notes = Notes(name_account(account), brand.key)
        desk = Desk(brand, account, ())
        try:
            if account.platform == "mastodon":
                self._look_at_mastodon(desk, notes)
            else:
                self._look_at_x(desk, notes)
        except ConfigError as error:
            notes.add_error("token", error)
        return notes

    def _look_at_mastodon(self, desk: Desk, notes: Notes) -> None:
        brand, account = desk.brand, desk.account
        has_own = self.tokens.mastodon_account(account.handle) is not None
        try:
            collector = open_collector(desk, self.settings, self.tokens, self.now)
            with closing(cast("MastodonCollector", collector)) as mastodon:
                access = mastodon.fetch_access()
        except AccessDeniedError as error:
            notes.add_error("token", error, hint=suggest_login(brand, account))
        except CollectorError as error:
            notes.add_error("server", error)
        else:
            judge_mastodon(brand, account, access, notes, has_own=has_own)

    def _look_at_x(self, desk: Desk, notes: Notes) -> None:
        account = desk.account
        if not self._has_key(desk):
            hint = suggest_keys(account)
            notes.add("token", "problem", "there is no bearer token and there are no keys", hint)
            return
        try:
            collector = open_collector(desk, self.settings, self.tokens, self.now)
            with closing(cast("XCollector", collector)) as x:
                access = x.fetch_access()
                at = self.now()
                self.bill.book(desk.brand.key, access.reads)
                messages = self.settings.x.private_messages
                judge_x(desk.brand, account, access, notes, at=at, reads_messages=messages)
                self._look_at_app(x)
                self._count(desk, x, notes)
        except AccessDeniedError as error:
            notes.add_error("token", error)
        except CollectorError as error:
            notes.add_error("account", error)

    def _has_key(self, desk: Desk) -> bool:
        keys = self.tokens.x_keys(desk.account.handle) if desk.may_see_private else None
        return keys is not None or self.tokens.x_bearer() is not None

    def _look_at_app(self, x: "XCollector") -> None:
        """Ask once how much of its cap the app has used; only a bearer token may."""
        if self.app.findings or self.tokens.x_bearer() is None:
            return
        try:
            judge_usage(x.fetch_usage(), self.app)
        except AccessDeniedError as error:
            self.app.add_error("token", error)
        except CollectorError as error:
            self.app.add_error("usage", error, "warning")

    def _count(self, desk: Desk, x: "XCollector", notes: Notes) -> None:
        if not self.counts or self.tokens.x_bearer() is None:
            return
        brand, posts = desk.brand.key, 0
        sources = _plan_searches(desk, self.tokens)
        for source in sources:
            try:
                count = x.fetch_count(source)
            except CollectorError as error:
                notes.add_error("count", error, "warning")
                return
            self.bill.book(brand, count.reads)
            posts += count.posts
        if sources:
            self.counted[brand] = self.counted.get(brand, 0) + posts
            notes.add("count", "ok", f"searches would find {posts:,} posts of the last seven days")


def _plan_searches(desk: Desk, tokens: Tokens) -> list[Source]:
    """Return what is searched for an account; nothing while a neighbour's keys are amiss."""
    try:
        desks = plan_desks([desk.brand], tokens, x_messages=False)
    except ConfigError:
        return []
    (own,) = (other for other in desks if other.account is desk.account)
    return [source for source in own.sources if source.kind == "search"]
