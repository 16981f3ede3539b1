"""Find the files of reports that may be shown, and nothing else of the disk.

A path must have the shape that a report's file has, and each part of it is opened from
the one before without following links: no path and no link leads out of the folder.
"""

import os
import re
import stat
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from listener.report.files import DATA, EVIDENCE, OVERVIEW, PAGE, STORIES, TEXT, is_period
from listener.report.manifest import MANIFEST

_FILES = (PAGE, TEXT, DATA, MANIFEST)
_EVIDENCE_FILE = re.compile(r"[a-z_]{1,60}\.(csv|parquet)")
_STORIES_FILE = re.compile(r"[1-9]\d{0,5}\.html", re.ASCII)
_LONGEST_PART = 255


def find_parts(path: str) -> tuple[str, ...] | None:
    """Return the parts of an address below the root if a report's file may have it.

    Args:
        path: Such as `acme/2026-W10/index.html`; a folder stands for its page.
    """
    parts = tuple(path.split("/"))
    if parts[-1] == "" and len(parts) > 1:
        parts = (*parts[:-1], PAGE)
    if not all(_is_plain(part) for part in parts):
        return None
    match parts:
        case (period, name) if is_period(period) and name == OVERVIEW:
            return parts
        case (_, period, name) if is_period(period) and name in _FILES:
            return parts
        case (_, period, folder, name) if is_period(period) and folder == EVIDENCE:
            return parts if _EVIDENCE_FILE.fullmatch(name) else None
        case (_, period, folder, name) if is_period(period) and folder == STORIES:
            return parts if _STORIES_FILE.fullmatch(name) else None
    return None


def open_file(folder: Path, parts: Sequence[str]) -> BinaryIO | None:
    """Open a plain file below a folder; None if there is none, or a link stands in the way."""
    with suppress(OSError):
        handle = _open_inside(folder, parts)
        if stat.S_ISREG(os.fstat(handle).st_mode):
            return os.fdopen(handle, "rb")
        os.close(handle)
    return None


def _open_inside(folder: Path, parts: Sequence[str]) -> int:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    for number, part in enumerate(parts, start=1):
        # Without O_NONBLOCK a pipe in the folder would hold up whoever opens it.
        kind = os.O_NONBLOCK if number == len(parts) else os.O_DIRECTORY
        above = handle
        try:
            handle = os.open(part, os.O_RDONLY | os.O_NOFOLLOW | kind, dir_fd=above)
        finally:
            os.close(above)
    return handle


def _is_plain(part: str) -> bool:
    return 0 < len(part) <= _LONGEST_PART and not part.startswith(".") and part.isprintable()
