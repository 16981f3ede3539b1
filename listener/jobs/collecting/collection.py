"""One round of collecting: every source, then every conversation that is due."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain

import polars as pl

from listener.collect.base import Collector, Source
from listener.collect.budget import price_reads, tell_day, tell_month_end
from listener.errors import CollectorError
from listener.jobs.collecting.accounts import Clock
from listener.jobs.collecting.due import LONGEST, DueVisit, count_checks, find_due
from listener.jobs.collecting.open_runs import RunResult, open_run
from listener.jobs.collecting.plans import Desk
from listener.jobs.collecting.purse import Purse
from listener.jobs.collecting.rounds import Round, load_pauses, never
from listener.jobs.collecting.source_runs import run_source
from listener.jobs.collecting.state_runs import find_due_private, run_states
from listener.jobs.collecting.visit_runs import MOST_VISITS, run_visits
from listener.measure.cases import build_threads
from listener.posts import Brand, fold_handle
from listener.store.store import Store

# Whoever is still at work after that long was killed; if not, his run's end still counts.
_STALE = timedelta(hours=1)
# Conversations may have begun long before their last post.
_MEMORY = LONGEST + timedelta(days=40)

OpenCollector = Callable[[Desk], Collector]


@dataclass(frozen=True, slots=True)
class Collected:
    """What became of a round."""

    results: tuple[RunResult, ...]

    @property
    def failed(self) -> tuple[RunResult, ...]:
        """The runs that broke off."""
        return tuple(result for result in self.results if result.state == "failed")


def collect(
    store: Store,
    desks: Sequence[Desk],
    purse: Purse,
    open_collector: OpenCollector,
    *,
    brands: Sequence[Brand],
    now: Clock,
    history_days: int,
    all_desks: Sequence[Desk] = (),
    is_stopped: Callable[[], bool] = never,
) -> Collected:
    """Read everything that is new, and what came of open cases; lose nothing.

    An account that fails stops no other one; what could not be read this time is
    read the next time. When a month's money runs short, open cases go first, and
    what they will need until the month ends is kept back.

    Args:
        store: Where everything is kept.
        desks: The accounts that are read in this round.
        purse: What it may cost.
        open_collector: Opens the collector of an account.
        brands: All brands of the settings, those that are not read this time too:
            what belongs to them is nobody else's business.
        now: The clock.
        history_days: How far back the first run of a source on X reads.
        all_desks: The accounts among which conversations are shared out, if others than
            `desks` are read elsewhere: theirs are left to them.
        is_stopped: Whether the round is to end at the next page.

    Raises:
        ConfigError: If an account's address or keys cannot be used.
        RunStoppedError: If it was to end.
        StoreError: If the database fails.
    """
    tour = begin_round(
        store,
        purse,
        brands=brands,
        now=now,
        history_days=history_days,
        is_stopped=is_stopped,
    )
    # Each begins when its first result is asked for.
    steps = [
        _read_sources(tour, desks, open_collector),
        _visit_conversations(tour, desks, all_desks or desks, open_collector),
    ]
    if keep_back(tour, desks):
        steps.reverse()
    return Collected(tuple(chain.from_iterable(steps)))


def begin_round(
    store: Store,
    purse: Purse,
    *,
    brands: Sequence[Brand],
    now: Clock,
    history_days: int,
    is_stopped: Callable[[], bool] = never,
) -> Round:
    """Close what killed runs left open, and return what the runs of a round have in common.

    Args:
        store: Where everything is kept.
        purse: What it may cost.
        brands: All brands of the settings.
        now: The clock.
        history_days: How far back the first run of a source on X reads.
        is_stopped: Whether the round is to end at the next page.

    Raises:
        StoreError: If the database fails.
    """
    started_at = now()
    store.close_stale_runs(started_at - _STALE)
    store.clear_spent_things(tell_day(started_at - _STALE))
    return Round(
        store=store,
        brands=brands,
        purse=purse,
        now=now,
        started_at=started_at,
        history_days=history_days,
        pauses=load_pauses(store, started_at),
        is_stopped=is_stopped,
    )


def find_due_visits(store: Store, brands: Sequence[Brand], *, now: datetime) -> list[DueVisit]:
    """Return the conversations in the store that are due, the most urgent first.

    Of all brands: if one were left out, its posts would be taken for posts of no case.
    """
    posts = _load_recent(store, now)
    if posts.is_empty():
        return []
    threads = build_threads(posts, brands, as_of=now)
    return list(find_due(threads, store.load_visits(now - _MEMORY), now=now, brands=brands))


def share_out(due: Sequence[DueVisit], desks: Sequence[Desk]) -> Mapping[str, list[DueVisit]]:
    """Return who asks for which conversations: the account that takes part in it, else the first.

    Nobody asks for more than a platform allows at once; the rest is due the next time.
    """
    shares: dict[str, list[DueVisit]] = {desk.visits_key: [] for desk in desks}
    for visit in due:
        able = [
            desk
            for desk in desks
            if (desk.brand.key, desk.account.platform) == (visit.brand, visit.platform)
        ]
        named = [desk for desk in able if fold_handle(desk.account.handle) in visit.handles]
        for desk in (named or able)[:1]:
            if len(shares[desk.visits_key]) < MOST_VISITS[visit.platform]:
                shares[desk.visits_key].append(visit)
    return shares


def _load_recent(store: Store, now: datetime) -> pl.DataFrame:
    return store.load_posts(since=now - _MEMORY, until=now)


def keep_back(tour: Round, desks: Sequence[Desk]) -> bool:
    """Tell whether money is short, and keep back what open cases will need this month.

    To ask for them costs nothing where nothing is new; to look their posts up does.
    """
    now, purse = tour.started_at, tour.purse
    short = {brand.key for brand in tour.brands if purse.is_short(brand.key, now)}
    if short:
        threads = build_threads(_load_recent(tour.store, now), tour.brands, as_of=now)
        checks = count_checks(threads, tour.brands, now, tell_month_end(now))
        for key, reads in checks.items():
            if key in short:
                purse.reserved[key] = price_reads(reads, purse.prices)
    return any(desk.brand.key in short for desk in desks)


def _read_sources(
    tour: Round, desks: Sequence[Desk], open_collector: OpenCollector
) -> Iterator[RunResult]:
    for desk in desks:
        yield from _read_desk(tour, desk, open_collector)


def _visit_conversations(
    tour: Round,
    desks: Sequence[Desk],
    all_desks: Sequence[Desk],
    open_collector: OpenCollector,
) -> Iterator[RunResult]:
    due = share_out(find_due_visits(tour.store, tour.brands, now=tour.now()), all_desks)
    for desk in desks:
        if due[desk.visits_key]:
            yield visit_desk(tour, desk, due[desk.visits_key], open_collector)


def _read_desk(tour: Round, desk: Desk, open_collector: OpenCollector) -> Iterator[RunResult]:
    try:
        collector = open_collector(desk)
    except CollectorError as error:
        yield from (fail_source(tour, desk, source, error) for source in desk.sources)
        return
    with closing(collector):
        for source in desk.sources:
            result = run_source(tour, desk, source, collector)
            yield result
            if result.retry_at is not None and desk.account.platform == "mastodon":
                return  # the server counts all of an account's requests together
        if due := find_due_private(tour, desk):
            yield run_states(tour, desk, due, collector)


def fail_source(tour: Round, desk: Desk, source: Source, error: CollectorError) -> RunResult:
    """Write down that a source was not read, because its account cannot be opened."""
    run = open_run(tour, desk, kind=source.kind, name=source.key, query=source.query)
    return run.fail(error)


def visit_desk(
    tour: Round, desk: Desk, due: Sequence[DueVisit], open_collector: OpenCollector
) -> RunResult:
    """Ask for conversations in the name of an account; that it fails becomes the result."""
    try:
        collector = open_collector(desk)
    except CollectorError as error:
        return open_run(tour, desk, kind="visits", name=desk.visits_key).fail(error)
    with closing(collector):
        return run_visits(tour, desk, due, collector)
