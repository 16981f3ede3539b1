"""Ask conversations again, save what came of them, and keep when that was."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from listener.collect.base import Collector, FetchedPage, Visit
from listener.errors import CollectorError, RateLimitError
from listener.jobs.collecting.due import DueVisit
from listener.jobs.collecting.open_runs import OpenRun, RunResult, breaking_off, open_run, wait
from listener.jobs.collecting.plans import Desk
from listener.jobs.collecting.rounds import Round
from listener.posts import Platform, Post, fold_handle
from listener.store.visits import SavedVisit

# What one round asks for at most. A server of Mastodon's kind allows 300 requests in five
# minutes, and each takes two or more; X takes several at once, and 450 questions in fifteen.
MOST_VISITS: Mapping[Platform, int] = {"mastodon": 100, "x": 1_000}
# A server that fails so often in a row is unwell, not one of its conversations.
_PATIENCE = 3
_LOOK_UPS = 100
# Whom a server that hides answers is asked about, if they are not asked about anyway.
_MOST_SPEAKERS = 20


def run_visits(tour: Round, desk: Desk, due: Sequence[DueVisit], collector: Collector) -> RunResult:
    """Ask for the conversations of a desk that are due.

    Each is noted as visited once everything of it is saved. On Mastodon one that
    cannot be had does not stop the others.

    Raises:
        RunStoppedError: If the round is to end; what is not noted is asked for again.
        StoreError: If the database fails.
    """
    waiting = wait(tour, desk, kind="visits", name=desk.visits_key)
    if waiting is not None:
        return waiting
    run = open_run(tour, desk, kind="visits", name=desk.visits_key)
    known = load_known(tour, due)
    asking = _Asking(tour, run, collector, known, _list_speakers(known.values()))
    left = deque(split_visits(due, collector.visit_size))
    try:
        with breaking_off(tour, run):
            while left:
                # After a failure the other end is tried: what always fails must not block the rest.
                asking.ask(left.pop() if asking.failures else left.popleft())
                tour.check_stop()
    except _MoneyUsedUpError:
        return run.pause()
    except CollectorError as error:
        return run.fail(error)
    return run.finish(announced=asking.announced, missing=asking.missing)


def load_known(tour: Round, due: Iterable[DueVisit]) -> Mapping[str, Post]:
    """Return the posts of these conversations, all on one platform, as the store has them."""
    ids: dict[Platform, set[str]] = {}
    for visit in due:
        ids.setdefault(visit.platform, set()).update(visit.known)
    found = (
        post for platform, some in ids.items() for post in tour.store.load_known(platform, some)
    )
    return {post.post_id: post for post in found}


def split_visits(due: Sequence[DueVisit], size: int) -> Iterator[list[DueVisit]]:
    """Yield batches: one question asks for conversations that were last seen about as long ago.

    Those in which a customer waits come first, because the money may not last; posts
    that are only looked up come last, many at once.
    """
    asking = [visit for visit in due if visit.asks]
    if size > 1:
        asking.sort(key=lambda visit: (not visit.is_waiting, visit.since))
    others = [visit for visit in due if not visit.asks]
    for visits, most in ((asking, size), (others, _LOOK_UPS)):
        left = iter(visits)
        while batch := list(islice(left, most)):
            yield batch


def _list_speakers(posts: Iterable[Post]) -> tuple[str, ...]:
    latest = sorted(posts, key=lambda post: post.created_at, reverse=True)
    handles = dict.fromkeys(fold_handle(post.author_handle) for post in latest)
    return tuple(handles)[:_MOST_SPEAKERS]


class _MoneyUsedUpError(Exception):
    """The cap forbids the next page."""


@dataclass(slots=True)
class _Asking:
    """A walk through conversations.

    Attributes:
        known: Their posts, by id.
        speakers: Folded handles of who wrote the latest of these.
        announced: Answers that the platform counts in conversations that were seen whole.
        missing: How many of these were not to be had.
        failures: How many batches have failed in a row.
    """

    tour: Round
    run: OpenRun
    collector: Collector
    known: Mapping[str, Post]
    speakers: tuple[str, ...]
    announced: int = 0
    missing: int = 0
    failures: int = 0

    def ask(self, batch: Sequence[DueVisit]) -> None:
        visited_at, before = self.tour.now(), frozenset(self.run.seen)
        try:
            self._fetch_conversations(batch)
            self._fetch_states(batch)
        except RateLimitError:
            raise
        except CollectorError as error:
            self.failures += 1
            if len(batch) > 1 or self.failures >= _PATIENCE:
                raise
            self.run.note(str(error))
            return
        self.failures = 0
        # Nobody has looked at a conversation whose post vanished from the store meanwhile.
        asked = [visit for visit in batch if visit.post_id in self.known]
        came = [post for name, post in self.run.seen.items() if name not in before]
        found = came if self.collector.visit_size == 1 and len(batch) == 1 else []
        saved = [self._note(visit, found) for visit in asked]
        if saved:
            self.tour.store.save_visits(batch[0].platform, saved, visited_at=visited_at)

    def _fetch_conversations(self, batch: Sequence[DueVisit]) -> None:
        asked = [visit for visit in batch if visit.asks and visit.post_id in self.known]
        if not asked:
            return
        since = min(visit.since for visit in asked)
        if self.collector.visit_size > 1:
            visits = [self._make_visit(visit, visit.post_id) for visit in asked]
            self._save(self.collector.fetch_visit(visits, since=since))
            return
        for visit in asked:
            self._fetch_below(visit, visit.roots)

    def _fetch_below(self, visit: DueVisit, roots: Iterable[str]) -> None:
        """Ask for every loose end: a platform gives what is below one post, as far as it exists."""
        for number in roots:
            if number in self.known:
                part = [self._make_visit(visit, number)]
                self._save(self.collector.fetch_visit(part, since=visit.since))

    def _make_visit(self, visit: DueVisit, post_id: str) -> Visit:
        known_ids = frozenset(self._list_names(visit))
        return Visit(
            post=self.known[post_id],
            customer=visit.customer,
            known_ids=known_ids,
            handles=visit.handles,
            others=self.speakers,
        )

    def _list_names(self, visit: DueVisit) -> Iterator[str]:
        for number in visit.known:
            yield number
            if number in self.known:
                yield from self.known[number].aliases

    def _fetch_states(self, batch: Sequence[DueVisit]) -> None:
        """Look up known posts that did not come with their conversation: they may be gone.

        On Mastodon that costs nothing; on X it is done where a visit says so. What
        hangs below a post that turns out to be gone is asked for at once.
        """
        wanted = [
            self.known[number]
            for visit in batch
            if visit.looks_up or visit.platform == "mastodon"
            for number in visit.known
            if number in self.known and number not in self.run.seen
        ]
        if wanted:
            self._save(self.collector.fetch_states(wanted))
        if self.collector.visit_size == 1:
            for visit in batch:
                self._fetch_below(visit, self._find_orphans(visit))

    def _find_orphans(self, visit: DueVisit) -> list[str]:
        """Return posts whose parents went missing in this run."""
        posts = [self.known[number] for number in visit.known if number in self.known]
        gone = {
            name
            for post in posts
            if not self.run.gone.isdisjoint((post.post_id, *post.aliases))
            for name in (post.post_id, *post.aliases)
        }
        alive = (post for post in posts if post.post_id not in gone)
        return [post.post_id for post in alive if post.reply_to_id in gone] if visit.asks else []

    def _save(self, pages: Iterator[FetchedPage]) -> None:
        while True:
            if self.run.must_pause():
                raise _MoneyUsedUpError
            page = next(pages, None)
            if page is None:
                return
            self.run.save(page)
            self.tour.check_stop()

    def _note(self, visit: DueVisit, came: Sequence[Post]) -> SavedVisit:
        """Count what the platform announces below all posts, those that just came included."""
        known = {post.post_id: post for post in self._list_posts(visit)}
        posts = list((known | {post.post_id: post for post in came}).values())
        announced = sum(post.replies_announced or 0 for post in posts)
        if visit.is_whole:
            names = {name for post in posts for name in (post.post_id, *post.aliases)}
            found = {p.post_id for p in self.run.seen.values() if p.reply_to_id in names}
            found |= {post.post_id for post in posts if post.reply_to_id in names}
            self.announced += announced
            self.missing += max(announced - len(found), 0)
        return SavedVisit(
            conversation=visit.post_id,
            post_id=visit.post_id,
            announced=announced,
            is_whole=visit.is_whole,
        )

    def _list_posts(self, visit: DueVisit) -> list[Post]:
        """Return the posts of a conversation as they are now known."""
        return [
            self.run.seen.get(number, self.known[number])
            for number in visit.known
            if number in self.known
        ]
