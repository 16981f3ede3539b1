"""Do one task, and tell what became of it and when it makes sense to try again."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

from listener.errors import ConfigError, ListenerError, StoreError
from listener.jobs.collecting.accounts import Clock, open_collector
from listener.jobs.collecting.collection import begin_round
from listener.jobs.collecting.desk_runs import follow_desk, read_source
from listener.jobs.collecting.open_runs import RunResult
from listener.jobs.collecting.purse import make_purse
from listener.jobs.collecting.rounds import Round
from listener.jobs.task_states import list_task_states
from listener.jobs.tasks import PUBLISH, TaskPlan, list_desks, list_sources
from listener.settings import Settings
from listener.settings.tokens import Tokens
from listener.store.store import Store

if TYPE_CHECKING:
    from listener.label import Phrases

TaskState = Literal["done", "failed", "waiting"]

# Another program makes the report; it may die of it.
_LOOK_AGAIN = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskOutcome:
    """What became of a task.

    Attributes:
        state: `waiting` if there was no leave to do it: for a limit, or for money.
        error: Why it is not done, or not all of it, and what to do about it, in one line.
        retry_at: When it makes sense to try again, where somebody told.
        holds_lane: Whether the platform wants to be left alone by the whole account.
        counts: What it brought, by name.
    """

    state: TaskState = "done"
    error: str = ""
    retry_at: datetime | None = None
    holds_lane: bool = False
    counts: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What tasks are done with.

    Attributes:
        plans: All tasks of the settings.
        load_tokens: Reads them anew, so that a token that was replaced is used.
        load_phrases: What posts are read by.
        owner: The name of this program among those that share the database.
        now: The clock.
    """

    store: Store
    settings: Settings
    plans: tuple[TaskPlan, ...]
    load_tokens: Callable[[], Tokens]
    load_phrases: "Callable[[], Phrases]"
    owner: str
    now: Clock


def run_task(plan: TaskPlan, means: Means, *, is_stopped: Callable[[], bool]) -> TaskOutcome:
    """Do a task; that it fails is an outcome.

    Args:
        plan: The task.
        means: What it is done with.
        is_stopped: Whether it is to end at the next page.

    Raises:
        RunStoppedError: If it ended because it was to.
        StoreError: If the database fails.
    """
    try:
        return _RUNS[plan.kind](plan, means, is_stopped)
    except StoreError:
        raise
    except ConfigError as error:
        return TaskOutcome(state="failed", error="; ".join(error.problems))
    except ListenerError as error:
        return TaskOutcome(state="failed", error=str(error))


def order_tasks(plans: Sequence[TaskPlan], means: Means) -> list[TaskPlan]:
    """Return tasks of one lane in the order in which they are done.

    What is new is read before conversations are asked for again; where money is short,
    what came of open cases goes first.
    """
    purse = make_purse(means.store, means.settings.x, means.settings.brands)
    now = means.now()
    short = {
        plan.brand
        for plan in plans
        if plan.kind == "follow"
        and plan.desk is not None
        and plan.desk.account.platform == "x"
        and purse.is_short(plan.brand, now)
    }
    return sorted(plans, key=lambda plan: (plan.kind == "follow") != (plan.brand in short))


def _collect(plan: TaskPlan, means: Means, is_stopped: Callable[[], bool]) -> TaskOutcome:
    if plan.desk is None or plan.source is None:
        return TaskOutcome()
    tour, tokens = _begin(means, is_stopped), means.load_tokens()
    result = read_source(
        tour,
        plan.desk,
        plan.source,
        lambda desk: open_collector(desk, means.settings, tokens, means.now),
    )
    return judge([result])


def _follow(plan: TaskPlan, means: Means, is_stopped: Callable[[], bool]) -> TaskOutcome:
    if plan.desk is None:
        return TaskOutcome()
    tour, tokens = _begin(means, is_stopped), means.load_tokens()
    results = follow_desk(
        tour,
        plan.desk,
        list_desks(means.plans),
        lambda desk: open_collector(desk, means.settings, tokens, means.now),
    )
    return judge(results)


def judge(results: Sequence[RunResult]) -> TaskOutcome:
    """Return what runs mean for their task: the worst of them counts."""
    bad = sorted(
        (result for result in results if result.state != "done"),
        key=lambda result: result.state != "failed",
    )
    counts = tuple(
        (name, sum(getattr(result, name) for result in results))
        for name in ("read", "new", "changed", "gone")
    )
    if not bad:
        return TaskOutcome(counts=counts)
    retry_at = max((result.retry_at for result in bad if result.retry_at), default=None)
    return TaskOutcome(
        state="failed" if bad[0].state == "failed" else "waiting",
        error=bad[0].error,
        retry_at=retry_at,
        # X counts each kind of request apart.
        holds_lane=retry_at is not None and bad[0].platform == "mastodon",
        counts=counts,
    )


def _begin(means: Means, is_stopped: Callable[[], bool]) -> Round:
    settings = means.settings
    return begin_round(
        means.store,
        make_purse(means.store, settings.x, settings.brands),
        brands=settings.brands,
        now=means.now,
        history_days=settings.x.history_days,
        is_stopped=is_stopped,
    )


def _report(_plan: TaskPlan, means: Means, is_stopped: Callable[[], bool]) -> TaskOutcome:
    """Make all reports that are due, not only those of the task's brand: they are compared."""
    from listener.jobs.editions import make_editions
    from listener.jobs.unmade_editions import find_unmade_editions

    store, settings = means.store, means.settings
    unmade = find_unmade_editions(
        store,
        settings,
        settings.brands,
        sources=list_sources(means.plans),
        # The task is due by the database's clock, which may be ahead of this machine's.
        now=max(means.now(), store.now()),
    )
    soon = means.now() + _LOOK_AGAIN
    made = []
    if unmade.ready:
        phrases, now = means.load_phrases(), means.now()
        made = make_editions(
            store,
            settings,
            phrases,
            unmade.ready,
            owner=means.owner,
            now=now,
            is_stopped=is_stopped,
        )
    counts = (("reports", sum(1 for each in made if each.folder)),)
    if counts[0][1]:
        store.hasten_task(PUBLISH)
    errors = tuple(dict.fromkeys(each.error for each in made if each.error))
    if errors:
        return TaskOutcome(state="failed", error="; ".join(errors), counts=counts)
    if len(made) < len(unmade.ready):
        return TaskOutcome(state="waiting", error="it is made elsewhere", retry_at=soon)
    if unmade.waiting:
        error = f"{unmade.waiting[0].key}: what it tells of is not read yet"
        return TaskOutcome(state="waiting", error=error, retry_at=soon, counts=counts)
    return TaskOutcome(counts=counts)


def _publish(_plan: TaskPlan, means: Means, is_stopped: Callable[[], bool]) -> TaskOutcome:
    from listener.jobs.publishing import publish_by_itself

    store, began = means.store, means.store.now()
    told = publish_by_itself(
        store, means.settings, means.load_phrases, now=means.now(), is_stopped=is_stopped
    )
    if told is None:
        return TaskOutcome()
    changes = told.changes
    counts = (("reports", told.reports), ("new", len(changes.new)), ("gone", len(changes.removed)))
    # What another program made meanwhile is not in it, and could not hasten what ran.
    newest = store.load_editions()["made_at"].max()
    is_late = isinstance(newest, datetime) and newest >= began
    return TaskOutcome(counts=counts, retry_at=means.now() if is_late else None)


def _send(_plan: TaskPlan, means: Means, is_stopped: Callable[[], bool]) -> TaskOutcome:
    from listener.jobs.mail_states import find_mail_troubles
    from listener.jobs.sending import send_editions

    now = means.now()
    sending = send_editions(
        means.store,
        means.settings,
        means.load_tokens().mail_secrets(),
        now=now,
        owner=means.owner,
        load_phrases=means.load_phrases,
        may_go_on=lambda: not is_stopped(),
    )
    counts = (("sent", len(sending.sent)),)
    if sending.troubles:
        return TaskOutcome(state="failed", error="; ".join(sending.troubles), counts=counts)
    # What was not due this time fails on. A mail in doubt was told; nobody tries it again.
    troubles = find_mail_troubles(means.store, means.settings, now=now)
    lines = [trouble.line for trouble in troubles if trouble.state != "unsure"]
    state: TaskState = "waiting" if lines else "done"
    return TaskOutcome(state=state, error="; ".join(lines), counts=counts)


def _alerts(_plan: TaskPlan, means: Means, is_stopped: Callable[[], bool]) -> TaskOutcome:
    from listener.jobs.alerts.rounds import tell_alerts
    from listener.jobs.alerts.states import find_alert_troubles

    told = tell_alerts(
        means.store,
        means.settings,
        means.load_tokens(),
        means.load_phrases,
        now=means.now(),
        owner=means.owner,
        may_go_on=lambda: not is_stopped(),
    )
    counts = (("told", told.told),)
    if told.troubles:
        return TaskOutcome(state="failed", error="; ".join(told.troubles), counts=counts)
    # A target that is left alone for a while fails on. What is in doubt was told.
    troubles = find_alert_troubles(means.store, means.settings)
    lines = [trouble.line for trouble in troubles if trouble.state == "failed"]
    state: TaskState = "waiting" if lines else "done"
    return TaskOutcome(state=state, error="; ".join(lines), counts=counts)


def _tidy(_plan: TaskPlan, means: Means, _is_stopped: Callable[[], bool]) -> TaskOutcome:
    from listener.jobs.tidying import tidy

    result = tidy(means.store, means.settings, now=means.now(), is_by_itself=True)
    erased, ledger = result.erased, result.ledger
    counts = (
        ("erased", erased.posts),
        ("private", erased.private),
        ("runs", ledger.runs),
        ("visits", ledger.visits),
    )
    return TaskOutcome(counts=counts, error=result.note)


def _heartbeat(_plan: TaskPlan, means: Means, _is_stopped: Callable[[], bool]) -> TaskOutcome:
    """Say that all is well, or that something has been wrong for long."""
    from listener.deliver.heartbeat import send_ping
    from listener.jobs.mail_states import find_mail_troubles

    tasks = list_task_states(means.store, means.plans)
    alarms = [task for task in tasks if task.plan.kind != "heartbeat" and task.is_alarming]
    now = means.store.now()
    troubles = find_mail_troubles(means.store, means.settings, now=now)
    count = len(alarms) + sum(trouble.is_news(now) for trouble in troubles)
    send_ping(means.settings.schedule.heartbeat_url, "fail" if count else "success")
    return TaskOutcome(counts=(("alarms", count),))


_RUNS: dict[str, Callable[[TaskPlan, Means, Callable[[], bool]], TaskOutcome]] = {
    "collect": _collect,
    "follow": _follow,
    "report": _report,
    "publish": _publish,
    "send": _send,
    "alerts": _alerts,
    "tidy": _tidy,
    "heartbeat": _heartbeat,
}
