"""The settings as the rest of the program sees them: frozen and complete."""

from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Literal

from listener.posts import Brand
from listener.settings.database import hide_password


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportSettings:
    """How the weekly report looks and where it goes.

    Attributes:
        handles: Whether customers are shown by initials or by their handle.
        templates: The operator's own templates, searched before the shipped ones.
    """

    output: Path
    language: Literal["en", "de"]
    handles: Literal["initials", "full"]
    templates: Path | None


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
    mastodon: MastodonSettings
    x: XSettings
    source: Path | None

    @property
    def database_shown(self) -> str:
        """The address of the database as people may see it, without its password."""
        return hide_password(self.database_url)
