"""What all runs of one round of collecting have in common."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import polars as pl

from listener.jobs.collecting.purse import Purse
from listener.posts import Brand
from listener.store.store import Store

# A platform asks for a day of patience at most.
LONGEST_PAUSE = timedelta(days=1)


class RunStoppedError(Exception):
    """The round was asked to end. It is no failure, so nobody may take it for one."""


def never() -> bool:
    """Let a round come to its end."""
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One pass over everything that is to be read.

    Attributes:
        brands: All of the settings, whoever is read in this round.
        started_at: When it began; runs were planned for then.
        history_days: How far back the first run of a source on X reads.
        pauses: Until when platforms asked to be left alone, by source.
        is_stopped: Whether the round is to end at the next page.
    """

    store: Store
    brands: Sequence[Brand]
    purse: Purse
    now: Callable[[], datetime]
    started_at: datetime
    history_days: int
    pauses: Mapping[str, datetime] = field(default_factory=dict)
    is_stopped: Callable[[], bool] = never

    def check_stop(self) -> None:
        """Go no further if nobody wants the rest; called where nothing is half done.

        Raises:
            RunStoppedError: If the round is to end now.
        """
        if self.is_stopped():
            raise RunStoppedError

    def find_pause(self, source_key: str) -> datetime | None:
        """Return until when a source has to wait, None if it may be read now."""
        retry_at = self.pauses.get(source_key)
        return retry_at if retry_at is not None and retry_at > self.now() else None


def load_pauses(store: Store, now: datetime) -> dict[str, datetime]:
    """Return until when platforms asked to wait in the last run of each source."""
    runs = store.load_runs(now - LONGEST_PAUSE)
    last = runs.sort("id").group_by("source").last()
    waiting = last.filter(pl.col("retry_at") > now)
    return dict(waiting.select("source", "retry_at").iter_rows())
