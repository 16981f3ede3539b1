"""Everything that cron has to call: collect, make the reports that are due, send them, tidy."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import cache

from listener.deliver.heartbeat import Kind, send_ping
from listener.errors import DeliveryError, ListenerError, StoreError
from listener.jobs.collecting.accounts import Clock
from listener.jobs.cron_rhythm import expect_next
from listener.jobs.leases import holding
from listener.jobs.tasks import WEEKLY, plan_tasks
from listener.jobs.weekly_round import Say, WeeklyRound, WeeklyRun
from listener.label import Phrases
from listener.settings import MailSecrets, Settings, Tokens
from listener.store.store import Store

LEASE = timedelta(seconds=60)
# Who is still at work after that long waits for something that does not come.
LONGEST = timedelta(hours=6)
_ANY_TIME = timedelta(0)


def run_weekly(
    store: Store,
    settings: Settings,
    tokens: Tokens,
    load_phrases: Callable[[], Phrases],
    *,
    secrets: MailSecrets,
    now: Clock,
    owner: str,
    say: Say,
) -> WeeklyRun:
    """Read what is new, make the reports that are due, send them; as often as one likes.

    Once a day it tidies up too, and publishes, as after each new report.

    Only one run works at a time, whatever the number of machines. What fails stops
    nothing else, and the next run makes up for it. `schedule.heartbeat_url` is told of
    start, success and failure.

    Args:
        store: Where everything is kept.
        settings: What is watched, and when reports are due.
        tokens: What accounts are read with.
        load_phrases: Loads what posts are read by, which takes a while: only if needed.
        secrets: Of mail.
        now: The clock.
        owner: The name of this run, unlike all others.
        say: Told what is being done, a line each.

    Raises:
        ConfigError: If an account's address or keys cannot be used.
        ListenerError: If another run has been at work for hours.
        StoreError: If the database fails.
    """
    plans = plan_tasks(settings, tokens)
    store.plan_tasks([WEEKLY])
    next_in = _expect_next(store)
    if not store.claim_task(WEEKLY, owner, lease=LEASE, latest=_ANY_TIME):
        _check_other(store)
        say("another run is at work; it does everything")
        return WeeklyRun(is_elsewhere=True)
    _ping(settings, "start", say)
    with holding(store, [WEEKLY], owner, LEASE) as leases:
        weekly = WeeklyRound(
            store, settings, tokens, cache(load_phrases), secrets, now, owner, say, leases, plans
        )
        try:
            run = weekly.run()
        except BaseException as error:
            _give_back(store, owner, error, next_in)
            _ping(settings, "fail", say)
            raise
    why = "; ".join(run.troubles)
    store.finish_task(WEEKLY, owner, state="failed" if why else "done", error=why, next_in=next_in)
    _ping(settings, "fail" if why else "success", say)
    return run


def _ping(settings: Settings, kind: Kind, say: Say) -> None:
    """Tell the watching service; if it cannot be told, it will notice the silence."""
    if not settings.schedule.heartbeat_url:
        return
    try:
        send_ping(settings.schedule.heartbeat_url, kind)
    except DeliveryError as error:
        say(str(error))


def _check_other(store: Store) -> None:
    """Complain about a run that does not come to its end.

    Raises:
        ListenerError: If it began too long ago.
    """
    tasks = store.load_tasks().filter(name=WEEKLY).drop_nulls("owner")
    for owner, began in tasks.select("owner", "started_at").iter_rows():
        if store.now() - began >= LONGEST:
            msg = (
                f'another "listener weekly" has been at work since {began:%Y-%m-%d %H:%M} UTC '
                f"({owner}); look what it waits for, or end it"
            )
            raise ListenerError(msg)


def _expect_next(store: Store) -> timedelta:
    """Return when cron should call again at the latest, if this run ended now."""
    (row,) = store.load_tasks().filter(name=WEEKLY).iter_rows(named=True)
    return expect_next(row["finished_at"], row["due_at"], store.now())


def _give_back(store: Store, owner: str, error: BaseException, next_in: timedelta) -> None:
    """Let the next run begin at once; if the database is away, the lease ends by itself."""
    with suppress(StoreError):
        if isinstance(error, Exception):
            store.finish_task(WEEKLY, owner, state="failed", error=str(error), next_in=next_in)
        else:  # somebody stopped it
            store.release_task(WEEKLY, owner)
