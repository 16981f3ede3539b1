"""Keep the store in order: old words and names, old private posts, old records of runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from listener.errors import ListenerError, StoreError
from listener.jobs.brands import find_brands
from listener.jobs.leases import Leases
from listener.jobs.old_weeks import archive_old_weeks, require_folder, tell_border
from listener.jobs.tasks import TIDY
from listener.jobs.turns import do_in_turn
from listener.measure.cases import build_threads
from listener.measure.held import HELD_AT_MOST, find_held_posts
from listener.measure.threads import make_accounts
from listener.measure.window import list_unknown_authors
from listener.posts import Brand
from listener.settings import Settings
from listener.store.clearing import LedgerCounts
from listener.store.retention import PostKey, RetentionCounts
from listener.store.store import Store

# What was paid for is not paid again on the same day in UTC.
_PAID_FOR = timedelta(days=2)
# Conversations of held posts may have begun before these.
_CONTEXT = timedelta(days=40)
# A clock that is ahead does not make posts younger: time goes on so far without any.
_SILENCE = timedelta(days=31)
# By itself the day before which all is erased moves a day each night.
_LONGEST_STEP = timedelta(days=45)
# Who comes once an hour or once a day tidies up about once a day.
NEXT = timedelta(hours=20)
_NOTHING_ERASED = RetentionCounts(posts=0, private=0, edits=0)
_NOTHING_CLEARED = LedgerCounts(runs=0, visits=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class TidyResult:
    """What went.

    Attributes:
        texts_before: Words from before this moment went; None if none ever go.
        private_before: Private posts from before this one.
        held: Older public posts that keep their words, for their conversations go on.
        archived: Posts of old weeks that were moved into files.
        is_smaller: Whether the file of the database was made smaller.
        note: Why it was not, though much of it is free.
    """

    texts_before: datetime | None
    private_before: datetime | None
    erased: RetentionCounts = _NOTHING_ERASED
    held: int = 0
    archived: int = 0
    ledger: LedgerCounts = _NOTHING_CLEARED
    is_smaller: bool = False
    note: str = ""


def tidy(
    store: Store, settings: Settings, *, now: datetime, is_by_itself: bool = False
) -> TidyResult:
    """Erase and drop what is older than the settings say; doing it again does no harm.

    Days are counted from now, but at most from 31 days after the newest post was written: its
    time comes from a platform, and so a wrong clock of ours does not erase what is young.

    Args:
        store: What is tidied.
        settings: What is kept for how long.
        now: What time it is.
        is_by_itself: Whether nobody asked for it now. Then nothing is erased for the first
            time, and not much more than the last time.

    Raises:
        ListenerError: If somebody has to agree first; nothing was done.
        StoreError: If the database fails. What was done before that stays done.
    """
    newest = store.load_newest_post(now)
    counted_from = now if newest is None else min(now, newest + _SILENCE)
    before = _tell_start(settings.retention.days, counted_from)
    private_before = _tell_start(settings.retention.private_days, counted_from)
    if newest is None:  # and nothing tells whether the clock is right
        is_smaller, note = _compact(store)
        return TidyResult(
            texts_before=before, private_before=private_before, is_smaller=is_smaller, note=note
        )
    if is_by_itself:
        _check_step(store, before, is_private=False)
        _check_step(store, private_before, is_private=True)
    return _tidy(store, settings, before, private_before, now, counted_from)


def tidy_in_turn(
    store: Store, settings: Settings, *, now: datetime, owner: str, leases: Leases
) -> str:
    """Do the task `tidy` if it is due and free, and return why it failed.

    Args:
        store: What is tidied.
        settings: What is kept for how long.
        now: What time it is.
        owner: Who does it.
        leases: Renews the task's lease.

    Raises:
        StoreError: If the database fails so that nobody can write that down either.
    """

    def work() -> str:
        tidy(store, settings, now=now, is_by_itself=True)
        return ""

    return do_in_turn(store, TIDY, work, next_in=NEXT, owner=owner, leases=leases)


def _tidy(
    store: Store,
    settings: Settings,
    before: datetime | None,
    private_before: datetime | None,
    now: datetime,
    counted_from: datetime,
) -> TidyResult:
    brands = find_brands(settings, store)
    held = find_held(store, brands, before, now=now) if before else frozenset()
    erased = store.erase_old_texts(
        before,
        private_before=private_before,
        accounts=[account for brand in brands for account in brand.accounts],
        held=held,
        now=now,
    )
    store.clear_spent_things((now - _PAID_FOR).date())
    # Without retention every week can be measured again, for which its runs are needed.
    ledger = store.clear_ledger(before) if before else _NOTHING_CLEARED
    archived = _archive(store, settings, counted_from)
    is_smaller, note = _compact(store)
    return TidyResult(
        texts_before=before,
        private_before=private_before,
        erased=erased,
        held=len(held),
        archived=archived,
        ledger=ledger,
        is_smaller=is_smaller,
        note=note,
    )


def _archive(store: Store, settings: Settings, now: datetime) -> int:
    """Move what is old into files if the settings say so: last, so that nothing is erased there."""
    weeks = settings.archive.older_than_weeks
    if weeks is None:
        return 0
    require_folder(settings)
    return archive_old_weeks(store, tell_border(weeks, now))


def _compact(store: Store) -> tuple[bool, str]:
    """Make the file smaller, or tell why not: nothing depends on that."""
    try:
        return store.compact(), ""
    except StoreError as error:
        return False, str(error)


def _check_step(store: Store, before: datetime | None, *, is_private: bool) -> None:
    """Ask for an agreement before posts go for good that nobody would expect to go.

    Raises:
        ListenerError: If there are any.
    """
    if before is None:
        return
    since = store.load_private_since() if is_private else store.load_texts_since()
    if since is not None and before - since <= _LONGEST_STEP:
        return
    number = store.count_old_posts(before, is_private=is_private)
    if not number:
        return
    what, name = ("private posts", "private_days") if is_private else ("posts", "days")
    loss = "be deleted" if is_private else "lose their words and names"
    step = "" if since is None else f", {(before - since).days} days later than so far"
    msg = (
        f"{number} {what} from before {before:%Y-%m-%d}{step} would {loss} for good; "
        f"run `listener tidy` once to agree, or set retention.{name}"
    )
    raise ListenerError(msg)


def find_held(
    store: Store, brands: Sequence[Brand], before: datetime, *, now: datetime
) -> frozenset[PostKey]:
    """Return the older posts that measuring younger weeks needs, and that have words still.

    Only what hangs together with such posts is looked at, not all that is kept.
    """
    since = before - HELD_AT_MOST - _CONTEXT
    posts = store.load_worded_conversations(before=before, since=since, until=now)
    if posts.is_empty() or posts["created_at"][0] >= before:
        return frozenset()
    unknown = list_unknown_authors(posts, make_accounts(brands))
    authors = store.load_authors(unknown, before=now) if unknown.height else None
    held = find_held_posts(build_threads(posts, brands, as_of=now, authors=authors), before)
    return frozenset(held.iter_rows())


def _tell_start(days: int | None, now: datetime) -> datetime | None:
    return None if days is None else now - timedelta(days=days)
