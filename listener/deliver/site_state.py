"""What is remembered of a published site, in a file within it that everybody may read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path, PurePosixPath

from pydantic import TypeAdapter, ValidationError

from listener.errors import DeliveryError

MANIFEST = ".listener-site.json"
VERSION = 1


@dataclass(frozen=True, slots=True)
class Correction:
    """That figures of a page changed: why, and the main ones by language."""

    at: datetime
    reason: str
    rows: Mapping[str, list[list[str]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PageState:
    """What is remembered of a published report.

    Attributes:
        digest: Of what it says; `updated_at` is when that changed last.
        form: Of all else that makes its pages, such as templates and settings.
    """

    digest: str
    form: str = ""
    published_at: datetime
    updated_at: datetime
    corrections: tuple[Correction, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteState:
    """What is remembered of a site: its reports by folder, its files by path."""

    version: int = VERSION
    begun_at: datetime
    pages: Mapping[str, PageState] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)


_ADAPTER = TypeAdapter(SiteState)


def load_site(folder: Path, *, now: datetime) -> SiteState:
    """Return what is remembered of the site in a folder; of none that it begins now.

    Raises:
        DeliveryError: If that cannot be read.
    """
    path = folder / MANIFEST
    try:
        state = _ADAPTER.validate_json(path.read_bytes())
    except FileNotFoundError:
        return SiteState(begun_at=now)
    except NotADirectoryError as error:
        msg = f"{folder}: is not a folder; name another one"
        raise DeliveryError(msg) from error
    except OSError as error:
        msg = f"{path}: cannot be read ({error.strerror or error})"
        raise DeliveryError(msg) from error
    except ValidationError as error:
        msg = f"{path}: is damaged; remove the folder and publish again"
        raise DeliveryError(msg) from error
    if state.version != VERSION or not all(map(is_inside, state.files)):
        msg = f"{path}: is of another version; publish into an empty folder"
        raise DeliveryError(msg)
    return state


def is_inside(path: str) -> bool:
    """Tell whether a name stays in the folder: somebody else may have written it."""
    parts = PurePosixPath(path).parts
    return bool(parts) and ".." not in parts and not path.startswith("/")
