"""Rounds of collecting over a scripted X and a scripted Mastodon, with one clock for all.

with run_rounds(tmp_path, mode="owner") as rounds:
    rounds.x.post("anna", "@acme my phone is dead")
    rounds.collect()
    assert rounds.texts == {"@acme my phone is dead"}
    rounds.advance(hours=6)
"""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from listener.app import open_store
from listener.jobs.collecting.accounts import open_collector
from listener.jobs.collecting.collection import Collected, collect
from listener.jobs.collecting.open_runs import RunResult
from listener.jobs.collecting.plans import plan_desks
from listener.jobs.collecting.purse import make_purse
from listener.settings import Settings, load_settings
from listener.settings.tokens import load_tokens
from listener.store.store import Store
from tests.servers.mastodon import ServedWorld, run_mastodon
from tests.servers.x import XServer, run_x
from tests.sqlite import copy_migrated

DOMAIN = "social.example"
_SETTINGS = """
database_url = "{folder}/posts.db"
secrets_file = "{folder}/listener.secrets.toml"
{top}
[mastodon]
timeout_seconds = 5
servers = {{ "{domain}" = "{mastodon}"{neighbours} }}
[x]
api_url = "{x}"
timeout_seconds = 5
private_messages = {messages}
{x_settings}
[brands.acme]
name = "Acme"
mode = "{mode}"
accounts = [{accounts}]
{brand}
"""
_ACCOUNTS = {
    "x": '{ platform = "x", handle = "acme" }',
    "mastodon": '{ platform = "mastodon", handle = "acme@social.example" }',
}


class Rounds:
    """A store, its settings, and the platforms that it is filled from."""

    def __init__(
        self, folder: Path, x: XServer, mastodon: ServedWorld, mode: str, **options: str
    ) -> None:
        self.folder, self.x, self.mastodon, self.mode = folder, x, mastodon, mode
        self.options = options
        self.acme_on_x = x.add_user("acme")
        self.acme = mastodon.add_account("acme")
        mastodon.now = x.world.now
        self.env = self.make_env()
        self.config = self.write_settings()

    def make_env(self) -> dict[str, str]:
        """Return the tokens: the brand's own for owners, the app's and none else for others."""
        env = {"X_BEARER_TOKEN": self.x.bearer_token}
        if self.mode == "owner":
            keys = self.x.make_keys(self.acme_on_x)
            env |= {
                "X_CONSUMER_KEY": keys["consumer_key"],
                "X_CONSUMER_SECRET": keys["consumer_secret"],
                "X_ACCESS_TOKEN": keys["access_token"],
                "X_ACCESS_TOKEN_SECRET": keys["access_token_secret"],
                "MASTODON_TOKEN_ACME_SOCIAL_EXAMPLE": self.acme.token or "",
            }
        return env

    def write_settings(self) -> Path:
        path = self.folder / "listener.toml"
        accounts = self.options.get("accounts", "x mastodon").split()
        names = ("top", "neighbours", "x_settings", "brand")
        values = {name: self.options.get(name, "") for name in names}
        text = _SETTINGS.format(
            folder=self.folder,
            domain=DOMAIN,
            mastodon=self.mastodon.url,
            x=self.x.url,
            mode=self.mode,
            messages=str(self.mode == "owner").lower(),
            accounts=", ".join(_ACCOUNTS[name] for name in accounts),
            **values,
        )
        path.write_text(text, encoding="utf-8")
        return path

    @cached_property
    def store(self) -> Store:
        """The store, opened once: it costs more than many a round."""
        path = self.folder / "posts.db"
        if not path.exists():
            copy_migrated(path)
        return open_store(self.settings)

    def close(self) -> None:
        """Close the store if somebody used it."""
        if "store" in self.__dict__:
            self.store.close()

    @property
    def settings(self) -> Settings:
        return load_settings(self.config, env=self.env)

    @property
    def now(self) -> datetime:
        return max(self.x.world.now, self.mastodon.now)

    def clock(self) -> datetime:
        return self.now

    def advance(self, **by: float) -> None:
        self.x.world.now = self.mastodon.now = self.now + timedelta(**by)

    def collect(
        self, *, timeout_seconds: float | None = None, brand: str = "", account: str = ""
    ) -> Collected:
        """Make one round, as `listener collect` does; in less time, if wanted.

        Of one brand, or of one account, while others are read elsewhere.
        """
        settings = self.settings
        if timeout_seconds is not None:
            # The settings know whole seconds only, which are long for a test.
            limit: dict[str, Any] = {"timeout_seconds": timeout_seconds}
            settings = replace(
                settings,
                x=replace(settings.x, **limit),
                mastodon=replace(settings.mastodon, **limit),
            )
        self.advance()
        tokens = load_tokens(settings, self.env)
        desks = plan_desks(settings.brands, tokens, x_messages=settings.x.private_messages)
        desks = tuple(desk for desk in desks if brand in ("", desk.brand.key))
        return collect(
            self.store,
            [desk for desk in desks if account in ("", desk.account.handle)],
            make_purse(self.store, settings.x, settings.brands),
            lambda desk: open_collector(desk, settings, tokens, self.clock),
            brands=settings.brands,
            now=self.clock,
            history_days=settings.x.history_days,
            all_desks=desks,
        )

    def load(self) -> pl.DataFrame:
        return self.store.load_posts()

    def load_runs(self) -> pl.DataFrame:
        return self.store.load_runs()

    @property
    def texts(self) -> set[str]:
        """The words of all public posts that are not deleted."""
        posts = self.load().filter(pl.col("deleted_at").is_null())
        return set(posts["text"].to_list())

    @property
    def booked(self) -> Decimal:
        """What the ledger says that this month has cost, in dollars."""
        spent = self.store.load_spent(f"{self.now:%Y-%m}")
        return Decimal(int(spent["micro_dollars"].sum())) / 1_000_000


def find_result(collected: Collected, kind: str, platform: str, query: str = "") -> RunResult:
    """Return the one result of a kind on a platform."""
    (found,) = (
        result
        for result in collected.results
        if (result.kind, result.platform, result.query) == (kind, platform, query)
    )
    return found


@contextmanager
def run_rounds(
    folder: Path, *, mode: str = "watch", servers: Mapping[str, Any] | None = None, **options: str
) -> Iterator[Rounds]:
    """Run both platforms until the block ends."""
    with ExitStack() as stack:
        x = stack.enter_context(run_x(**(servers or {})))
        mastodon = stack.enter_context(run_mastodon(DOMAIN))
        rounds = Rounds(folder, x, mastodon, mode, **options)
        stack.callback(rounds.close)
        yield rounds
