"""Look up posts that are shown to others: who deleted one wants it gone there too."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field

from listener.collect.base import Collector
from listener.errors import CollectorError
from listener.jobs.collecting.collection import OpenCollector
from listener.jobs.collecting.open_runs import OpenRun, RunResult, breaking_off, open_run, wait
from listener.jobs.collecting.plans import Desk
from listener.jobs.collecting.rounds import Round
from listener.posts import Platform, Post

Shown = Mapping[tuple[str, Platform], Collection[str]]
"""Ids of posts, by the brand for which they are shown and their platform."""


@dataclass(slots=True)
class LookUps:
    """What became of posts that were to be looked up.

    Attributes:
        wanted: How many there are.
        checked: Ids of those of which the platform said something, by platform.
        gone: How many of these exist no more.
        results: A run for each account that was asked.
    """

    wanted: int = 0
    checked: set[tuple[Platform, str]] = field(default_factory=set)
    gone: int = 0
    results: list[RunResult] = field(default_factory=list)

    @property
    def unchecked(self) -> int:
        """How many posts nobody said anything of."""
        return self.wanted - len(self.checked)


def look_up(
    tour: Round, desks: Sequence[Desk], shown: Shown, open_collector: OpenCollector
) -> LookUps:
    """Ask platforms whether posts exist still; what is gone loses its words in the store.

    Each post is asked for once, by an account of the brand for which it is shown; where one
    account fails, the next one is asked for the rest. The latest come first, for money may not
    last: caps hold as for everything new.

    Raises:
        RunStoppedError: If the round is to end.
        StoreError: If the database fails.
    """
    told = LookUps(wanted=len({(key[1], each) for key, ids in shown.items() for each in ids}))
    for (brand, platform), ids in shown.items():
        for desk in desks:
            if (desk.brand.key, desk.account.platform) != (brand, platform):
                continue
            left = [each for each in ids if (platform, each) not in told.checked]
            if posts := _load_there(tour, platform, left, told):
                told.results.append(_ask(tour, desk, posts, open_collector, told))
    return told


def _load_there(tour: Round, platform: Platform, ids: Sequence[str], told: LookUps) -> list[Post]:
    """Return the posts that are to be asked for; who vanished meanwhile needs no asking."""
    known = tour.store.load_known(platform, ids)
    there = [post for post in known if post.deleted_at is None]
    told.checked |= {(platform, each) for each in {*ids} - {post.post_id for post in there}}
    return sorted(there, key=lambda post: post.created_at, reverse=True)


def _ask(
    tour: Round, desk: Desk, posts: Sequence[Post], open_collector: OpenCollector, told: LookUps
) -> RunResult:
    waiting = wait(tour, desk, kind="states", name=desk.states_key)
    if waiting is not None:
        return waiting
    run = open_run(tour, desk, kind="states", name=desk.states_key)
    try:
        collector = open_collector(desk)
    except CollectorError as error:
        return run.fail(error)
    with closing(collector):
        try:
            with breaking_off(tour, run):
                is_paused = not all(_save_pages(tour, run, collector, posts))
        except CollectorError as error:
            return run.fail(error)
        finally:
            _note(run, posts, told)
    return run.pause() if is_paused else run.finish()


def _save_pages(
    tour: Round, run: OpenRun, collector: Collector, posts: Sequence[Post]
) -> Iterator[bool]:
    """Yield whether the next page could be paid for, until there is none.

    What open cases will need is kept back: to be shown is less urgent than to be followed.
    """
    pages = collector.fetch_states(posts)
    brand, is_paid = run.desk.brand.key, run.desk.account.platform == "x"
    while True:
        if is_paid and run.purse.is_empty(brand, tour.now(), is_open_case=False):
            yield False
            return
        page = next(pages, None)
        if page is None:
            return
        run.save(page)
        tour.check_stop()
        yield True


def _note(run: OpenRun, posts: Sequence[Post], told: LookUps) -> None:
    for post in posts:
        names = {post.post_id, *post.aliases}
        is_gone = not run.gone.isdisjoint(names)
        if is_gone or not names.isdisjoint(run.seen):
            told.checked.add((post.platform, post.post_id))
            told.gone += is_gone
