"""Look the brand's own private posts up again: who deleted one wants it forgotten."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import polars as pl

from listener.collect.base import Collector
from listener.errors import CollectorError
from listener.jobs.collecting.due import LONGEST, is_visit_due
from listener.jobs.collecting.open_runs import RunResult, breaking_off, open_run, wait
from listener.jobs.collecting.plans import Desk
from listener.jobs.collecting.rounds import Round
from listener.posts import Post, fold_handle
from listener.store.visits import SavedVisit

# Twenty fit into a request; the rest is due the next time.
MOST_POSTS = 400


def find_due_private(tour: Round, desk: Desk) -> list[Post]:
    """Return the private posts of an account that are due, by the steps of conversations.

    Only on Mastodon: X shows messages a month long and tells nobody that one was deleted.
    """
    if not desk.may_see_private or desk.account.platform != "mastodon":
        return []
    now = tour.now()
    posts = tour.store.load_private_posts(platforms=["mastodon"], since=now - LONGEST)
    handle = fold_handle(desk.account.handle)
    is_theirs = (pl.col("author_handle").str.to_lowercase() == handle) | pl.col(
        "mentions"
    ).list.contains(handle)
    there = posts.filter(is_theirs, pl.col("deleted_at").is_null())
    visited = _load_visited(tour, now - LONGEST)
    due = [
        post_id
        for post_id, created_at in there.select("post_id", "created_at").iter_rows()
        if is_visit_due(created_at, visited.get(post_id), now)
    ]
    return tour.store.load_known("mastodon", due[:MOST_POSTS])


def run_states(tour: Round, desk: Desk, due: Sequence[Post], collector: Collector) -> RunResult:
    """Look up private posts that are due, from `find_due_private`.

    Raises:
        RunStoppedError: If the round is to end.
        StoreError: If the database fails.
    """
    waiting = wait(tour, desk, kind="states", name=desk.states_key)
    if waiting is not None:
        return waiting
    run = open_run(tour, desk, kind="states", name=desk.states_key)
    visited_at = tour.now()
    try:
        with breaking_off(tour, run):
            for page in collector.fetch_states(due):
                run.save(page)
                tour.check_stop()
    except CollectorError as error:
        return run.fail(error)
    saved = [SavedVisit(conversation=post.post_id, post_id=post.post_id) for post in due]
    tour.store.save_visits("mastodon", saved, visited_at=visited_at)
    return run.finish()


def _load_visited(tour: Round, since: datetime) -> Mapping[str, datetime]:
    visits = tour.store.load_visits(since).filter(pl.col("platform") == "mastodon")
    return dict(visits.select("post_id", "visited_at").iter_rows())
