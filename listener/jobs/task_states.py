"""How the tasks are: what runs, what is next, what fails and since when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from listener.jobs.tasks import SHARED, WEEKLY, TaskPlan, plan_weekly
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
    # A lane that is paused or at work lets its tasks wait.
    paused = {
        name: max(row["due_at"], now if _is_leased(row, now) else row["due_at"])
        for name, row in rows.items()
    }
    weekly = [plan_weekly()] if WEEKLY in rows else []
    if weekly and _is_left_to_cron(rows, plans):
        plans = ()
    elif weekly and _is_old(rows[WEEKLY], now):
        weekly = []  # `listener run` does everything by now
    return [
        _describe(plan, rows.get(plan.name), paused.get(plan.lane), now)
        for plan in (*plans, *weekly)
    ]


def _is_leased(row: Mapping[str, Any], now: datetime) -> bool:
    return row["owner"] is not None and row["lease_until"] > now


def _is_old(row: Mapping[str, Any], now: datetime) -> bool:
    return row["finished_at"] is not None and now - row["finished_at"] > LONGEST_FAILURE


def _is_left_to_cron(rows: Mapping[str, dict[str, Any]], plans: Sequence[TaskPlan]) -> bool:
    """Tell whether `listener weekly` does everything, now if not always.

    It tidies and tells alerts too, so that says nothing.
    """
    names = [plan.name for plan in plans if plan.name not in SHARED and plan.name in rows]
    begun = [rows[name]["started_at"] for name in names if rows[name]["started_at"] is not None]
    last = rows[WEEKLY]["finished_at"]
    return not names or (last is not None and max(begun, default=last) < last - LONGEST_DELAY)


def _describe(
    plan: TaskPlan, row: dict[str, Any] | None, lane_due_at: datetime | None, now: datetime
) -> TaskStatus:
    if row is None:
        return TaskStatus(plan=plan, state=_NEVER)
    is_running = _is_leased(row, now)
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
