"""Do the tasks for which no platform is asked: make reports, publish, send, tell, tidy up.

What each needs is imported when it is done: a program that only reads never loads it.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from listener.jobs.task_means import Means, TaskOutcome, TaskState
from listener.jobs.task_states import list_task_states
from listener.jobs.tasks import PUBLISH, TaskPlan, list_sources

# Another program makes the report; it may die of it.
_LOOK_AGAIN = timedelta(minutes=5)


def make_reports(_plan: TaskPlan, means: Means, is_stopped: Callable[[], bool]) -> TaskOutcome:
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


def publish_reports(_plan: TaskPlan, means: Means, is_stopped: Callable[[], bool]) -> TaskOutcome:
    """Write the site anew; what was made meanwhile is published at once as well."""
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


def send_reports(_plan: TaskPlan, means: Means, is_stopped: Callable[[], bool]) -> TaskOutcome:
    """Mail what was made to those who have not got it yet."""
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


def tell_alerts_now(_plan: TaskPlan, means: Means, is_stopped: Callable[[], bool]) -> TaskOutcome:
    """Tell what is true now to whoever wants to know and does not."""
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


def tidy_store(_plan: TaskPlan, means: Means, _is_stopped: Callable[[], bool]) -> TaskOutcome:
    """Erase what is too old."""
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


def send_heartbeat(_plan: TaskPlan, means: Means, _is_stopped: Callable[[], bool]) -> TaskOutcome:
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
