"""What a person chooses on the command line, checked: brands by their keys, and a week."""

import difflib
from collections.abc import Sequence

from listener.errors import ConfigError
from listener.measure.periods import find_week
from listener.posts import Brand

SHOWN_KEYS = 20


def choose_brands(brands: Sequence[Brand], keys: Sequence[str]) -> list[Brand]:
    """Return the brands with these keys, all if none is named.

    Raises:
        ConfigError: If there are none, or a key is unknown.
    """
    if not brands:
        msg = 'no brands are known; name some with "listener init" or "listener import --brand"'
        raise ConfigError(msg)
    known = {brand.key: brand for brand in brands}
    unknown = [key for key in keys if key not in known]
    if unknown:
        raise ConfigError(*(_suggest(key, sorted(known)) for key in unknown))
    return [known[key] for key in keys] if keys else list(brands)


def _suggest(key: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(key.casefold(), known, n=1)
    more = f" and {len(known) - SHOWN_KEYS} more" if len(known) > SHOWN_KEYS else ""
    hint = f'did you mean "{near[0]}"?' if near else f"known: {', '.join(known[:SHOWN_KEYS])}{more}"
    return f'--brand: there is no brand "{key}"; {hint}'


def check_week(week: str | None) -> None:
    """Refuse a week that does not exist.

    Raises:
        ConfigError: If there is no such week.
    """
    if week is None:
        return
    try:
        find_week(week, "UTC")
    except ValueError as error:
        msg = f"--week: {error}"
        raise ConfigError(msg) from error
