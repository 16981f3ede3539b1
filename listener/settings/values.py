"""The settings as the rest of the program sees them: frozen and complete."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Literal

from listener.posts import Brand, Platform
from listener.settings.addresses import LOOPBACK
from listener.settings.alerts import AlertSettings
from listener.settings.archive import ArchiveSettings
from listener.settings.database import hide_password
from listener.settings.publish import PublishSettings
from listener.settings.rhythms import Rhythm, WeeklyTime

Address = Literal["sie", "du"]


def name_language(language: str, address: Address) -> str:
    """Return a language as reports know it: `en`, `de`, or `de-du`."""
    return "de-du" if (language, address) == ("de", "du") else language


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportSettings:
    """How the weekly report looks and where it goes.

    Attributes:
        address: What German texts call their readers.
        handles: Whether customers are shown by initials or by their handle.
        templates: The operator's own templates, searched before the shipped ones.
        archive: The address of a web archive, to which addresses of posts are appended.
    """

    output: Path
    language: Literal["en", "de"]
    address: Address
    handles: Literal["initials", "full"]
    templates: Path | None
    archive: str = ""

    @property
    def spoken(self) -> str:
        """The language with how readers are addressed in it."""
        return name_language(self.language, self.address)


@dataclass(frozen=True, slots=True, kw_only=True)
class WebSettings:
    """Where reports and the work list are shown in a browser.

    Attributes:
        host: The address to listen at.
        names: Under which people reach it, besides addresses and this machine's own name.
    """

    host: str
    port: int
    names: tuple[str, ...]

    @property
    def is_open(self) -> bool:
        """Whether people of other machines can reach it, so that it needs a password."""
        return self.host not in LOOPBACK or any(name not in LOOPBACK for name in self.names)


@dataclass(frozen=True, slots=True, kw_only=True)
class MastodonSettings:
    """How Mastodon is read.

    Attributes:
        delay_seconds: How late posts arrive; nothing younger counts as observed.
        timeout_seconds: For each request as a whole.
        servers: Web addresses by the domain in accounts' names, where these differ.
    """

    delay_seconds: int
    timeout_seconds: int
    servers: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class XSettings:
    """How X is read.

    Attributes:
        delay_seconds: How late posts arrive; nothing younger counts as observed.
        timeout_seconds: For each answer as a whole.
        field_names: Whether X is asked in the words of its older interface.
        history_days: How far back the first run of a source reads.
        private_messages: Whether owners read those, which needs keys that may write.
        month_cap_dollars: For all brands together; None for no cap.
        prices: Dollars for one thing read, by its kind.
    """

    delay_seconds: int
    api_url: str
    timeout_seconds: int
    field_names: Literal["tweet", "post"]
    history_days: int
    private_messages: bool
    month_cap_dollars: Decimal | None
    prices: dict[str, Decimal]


@dataclass(frozen=True, slots=True, kw_only=True)
class BrandSchedule:
    """What one brand has for itself.

    Attributes:
        rhythms: By platform (`x`) or by platform and kind (`x.search`).
        report: When its weekly report is made; None if as all others.
    """

    rhythms: Mapping[str, Rhythm]
    report: WeeklyTime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleSettings:
    """How often something is done.

    Attributes:
        mastodon: How often each source on Mastodon is read.
        x: How often each source on X is read.
        sources: Other rhythms for single kinds, by names such as `x.search`.
        report: When the weekly report is made, in the zone of its brand.
        publish: When a site is published that nothing new was put into, in UTC.
        tidy: When old texts go, in UTC.
        jitter_seconds: By how much starts are spread.
        heartbeat_url: What is asked as a sign of life; empty for none. It may be a
            secret and is never shown.
        brands: What single brands have for themselves, by their keys.
    """

    mastodon: Rhythm
    x: Rhythm
    sources: Mapping[str, Rhythm]
    report: WeeklyTime
    publish: Rhythm
    tidy: Rhythm
    jitter_seconds: int
    heartbeat_url: str = field(repr=False)
    brands: Mapping[str, BrandSchedule]

    def find_rhythm(self, brand: str, platform: Platform, kind: str) -> Rhythm:
        """Return how often a kind of source is read for a brand.

        What the brand has for itself comes before what holds for all, and in each of
        the two the kind before the platform.

        Args:
            brand: Its key.
            platform: Where the source is.
            kind: That of the source; `follow` for asking again for conversations.
        """
        own = self.brands[brand].rhythms if brand in self.brands else {}
        name = f"{platform}.{kind}"
        common = self.mastodon if platform == "mastodon" else self.x
        return own.get(name) or own.get(platform) or self.sources.get(name) or common

    def find_report_time(self, brand: str) -> WeeklyTime:
        """Return when the weekly report of a brand is made, in the brand's zone."""
        own = self.brands.get(brand)
        return (own and own.report) or self.report


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Somebody who gets reports by mail.

    Attributes:
        brands: Keys of the brands whose reports are sent; all of them if empty.
        address_as: What German mails call this one; as reports do if None.
    """

    address: str
    brands: tuple[str, ...]
    language: Literal["en", "de"]
    address_as: Address | None = None

    def speaks(self, report: ReportSettings) -> str:
        """Return the language with how this one is addressed in it."""
        return name_language(self.language, self.address_as or report.address)

    def gets(self, brand: str) -> bool:
        """Tell whether the reports of a brand are for this one."""
        return not self.brands or brand in self.brands


@dataclass(frozen=True, slots=True, kw_only=True)
class MailSettings:
    """How reports are mailed.

    Addresses are such as can stand in a header and in an envelope: ASCII, one `@`, no
    names beside them. The password is none of the settings, see `load_mail_secrets`.

    Attributes:
        host: The mail server; empty for none.
        user: The name to log in with; empty for none.
        sender: An address; there is one if there is a host.
        reply_to: An address; empty for none.
        unsubscribe_address: An address; empty for that of answers.
        unsubscribe_url: Has `{token}` in it; empty for none.
        reports_url: Where the folder of reports can be opened; empty if nowhere.
        timeout_seconds: For the whole dialogue about one message.
    """

    host: str
    port: int
    security: Literal["starttls", "tls", "none"]
    user: str
    sender: str
    reply_to: str
    unsubscribe_address: str
    unsubscribe_url: str
    reports_url: str
    timeout_seconds: int
    recipients: tuple[Recipient, ...]

    @property
    def is_on(self) -> bool:
        """Whether mail is sent: there is a server, and somebody to send to."""
        return bool(self.host and self.recipients)

    def has_reader(self, address: str) -> bool:
        """Tell whether anybody among those who get reports has an address."""
        return any(each.address.casefold() == address.casefold() for each in self.recipients)


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionSettings:
    """How long people's words are kept.

    Attributes:
        days: After which texts and names of posts go; None for never.
        private_days: After which private posts go altogether; None for never.
    """

    days: int | None
    private_days: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything an operator can decide.

    Attributes:
        database_url: For SQLAlchemy; it may hold a password and is never shown.
        phrases_folder: The operator's own phrases, read over the shipped ones.
        secrets_file: Where `listener login` keeps tokens; it need not exist.
        settle_days: How long a conversation must be silent before it is judged.
        source: The operator's settings file, if there is one.
    """

    database_url: str = field(repr=False)
    brands: tuple[Brand, ...]
    phrases_folder: Path | None
    secrets_file: Path
    settle_days: int
    report: ReportSettings
    web: WebSettings
    mastodon: MastodonSettings
    x: XSettings
    schedule: ScheduleSettings
    mail: MailSettings
    alerts: AlertSettings
    retention: RetentionSettings
    archive: ArchiveSettings
    publish: PublishSettings
    source: Path | None

    @property
    def database_shown(self) -> str:
        """The address of the database as people may see it, without its password."""
        return hide_password(self.database_url)
