"""How everything is that goes by itself: tasks, reports, mails, money."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from listener.jobs.alerts.states import AlertTrouble, find_alert_troubles
from listener.jobs.collecting.forecasts import BrandForecast, forecast_months
from listener.jobs.collecting.purse import make_purse
from listener.jobs.mail_states import MailTrouble, find_mail_troubles
from listener.jobs.old_weeks import ArchiveSummary, sum_up_archive
from listener.jobs.task_states import TaskStatus, list_task_states
from listener.jobs.tasks import list_desks, plan_tasks
from listener.jobs.unsubscribing import Unsubscribed, list_unsubscribed
from listener.settings import Settings
from listener.settings.tokens import Tokens
from listener.store.store import Store

_LAST_WEEKS = timedelta(weeks=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionStatus:
    """How one brand's report of one week is.

    Attributes:
        key: Brand and week, such as `acme:2026-W47`.
        made_at: None while it is not made.
        sent: How many readers it was sent to.
        unsent: How many it could not be sent to yet.
        unsure: To how many it may have gone out or not; it is not sent again by itself.
    """

    key: str
    made_at: datetime | None
    folder: str
    error: str
    sent: int = 0
    unsent: int = 0
    unsure: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """How everything is.

    Attributes:
        as_of: The moment, by the database's clock.
        editions: The reports of the last weeks, the newest first.
        mails: Those of the last four weeks that have not arrived, as far as one knows.
        unsubscribed: The readers who want no more mail.
        alerts: Those of the last days that have not arrived, as far as one knows.
        months: What X has cost this month, by brand, and for all.
        archive: What lies in files; None if nothing does.
    """

    as_of: datetime
    tasks: tuple[TaskStatus, ...]
    editions: tuple[EditionStatus, ...]
    mails: tuple[MailTrouble, ...]
    unsubscribed: tuple[Unsubscribed, ...]
    months: tuple[BrandForecast, ...]
    alerts: tuple[AlertTrouble, ...] = ()
    archive: ArchiveSummary | None = None

    @property
    def alarms(self) -> tuple[TaskStatus, ...]:
        """The tasks that somebody should look at."""
        return tuple(task for task in self.tasks if task.is_alarming)

    @property
    def mail_alarms(self) -> tuple[MailTrouble, ...]:
        """The mails that do not go out by themselves any more."""
        return tuple(mail for mail in self.mails if mail.is_alarming)

    @property
    def is_planned(self) -> bool:
        """Whether anything has ever been run by itself."""
        return any(task.due_at or task.owner for task in self.tasks)


def report_status(store: Store, settings: Settings, tokens: Tokens) -> Status:
    """Return how everything is, without asking any platform.

    Raises:
        ConfigError: If the tokens cannot be read.
        StoreError: If the database fails.
    """
    plans = plan_tasks(settings, tokens)
    now = store.now()
    purse = make_purse(store, settings.x, settings.brands)
    archive = sum_up_archive(store, settings)
    return Status(
        as_of=now,
        tasks=tuple(list_task_states(store, plans)),
        editions=tuple(_list_editions(store, now)),
        mails=find_mail_troubles(store, settings, now=now),
        unsubscribed=list_unsubscribed(store, settings),
        alerts=find_alert_troubles(store, settings),
        months=forecast_months(store, list_desks(plans), purse, now=now),
        archive=archive if archive.files else None,
    )


def _list_editions(store: Store, now: datetime) -> list[EditionStatus]:
    mails = store.load_mails().to_dicts()
    rows = store.load_editions().filter(
        pl.col("made_at").is_null() | (pl.col("made_at") >= now - _LAST_WEEKS)
    )
    found = [_describe(row, mails) for row in rows.iter_rows(named=True)]
    return sorted(found, key=lambda each: (each.key.rpartition(":")[2], each.key), reverse=True)


def _describe(row: dict[str, Any], mails: Sequence[dict[str, Any]]) -> EditionStatus:
    own = [mail for mail in mails if mail["key"] == row["key"]]
    sent = sum(mail["sent_at"] is not None for mail in own)
    unsure = sum(bool(mail["unsure"]) for mail in own)
    return EditionStatus(
        key=row["key"],
        made_at=row["made_at"],
        folder=row["folder"] or "",
        error=row["error"] or "",
        sent=sent,
        unsent=len(own) - sent - unsure,
        unsure=unsure,
    )
