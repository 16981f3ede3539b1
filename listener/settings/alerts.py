"""Alerts in the settings: what is told, when, and to whom; the addresses are secrets."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from listener.figures.alerts import AlertKind, AlertTarget
from listener.posts import WEEKDAYS, OpeningHours
from listener.settings.hours import parse_opening_hours
from listener.settings.rhythms import Rhythm

_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")
_OVERNIGHT = re.compile(r"(?P<days>\S+)\s+(?P<from>\d\d?:\d\d)\s*-\s*(?P<to>\d\d?:\d\d)")
_VARIABLE = "LISTENER_ALERT_URL_"


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertLimits:
    """From what on something is worth an alert.

    Attributes:
        unanswered_hours: After how long an unanswered case is told; 0 for never.
        promise_hours: How long before its time a promise is told.
        wave_cases: Fewer complaints are no wave.
        silent_hours: After how long a source that was not read is told.
        budget_percent: From which part of a cap on it is nearly spent.
        tell_answers: Whether it is told when somebody who had waited too long was answered.
    """

    unanswered_hours: int
    promise_hours: int
    wave_cases: int
    silent_hours: int
    budget_percent: int
    tell_answers: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertSettings:
    """What is worth an alert, and who gets it.

    Attributes:
        every: How often one looks.
        limits: Of all brands that have none of their own.
        brands: All limits of those that have some of their own, by their keys.
        quiet_hours: When nothing is told that can wait.
        time_zone: Of the quiet hours.
        holidays: Whose public holidays are quiet; empty for none.
        urgent: What is told in quiet hours too.
        timeout_seconds: For telling one target.
    """

    every: Rhythm
    limits: AlertLimits
    quiet_hours: tuple[OpeningHours, ...]
    time_zone: str
    holidays: str
    urgent: tuple[AlertKind, ...]
    timeout_seconds: int
    targets: tuple[AlertTarget, ...]
    brands: Mapping[str, AlertLimits] = field(default_factory=dict)

    @property
    def is_on(self) -> bool:
        """Whether anybody is told anything."""
        return bool(self.targets)

    def find_limits(self, brand: str) -> AlertLimits:
        """Return the limits that hold for a brand, by its key; the common ones if it has none."""
        return self.brands.get(brand, self.limits)

    def list_unanswered(self, brands: Iterable[str]) -> dict[str, timedelta]:
        """Return after how long an unanswered case of each brand is told, if ever."""
        found = {brand: self.find_limits(brand).unanswered_hours for brand in brands}
        return {brand: timedelta(hours=hours) for brand, hours in found.items() if hours}

    def wants(self, *kinds: AlertKind) -> bool:
        """Tell whether anybody is told of one of these kinds."""
        return any(
            not target.kinds or kind in target.kinds for target in self.targets for kind in kinds
        )


def name_variable_of(target: AlertTarget) -> str:
    """Return the variable, or the line of the secrets file, that holds a target's address."""
    return f"{_VARIABLE}{target.name.upper()}"


def check_target_name(name: str) -> str:
    """Return a name that can be part of a variable's."""
    if not _NAME.fullmatch(name):
        msg = 'must be of small letters, digits and "_", such as "team"'
        raise ValueError(msg)
    return name


def parse_quiet_hours(text: str) -> tuple[OpeningHours, ...]:
    """Return the spans of `mon-sun 20:00-07:00`, which may end on the next day.

    Raises:
        ValueError: If it cannot be read.
    """
    match = _OVERNIGHT.fullmatch(text.strip().lower())
    if match is None or _count_minutes(match["to"]) >= _count_minutes(match["from"]):
        return parse_opening_hours(text)
    evening = parse_opening_hours(f"{match['days']} {match['from']}-24:00")
    if _count_minutes(match["to"]) == 0:
        return evening
    nights = [WEEKDAYS[(WEEKDAYS.index(span.weekday) + 1) % 7] for span in evening]
    return evening + parse_opening_hours(f"{','.join(nights)} 00:00-{match['to']}")


def _count_minutes(text: str) -> int:
    hour, minute = (int(part) for part in text.split(":"))
    return 60 * hour + minute
