"""Do what is due: claim a task, do it, give it back; one lane in one thread at a time.

When a task is due stands in the database, by its clock. So programs that share one
share the work too, and it is the same whether this one ran all the time or begins now.
"""

import json
import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from listener.errors import StoreError
from listener.jobs.account_leases import LEASE
from listener.jobs.collecting.rounds import RunStoppedError
from listener.jobs.leases import Leases, release_editions
from listener.jobs.task_means import Means, TaskOutcome
from listener.jobs.task_runs import order_tasks, run_task
from listener.jobs.tasks import TaskPlan
from listener.schedule.agenda import NOTHING, Agenda, DueTask
from listener.schedule.outages import Outage

_log = logging.getLogger("listener.tasks")


class TaskRunner:
    """Does tasks of a plan, in as many threads as call it."""

    def __init__(
        self, means: Means, leases: Leases, is_stopped: Callable[[], bool], outage: Outage
    ) -> None:
        """Do nothing yet.

        Args:
            means: What tasks are done with, and which there are.
            leases: Renews what is claimed here; entered by whoever owns the runner.
            is_stopped: Whether nothing new is to begin, and what runs is to end.
            outage: Told how the database is.
        """
        self.agenda = Agenda(means)
        self._means, self._store, self._owner = means, means.store, means.owner
        self._leases, self._is_stopped, self._outage = leases, is_stopped, outage
        self._busy: set[str] = set()
        self._held: set[str] = set()
        self._changed = threading.Condition()

    def run_lane(self, lane: str) -> int:
        """Do everything that is due in a lane, and return how many tasks that were.

        Nothing is done if the lane is taken. Every failure is kept with its task; that the
        database fails is told to the outage, and what is not given back becomes free by itself.
        """
        if self._is_stopped() or self._outage.must_wait():
            return 0
        with self.doing(lane) as may_begin:
            if not may_begin:
                return 0
            try:
                return self._run(lane)
            except StoreError as error:
                self._outage.note_failure(error)
                return 0

    @contextmanager
    def doing(self, name: str) -> Iterator[bool]:
        """Let nobody believe that all is idle; False if something of this name is done already."""
        with self._changed:
            may_begin = name not in self._busy
            self._busy.add(name)
        try:
            yield may_begin
        finally:
            if may_begin:
                with self._changed:
                    self._busy.discard(name)
                    self._changed.notify_all()

    def is_busy(self, lane: str) -> bool:
        """Tell whether something is done in a lane, here."""
        with self._changed:
            return lane in self._busy

    def wait_idle(self, seconds: float) -> bool:
        """Wait until nothing is done any more; False if that takes longer."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._busy, seconds)

    def release(self) -> None:
        """Give everything back that is still claimed here; whoever did it must end at once."""
        with self._changed:
            held = tuple(self._held)
        for name in held:
            self._drop(name)
            with suppress(StoreError):
                self._store.release_task(name, self._owner)
        with suppress(StoreError):
            release_editions(self._store, self._owner)

    def _run(self, lane: str) -> int:
        tasks = [
            each for each in self.agenda.list_tasks() if each.plan.lane == lane and each.may_begin
        ]
        if not tasks:
            return 0
        due, done = {each.plan.name: each for each in tasks}, 0
        plans = [each.plan for each in tasks]
        with self._holding(tasks[0]) as may_go_on:
            for plan in order_tasks(plans, self._means):
                if not may_go_on():
                    break
                outcome = self._do(due[plan.name])
                done += outcome is not None
                if outcome is not None and outcome.holds_lane:
                    self._pause(lane, outcome)
                    break
        return done

    @contextmanager
    def _holding(self, due: DueTask) -> Iterator[Callable[[], bool]]:
        """Hold an account against other programs; tell whether one may go on with it."""
        lane, latest = due.plan.lane, due.lane_latest
        if not due.plan.is_of_account:
            yield lambda: not self._is_stopped()
            return
        if not self._store.claim_task(lane, self._owner, lease=LEASE, latest=latest):
            yield lambda: False
            return
        self._hold(lane)
        try:
            yield lambda: not self._is_stopped() and self._leases.holds(lane)
        finally:
            self._drop(lane)
            # If it was paused, it is given back already, and this changes nothing.
            self._store.finish_task(lane, self._owner, state="done", next_in=NOTHING)

    def _pause(self, lane: str, outcome: TaskOutcome) -> None:
        """Let nobody ask for an account before its platform wants to be asked again."""
        if outcome.retry_at is None:
            return
        self._drop(lane)
        next_in = self.agenda.tell_pause(outcome.retry_at)
        self._store.finish_task(lane, self._owner, state="waiting", next_in=next_in)

    def _do(self, due: DueTask) -> TaskOutcome | None:
        """Claim a task, do it and give it back; None if it was not to be had, or broken off."""
        plan = due.plan
        latest = self.agenda.tell_latest(plan, self._store.now(), is_retry=due.is_retry)
        if not self._store.claim_task(plan.name, self._owner, lease=LEASE, latest=latest):
            return None
        self._hold(plan.name)
        begun = time.monotonic()
        try:
            outcome = self._attempt(plan)
        except BaseException as error:
            with suppress(StoreError):
                self._store.release_task(plan.name, self._owner)
            if not isinstance(error, RunStoppedError):
                raise
            outcome = None
        finally:
            self._drop(plan.name)
        if outcome is not None:
            self._finish(due, outcome)
        _tell(due, outcome, time.monotonic() - begun)
        return outcome

    def _attempt(self, plan: TaskPlan) -> TaskOutcome:
        def must_end() -> bool:
            return self._is_stopped() or not self._leases.holds(plan.name)

        try:
            return run_task(plan, self._means, is_stopped=must_end)
        except RunStoppedError:
            raise
        except StoreError as error:
            # Where the database is away altogether, nobody can write this down either.
            return TaskOutcome(state="failed", error=str(error))
        except Exception as error:  # noqa: BLE001 - a mistake in one task must not end all others
            _log.exception("%s state=broken", _name(plan))
            words = f"unexpected {type(error).__name__}; the log shows where it happened"
            return TaskOutcome(state="failed", error=words)

    def _finish(self, due: DueTask, outcome: TaskOutcome) -> None:
        next_in = self.agenda.tell_next(due, outcome)
        self._store.finish_task(
            due.plan.name,
            self._owner,
            state=outcome.state,
            error=outcome.error,
            next_in=next_in,
        )
        self._outage.note_success()

    def _hold(self, name: str) -> None:
        self._leases.add(name)
        with self._changed:
            self._held.add(name)

    def _drop(self, name: str) -> None:
        self._leases.discard(name)
        with self._changed:
            self._held.discard(name)


def _tell(due: DueTask, outcome: TaskOutcome | None, seconds: float) -> None:
    """Write one line for a task that came to an end; that it fails as before is no news."""
    state = outcome.state if outcome else "stopped"
    told = [f"{_name(due.plan)} state={state} seconds={seconds:.1f}"]
    if outcome is not None:
        told += [f"{name}={count}" for name, count in outcome.counts]
        told += [f'error="{outcome.error}"'] if outcome.error else []
        told += [f"failed_before={due.failures}"] if state == "done" and due.failures else []
    is_old = outcome is not None and bool(outcome.error) and outcome.error == due.error
    level = logging.WARNING if state == "failed" else logging.INFO
    _log.log(logging.DEBUG if is_old else level, "%s", " ".join(told))


def _name(plan: TaskPlan) -> str:
    """Return what a task is in a log: an address without `@` before it would be masked."""
    named = {
        "task": plan.kind,
        "brand": plan.brand,
        "account": f"@{plan.desk.account.handle}" if plan.desk else "",
        "platform": plan.desk.account.platform if plan.desk else "",
        "source": plan.source.kind if plan.source else "",
        "query": json.dumps(plan.source.query) if plan.source and plan.source.query else "",
    }
    return " ".join(f"{name}={value}" for name, value in named.items() if value)
