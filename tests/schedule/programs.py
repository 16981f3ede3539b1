"""Programs that share a database, with the clock of the scripted platforms.

with run_rounds(tmp_path, accounts="mastodon") as rounds, open_program(rounds) as program:
    program.run()
    rounds.advance(minutes=15)
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from threading import Event
from typing import Any

from listener.app import load_phrases
from listener.jobs.account_leases import LEASE
from listener.jobs.leases import holding
from listener.jobs.task_means import Means
from listener.jobs.task_states import TaskStatus, list_task_states
from listener.jobs.tasks import plan_tasks
from listener.schedule.outages import Outage
from listener.schedule.runner import TaskRunner
from listener.settings import load_tokens
from listener.store.store import Store
from tests.jobs.rounds import Rounds

READS = ("collect", "follow")


class Program:
    """What `listener run` does, step by step."""

    def __init__(self, rounds: Rounds, store: Store, owner: str, **changes: Any) -> None:
        settings = rounds.settings
        tokens = load_tokens(settings, rounds.env)
        values: dict[str, Any] = {
            "store": store,
            "settings": settings,
            "plans": plan_tasks(settings, tokens),
            "load_tokens": lambda: load_tokens(settings, rounds.env),
            "load_phrases": lambda: load_phrases(settings),
            "owner": owner,
            "now": rounds.clock,
        }
        self.means = Means(**(values | changes))
        self.store = store
        self.stop = Event()
        self.outage = Outage()
        leases = holding(store, (), owner, LEASE)
        self.runner = TaskRunner(self.means, leases, self.stop.is_set, self.outage)
        self.runner.agenda.plan(at_once=True)

    def run(self, kinds: tuple[str, ...] = READS) -> int:
        """Do what is due in all lanes of these kinds; return how many tasks that were."""
        plans = [plan for plan in self.means.plans if plan.kind in kinds]
        return sum(self.runner.run_lane(lane) for lane in dict.fromkeys(p.lane for p in plans))

    def find(self, name: str) -> TaskStatus:
        """Return how the only task is whose name holds these words."""
        states = list_task_states(self.store, self.means.plans)
        (found,) = (state for state in states if name in state.plan.name)
        return found

    def list_due(self) -> set[str]:
        return {each.plan.name for each in self.runner.agenda.list_tasks() if each.may_begin}


@contextmanager
def open_program(
    rounds: Rounds, owner: str = "one", *, clock: Any = None, **changes: Any
) -> Iterator[Program]:
    """Open the rounds' database for a program of this name."""

    def tell() -> datetime:
        return clock() if clock else rounds.clock()

    with Store.open(rounds.settings.database_url, clock=tell) as store:
        yield Program(rounds, store, owner, **changes)
