"""Kinds of values in a settings file, checked by pydantic; for `listener.settings.schema`."""

from datetime import date
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainValidator

from listener.posts import OpeningHours
from listener.settings.archive import parse_weeks
from listener.settings.days import parse_days
from listener.settings.dollars import parse_cap, parse_dollars
from listener.settings.hours import join_opening_hours, parse_opening_hours
from listener.settings.publish import LONGEST_EXCERPT
from listener.settings.rhythms import Rhythm, WeeklyTime, parse_rhythm, parse_weekly_time

_Entry = TypeVar("_Entry")


def refuse_flag(value: Any) -> Any:  # noqa: ANN401 - whatever a file holds
    """Return anything but `true` and `false`, which are no numbers."""
    if isinstance(value, bool):  # pydantic would read `true` as 1
        msg = "must be a whole number"
        raise ValueError(msg)  # noqa: TRY004 - pydantic collects ValueErrors only
    return value


def _refuse_number(value: Any) -> Any:  # noqa: ANN401 - whatever a file holds
    if isinstance(value, (int, float)):  # pydantic would read seconds since 1970
        msg = "must be a date, such as 2026-01-31"
        raise ValueError(msg)  # noqa: TRY004 - pydantic collects ValueErrors only
    return value


def _parse_hours(value: Any) -> tuple[OpeningHours, ...]:  # noqa: ANN401 - whatever a file holds
    if not isinstance(value, str):
        msg = 'must be text, such as "mon-fri 08:00-20:00"'
        raise ValueError(msg)  # noqa: TRY004 - pydantic collects ValueErrors only
    return parse_opening_hours(value)


def _parse_path(value: Any) -> Any:  # noqa: ANN401 - whatever a file holds
    if isinstance(value, str) and not value.isprintable():
        msg = "must be a path without control characters"
        raise ValueError(msg)
    try:
        return Path(value).expanduser() if isinstance(value, str) and value else value
    except RuntimeError:
        msg = "names a home folder that does not exist"
        raise ValueError(msg) from None


def _require_file(path: Path) -> Path:
    if not path.name:
        msg = "must name a file"
        raise ValueError(msg)
    return path


def require_entry(entries: tuple[_Entry, ...]) -> tuple[_Entry, ...]:
    """Refuse a list without entries."""
    # Pydantic's own `min_length` counts valid entries only and would complain twice.
    if not entries:
        msg = "needs at least one entry"
        raise ValueError(msg)
    return entries


def _absent_if_empty(value: Any) -> Any:  # noqa: ANN401 - whatever a file holds
    return None if value == "" else value  # TOML cannot say "nothing"


File = Annotated[Path, BeforeValidator(_parse_path)]
OptionalFile = Annotated[
    Path | None, BeforeValidator(_absent_if_empty), BeforeValidator(_parse_path)
]
SecretsFile = Annotated[File, AfterValidator(_require_file)]
Date = Annotated[date, BeforeValidator(_refuse_number)]
Seconds = Annotated[int, BeforeValidator(refuse_flag), Field(ge=0, le=86_400)]
Timeout = Annotated[int, BeforeValidator(refuse_flag), Field(ge=1, le=600)]
Dollars = Annotated[Decimal, PlainValidator(parse_dollars)]
Cap = Annotated[Decimal | None, PlainValidator(parse_cap)]
SettleDays = Annotated[int, BeforeValidator(refuse_flag), Field(ge=1, le=365)]
HistoryDays = Annotated[int, BeforeValidator(refuse_flag), Field(ge=1, le=30)]
# Twelve weeks of trends are made from texts, after their conversations have come to rest.
TextDays = Annotated[int | None, PlainValidator(partial(parse_days, lowest=120))]
PrivateDays = Annotated[int | None, PlainValidator(partial(parse_days, lowest=30))]
ArchiveWeeks = Annotated[int | None, PlainValidator(parse_weeks)]
Excerpt = Annotated[int, BeforeValidator(refuse_flag), Field(ge=0, le=LONGEST_EXCERPT)]
Jitter = Annotated[int, BeforeValidator(refuse_flag), Field(ge=0, le=600)]
Port = Annotated[int, BeforeValidator(refuse_flag), Field(ge=1, le=65_535)]
RhythmText = Annotated[Rhythm, PlainValidator(parse_rhythm)]
WeeklyText = Annotated[WeeklyTime, PlainValidator(parse_weekly_time)]
Spans = Annotated[
    tuple[Annotated[tuple[OpeningHours, ...], PlainValidator(_parse_hours)], ...],
    AfterValidator(join_opening_hours),
]


class Part(BaseModel):
    """One table of a settings file."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)
