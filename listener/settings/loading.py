"""Laying the sources of settings over each other, and checking the whole."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from listener.resources import config_dir
from listener.settings.database import holds_password
from listener.settings.sources import (
    anchor_paths,
    find_config,
    find_misspelt,
    nest_overrides,
    read_config,
    resolve_secrets,
)
from listener.settings.values import Settings


def load_settings(
    config: Path | None = None,
    overrides: Mapping[str, object] | None = None,
    env: Mapping[str, str] | None = None,
) -> Settings:
    """Load the settings: shipped defaults, the operator's file, environment, flags.

    Args:
        config: The operator's file; else `LISTENER_CONFIG`, else `./listener.toml`.
        overrides: What flags say, by path: `{"report.output": folder}`; `None`
            means that a flag was not given.
        env: The environment; that of the process if absent.

    Raises:
        ConfigError: With all mistakes at once, each with its path.
    """
    env = os.environ if env is None else env
    source = find_config(config, env)
    file = read_config(source) if source else {}
    problems = list(_find_password(file))
    defaults = read_config(config_dir() / "default.toml")
    if source:
        # Tokens belong to a settings file, wherever the program is started from.
        file.setdefault("secrets_file", defaults["secrets_file"])
        anchor_paths(file, source.absolute().parent)
    from listener.settings.layers import list_variables, load_layers

    problems += find_misspelt(env, list_variables())
    layers = (file, defaults)
    loaded = load_layers(nest_overrides(overrides or {}), resolve_secrets(env), layers, problems)
    return loaded.to_settings(source.absolute() if source else None)


def _find_password(file: Mapping[str, Any]) -> Iterable[str]:
    address = file.get("database_url")
    if isinstance(address, str) and holds_password(address):
        yield "database_url: holds a password; leave it out here and set DATABASE_URL instead"
