"""When each task is due, as all programs that share a database see it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from listener.jobs.collecting.rounds import LONGEST_PAUSE
from listener.jobs.task_means import Means, TaskOutcome
from listener.jobs.tasks import OTHERS, TaskPlan, list_names
from listener.schedule.triggers import make_trigger, spread_start, tell_next

MARGIN = timedelta(minutes=1)
NOTHING = timedelta(0)
# A failed task is not left alone for longer than this, even if its rhythm is a week.
_RETRIES = tuple(timedelta(minutes=minutes) for minutes in (5, 15, 60, 240))
_FIRST_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class DueTask:
    """When a task is due, by the database's clock.

    Attributes:
        due_in: How long until then; less than nothing if that has passed.
        is_free: Whether nobody does it now.
        failures: How often it has failed without an end in `done`.
        is_retry: Whether it waits for something else than its rhythm.
        lane_latest: As `tell_latest`, for the lane of an account.
        error: Why it was not done the last time.
    """

    plan: TaskPlan
    due_in: timedelta
    is_free: bool
    failures: int
    is_retry: bool
    lane_latest: timedelta = MARGIN
    error: str = ""

    @property
    def may_begin(self) -> bool:
        """Whether it is due and nobody does it."""
        return self.is_free and self.due_in <= NOTHING


class Agenda:
    """The tasks of the settings in the database; each method may raise `StoreError`."""

    def __init__(self, means: Means) -> None:
        """Ask nothing yet."""
        self._means, self._store = means, means.store
        self._jitter = float(means.settings.schedule.jitter_seconds)
        self._even = {plan.name: make_trigger(plan.when, zone=plan.zone) for plan in means.plans}

    def plan(self, *, at_once: bool = False) -> None:
        """Make the tasks known to all programs, and forget those of earlier settings.

        Args:
            at_once: Whether new ones are due now. Otherwise their first times are
                spread over some seconds, so that not all servers are asked at once.
        """
        self._make_known(0.0 if at_once else min(self._jitter, _FIRST_SECONDS))
        self._store.drop_tasks([*list_names(self._means.plans), *OTHERS])

    def _make_known(self, spread: float) -> None:
        now = self._store.now()
        for plan in self._means.plans:
            # Nothing is erased because somebody tries the program out.
            is_nightly = plan.kind == "tidy"
            first_in = tell_next(self._even[plan.name], now) - now if is_nightly else NOTHING
            self._store.plan_tasks([plan.name], first_in=first_in + spread_start(spread))
        self._store.plan_tasks(list_names(self._means.plans))

    def list_tasks(self) -> list[DueTask]:
        """Return all tasks with when they are due."""
        rows = {row["name"]: row for row in self._store.load_tasks().iter_rows(named=True)}
        now = self._store.now()
        known = [(plan, rows[plan.name]) for plan in self._means.plans if plan.name in rows]
        if len(known) < len(self._means.plans):
            # Another program with other settings has forgotten them.
            self._make_known(0.0)
        paused = {name for name, row in rows.items() if row["state"] == "waiting"}
        return [self._describe(plan, row, now, paused) for plan, row in known]

    def tell_latest(self, plan: TaskPlan, now: datetime, *, is_retry: bool) -> timedelta:
        """Return after how long a task is due at the latest, if it was planned by this clock."""
        regular = tell_next(self._even[plan.name], now) - now
        spread = timedelta(seconds=self._jitter) + MARGIN
        return max(regular, LONGEST_PAUSE if is_retry else NOTHING) + spread

    def tell_next(self, due: DueTask, outcome: TaskOutcome) -> timedelta:
        """Return how long after now a task is due again that has come to this end."""
        if outcome.retry_at is not None:
            return self.tell_pause(outcome.retry_at) + spread_start(self._jitter)
        now, plan = self._store.now(), due.plan
        trigger = make_trigger(plan.when, zone=plan.zone, jitter=self._jitter)
        regular = tell_next(trigger, now) - now
        if outcome.state == "failed":
            return min(regular, _RETRIES[min(due.failures, len(_RETRIES) - 1)])
        return regular

    def tell_pause(self, retry_at: datetime) -> timedelta:
        """Return how long a platform is left alone that told until when."""
        return min(max(retry_at - self._means.now(), NOTHING), LONGEST_PAUSE)

    def _describe(
        self, plan: TaskPlan, row: dict[str, Any], now: datetime, paused: Collection[str]
    ) -> DueTask:
        is_retry = row["state"] != "done"
        due_in = row["due_at"] - now
        if due_in > self.tell_latest(plan, now, is_retry=is_retry):
            due_in = NOTHING  # the clock was ahead when that was planned
        is_free = row["owner"] is None or row["lease_until"] <= now
        # A lane waits for nothing but its platform.
        lane_latest = MARGIN + (LONGEST_PAUSE if plan.lane in paused else NOTHING)
        error = "" if row["state"] == "done" else row["error"]
        return DueTask(plan, due_in, is_free, row["failures"], is_retry, lane_latest, error)
