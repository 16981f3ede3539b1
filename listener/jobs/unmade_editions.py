"""Tell which editions are due and not made, and which of these can be made now."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from listener.jobs.due_editions import WEEKS_BACK, Edition, find_due_editions
from listener.jobs.ready_editions import find_ready_editions
from listener.posts import Brand
from listener.settings import Settings
from listener.store.editions import SMALL_STEP
from listener.store.store import Store


@dataclass(frozen=True, slots=True)
class UnmadeEditions:
    """Editions that are due, the oldest first.

    Attributes:
        ready: What can be made now.
        waiting: What has to wait until the sources of its brand have been read.
    """

    ready: tuple[Edition, ...] = ()
    waiting: tuple[Edition, ...] = ()


def find_unmade_editions(
    store: Store,
    settings: Settings,
    brands: Sequence[Brand],
    *,
    sources: Mapping[str, Collection[str]],
    now: datetime,
) -> UnmadeEditions:
    """Return which editions of these brands are due and not made, the oldest first.

    Args:
        store: Knows what was made, and what was read.
        settings: They say when reports are due.
        brands: Whose editions are wanted.
        sources: The names of each brand's sources: nothing is made before they were read.
        now: The moment of looking.
    """
    made = load_made_keys(store)
    due = find_due_editions(brands, settings.schedule, made, now=now)
    if not due:
        return UnmadeEditions()
    runs = _list_last_ended(store.load_watching_runs(now))
    read = find_ready_editions(due, brands, runs, sources, now=now)
    # Asked only now: the database may have to look through many posts for it. And of whom
    # nobody has read yet, nobody knows since when there are posts.
    wanted = {edition.brand for edition in read}
    first_posts = store.load_first_posts(
        (brand for brand in brands if brand.key in wanted),
        enough=now - timedelta(weeks=WEEKS_BACK + 1),  # no week that is due ends before it
    )
    known = find_due_editions(brands, settings.schedule, made, now=now, first_posts=first_posts)
    return UnmadeEditions(
        ready=tuple(each for each in known if each in read),
        waiting=tuple(each for each in due if each not in read),
    )


def _list_last_ended(runs: pl.DataFrame) -> pl.DataFrame:
    """Return the last run of each source that has ended; one that goes on makes nothing unread."""
    ended = runs.filter(pl.col("state") != "running")
    return ended.unique("source", keep="last", maintain_order=True)


def load_made_keys(store: Store) -> frozenset[str]:
    """Return the keys of the editions that were made, and not by a clock that was ahead."""
    latest = store.now() + SMALL_STEP
    return frozenset(store.load_editions().filter(pl.col("made_at") <= latest)["key"])
