"""Do by the way what several programs may do, but only one at a time: a task in its turn."""

from collections.abc import Callable
from datetime import timedelta

from listener.errors import ListenerError
from listener.jobs.leases import Leases
from listener.store.store import Store
from listener.store.tasks import TaskState

# Any rhythm of `listener run` is shorter.
_LATEST = timedelta(days=32)


def do_in_turn(
    store: Store,
    name: str,
    work: Callable[[], str],
    *,
    next_in: timedelta,
    retry_in: timedelta | None = None,
    owner: str,
    leases: Leases,
) -> str:
    """Do a task if it is due and free, and return why it failed.

    Args:
        store: Where the task is kept.
        name: The task's.
        work: Does it, and returns what did not work; it may raise a `ListenerError`.
        next_in: How long after now it is due again.
        retry_in: The same if it fails; None for the same time.
        owner: Who does it.
        leases: Renews the task's lease.

    Raises:
        StoreError: If the database fails so that nobody can write that down either.
    """
    store.plan_tasks([name])
    if not store.claim_task(name, owner, lease=leases.lease, latest=_LATEST):
        return ""
    leases.add(name)
    try:
        why = work()
    except ListenerError as error:
        why = str(error)
    except BaseException:
        store.release_task(name, owner)
        raise
    finally:
        leases.discard(name)
    state: TaskState = "failed" if why else "done"
    pause = next_in if retry_in is None or not why else retry_in
    store.finish_task(name, owner, state=state, error=why, next_in=pause)
    return why
