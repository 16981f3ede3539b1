"""Alerts about the program itself: an account that is not read, a budget that is nearly spent."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import groupby

from listener.collect.budget import tell_month
from listener.figures.alerts import Alert, make_alert_key
from listener.jobs.collecting.purse import make_purse
from listener.jobs.observing import list_current_sources, list_delays, load_watch
from listener.jobs.source_states import SourceState, list_source_states
from listener.posts import Platform
from listener.settings import Settings
from listener.store.store import Store

# A source is late when its rhythm has failed three times; cron lines may pause for a weekend.
# Older runs are told of as far as they say how each source stands.
_LAST_RUNS = timedelta(days=1)
_RHYTHMS = 3
_CRON_RHYTHM = timedelta(days=1)
_SPENT = 1.0


def find_watch_alerts(store: Store, settings: Settings, *, now: datetime) -> Iterator[Alert]:
    """Return which accounts are not read, and which budgets are nearly spent.

    Raises:
        StoreError: If the database fails.
    """
    if settings.alerts.wants("silent"):
        yield from _find_silent(store, settings, now)
    if settings.alerts.wants("budget"):
        yield from _find_budgets(store, settings, now)


def _find_silent(store: Store, settings: Settings, now: datetime) -> Iterator[Alert]:
    """Yield one alert an account, named by what was read last: it is told once a silence."""
    watch = load_watch(
        store,
        delays=list_delays(settings),
        sources=list_current_sources(settings),
        since=now - _LAST_RUNS,
    )
    brands = [brand.key for brand in settings.brands]
    states = [
        state
        for state in list_source_states(store, watch, brands, now)
        if state.state != "removed" and now - _tell_last(state) > _tell_patience(settings, state)
    ]
    states.sort(key=_name_account)
    for (brand, platform, account), group in groupby(states, key=_name_account):
        since = min(_tell_last(state) for state in group)
        yield Alert(
            kind="silent",
            key=make_alert_key("silent", brand, platform, account, since.isoformat()),
            brand=brand,
            since=since,
            platform=platform,
            account=account,
        )


def _name_account(state: SourceState) -> tuple[str, str, str]:
    return state.brand, state.platform, state.account


def _tell_last(state: SourceState) -> datetime:
    """Return when a source was last read to its end, or first tried if it never was."""
    return state.last_done or state.failing_since or state.last_run


def _tell_patience(settings: Settings, state: SourceState) -> timedelta:
    platform: Platform = "mastodon" if state.platform == "mastodon" else "x"
    rhythm = settings.schedule.find_rhythm(state.brand, platform, state.kind)
    least = timedelta(hours=settings.alerts.find_limits(state.brand).silent_hours)
    return max(least, _RHYTHMS * (rhythm.every or _CRON_RHYTHM))


def _find_budgets(store: Store, settings: Settings, now: datetime) -> Iterator[Alert]:
    """Yield each cap of which much is spent, and once more when it is spent altogether."""
    purse, month = make_purse(store, settings.x, settings.brands), tell_month(now)
    rooms = {
        room.setting: room for brand in settings.brands for room in purse.list_rooms(brand.key, now)
    }
    for setting, room in rooms.items():
        share = float(1 - room.left / room.cap) if room.cap else 0.0
        brand = room.brands[0] if room.brands else ""  # a cap for all has the common limit
        limits = (_SPENT, settings.alerts.find_limits(brand).budget_percent / 100)
        reached = next((limit for limit in limits if share >= limit), None)
        if reached is not None:
            yield Alert(
                kind="budget",
                key=make_alert_key("budget", setting, month, f"{reached:.2f}"),
                brand=brand,
                since=now,
                share=share,
                setting=setting,
            )
