"""A store that is read live, and a web hook that is told: alerts on their way.

with open_alerting(url, folder) as alerting:
    alerting.say(talk("anna: @acme my phone is dead"))
    alerting.advance(hours=9)
    alerting.tell()
    assert alerting.hook.texts
"""

import json
import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from listener.app import load_phrases
from listener.jobs.alerts.rounds import AlertRound, tell_alerts
from listener.label import Phrases
from listener.posts import Post
from listener.settings import Settings, load_settings
from listener.settings.tokens import Tokens, load_tokens
from listener.store.spending import Spend
from listener.store.store import Store
from tests.clocks import StoppedClock
from tests.servers.hooks import Hook, run_hook

_SETTINGS = """
database_url = "{url}"
secrets_file = "{folder}/listener.secrets.toml"
[x]
month_cap_dollars = 25
[brands.acme]
name = "Acme Telecom"
time_zone = "Europe/Berlin"
accounts = [{{ platform = "x", handle = "acme" }}]
{brand}
[alerts]
{alerts}
"""


@cache
def read_phrases() -> Phrases:
    """Return the shipped phrases, read once."""
    return load_phrases(load_settings(env={}))


class Alerting:
    """What is needed to tell; the clock stands still until it is moved."""

    def __init__(self, store: Store, url: str, folder: Path, hook: Hook, clock: StoppedClock):
        self.store, self.url, self.folder, self.hook, self.clock = store, url, folder, hook, clock
        self.targets = '[{ name = "team" }]'
        self.env = {
            "LISTENER_ALERT_URL_TEAM": hook.make_address("json", "team"),
            "LISTENER_ALERT_URL_BOSS": hook.make_address("form", "boss"),
        }

    @property
    def now(self):
        """The moment."""
        return self.clock.now

    def load_settings(self, *, brand: str = "", **alerts: Any) -> Settings:
        """Return settings with these of `[alerts]`."""
        alerts.setdefault("timeout_seconds", 2)
        lines = [f"{name} = {json.dumps(value)}" for name, value in alerts.items()]
        text = _SETTINGS.format(
            url=self.url,
            folder=self.folder,
            brand=brand,
            alerts="\n".join([*lines, f"targets = {self.targets}"]),
        )
        file = self.folder / f"listener-{os.getpid()}.toml"  # others may read theirs
        file.write_text(text, encoding="utf-8")
        return load_settings(file, env={})

    @property
    def tokens(self) -> Tokens:
        """The secrets of the environment."""
        return load_tokens(self.load_settings(), self.env)

    def say(self, *posts: Iterable[Post]) -> None:
        """Keep posts as a run that ends now does."""
        self.store.save_posts([post for thread in posts for post in thread], seen_at=self.now)
        self.look()

    def look(self, source: str = "mentions", brand: str = "acme") -> None:
        """Read a source to its end, now."""
        run = self.store.start_run(
            f"x:{brand}:{brand}:{source}:",
            "x",
            brand,
            kind=source,
            planned_at=self.now,
            started_at=self.now,
        )
        self.store.finish_run(run, finished_at=self.now, mark=("1", self.now))

    def spend(self, dollars: float) -> None:
        """Book what reading X has cost: an alert for which no post has to be read."""
        run = self.store.start_run(
            "x:acme:acme:posts:",
            "x",
            "acme",
            kind="posts",
            planned_at=self.now,
            started_at=self.now,
        )
        booked = Spend(
            platform="x",
            brand="acme",
            day=self.now.date(),
            kind="post",
            units=1,
            micro_dollars=int(dollars * 1e6),
            things=frozenset(),
        )
        self.store.save_page(run, [], seen_at=self.now, spent=[booked])
        self.store.finish_run(run, finished_at=self.now, mark=None)

    def watch_money(self, *names: str) -> None:
        """Let these be told of budgets only, which is quick."""
        names = names or ("team",)
        told = ", ".join(f'{{ name = "{name}", kinds = ["budget"] }}' for name in names)
        self.targets = f"[{told}]"

    def advance(self, **time: float) -> None:
        """Let time go by, on the database's clock too, and look again."""
        self.clock.turn(**time)
        self.look()

    def tell(
        self, settings: Settings | None = None, *, owner: str = "teller", **options: Any
    ) -> AlertRound:
        """Tell what is new."""
        return tell_alerts(
            self.store,
            settings or self.load_settings(),
            self.tokens,
            read_phrases,
            now=self.now,
            owner=owner,
            **options,
        )


@contextmanager
def open_alerting(url: str, folder: Path, hook: Hook | None = None) -> Iterator[Alerting]:
    """Open a store and run a web hook until the block ends."""
    with ExitStack() as stack:
        clock = StoppedClock()
        store = stack.enter_context(Store.open(url, migrate=True, clock=clock))
        served = hook or stack.enter_context(run_hook())
        yield Alerting(store, url, folder, served, clock)
