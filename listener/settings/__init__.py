"""Settings: `config/default.toml`, the operator's file, the environment, flags.

Each lies over the one before it. This package alone reads the environment.
Importing it is cheap; pydantic is loaded by the first `load_settings`.
"""

from listener.settings.alerts import AlertSettings
from listener.settings.archive import ArchiveSettings
from listener.settings.database import hide_password
from listener.settings.loading import load_settings
from listener.settings.publish import PublishSettings
from listener.settings.rhythms import Rhythm, WeeklyTime
from listener.settings.secrets import MailSecrets, secret
from listener.settings.tokens import (
    Tokens,
    load_mail_secrets,
    load_tokens,
    load_web_password,
    save_secret,
)
from listener.settings.values import (
    MailSettings,
    MastodonSettings,
    Recipient,
    ReportSettings,
    RetentionSettings,
    ScheduleSettings,
    Settings,
    WebSettings,
    XSettings,
)

__all__ = [
    "AlertSettings",
    "ArchiveSettings",
    "MailSecrets",
    "MailSettings",
    "MastodonSettings",
    "PublishSettings",
    "Recipient",
    "ReportSettings",
    "RetentionSettings",
    "Rhythm",
    "ScheduleSettings",
    "Settings",
    "Tokens",
    "WebSettings",
    "WeeklyTime",
    "XSettings",
    "hide_password",
    "load_mail_secrets",
    "load_settings",
    "load_tokens",
    "load_web_password",
    "save_secret",
    "secret",
]
