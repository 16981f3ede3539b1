"""Settings: `config/default.toml`, the operator's file, the environment, flags.

Each lies over the one before it. This package alone reads the environment.
Importing it is cheap; pydantic is loaded by the first `load_settings`.
"""

from listener.settings.database import hide_password
from listener.settings.loading import load_settings
from listener.settings.secrets import secret
from listener.settings.values import MastodonSettings, ReportSettings, Settings, XSettings

__all__ = [
    "MastodonSettings",
    "ReportSettings",
    "Settings",
    "XSettings",
    "hide_password",
    "load_settings",
    "secret",
]
