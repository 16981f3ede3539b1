"""Do one task, and tell what became of it and when it makes sense to try again."""

from collections.abc import Callable, Sequence

from listener.errors import ConfigError, ListenerError, StoreError
from listener.jobs.collecting.accounts import open_collector
from listener.jobs.collecting.collection import begin_round
from listener.jobs.collecting.desk_runs import follow_desk, read_source
from listener.jobs.collecting.open_runs import RunResult
from listener.jobs.collecting.purse import make_purse
from listener.jobs.collecting.rounds import Round
from listener.jobs.inner_tasks import (
    make_reports,
    publish_reports,
    send_heartbeat,
    send_reports,
    tell_alerts_now,
    tidy_store,
)
from listener.jobs.task_means import Means, TaskOutcome
from listener.jobs.tasks import TaskPlan, list_desks


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


_RUNS: dict[str, Callable[[TaskPlan, Means, Callable[[], bool]], TaskOutcome]] = {
    "collect": _collect,
    "follow": _follow,
    "report": make_reports,
    "publish": publish_reports,
    "send": send_reports,
    "alerts": tell_alerts_now,
    "tidy": tidy_store,
    "heartbeat": send_heartbeat,
}
