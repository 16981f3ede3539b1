"""Waits in the opening hours of a brand."""

from dataclasses import dataclass

from listener.figures.clocks import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceTime:
    """The three clocks in service time: what of each wait lay in the opening hours.

    Attributes:
        opening_hours: The spans that count, such as `mon 08:00-20:00`, in the brand's zone.
        time_zone: Of the brand.
        holidays: Whose public holidays are days off, such as `DE-BY`; None if none are.
        off_hours: By name of the clock, how many waits lay outside of them altogether;
            these are in no clock here.
    """

    opening_hours: tuple[str, ...]
    time_zone: str
    holidays: str | None
    off_hours: dict[str, int]
    first_reply: Clock
    first_helpful_reply: Clock
    followup_reply: Clock
