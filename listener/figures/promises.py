"""Promises to come back, or to do something by a time, and what became of them."""

from dataclasses import dataclass

from listener.figures.shares import Share


@dataclass(frozen=True, slots=True, kw_only=True)
class Promises:
    """The promises made in the cases of one period.

    Attributes:
        week: Whose cases; the outcome week.
        total: Promises that were made.
        due_said: Those that name a time; the others are due after seven days.
        states: `kept`, `kept_late`, `kept_after_chase` and `broken`, over those of which anybody
            can tell.
        kept_by_kind: `kept` for promises of `contact`, and of any other `act` by a time.
        not_checkable: Those of which nobody can tell.
        open: Those that were not yet due.
    """

    week: str
    total: int
    due_said: int
    states: dict[str, Share]
    kept_by_kind: dict[str, Share]
    not_checkable: int
    open: int

    @property
    def checked(self) -> int:
        """Of how many it is known what became of them."""
        return self.states["kept"].total
