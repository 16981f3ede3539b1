"""Read archive files, whatever tool wrote them, one post at a time."""

from listener.collect.archive.formats import FORMATS, detect_format, read_archive
from listener.collect.archive.reading import BrokenLine, Note, Source, open_source

__all__ = [
    "FORMATS",
    "BrokenLine",
    "Note",
    "Source",
    "detect_format",
    "open_source",
    "read_archive",
]
