"""What did not arrive, mail or alert: what becomes of it, in one line, and how long it waits."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Literal

TroubleState = Literal["failed", "given_up", "unsure"]
MOST_REFUSALS = 8
ENDED = "whoever sent it was ended meanwhile"
_NEXT: Mapping[TroubleState, str] = {
    "failed": "it is tried again later",
    "given_up": f"it is not tried again after {MOST_REFUSALS} refusals",
    "unsure": "it is not sent again, ask whether it arrived",
}
# A database rounds times.
_ROUNDING = timedelta(seconds=1)


def tell_trouble(state: TroubleState, what: str, error: str) -> str:
    """Return one line about what was not sent, and what becomes of it.

    Args:
        state: `failed` is tried again, `given_up` was refused too often, `unsure` may have
            arrived and is not tried again.
        what: Such as `alerts to team`.
        error: Why, in one line without addresses.
    """
    return f"{what}: {error}; {_NEXT[state]}"


def lengthen_pause(pauses: Sequence[timedelta], last: timedelta) -> timedelta:
    """Return how long to wait now: longer than the last time, up to the longest."""
    return next((pause for pause in pauses if pause > last + _ROUNDING), pauses[-1])
