"""Which alerts have not arrived lately, and what becomes of them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from listener.jobs.troubles import ENDED, TroubleState, tell_trouble
from listener.settings import Settings
from listener.store.store import Store

_LATELY = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertTrouble:
    """A message to one target that has not arrived, as far as one knows.

    Attributes:
        target: Its name in the settings.
        count: How many alerts were in it.
        since: When it was tried last.
    """

    target: str
    state: TroubleState
    error: str
    since: datetime
    count: int

    @property
    def line(self) -> str:
        """What happened, and what becomes of it."""
        return tell_trouble(self.state, name_alerts(self.target), self.error)


def name_alerts(target: str) -> str:
    """Return what a message of alerts is called, by the name of its target."""
    return f"alerts to {target}"


def find_alert_troubles(store: Store, settings: Settings) -> tuple[AlertTrouble, ...]:
    """Return what the targets of the settings have not got lately, the newest first.

    What failed before the last message that arrived is no trouble any more.

    Raises:
        StoreError: If the database fails.
    """
    found: dict[tuple[str, str, str], AlertTrouble] = {}
    arrived: set[str] = set()
    names = {target.name for target in settings.alerts.targets}
    since = store.now() - _LATELY if names else None
    for each in store.list_told_alerts() if since else ():
        if each.state == "told":
            arrived.add(each.target)
        is_open = each.state == "unsure" or (each.state == "failed" and each.target not in arrived)
        if not is_open or each.target not in names or since is None or each.at < since:
            continue
        error = each.error or ENDED
        name = (each.target, each.state, error)
        last = found.get(name)
        found[name] = AlertTrouble(
            target=each.target,
            state="unsure" if each.state == "unsure" else "failed",
            error=error,
            since=last.since if last else each.at,
            count=(last.count if last else 0) + 1,
        )
    return tuple(found.values())
