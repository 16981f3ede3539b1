"""Tell what is true now to those who want to know: each alert once, whoever else is telling.

Alerts for one target are one message. They are claimed in the store, marked as begun, then
sent. What certainly did not arrive is given back, and is told later if it is still true.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Literal

from listener.deliver.notify import send_notice
from listener.errors import DeliveryError, ListenerError, StoreError, UnsureDeliveryError
from listener.figures.alerts import Alert, AlertTarget
from listener.jobs.alerts.case_alerts import find_case_alerts
from listener.jobs.alerts.states import name_alerts
from listener.jobs.alerts.watch_alerts import find_watch_alerts
from listener.jobs.troubles import lengthen_pause, tell_trouble
from listener.label import Phrases
from listener.measure.alert_choice import Notice, Quiet, choose_notices
from listener.report.alerts import render_alerts, render_test
from listener.settings import AlertSettings, Settings, Tokens
from listener.settings.alerts import name_variable_of
from listener.store.store import Store

PAUSES = tuple(timedelta(minutes=minutes) for minutes in (5, 15, 60, 240))
"""How long a target is left alone after it has failed, ever longer."""

# More than telling may take: for the database, and for looking up a server's name.
_MORE_TIME = timedelta(minutes=1)
# What is older is no news, and could be told again only then.
_KEPT = timedelta(days=100)
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldNotice:
    """What became of one message.

    Attributes:
        state: `told`, `failed` (it is tried again later) or `unsure` (it is not).
        count: How many alerts were in it.
        error: Why it failed, without the address.
    """

    target: str
    state: Literal["told", "failed", "unsure"]
    count: int
    error: str = ""

    @property
    def line(self) -> str:
        """What happened, and what becomes of it."""
        if self.state == "told":
            return f"alerts to {self.target}: {self.count} told"
        return tell_trouble(self.state, name_alerts(self.target), self.error)


@dataclass(frozen=True, slots=True)
class AlertRound:
    """What one round has told."""

    notices: tuple[ToldNotice, ...] = field(default=())

    @property
    def told(self) -> int:
        """How many alerts arrived."""
        return sum(each.count for each in self.notices if each.state == "told")

    @property
    def troubles(self) -> tuple[str, ...]:
        """What did not arrive, a line a target."""
        return tuple(each.line for each in self.notices if each.state != "told")


def find_alerts(
    store: Store, settings: Settings, load_phrases: Callable[[], Phrases], *, now: datetime
) -> list[Alert]:
    """Return everything that is true now and that somebody wants to know, told or not.

    Raises:
        ConfigError: If phrases cannot be read.
        StoreError: If the database fails.
    """
    return [
        *find_case_alerts(store, settings, load_phrases, now=now),
        *find_watch_alerts(store, settings, now=now),
    ]


def find_notices(store: Store, settings: Settings, alerts: Sequence[Alert]) -> list[Notice]:
    """Return what of this is to be told now, and to whom; nothing is noted down.

    Raises:
        StoreError: If the database fails.
    """
    return choose_notices(
        alerts,
        store.list_told_alerts(),
        settings.alerts.targets,
        now=store.now(),
        quiet=make_quiet(settings.alerts),
    )


def make_quiet(alerts: AlertSettings) -> Quiet:
    """Return when nothing is told that can wait."""
    return Quiet(
        hours=alerts.quiet_hours,
        time_zone=alerts.time_zone,
        holidays=alerts.holidays,
        urgent=alerts.urgent,
    )


def tell_alerts(
    store: Store,
    settings: Settings,
    tokens: Tokens,
    load_phrases: Callable[[], Phrases],
    *,
    now: datetime,
    owner: str,
    may_go_on: Callable[[], bool] = lambda: True,
) -> AlertRound:
    """Tell everything that is new; a target that fails stops no other.

    Args:
        store: Where posts lie, and what was told.
        settings: What is worth an alert, and who gets it.
        tokens: They hold the targets' addresses.
        load_phrases: Loads what posts are read by; called only if cases are told of.
        now: What time it is.
        owner: Who tells, unlike all others.
        may_go_on: Asked before each message; False leaves the rest to the next round.

    Raises:
        ConfigError: If phrases cannot be read.
        StoreError: If the database fails.
    """
    if not settings.alerts.is_on:
        return AlertRound()
    store.clear_alerts(now - _KEPT)
    alerts = find_alerts(store, settings, load_phrases, now=now)
    store.drop_failed_alerts([key for alert in alerts for key in alert.keys])
    teller = _Teller(store, settings, tokens, now, owner)
    told = []
    for notice in find_notices(store, settings, alerts):
        if not may_go_on():
            break
        if notice.alerts and (each := teller.tell(notice)):
            _log.info(
                "alerts=%s state=%s count=%d %s", each.target, each.state, each.count, each.error
            )
            told.append(each)
    return AlertRound(tuple(told))


def send_tests(settings: Settings, tokens: Tokens) -> list[ToldNotice]:
    """Send a message that says that it is a test to each target, and tell what became of it."""
    return [_send_test(target, settings, tokens) for target in settings.alerts.targets]


def _send_test(target: AlertTarget, settings: Settings, tokens: Tokens) -> ToldNotice:
    message = render_test(target.language)
    try:
        _send(target, tokens, settings, message.title, message.text)
    except ListenerError as error:
        state: Literal["failed", "unsure"] = (
            "unsure" if isinstance(error, UnsureDeliveryError) else "failed"
        )
        return ToldNotice(target=target.name, state=state, count=0, error=str(error))
    return ToldNotice(target=target.name, state="told", count=0)


def _send(target: AlertTarget, tokens: Tokens, settings: Settings, title: str, text: str) -> None:
    where = name_variable_of(target)
    address = tokens.find(where)
    if address is None:
        msg = f"{where}: is not set; it holds the address of alerts.targets {target.name}"
        raise DeliveryError(msg)
    timeout = settings.alerts.timeout_seconds
    send_notice(address, title=title, text=text, where=where, timeout_seconds=timeout)


@dataclass(slots=True)
class _Teller:
    """One pass over all targets."""

    store: Store
    settings: Settings
    tokens: Tokens
    now: datetime
    owner: str

    def tell(self, notice: Notice) -> ToldNotice | None:
        """Tell one target; None if somebody else does."""
        name = notice.target.name
        lease = timedelta(seconds=self.settings.alerts.timeout_seconds) + _MORE_TIME
        pause = self._tell_pause(name)
        taken = self.store.claim_alerts(name, notice.alerts, self.owner, lease=lease)
        alerts = [alert for alert in notice.alerts if alert.key in taken]
        if not alerts:
            return None
        try:
            return self._hand_over(notice.target, alerts)
        except StoreError:
            raise
        except ListenerError as error:
            return self._fail(name, alerts, str(error), pause)

    def _hand_over(self, target: AlertTarget, alerts: list[Alert]) -> ToldNotice | None:
        name, keys = target.name, [alert.key for alert in alerts]
        message = render_alerts(alerts, target.language, self.settings.brands, now=self.now)
        if not self.store.begin_alerts(name, keys, self.owner):
            return None
        try:
            _send(target, self.tokens, self.settings, message.title, message.text)
        except UnsureDeliveryError as error:
            self.store.doubt_alerts(name, keys, self.owner, error=str(error))
            return ToldNotice(target=name, state="unsure", count=len(keys), error=str(error))
        self.store.finish_alerts(name, keys, self.owner)
        return ToldNotice(target=name, state="told", count=len(keys))

    def _fail(self, name: str, alerts: list[Alert], error: str, pause: timedelta) -> ToldNotice:
        keys = [alert.key for alert in alerts]
        self.store.release_alerts(name, keys, self.owner, error=error, next_in=pause)
        return ToldNotice(target=name, state="failed", count=len(keys), error=error)

    def _tell_pause(self, target: str) -> timedelta:
        """Return how long a target is left alone if it fails now: longer than the last time."""
        own = (each for each in self.store.list_told_alerts() if each.target == target)
        since = takewhile(lambda each: each.state != "told", own)
        pauses = [each.next_at - each.at for each in since if each.next_at is not None]
        last = max(pauses, default=timedelta(0))
        return lengthen_pause(PAUSES, last)
