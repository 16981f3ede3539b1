"""Who is told what now: what is true, less what was told, held back in quiet hours."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from listener.figures.alerts import ALERT_KINDS, Alert, AlertKind, AlertTarget, ToldAlert
from listener.measure.open_hours import list_holidays
from listener.posts import WEEKDAYS, OpeningHours

WAVE_PAUSE = timedelta(hours=12)
"""A wave that goes on is no new one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiet:
    """When nothing is told that can wait.

    Attributes:
        hours: By the wall clock.
        holidays: Whose public holidays are quiet from midnight to midnight; empty for none.
        urgent: The kinds that are told all the same.
    """

    hours: tuple[OpeningHours, ...] = ()
    time_zone: str = "UTC"
    holidays: str = ""
    urgent: tuple[AlertKind, ...] = ()

    def holds(self, now: datetime) -> bool:
        """Tell whether it is quiet now."""
        local = now.astimezone(ZoneInfo(self.time_zone))
        day, at = local.date(), local.time()
        if self.holidays and day in list_holidays(self.holidays, day, day):
            return True
        return any(
            span.weekday == WEEKDAYS[day.weekday()]
            and span.opens <= at
            and (at < span.closes or span.closes == time.max)
            for span in self.hours
        )


@dataclass(frozen=True, slots=True)
class Notice:
    """What one target is to be told in one message.

    Attributes:
        held_back: How many more wait for the end of quiet hours.
    """

    target: AlertTarget
    alerts: tuple[Alert, ...]
    held_back: int = 0


def choose_notices(
    alerts: Iterable[Alert],
    told: Sequence[ToldAlert],
    targets: Iterable[AlertTarget],
    *,
    now: datetime,
    quiet: Quiet,
) -> list[Notice]:
    """Return one notice for each target that has something to be told, now or later.

    Args:
        alerts: What is true now.
        told: What was told, or tried, before.
        targets: Who wants to know what.
        now: What time it is.
        quiet: When nothing is told that can wait.
    """
    alerts = sorted(alerts, key=_rank)
    is_quiet = quiet.holds(now)
    notices = []
    for target in targets:
        own = [each for each in told if each.target == target.name]
        if any(each.next_at is not None and each.next_at > now for each in own):
            continue  # it is left alone, and then gets everything in one message
        new = [alert for alert in alerts if target.gets(alert) and _is_new(alert, own, now)]
        told_now = [alert for alert in new if not is_quiet or alert.kind in quiet.urgent]
        if new:
            notices.append(Notice(target, tuple(told_now), len(new) - len(told_now)))
    return notices


def _is_new(alert: Alert, told: Sequence[ToldAlert], now: datetime) -> bool:
    settled = [each for each in told if each.state != "failed"]
    keys = {each.key for each in settled}
    if alert.keys & keys or (alert.after and not keys & set(alert.after)):
        return False
    return alert.kind != "wave" or not any(
        each.kind == "wave" and each.brand == alert.brand and now - each.at < WAVE_PAUSE
        for each in settled
    )


def _rank(alert: Alert) -> tuple[int, str, datetime, str]:
    return ALERT_KINDS.index(alert.kind), alert.brand, alert.since, alert.key
