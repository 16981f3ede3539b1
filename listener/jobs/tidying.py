"""Keep the store in order: old words and names, old private posts, old records of runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from listener.jobs.brands import find_brands
from listener.measure.cases import build_threads
from listener.measure.held import HELD_AT_MOST, find_held_posts
from listener.posts import Brand
from listener.settings import Settings
from listener.store.clearing import LedgerCounts
from listener.store.retention import PostKey, RetentionCounts
from listener.store.store import Store

# What was paid for is not paid again on the same day in UTC.
_PAID_FOR = timedelta(days=2)
# Conversations of held posts may have begun before these.
_CONTEXT = timedelta(days=40)


@dataclass(frozen=True, slots=True, kw_only=True)
class TidyResult:
    """What went.

    Attributes:
        texts_before: Words from before this moment went; None if none ever go.
        private_before: Private posts from before this one.
        held: Older public posts that keep their words, for their conversations go on.
        is_smaller: Whether the file of the database was made smaller.
    """

    texts_before: datetime | None
    private_before: datetime | None
    erased: RetentionCounts
    held: int
    ledger: LedgerCounts
    is_smaller: bool


def tidy(store: Store, settings: Settings, *, now: datetime) -> TidyResult:
    """Erase and drop what is older than the settings say; doing it again does no harm.

    Raises:
        StoreError: If the database fails. What was done before that stays done.
    """
    retention = settings.retention
    before = _tell_start(retention.days, now)
    private_before = _tell_start(retention.private_days, now)
    brands = find_brands(settings, store)
    held = find_held(store, brands, before, now=now) if before else frozenset()
    erased = store.erase_old_texts(
        before,
        private_before=private_before,
        accounts=[account for brand in brands for account in brand.accounts],
        held=held,
    )
    store.clear_spent_things((now - _PAID_FOR).date())
    # Without retention every week can be measured again, for which its runs are needed.
    ledger = store.clear_ledger(before) if before else LedgerCounts(runs=0, visits=0)
    return TidyResult(
        texts_before=before,
        private_before=private_before,
        erased=erased,
        held=len(held),
        ledger=ledger,
        is_smaller=store.compact(),
    )


def find_held(
    store: Store, brands: Sequence[Brand], before: datetime, *, now: datetime
) -> frozenset[PostKey]:
    """Return the older posts that measuring younger weeks needs."""
    since = before - HELD_AT_MOST - _CONTEXT
    posts = store.load_posts(since=since, until=now)
    if posts.is_empty() or posts["created_at"][0] >= before:
        return frozenset()
    held = find_held_posts(build_threads(posts, brands, as_of=now), before)
    return frozenset(held.iter_rows())


def _tell_start(days: int | None, now: datetime) -> datetime | None:
    return None if days is None else now - timedelta(days=days)
