"""Which of the editions that are due may be made now: what they tell of must have been read.

A program that begins after days of silence would else report on half a week, and a
report is made once. Who cannot read at all has nothing to report either, and makes up
for it later; but nobody waits for one account that fails while others can be read.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

import polars as pl

from listener.jobs.due_editions import Edition
from listener.measure.periods import find_week
from listener.posts import Brand

# Some sources are read twice a day only, and platforms ask for patience.
LONGEST_WAIT = timedelta(hours=12)
# Then a report says at least that nothing could be read; by now it was tried again and again.
LONGEST_SILENCE = timedelta(days=13)
_READ = ("done", "paused")


def find_ready_editions(
    editions: Sequence[Edition],
    brands: Sequence[Brand],
    runs: pl.DataFrame,
    sources: Mapping[str, Collection[str]],
    *,
    now: datetime,
) -> list[Edition]:
    """Return the editions whose brand was read after the end of their week, in their order.

    Args:
        editions: What is due.
        brands: Of the settings.
        runs: The last run of each source that has ended, with the columns of `Store.load_runs`.
        sources: The names of each brand's sources; a brand without any is only imported.
        now: The moment of looking.
    """
    zones = {brand.key: brand.time_zone for brand in brands}
    ends = {each: find_week(each.week, zones[each.brand]).until for each in editions}
    return [
        each
        for each in editions
        if is_read(runs, sources.get(each.brand, ()), since=ends[each], now=now)
    ]


def is_read(
    runs: pl.DataFrame, sources: Collection[str], *, since: datetime, now: datetime
) -> bool:
    """Tell whether what was written before a moment was read since, as far as can be hoped for."""
    if not sources:
        return True
    tried = runs.filter(
        pl.col("source").is_in(list(sources)),
        pl.col("started_at") >= since,
        pl.col("state") != "running",
    )
    older = tried.filter(pl.col("started_at") <= now - LONGEST_WAIT)
    is_complete = tried["source"].n_unique() == len(set(sources))
    if not tried["state"].is_in(_READ).any():
        is_recent = older.is_empty()
        return is_complete and is_recent and now - since >= LONGEST_SILENCE
    # After a pause of days, what is late is only not read yet.
    return is_complete or not older.is_empty()
