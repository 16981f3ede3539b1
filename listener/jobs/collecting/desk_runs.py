"""Read one source, or follow one account's conversations: what a schedule does at a time.

`collection.collect` does the same for all of them, one after the other.
"""

from collections.abc import Iterator, Sequence
from contextlib import closing

from listener.collect.base import Source
from listener.errors import CollectorError
from listener.jobs.collecting.collection import (
    OpenCollector,
    fail_source,
    find_due_visits,
    keep_back,
    share_out,
    visit_desk,
)
from listener.jobs.collecting.open_runs import RunResult, open_run
from listener.jobs.collecting.plans import Desk
from listener.jobs.collecting.rounds import Round
from listener.jobs.collecting.source_runs import run_source
from listener.jobs.collecting.state_runs import find_due_private, run_states


def read_source(
    tour: Round, desk: Desk, source: Source, open_collector: OpenCollector
) -> RunResult:
    """Read what is new in a source; where money is short, what open cases need is kept back.

    Raises:
        ConfigError: If the account's address or keys cannot be used.
        RunStoppedError: If the round is to end.
        StoreError: If the database fails.
    """
    if source.platform == "x":
        keep_back(tour, [desk])
    try:
        collector = open_collector(desk)
    except CollectorError as error:
        return fail_source(tour, desk, source, error)
    with closing(collector):
        return run_source(tour, desk, source, collector)


def follow_desk(
    tour: Round, desk: Desk, desks: Sequence[Desk], open_collector: OpenCollector
) -> list[RunResult]:
    """Look again at what an account knows and what is due of it; nothing if nothing is.

    Args:
        tour: What all runs have in common.
        desk: The account that asks.
        desks: All accounts: each conversation is asked for by one of them.
        open_collector: Opens the collector of an account.

    Raises:
        ConfigError: If the account's address or keys cannot be used.
        RunStoppedError: If the round is to end.
        StoreError: If the database fails.
    """
    return list(_follow(tour, desk, desks, open_collector))


def _follow(
    tour: Round, desk: Desk, desks: Sequence[Desk], open_collector: OpenCollector
) -> Iterator[RunResult]:
    # It costs nothing, and who deleted private words wants them forgotten: it goes first.
    states = _look_up_private(tour, desk, open_collector)
    if states is not None:
        yield states
        if states.retry_at is not None:
            return  # the server counts all of an account's requests together
    due = share_out(find_due_visits(tour.store, tour.brands, now=tour.now()), desks)
    if due[desk.visits_key]:
        yield visit_desk(tour, desk, due[desk.visits_key], open_collector)


def _look_up_private(tour: Round, desk: Desk, open_collector: OpenCollector) -> RunResult | None:
    due = find_due_private(tour, desk)
    if not due:
        return None
    try:
        collector = open_collector(desk)
    except CollectorError as error:
        return open_run(tour, desk, kind="states", name=desk.states_key).fail(error)
    with closing(collector):
        return run_states(tour, desk, due, collector)
