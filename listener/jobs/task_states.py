"""How the tasks are: what runs, what is next, what fails and since when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from listener.jobs.tasks import WEEKLY, TaskPlan, plan_weekly
from listener.store.store import Store

# From then on somebody should look.
LONGEST_FAILURE = timedelta(days=1)
LONGEST_DELAY = timedelta(hours=1)
# A report may take long to make; nobody is late who works.
_NEVER = "new"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskStatus:
    """How one task is, by the database's clock.

    Attributes:
        state: `running`, or what became of it the last time: `done`, `failed`,
            `waiting` (for a limit or for money); `new` if it was never done.
        last_end: When it last came to an end, well or badly.
        due_at: When it is to be done next; None while it is done, or if nobody planned it.
        owner: Who does it now.
        failing_since: When it failed first without being done since.
        is_overdue: Whether it should have begun an hour ago: nobody runs.
        is_alarming: Whether somebody should look: it is overdue, or has failed for a day.
    """

    plan: TaskPlan
    state: str
    last_end: datetime | None = None
    due_at: datetime | None = None
    owner: str = ""
    failing_since: datetime | None = None
    failures: int = 0
    takeovers: int = 0
    error: str = ""
    is_overdue: bool = False
    is_alarming: bool = False


def list_task_states(store: Store, plans: Sequence[TaskPlan]) -> list[TaskStatus]:
    """Return how the tasks of the settings are, in their order, and `listener weekly` if it ran.

    Raises:
        StoreError: If the database fails.
    """
    rows = {row["name"]: row for row in store.load_tasks().iter_rows(named=True)}
    now = store.now()
    paused = {name: row["due_at"] for name, row in rows.items() if row["due_at"] > now}
    weekly = [plan_weekly()] if WEEKLY in rows else []
    if weekly and not any(plan.name in rows for plan in plans):
        plans = ()  # cron does it all
    return [
        _describe(plan, rows.get(plan.name), paused.get(plan.lane), now)
        for plan in (*plans, *weekly)
    ]


def _describe(
    plan: TaskPlan, row: dict[str, Any] | None, lane_due_at: datetime | None, now: datetime
) -> TaskStatus:
    if row is None:
        return TaskStatus(plan=plan, state=_NEVER)
    is_running = row["owner"] is not None and row["lease_until"] > now
    due_at = max(filter(None, (row["due_at"], lane_due_at)))
    is_overdue = not is_running and now - due_at > LONGEST_DELAY
    since = row["failing_since"]
    return TaskStatus(
        plan=plan,
        state="running" if is_running else row["state"],
        last_end=row["finished_at"],
        due_at=None if is_running else due_at,
        owner=row["owner"] or "" if is_running else "",
        failing_since=since,
        failures=row["failures"],
        takeovers=row["takeovers"],
        error="" if row["state"] == "done" else row["error"],
        is_overdue=is_overdue,
        is_alarming=is_overdue or (since is not None and now - since > LONGEST_FAILURE),
    )
