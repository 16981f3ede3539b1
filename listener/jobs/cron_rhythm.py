"""When `listener weekly` should be called again, as far as one knows: cron tells nobody its plan.

The longest wait that is no alarm is a mean over the last days, in which each pause between two
runs counts for as long as it lasted. So a handful of runs by hand on one morning changes
next to nothing, and an hourly cron is known after about two weeks. It needs no history: the
mean stands in the database as the time between the last end and the next run.
"""

from datetime import datetime, timedelta
from math import exp

# Cron calls at least once a week.
LONGEST = timedelta(days=8)
SHORTEST = timedelta(hours=3)
_MEMORY = timedelta(days=4)
# One call may be left out, and one may take its time.
_CALLS = 2
_MORE = timedelta(hours=1)


def expect_next(finished_at: datetime | None, due_at: datetime | None, now: datetime) -> timedelta:
    """Return how long after now a next run should have come at the latest.

    Args:
        finished_at: When the run before this one ended; None if this is the first one.
        due_at: When this one should have come at the latest.
        now: The end of this one.
    """
    if finished_at is None or due_at is None:
        return LONGEST
    pause = max(now - finished_at, timedelta(0))
    before = _clamp(due_at - finished_at)
    weight = 1 - exp(-(pause / _MEMORY))
    return _clamp(before + weight * (_CALLS * pause + _MORE - before))


def _clamp(wait: timedelta) -> timedelta:
    return min(max(wait, SHORTEST), LONGEST)
