"""The tables that say what is told at once, checked by pydantic."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator

from listener.figures.alerts import AlertKind, AlertTarget
from listener.posts import OpeningHours
from listener.settings import brands as checks
from listener.settings.alerts import AlertSettings, check_target_name, parse_quiet_hours
from listener.settings.fields import Part, RhythmText, Timeout, refuse_flag


def _parse_quiet(value: Any) -> tuple[OpeningHours, ...]:  # noqa: ANN401 - whatever a file holds
    if not isinstance(value, str):
        msg = 'must be text, such as "mon-sun 20:00-07:00"'
        raise ValueError(msg)  # noqa: TRY004 - pydantic collects ValueErrors only
    return parse_quiet_hours(value)


def _check_region(region: str) -> str:
    return checks.check_holidays(region) if region else ""


_QuietSpans = tuple[Annotated[tuple[OpeningHours, ...], PlainValidator(_parse_quiet)], ...]
_Limit = Annotated[int, BeforeValidator(refuse_flag), Field(ge=0, le=168)]
_Silence = Annotated[int, BeforeValidator(refuse_flag), Field(ge=1, le=720)]
_Least = Annotated[int, BeforeValidator(refuse_flag), Field(ge=2, le=100_000)]
_Percent = Annotated[int, BeforeValidator(refuse_flag), Field(ge=1, le=100)]


class TargetPart(Part):
    """One table `[[alerts.targets]]`."""

    name: Annotated[str, AfterValidator(check_target_name)]
    kinds: tuple[AlertKind, ...] = ()
    brands: tuple[str, ...] = ()
    language: Literal["en", "de"] = "en"


class AlertsPart(Part):
    """The table `[alerts]`."""

    every: RhythmText
    unanswered_hours: _Limit
    promise_hours: _Limit
    wave_cases: _Least
    silent_hours: _Silence
    budget_percent: _Percent
    tell_answers: bool
    quiet_hours: _QuietSpans
    time_zone: Annotated[str, AfterValidator(checks.check_time_zone)]
    holidays: Annotated[str, AfterValidator(_check_region)]
    urgent: tuple[AlertKind, ...]
    timeout_seconds: Timeout
    targets: tuple[TargetPart, ...]

    def to_alerts(self) -> AlertSettings:
        """Return the settings that the program works with."""
        values = {name: getattr(self, name) for name in type(self).model_fields}
        quiet = tuple(span for spans in self.quiet_hours for span in spans)
        targets = tuple(AlertTarget(**target.model_dump()) for target in self.targets)
        return AlertSettings(**{**values, "quiet_hours": quiet, "targets": targets})
