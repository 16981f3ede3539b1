"""A store with editions that were made, and a mail server: a week's reports on their way.

with open_mailing(url, folder) as mailing:
    mailing.make("acme", "2026-W47")
    mailing.send()
    assert mailing.server.taken
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from listener.jobs.sending import send_editions
from listener.jobs.sent_mails import Sending
from listener.report.files import save_report
from listener.settings import load_settings
from listener.settings.secrets import MailSecrets
from listener.settings.values import Recipient, Settings
from listener.store.store import Store
from tests.report.builders import World, make_brand
from tests.servers.mail import MailServer, run_mail_server

NOW = datetime(2026, 11, 30, 6, 5, tzinfo=UTC)
NO_SECRETS = MailSecrets()
TEAM, BOSS = "team@acme.example", "vorstand@acme.example"
_SETTINGS = """
settle_days = 7
[report]
output = "{folder}/reports"
[brands.acme]
name = "Acme Telecom"
time_zone = "Europe/Berlin"
accounts = [{{ platform = "x", handle = "AcmeHelp" }}]
[brands.other]
name = "Other"
accounts = [{{ platform = "x", handle = "other" }}]
"""


class Mailing:
    """What is needed to send; the clock stands still until it is moved."""

    def __init__(self, store: Store, folder: Path, server: MailServer) -> None:
        self.store, self.folder, self.server = store, folder, server
        self.now = NOW
        self.settings = self.load_settings()

    def load_settings(self, *recipients: Recipient, **mail: Any) -> Settings:
        """Return settings with these recipients, else one, and changes of `mail`."""
        file = self.folder / "listener.toml"
        file.write_text(_SETTINGS.format(folder=self.folder), encoding="utf-8")
        told = recipients or (Recipient(address=TEAM, brands=(), language="en"),)
        own = replace(self.server.make_settings(), recipients=told, **mail)
        return replace(load_settings(file, env={}), mail=own)

    def make(self, brand: str = "acme", week: str = "2026-W47", *, cases: int = 9) -> Path:
        """Make an edition as the weekly run does, too small for charts; return its folder."""
        world = World(make_brand(brand), week=week, weeks=2, cases=cases)
        folder = save_report(self.settings.report.output, world.tell(), {}, formats=("json",))
        key = f"{brand}:{week}"
        assert self.store.claim_edition(key, "maker", lease=timedelta(minutes=1))
        assert self.store.finish_edition(key, "maker", folder=str(folder))
        return folder

    def send(self, secrets: MailSecrets = NO_SECRETS, **options: Any) -> Sending:
        """Send what is due."""
        return send_editions(
            self.store, self.settings, secrets, now=self.now, owner="sender", **options
        )

    def advance(self, **time: float) -> None:
        """Let time go by, on the database's clock too."""
        self.now += timedelta(**time)

    @property
    def recipients(self) -> list[str]:
        """Who got mail, in order."""
        return [taken.recipient for taken in self.server.taken]


@contextmanager
def open_mailing(url: str, folder: Path) -> Iterator[Mailing]:
    """Open a store and run a mail server until the block ends."""
    with ExitStack() as stack:
        server = stack.enter_context(run_mail_server())
        clock = {"mailing": None}
        store = stack.enter_context(
            Store.open(url, migrate=True, clock=lambda: clock["mailing"].now)
        )
        clock["mailing"] = Mailing(store, folder, server)
        yield clock["mailing"]
