"""The shape of a settings file, checked by pydantic; imported by `load_settings` only.

Defaults of the program are in `config/default.toml`, so the fields here have none;
those of a brand are the defaults of `listener.posts.Brand`.
"""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    ValidationInfo,
    field_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict

from listener.posts import Account, Brand, Mode, OpeningHours, Platform, Role
from listener.settings import brands as checks
from listener.settings.addresses import check_api, check_domain, check_server
from listener.settings.database import normalise_database
from listener.settings.dollars import parse_cap, parse_dollars
from listener.settings.hours import join_opening_hours, parse_opening_hours
from listener.settings.values import MastodonSettings, ReportSettings, Settings, XSettings

ENV_PREFIX = "LISTENER_"
ENV_DELIMITER = "__"
_Entry = TypeVar("_Entry")


def _refuse_flag(value: Any) -> Any:  # noqa: ANN401 - whatever a file holds
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


def _require_entry(entries: tuple[_Entry, ...]) -> tuple[_Entry, ...]:
    # Pydantic's own `min_length` counts valid entries only and would complain twice.
    if not entries:
        msg = "needs at least one entry"
        raise ValueError(msg)
    return entries


def _absent_if_empty(value: Any) -> Any:  # noqa: ANN401 - whatever a file holds
    return None if value == "" else value  # TOML cannot say "nothing"


_File = Annotated[Path, BeforeValidator(_parse_path)]
_OptionalFile = Annotated[
    Path | None, BeforeValidator(_absent_if_empty), BeforeValidator(_parse_path)
]
_Seconds = Annotated[int, BeforeValidator(_refuse_flag), Field(ge=0, le=86_400)]
_Timeout = Annotated[int, BeforeValidator(_refuse_flag), Field(ge=1, le=600)]
_Dollars = Annotated[Decimal, PlainValidator(parse_dollars)]
_Cap = Annotated[Decimal | None, PlainValidator(parse_cap)]
_Days = Annotated[int, BeforeValidator(_refuse_flag), Field(ge=1, le=365)]
_Spans = Annotated[
    tuple[Annotated[tuple[OpeningHours, ...], PlainValidator(_parse_hours)], ...],
    AfterValidator(join_opening_hours),
]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class AccountPart(_Part):
    """One line of a brand's `accounts`."""

    platform: Platform
    handle: str
    role: Role = "care"

    @field_validator("handle")
    @classmethod
    def _check_handle(cls, handle: str, info: ValidationInfo) -> str:
        return checks.check_handle(handle, info.data.get("platform"))


class BrandPart(_Part):
    """One table `[brands.KEY]`."""

    name: Annotated[str, AfterValidator(checks.check_name)]
    accounts: Annotated[tuple[AccountPart, ...], AfterValidator(_require_entry)]
    queries: tuple[Annotated[str, AfterValidator(checks.check_query)], ...] = ()
    count_from: Annotated[date | None, BeforeValidator(_refuse_number)] = None
    time_zone: Annotated[str, AfterValidator(checks.check_time_zone)] = "UTC"
    opening_hours: _Spans = ()
    holidays: Annotated[str, AfterValidator(checks.check_holidays)] | None = None
    languages: Annotated[tuple[Literal["en", "de"], ...], AfterValidator(_require_entry)] = (
        "en",
        "de",
    )
    mode: Mode = "watch"
    month_cap_dollars: _Cap = None

    def to_brand(self, key: str) -> Brand:
        """Return the brand that the program works with."""
        values = {name: getattr(self, name) for name in type(self).model_fields}
        accounts = tuple(Account(**account.model_dump()) for account in self.accounts)
        return Brand(**{**values, "key": key, "accounts": accounts})


class ReportPart(_Part):
    """The table `[report]`."""

    output: _File
    language: Literal["en", "de"]
    handles: Literal["initials", "full"]
    templates: _OptionalFile


class MastodonPart(_Part):
    """The table `[mastodon]`."""

    delay_seconds: _Seconds
    timeout_seconds: _Timeout
    servers: dict[
        Annotated[str, AfterValidator(check_domain)], Annotated[str, AfterValidator(check_server)]
    ]


class PricesPart(_Part):
    """The table `[x.prices]`: the kinds of things that X charges for."""

    post: _Dollars
    own_post: _Dollars
    user: _Dollars
    dm_event: _Dollars
    count: _Dollars


class XPart(_Part):
    """The table `[x]`."""

    delay_seconds: _Seconds
    api_url: Annotated[str, AfterValidator(check_api)]
    timeout_seconds: _Timeout
    field_names: Literal["tweet", "post"]
    history_days: Annotated[int, BeforeValidator(_refuse_flag), Field(ge=1, le=30)]
    private_messages: bool
    month_cap_dollars: _Cap
    prices: PricesPart


class SettingsFile(BaseSettings):
    """All settings; `load_settings` gives it its sources."""

    model_config = SettingsConfigDict(
        extra="forbid",
        frozen=True,
        str_strip_whitespace=True,
        env_prefix=ENV_PREFIX,
        env_nested_delimiter=ENV_DELIMITER,
        env_ignore_empty=True,
    )

    database_url: Annotated[str, AfterValidator(normalise_database)]
    phrases_folder: _OptionalFile
    secrets_file: Annotated[_File, AfterValidator(_require_file)]
    settle_days: _Days
    report: ReportPart
    mastodon: MastodonPart
    x: XPart
    brands: dict[Annotated[str, AfterValidator(checks.check_brand_key)], BrandPart]

    def to_settings(self, source: Path | None) -> Settings:
        """Return the settings that the program works with."""
        return Settings(
            database_url=self.database_url,
            brands=tuple(part.to_brand(key) for key, part in self.brands.items()),
            phrases_folder=self.phrases_folder,
            secrets_file=self.secrets_file,
            settle_days=self.settle_days,
            report=ReportSettings(**self.report.model_dump()),
            mastodon=MastodonSettings(**self.mastodon.model_dump()),
            x=XSettings(**self.x.model_dump()),
            source=source,
        )
