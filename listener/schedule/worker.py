"""Run tasks until somebody says stop: APScheduler wakes, the database decides.

Each task has a job of APScheduler that fires when the task is due. What is due stands in
the database, and other programs, failures and platforms that ask for patience change
it: every few seconds a sweep looks, and moves the jobs. It also finds what a program
left behind that died. So no job of APScheduler has to be right, or on time.
"""

import logging
import threading
import time
from contextlib import ExitStack, suppress
from datetime import timedelta
from typing import Any

from apscheduler.executors.pool import ThreadPoolExecutor  # type: ignore[import-untyped]
from apscheduler.jobstores.base import JobLookupError  # type: ignore[import-untyped]
from apscheduler.schedulers.background import (  # type: ignore[import-untyped]
    BackgroundScheduler,
)

from listener.collect.connections import cut_requests
from listener.deliver.heartbeat import send_ping
from listener.errors import DeliveryError, StoreError
from listener.jobs.account_leases import LEASE
from listener.jobs.leases import Leases, holding
from listener.jobs.task_means import Means
from listener.jobs.task_states import list_task_states
from listener.schedule import clocks
from listener.schedule.agenda import DueTask
from listener.schedule.outages import Outage
from listener.schedule.runner import TaskRunner
from listener.schedule.triggers import make_trigger

# A dead program's lease, and then a sweep: together less than a minute.
SWEEP_SECONDS = 10
THREADS = 4
# Hosts kill what does not end within ten seconds. First a run may come to the end of its page,
# then its request is cut off; what still does not end is left behind.
_GENTLE_SECONDS = 2.5
_STOP_SECONDS = 7.0
_TICK_SECONDS = 1.0
_CUT_SECONDS = 0.2
_SWEEP = "sweep"
_TOLERANCE = timedelta(seconds=1)
# All of them late if need be, never two of one, and what was missed only once.
_ALWAYS = {"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
_log = logging.getLogger("listener.schedule")


class Worker:
    """Does the tasks of a plan, in a few threads, until `stop` is set."""

    def __init__(
        self,
        means: Means,
        stop: threading.Event,
        *,
        watch: clocks.ClockWatch | None = None,
        outage: Outage | None = None,
    ) -> None:
        """Begin nothing yet.

        Args:
            means: What tasks are done with, and which there are.
            stop: Set by whoever wants an end; signals do.
            watch: Notices that the clock was set.
            outage: Says that the database is away, and how long it is left alone then.
        """
        self._means, self._stop = means, stop
        self._watch = watch or clocks.ClockWatch()
        self._leases: Leases = holding(means.store, (), means.owner, LEASE)
        self._outage = outage or Outage()
        self._runner = TaskRunner(means, self._leases, stop.is_set, self._outage)
        self._scheduler = self._make_scheduler()
        self._is_planned = False

    def run(self) -> bool:
        """Work until it is to stop.

        Returns:
            Whether all threads came to their end. If not, everything is given back all
            the same, and the process must end at once.
        """
        with ExitStack() as stack:
            stack.enter_context(self._leases)
            self._scheduler.start()
            _log.info("state=started tasks=%d owner=%s", len(self._means.plans), self._means.owner)
            while not self._stop.wait(_TICK_SECONDS):
                self._look_at_clock()
            self._scheduler.shutdown(wait=False)
            is_idle = self._wait_for_end()
            if not is_idle:
                self._give_back()
                stack.pop_all()  # nobody waits for the database any more
        _log.info("state=stopped clean=%s", str(is_idle).lower())
        return is_idle

    def _make_scheduler(self) -> BackgroundScheduler:
        # It says at INFO whatever it does, and warns of a job that is still at work, as intended.
        logging.getLogger("apscheduler").setLevel(logging.ERROR)
        scheduler = BackgroundScheduler(
            timezone="UTC",
            executors={"default": ThreadPoolExecutor(THREADS), _SWEEP: ThreadPoolExecutor(1)},
            job_defaults=_ALWAYS,
        )
        jitter = float(self._means.settings.schedule.jitter_seconds)
        for plan in self._means.plans:
            scheduler.add_job(
                self._runner.run_lane,
                make_trigger(plan.when, zone=plan.zone, jitter=jitter),
                args=(plan.lane,),
                id=plan.name,
            )
        scheduler.add_job(
            self._sweep,
            "interval",
            seconds=SWEEP_SECONDS,
            id=_SWEEP,
            executor=_SWEEP,
            next_run_time=clocks.now(),
        )
        scheduler.add_job(self._announce, id="start")
        return scheduler

    def _announce(self) -> None:
        """Tell whoever watches that a program began; tasks tell the rest."""
        url = self._means.settings.schedule.heartbeat_url
        if url:
            with self._runner.doing("start"):
                try:
                    send_ping(url, "start")
                except DeliveryError as error:
                    _log.warning('heartbeat=failed error="%s"', error)

    def _sweep(self) -> None:
        """Look into the database, and let each job fire when its task is due."""
        with self._runner.doing(_SWEEP):
            self._look_into_database()

    def _look_into_database(self) -> None:
        if self._stop.is_set() or self._outage.must_wait():
            return
        try:
            if not self._is_planned:
                self._runner.agenda.plan()
                self._is_planned = True
            tasks = self._runner.agenda.list_tasks()
        except StoreError as error:
            self._outage.note_failure(error)
            return
        for each in tasks:
            self._move(each)

    def _move(self, task: DueTask) -> None:
        plan = task.plan
        now = clocks.now()
        if task.may_begin:
            if not self._runner.is_busy(plan.lane):
                self._modify(plan.name, next_run_time=now)
        elif task.is_free:
            due_at = now + task.due_in
            job = self._scheduler.get_job(plan.name)
            if job is not None and abs(job.next_run_time - due_at) > _TOLERANCE:
                self._modify(plan.name, next_run_time=due_at)

    def _modify(self, name: str, **changes: Any) -> None:  # noqa: ANN401 - APScheduler's
        with suppress(JobLookupError):  # it was shut down meanwhile
            self._scheduler.modify_job(name, **changes)

    def _look_at_clock(self) -> None:
        """Plan anew when the clock was set: APScheduler would wait for the old time."""
        step = self._watch.find_step()
        if step is not None:
            _log.warning(
                "clock=stepped seconds=%+d; everything is planned anew", step.total_seconds()
            )
            self._modify(_SWEEP, next_run_time=clocks.now())

    def _wait_for_end(self) -> bool:
        """Let runs end by themselves, then cut their requests off; tell whether all have ended."""
        begun = time.monotonic()
        if self._runner.wait_idle(_GENTLE_SECONDS):
            return True
        while time.monotonic() - begun < _STOP_SECONDS:
            cut_requests()
            if self._runner.wait_idle(_CUT_SECONDS):
                return True
        return False

    def _give_back(self) -> None:
        """Give leases back from a thread of its own: the database may hang too."""
        giving = threading.Thread(target=self._runner.release, daemon=True)
        giving.start()
        giving.join(1.0)


def run_once(means: Means) -> int:
    """Do what is due now, lane by lane, and return how many tasks failed.

    Raises:
        StoreError: If the database fails.
    """
    begun = means.store.now()
    with holding(means.store, (), means.owner, LEASE) as leases:
        outage = Outage()
        runner = TaskRunner(means, leases, lambda: False, outage)
        runner.agenda.plan(at_once=True)
        for lane in dict.fromkeys(plan.lane for plan in means.plans):
            runner.run_lane(lane)
    tasks = list_task_states(means.store, means.plans)
    return sum(
        task.state == "failed" and task.last_end is not None and task.last_end >= begun
        for task in tasks
    )
