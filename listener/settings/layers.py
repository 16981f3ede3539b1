"""The sources in their order, for pydantic-settings; imported by `load_settings` only."""

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    InitSettingsSource,
    PydanticBaseSettingsSource,
)

from listener.errors import ConfigError
from listener.settings.agreement import find_disagreements
from listener.settings.brands import find_repeated_accounts
from listener.settings.problems import describe_problems
from listener.settings.schema import ENV_DELIMITER, ENV_PREFIX, SettingsFile

Source = PydanticBaseSettingsSource


class Environment(EnvSettingsSource):
    """Reads the environment that it is handed instead of that of the process."""

    def __init__(self, settings: type[BaseSettings], env: Mapping[str, str]) -> None:
        """Keep the variables; pydantic-settings asks for them while it is set up."""
        self._given = env
        super().__init__(settings)

    def _load_env_vars(self) -> Mapping[str, str | None]:
        return {name.lower(): value for name, value in self._given.items() if value}

    def decode_complex_value(self, field_name: str, field: FieldInfo, value: Any) -> Any:  # noqa: ANN401
        """Read JSON; other text stays text, so that checking can tell what is wrong."""
        try:
            return super().decode_complex_value(field_name, field, value)
        except (ValueError, RecursionError):
            return value


def load_layers(
    flags: dict[str, Any],
    env: Mapping[str, str],
    files: Iterable[dict[str, Any]],
    problems: Iterable[str] = (),
) -> SettingsFile:
    """Lay the sources over each other, the strongest first, and check the whole.

    Args:
        flags: What the command line says.
        env: The environment.
        files: Settings files, the strongest first.
        problems: Mistakes found before, to be told with the others.

    Raises:
        ConfigError: With every mistake.
    """
    merged: dict[str, Any] = {}
    found = list(problems)
    try:
        settings = _layer(flags, env, files, merged)()  # type: ignore[call-arg] # has sources
    except ValidationError as error:
        found += describe_problems(error, env, merged)
    found += find_repeated_accounts(merged.get("brands"))
    found += find_disagreements(merged)
    if found:
        raise ConfigError(*found)
    return settings


def _layer(
    flags: dict[str, Any],
    env: Mapping[str, str],
    files: Iterable[dict[str, Any]],
    merged: dict[str, Any],
) -> type[SettingsFile]:
    """Make a class that reads these sources, and puts what they say into `merged`."""

    class Layered(SettingsFile):
        @classmethod
        def settings_customise_sources(
            cls, settings_cls: type[BaseSettings], *_: Source, **__: Source
        ) -> tuple[Source, ...]:
            tables = [InitSettingsSource(settings_cls, file) for file in files]
            flag_source = InitSettingsSource(settings_cls, flags)
            return (flag_source, Environment(settings_cls, env), *tables)

        @model_validator(mode="before")
        @classmethod
        def _remember(cls, values: dict[str, Any]) -> dict[str, Any]:
            merged.update(values)
            return values

    return Layered


def list_variables(model: type[BaseModel] = SettingsFile, prefix: str = ENV_PREFIX) -> list[str]:
    """List the environment variables of all settings that are not a brand's."""
    variables = []
    for name, field in model.model_fields.items():
        variable = f"{prefix}{name.upper()}"
        variables.append(variable)
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            variables += list_variables(field.annotation, f"{variable}{ENV_DELIMITER}")
    return variables
