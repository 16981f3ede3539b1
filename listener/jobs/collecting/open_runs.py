"""One run in the ledger: pages are saved as they come, and its end is written down."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from listener.collect.base import CursorMark, FetchedPage, Gap
from listener.errors import CollectorError, RateLimitError
from listener.jobs.collecting.plans import Desk
from listener.jobs.collecting.purse import Purse, list_spends
from listener.jobs.collecting.rounds import Round
from listener.posts import Post
from listener.store.store import Store

State = Literal["done", "failed", "paused", "waiting"]

OPEN = ("public", "unlisted")
CAP_REACHED = "the month's cap in dollars is reached; raise x.month_cap_dollars or wait"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    """What became of one run.

    Attributes:
        name: The source's name in the ledger.
        kind: A source's kind, `visits` or `states`.
        query: The words of a search, the name of a hashtag.
        state: `waiting` if the platform asked to wait and nothing was done.
        dollars: What the pages cost, whatever was paid for before.
        error: Why it broke off; what to do is part of it.
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
    dollars: float = 0.0
    error: str = ""
    problems: tuple[str, ...] = ()
    retry_at: datetime | None = None


@dataclass(slots=True)
class OpenRun:
    """A run that is going on.

    Attributes:
        desk: Whose view it is: what is not for the public is kept for owners only.
        seen: The newest state of each post that came, by id and alias.
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

    def save(self, page: FetchedPage) -> None:
        """Keep a page with its cost and its deletions, all of it or nothing."""
        at = self.now()
        posts = [post for post in page.posts if self.desk.may_see_private or is_open(post)]
        is_paid = self.result.platform == "x"
        counts = self.store.save_page(
            self.run_id,
            posts,
            seen_at=at,
            gone=page.gone,
            spent=list_spends(page.reads, self.purse.prices, brand=self.desk.brand.key, at=at)
            if is_paid
            else (),
        )
        for post in posts:
            self.seen.update(dict.fromkeys((post.post_id, *post.aliases), post))
        if is_paid:
            self.purse.note_page(page)
        self.mark = page.mark or self.mark
        self.lost = join_gaps(self.lost, page.lost)
        self.result = replace(
            self.result,
            read=self.result.read + counts.read,
            new=self.result.new + counts.new,
            changed=self.result.changed + counts.changed,
            gone=self.result.gone + len(page.gone),
            dollars=self.result.dollars + (float(self.purse.price(page)) if is_paid else 0.0),
            problems=tuple(dict.fromkeys((*self.result.problems, *page.problems))),
        )

    def note(self, problem: str) -> None:
        """Remember what could not be had, once."""
        problems = dict.fromkeys((*self.result.problems, problem))
        self.result = replace(self.result, problems=tuple(problems))

    def must_pause(self, *, is_open_case: bool) -> bool:
        """Tell whether the cap forbids to read on."""
        is_paid = self.result.platform == "x"
        brand = self.desk.brand.key
        return is_paid and self.purse.is_empty(brand, self.now(), is_open_case=is_open_case)

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
        return self.result

    def pause(self) -> RunResult:
        """Write down that the money is used up; the cursor stays."""
        reason = f"{self.desk.brand.key}: {CAP_REACHED}"
        self.store.pause_run(
            self.run_id, finished_at=self.now(), reason=reason, problems=self.result.problems
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
    platform, brand = desk.account.platform, desk.brand.key
    run_id = tour.store.start_run(
        name, platform, brand, kind=kind, planned_at=tour.started_at, started_at=tour.now()
    )
    result = RunResult(
        name=name,
        platform=platform,
        brand=brand,
        account=desk.account.handle,
        kind=kind,
        query=query,
    )
    return OpenRun(tour.store, tour.purse, desk, tour.now, result, run_id)


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
