"""Find the files that ship with the program, in a wheel or in a checkout.

The wheel build maps `config/`, `reports/templates` and `reports/locale` into
`listener/_bundled/`. This is the only module that knows of the two places.
"""

from pathlib import Path

_PACKAGE_DIR = Path(__file__).resolve().parent
_BUNDLED_DIR = _PACKAGE_DIR / "_bundled"  # made by the wheel build, absent in a checkout
_CHECKOUT_DIR = _PACKAGE_DIR.parent


def config_dir() -> Path:
    """Return the folder that holds the default configuration."""
    return _first_existing(_BUNDLED_DIR / "config", _CHECKOUT_DIR / "config")


def phrases_dir() -> Path:
    """Return the folder with the phrases that tell what a post does."""
    return config_dir() / "phrases"


def templates_dir() -> Path:
    """Return the folder that holds the report templates."""
    return _first_existing(_BUNDLED_DIR / "templates", _CHECKOUT_DIR / "reports" / "templates")


def locale_dir() -> Path:
    """Return the folder with the translations of the reports."""
    return _first_existing(_BUNDLED_DIR / "locale", _CHECKOUT_DIR / "reports" / "locale")


def demo_archive() -> Path:
    """Return the archive of invented posts that `listener demo` imports."""
    return config_dir() / "demo" / "demo.jsonl.gz"


def _first_existing(*candidates: Path) -> Path:
    for candidate in candidates:
        if candidate.is_dir():
            return candidate
    msg = f"the program's own files are missing; looked in {', '.join(map(str, candidates))}"
    raise FileNotFoundError(msg)
