"""The shape of a settings file, checked by pydantic; imported by `load_settings` only.

Defaults of the program are in `config/default.toml`, so the fields here have none;
those of a brand are the defaults of `listener.posts.Brand`.
"""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from listener.posts import Account, Brand, Mode, Platform, Role
from listener.settings import brands as checks
from listener.settings import mail as mail_checks
from listener.settings import publish as site_checks
from listener.settings.addresses import check_api, check_domain, check_reports_url, check_server
from listener.settings.alert_parts import AlertsPart, BrandAlertsPart
from listener.settings.archive import ArchiveSettings
from listener.settings.brand_statements import StatementPart
from listener.settings.database import normalise_database
from listener.settings.fields import (
    ArchiveWeeks,
    Cap,
    Date,
    Dollars,
    Excerpt,
    File,
    HistoryDays,
    OptionalFile,
    Part,
    Port,
    PrivateDays,
    Seconds,
    SecretsFile,
    SettleDays,
    Spans,
    TextDays,
    Timeout,
    require_entry,
)
from listener.settings.goals import GoalText
from listener.settings.schedule_parts import BrandSchedulePart, SchedulePart
from listener.settings.values import (
    Address,
    MailSettings,
    MastodonSettings,
    Recipient,
    ReportSettings,
    RetentionSettings,
    Settings,
    WebSettings,
    XSettings,
)
from listener.settings.web import check_listen_host, check_web_name

ENV_PREFIX = "LISTENER_"
ENV_DELIMITER = "__"


class AccountPart(Part):
    """One line of a brand's `accounts`."""

    platform: Platform
    handle: str
    role: Role = "care"

    @field_validator("handle")
    @classmethod
    def _check_handle(cls, handle: str, info: ValidationInfo) -> str:
        return checks.check_handle(handle, info.data.get("platform"))


class BrandPart(Part):
    """One table `[brands.KEY]`."""

    name: Annotated[str, AfterValidator(checks.check_name)]
    accounts: Annotated[tuple[AccountPart, ...], AfterValidator(require_entry)]
    queries: tuple[Annotated[str, AfterValidator(checks.check_query)], ...] = ()
    count_from: Date | None = None
    time_zone: Annotated[str, AfterValidator(checks.check_time_zone)] = "UTC"
    opening_hours: Spans = ()
    holidays: Annotated[str, AfterValidator(checks.check_holidays)] | None = None
    languages: tuple[Annotated[str, AfterValidator(checks.check_language)], ...] = ()
    mode: Mode = "watch"
    month_cap_dollars: Cap = None
    schedule: BrandSchedulePart | None = None
    alerts: BrandAlertsPart | None = None
    statements: tuple[StatementPart, ...] = ()
    goals: tuple[GoalText, ...] = ()

    def to_brand(self, key: str) -> Brand:
        """Return the brand that the program works with; what is done when is no part of it."""
        names = (name for name in type(self).model_fields if name not in ("schedule", "alerts"))
        values = {name: getattr(self, name) for name in names}
        accounts = tuple(Account(**account.model_dump()) for account in self.accounts)
        statements = tuple(each.to_statement() for each in self.statements)
        return Brand(**{**values, "key": key, "accounts": accounts, "statements": statements})


class ReportPart(Part):
    """The table `[report]`."""

    output: File
    language: Literal["en", "de"]
    address: Address
    handles: Literal["initials", "full"]
    templates: OptionalFile
    archive: Annotated[str, AfterValidator(check_reports_url)]


class WebPart(Part):
    """The table `[web]`."""

    host: Annotated[str, AfterValidator(check_listen_host)]
    port: Port
    names: tuple[Annotated[str, AfterValidator(check_web_name)], ...]


class MastodonPart(Part):
    """The table `[mastodon]`."""

    delay_seconds: Seconds
    timeout_seconds: Timeout
    servers: dict[
        Annotated[str, AfterValidator(check_domain)], Annotated[str, AfterValidator(check_server)]
    ]


class PricesPart(Part):
    """The table `[x.prices]`: the kinds of things that X charges for."""

    post: Dollars
    own_post: Dollars
    user: Dollars
    dm_event: Dollars
    count: Dollars


class XPart(Part):
    """The table `[x]`."""

    delay_seconds: Seconds
    api_url: Annotated[str, AfterValidator(check_api)]
    timeout_seconds: Timeout
    field_names: Literal["tweet", "post"]
    history_days: HistoryDays
    private_messages: bool
    month_cap_dollars: Cap
    prices: PricesPart


class RecipientPart(Part):
    """One table `[[mail.recipients]]`."""

    address: Annotated[str, AfterValidator(mail_checks.check_address)]
    brands: tuple[str, ...] = ()
    language: Literal["en", "de"] = "en"
    address_as: Address | None = None


class MailPart(Part):
    """The table `[mail]`."""

    host: Annotated[str, AfterValidator(mail_checks.check_mail_host)]
    port: Port
    security: Literal["starttls", "tls", "none"]
    user: Annotated[str, AfterValidator(mail_checks.check_mail_user)]
    sender: Annotated[str, AfterValidator(mail_checks.check_optional_address)]
    reply_to: Annotated[str, AfterValidator(mail_checks.check_optional_address)]
    unsubscribe_address: Annotated[str, AfterValidator(mail_checks.check_optional_address)]
    unsubscribe_url: Annotated[str, AfterValidator(mail_checks.check_unsubscribe_url)]
    reports_url: Annotated[str, AfterValidator(check_reports_url)]
    timeout_seconds: Timeout
    recipients: tuple[RecipientPart, ...]

    def to_mail(self) -> MailSettings:
        """Return the settings that the program works with."""
        recipients = tuple(Recipient(**recipient.model_dump()) for recipient in self.recipients)
        return MailSettings(**{**self.model_dump(), "recipients": recipients})


class RetentionPart(Part):
    """The table `[retention]`."""

    days: TextDays
    private_days: PrivateDays


class ArchivePart(Part):
    """The table `[archive]`."""

    folder: OptionalFile
    older_than_weeks: ArchiveWeeks


class PublishPart(Part):
    """The table `[publish]`."""

    folder: OptionalFile
    address: Annotated[str, AfterValidator(site_checks.check_site_address)]
    title: Annotated[str, AfterValidator(site_checks.check_title)]
    publisher: Annotated[str, AfterValidator(site_checks.check_title)]
    statement: Annotated[str, AfterValidator(site_checks.check_statement)]
    imprint: Annotated[str, AfterValidator(check_reports_url)]
    languages: Annotated[
        tuple[Literal["en", "de"], ...], AfterValidator(site_checks.refuse_repeats)
    ]
    brands: Annotated[tuple[str, ...], AfterValidator(site_checks.refuse_repeats)]
    robots: site_checks.Robots
    handles: Literal["initials", "full"]
    excerpt_x: Excerpt
    mastodon_quotes: site_checks.MastodonQuotes
    recheck_dollars: Cap
    told_outcomes: bool
    opt_outs: tuple[Annotated[str, AfterValidator(site_checks.check_opt_out)], ...]


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
    phrases_folder: OptionalFile
    secrets_file: SecretsFile
    settle_days: SettleDays
    report: ReportPart
    web: WebPart
    mastodon: MastodonPart
    x: XPart
    schedule: SchedulePart
    mail: MailPart
    alerts: AlertsPart
    retention: RetentionPart
    archive: ArchivePart
    publish: PublishPart
    brands: dict[Annotated[str, AfterValidator(checks.check_brand_key)], BrandPart]

    def to_settings(self, source: Path | None) -> Settings:
        """Return the settings that the program works with."""
        parts = self.brands.items()
        schedules = {key: part.schedule.to_schedule() for key, part in parts if part.schedule}
        limits = {key: part.alerts for key, part in parts if part.alerts}
        return Settings(
            database_url=self.database_url,
            brands=tuple(part.to_brand(key) for key, part in parts),
            phrases_folder=self.phrases_folder,
            secrets_file=self.secrets_file,
            settle_days=self.settle_days,
            report=ReportSettings(**self.report.model_dump()),
            web=WebSettings(**self.web.model_dump()),
            mastodon=MastodonSettings(**self.mastodon.model_dump()),
            x=XSettings(**self.x.model_dump()),
            schedule=self.schedule.to_schedule(schedules),
            mail=self.mail.to_mail(),
            alerts=self.alerts.to_alerts(limits),
            retention=RetentionSettings(**self.retention.model_dump()),
            archive=ArchiveSettings(**self.archive.model_dump()),
            publish=site_checks.PublishSettings(**self.publish.model_dump()),
            source=source,
        )
