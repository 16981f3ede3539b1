"""What the figures of a period are measured with, besides the tables."""

from dataclasses import dataclass
from datetime import datetime

from listener.figures import Method
from listener.measure.watch import Watch


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What a week is measured with.

    Attributes:
        grade: The coverage of platforms that were never collected live.
        observed_until: End of observation by platform.
        watch: What is known of live collection, None if all posts are from files.
        measured_since: Weeks that begin earlier cannot be measured, for words are gone;
            None if none are.
        private_since: Since when private messages are kept; None if none were erased.
    """

    as_of: datetime
    settle_days: int
    method: Method
    grade: str
    observed_until: dict[str, datetime]
    watch: Watch | None = None
    measured_since: datetime | None = None
    private_since: datetime | None = None
