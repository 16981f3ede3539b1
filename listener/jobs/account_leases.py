"""Accounts are asked by one program at a time: a platform counts all its requests together."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta

from listener.errors import StoreError
from listener.jobs.collecting.plans import Desk
from listener.jobs.collecting.rounds import LONGEST_PAUSE
from listener.jobs.leases import holding
from listener.jobs.tasks import TaskPlan
from listener.store.store import Store

# Shorter than that of a weekly run: who takes that over finds accounts free.
LEASE = timedelta(seconds=40)
# What is due later than a platform may ask for was planned by a wrong clock.
_LATEST = LONGEST_PAUSE + timedelta(minutes=1)
_AT_ONCE = timedelta(0)


@dataclass(frozen=True, slots=True)
class HeldAccounts:
    """Accounts that were claimed.

    Attributes:
        desks: What is read in their names.
        is_lost: Whether one of them is not surely held any more.
    """

    desks: tuple[Desk, ...]
    is_lost: Callable[[], bool]


@contextmanager
def holding_accounts(store: Store, plans: Sequence[TaskPlan], owner: str) -> Iterator[HeldAccounts]:
    """Claim all accounts that no other program asks at the moment, while the block lasts.

    What `listener run` reads just now, or leaves alone for its platform wants it so, is
    left to it.

    Args:
        store: Where accounts are claimed.
        plans: All tasks of the settings; they tell which accounts there are.
        owner: Who claims them.

    Raises:
        StoreError: If the database fails.
    """
    desks = [(plan.lane, plan.desk) for plan in plans if plan.kind == "follow" and plan.desk]
    lanes = list(dict.fromkeys(lane for lane, _ in desks))
    store.plan_tasks(lanes)
    held = [lane for lane in lanes if store.claim_task(lane, owner, lease=LEASE, latest=_LATEST)]
    try:
        with holding(store, held, owner, LEASE) as leases:
            yield HeldAccounts(
                tuple(desk for lane, desk in desks if lane in held),
                lambda: not all(map(leases.holds, held)),
            )
    finally:
        for lane in held:
            with suppress(StoreError):  # then it becomes free by itself
                store.finish_task(lane, owner, state="done", next_in=_AT_ONCE)
