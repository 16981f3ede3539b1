"""`listener run`: do everything by itself, until it is told to stop."""

import os
import signal
import sys
from threading import Event
from typing import TYPE_CHECKING, Annotated

import typer

from listener.cli.owners import name_owner
from listener.cli.root import current_settings, current_state
from listener.errors import ConfigError, ListenerError
from listener.logs import configure_logs

if TYPE_CHECKING:
    from types import FrameType

    from listener.jobs.task_means import Means
    from listener.jobs.tasks import TaskPlan
    from listener.settings import Settings
    from listener.store.store import Store

EXAMPLES = (
    "listener run",
    "listener run --json-logs",
    "listener run --once",
)

_STOPS = (signal.SIGTERM, signal.SIGINT)


def command(
    once: Annotated[
        bool, typer.Option("--once", help="do what is due now, then end; for tests and cron")
    ] = False,
    json_logs: Annotated[
        bool, typer.Option("--json-logs", help="write logs as JSON, one object a line")
    ] = False,
) -> None:
    """Collect, follow open cases, make and send reports, and tidy up, as the settings say.

    It runs until SIGTERM or the keyboard stops it, which loses nothing and takes ten seconds
    at most; a second signal ends it at once. Several may share one PostgreSQL: they
    share the work. "listener status" tells how it goes. It waits for a database that is away,
    also at the very start, and says so once; an address, a password, rights or a schema that
    do not fit end it at once.
    """
    settings = current_settings()
    if not settings.brands:
        msg = 'brands: there are none to watch; name some with "listener init"'
        raise ConfigError(msg)
    # Before anything heavy is loaded: to be stopped is no failure, however early.
    stop = Event() if once else _catch_signals()
    from listener.app import open_store

    state = current_state()
    configure_logs("DEBUG" if state.debug else "INFO", json=json_logs)
    plans = _plan(settings)  # what is wrong with the settings is told before anybody waits
    if once:
        with open_store(settings) as store:
            _run_once(make_means(settings, plans, store))
    else:
        _run_on(settings, plans, stop)


def _plan(settings: "Settings") -> "tuple[TaskPlan, ...]":
    """Return all tasks.

    Raises:
        ConfigError: If tokens or phrases cannot be read.
    """
    from listener.app import load_phrases
    from listener.jobs.publishing import check_publishing
    from listener.jobs.tasks import plan_tasks
    from listener.settings.tokens import load_tokens

    load_phrases(settings)  # what is wrong with them is told now, not on Monday
    if settings.publish.folder is not None:
        check_publishing(settings, settings.publish.folder, place="publish.folder")
    return plan_tasks(settings, load_tokens(settings))


def make_means(settings: "Settings", plans: "tuple[TaskPlan, ...]", store: "Store") -> "Means":
    """Return what tasks are done with."""
    from listener.app import load_phrases
    from listener.jobs.task_means import Means
    from listener.schedule import clocks
    from listener.settings.tokens import load_tokens

    return Means(
        store=store,
        settings=settings,
        plans=plans,
        load_tokens=lambda: load_tokens(settings),
        load_phrases=lambda: load_phrases(settings),
        owner=name_owner(),
        now=clocks.now,
    )


def _catch_signals() -> Event:
    """Return what the first signal sets; the second one ends the process at once."""
    stop = Event()

    def stop_once(number: int, _frame: "FrameType | None") -> None:
        if stop.is_set():
            os._exit(128 + number)
        stop.set()

    for number in _STOPS:
        signal.signal(number, stop_once)
    return stop


def _run_on(settings: "Settings", plans: "tuple[TaskPlan, ...]", stop: Event) -> None:
    from listener.app import open_store
    from listener.schedule.starts import open_in_time
    from listener.schedule.worker import Worker

    store = open_in_time(lambda: open_store(settings), stop)
    if store is None:
        _leave()
        return
    with store:
        if not Worker(make_means(settings, plans, store), stop).run():
            _leave()


def _leave() -> None:
    """End at once: a thread that does not end would keep the interpreter from ending."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def _run_once(means: "Means") -> None:
    from listener.schedule.worker import run_once

    failed = run_once(means)
    if failed:
        msg = f'{failed} tasks failed; "listener status" tells which and why'
        raise ListenerError(msg)
