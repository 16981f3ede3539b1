"""The settings as the rest of the program sees them: frozen and complete."""

from dataclasses import dataclass, field
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
    """

    delay_seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class XSettings:
    """How X is read.

    Attributes:
        delay_seconds: How late posts arrive; nothing younger counts as observed.
    """

    delay_seconds: int
    api_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything an operator can decide.

    Attributes:
        database_url: For SQLAlchemy; it may hold a password and is never shown.
        phrases_folder: The operator's own phrases, read over the shipped ones.
        settle_days: How long a conversation must be silent before it is judged.
        source: The operator's settings file, if there is one.
    """

    database_url: str = field(repr=False)
    brands: tuple[Brand, ...]
    phrases_folder: Path | None
    settle_days: int
    report: ReportSettings
    mastodon: MastodonSettings
    x: XSettings
    source: Path | None

    @property
    def database_shown(self) -> str:
        """The address of the database as people may see it, without its password."""
        return hide_password(self.database_url)
