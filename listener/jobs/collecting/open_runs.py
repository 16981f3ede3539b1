"""One run in the ledger: pages are saved as they come, and its end is written down."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Literal

from listener.collect.base import CursorMark, FetchedPage, Gap
from listener.errors import CollectorError, RateLimitError
from listener.jobs.collecting.plans import Desk
from listener.jobs.collecting.purse import MICRO, Purse, list_spends
from listener.jobs.collecting.rounds import Round, RunStoppedError
from listener.posts import Post
from listener.store.spending import Spend
from listener.store.store import Store

State = Literal["done", "failed", "paused", "waiting"]

OPEN = ("public", "unlisted")
# Runs that ask for what is known already; all others look for something new.
FOLLOWING = ("visits", "states")
_NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    """What became of one run.

    Attributes:
        name: The source's name in the ledger.
        kind: A source's kind, `visits` or `states`.
        query: The words of a search, the name of a hashtag.
        state: `waiting` if the platform asked to wait and nothing was done.
        dollars: What was paid for the pages; what was paid for that day already is free.
        error: Why it broke off; what to do is part of it.
        announced: Answers that the platform counts, in what was seen whole.
        missing: How many of these were not to be had.
        retry_at: When the platform wants to be asked again.
    """

    name: str
    platform: str
    brand: str
    account: str
    kind: str
    query: str = ""
    state: State = "done"
    read: int = 0
    new: int = 0
    changed: int = 0
    gone: int = 0
    dollars: Decimal = _NOTHING
    announced: int = 0
    missing: int = 0
    error: str = ""
    problems: tuple[str, ...] = ()
    retry_at: datetime | None = None


@dataclass(slots=True)
class OpenRun:
    """A run that is going on.

    Attributes:
        desk: Whose view it is: what is not for the public is kept for owners only.
        seen: The newest state of each post that came, by id and alias.
        gone: The ids of what exists no more.
    """

    store: Store
    purse: Purse
    desk: Desk
    now: Callable[[], datetime]
    result: RunResult
    run_id: int
    mark: CursorMark | None = None
    lost: Gap | None = None
    seen: dict[str, Post] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)

    def save(self, page: FetchedPage) -> None:
        """Keep a page with its cost and its deletions, all of it or nothing."""
        at = self.now()
        posts = [post for post in page.posts if self.desk.may_see_private or is_open(post)]
        spent = self._list_spends(page, at)
        counts = self.store.save_page(
            self.run_id,
            posts,
            seen_at=at,
            gone=page.gone,
            spent=spent,
            quoting=page.quoting,
        )
        for post in posts:
            self.seen.update(dict.fromkeys((post.post_id, *post.aliases), post))
        self.gone.update(page.gone)
        if spent and self.result.kind not in FOLLOWING:
            self.purse.note_page(page)
        self.mark = page.mark or self.mark
        self.lost = join_gaps(self.lost, page.lost)
        self.result = replace(
            self.result,
            read=self.result.read + counts.read,
            new=self.result.new + counts.new,
            changed=self.result.changed + counts.changed,
            gone=self.result.gone + len(page.gone),
            dollars=self.result.dollars + Decimal(counts.micro_dollars) / MICRO,
            problems=tuple(dict.fromkeys((*self.result.problems, *page.problems))),
        )

    def note(self, problem: str) -> None:
        """Remember what could not be had, once."""
        problems = dict.fromkeys((*self.result.problems, problem))
        self.result = replace(self.result, problems=tuple(problems))

    def must_pause(self) -> bool:
        """Tell whether the cap forbids to read on."""
        if self.result.platform != "x":
            return False
        brand, is_open_case = self.desk.brand.key, self.result.kind in FOLLOWING
        return self.purse.is_empty(brand, self.now(), is_open_case=is_open_case)

    def _list_spends(self, page: FetchedPage, at: datetime) -> list[Spend]:
        """Return what has to be paid for a page; only X wants money."""
        if self.result.platform != "x":
            return []
        return list_spends(page.reads, self.purse.prices, brand=self.desk.brand.key, at=at)

    def finish(self, *, announced: int = 0, missing: int = 0) -> RunResult:
        """Write down that nothing was missed, and move the cursor."""
        self.store.finish_run(
            self.run_id,
            finished_at=self.now(),
            mark=(self.mark.newest_id, self.mark.seen_at) if self.mark else None,
            announced=announced,
            missing=missing,
            problems=self.result.problems,
            lost=(self.lost.since, self.lost.until) if self.lost else None,
        )
        return replace(self.result, announced=announced, missing=missing)

    def pause(self) -> RunResult:
        """Write down that the money is used up; the cursor stays."""
        at = self.now()
        reason = self.purse.explain_pause(self.desk.brand.key, at)
        self.store.pause_run(
            self.run_id, finished_at=at, reason=reason, problems=self.result.problems
        )
        return replace(self.result, state="paused", error=reason)

    def fail(self, error: CollectorError) -> RunResult:
        """Write down why it broke off; the cursor stays."""
        retry_at = error.retry_at if isinstance(error, RateLimitError) else None
        self.store.fail_run(
            self.run_id,
            finished_at=self.now(),
            error=str(error),
            problems=self.result.problems,
            retry_at=retry_at,
        )
        return replace(self.result, state="failed", error=str(error), retry_at=retry_at)

    def break_off(self) -> None:
        """Write down that somebody stopped it."""
        self.store.fail_run(self.run_id, finished_at=self.now(), error="stopped by the operator")


def open_run(tour: Round, desk: Desk, *, kind: str, name: str, query: str = "") -> OpenRun:
    """Write down that a run begins."""
    run_id = tour.store.start_run(
        name,
        desk.account.platform,
        desk.brand.key,
        kind=kind,
        planned_at=tour.started_at,
        started_at=tour.now(),
    )
    result = _describe(desk, kind=kind, name=name, query=query)
    return OpenRun(tour.store, tour.purse, desk, tour.now, result, run_id)


@contextmanager
def breaking_off(tour: Round, run: OpenRun) -> Iterator[None]:
    """Write down that a run was stopped, if it is.

    A request that is cut off because the round is to end fails like any other; that is
    no failure of the platform.

    Raises:
        RunStoppedError: Instead of such a failure.
    """
    try:
        yield
    except (KeyboardInterrupt, RunStoppedError):
        run.break_off()
        raise
    except CollectorError as error:
        if not tour.is_stopped():
            raise
        run.break_off()
        raise RunStoppedError from error


def wait(tour: Round, desk: Desk, *, kind: str, name: str, query: str = "") -> RunResult | None:
    """Return what there is to say if the platform asked to wait, None if it may be read now."""
    retry_at = tour.find_pause(name)
    if retry_at is None:
        return None
    return replace(
        _describe(desk, kind=kind, name=name, query=query),
        state="waiting",
        error=f"{desk.account.platform} asked to wait until {retry_at:%Y-%m-%d %H:%M} UTC",
        retry_at=retry_at,
    )


def _describe(desk: Desk, *, kind: str, name: str, query: str) -> RunResult:
    return RunResult(
        name=name,
        platform=desk.account.platform,
        brand=desk.brand.key,
        account=desk.account.handle,
        kind=kind,
        query=query,
    )


def is_open(post: Post) -> bool:
    """Tell whether everybody may read a post."""
    return post.visibility in OPEN


def join_gaps(first: Gap | None, second: Gap | None) -> Gap | None:
    """Return the stretch that holds both."""
    if first is None or second is None:
        return first or second
    begun = None if None in (first.since, second.since) else min(_since(first), _since(second))
    return Gap(begun, max(first.until, second.until))


def _since(gap: Gap) -> datetime:
    return gap.since or gap.until
