"""The tables that say what is told at once, checked by pydantic."""

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator

from listener.figures.alerts import AlertKind, AlertTarget
from listener.posts import OpeningHours
from listener.settings import brands as checks
from listener.settings.alerts import (
    AlertLimits,
    AlertSettings,
    check_target_name,
    parse_quiet_hours,
)
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


class BrandAlertsPart(Part):
    """The table `[brands.KEY.alerts]`: limits that are other than those of all brands."""

    unanswered_hours: _Limit | None = None
    promise_hours: _Limit | None = None
    wave_cases: _Least | None = None
    silent_hours: _Silence | None = None
    budget_percent: _Percent | None = None
    tell_answers: bool | None = None

    def lie_over(self, limits: AlertLimits) -> AlertLimits:
        """Return limits with these in the place of those that they replace."""
        return replace(limits, **self.model_dump(exclude_none=True))


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

    def to_alerts(self, brands: Mapping[str, BrandAlertsPart]) -> AlertSettings:
        """Return the settings that the program works with.

        Args:
            brands: What brands have for themselves, by their keys.
        """
        limits = AlertLimits(
            **{each.name: getattr(self, each.name) for each in fields(AlertLimits)}
        )
        return AlertSettings(
            every=self.every,
            limits=limits,
            brands={key: own.lie_over(limits) for key, own in brands.items()},
            quiet_hours=tuple(span for spans in self.quiet_hours for span in spans),
            time_zone=self.time_zone,
            holidays=self.holidays,
            urgent=self.urgent,
            timeout_seconds=self.timeout_seconds,
            targets=tuple(AlertTarget(**target.model_dump()) for target in self.targets),
        )
