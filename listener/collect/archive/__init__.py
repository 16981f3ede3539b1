"""Read archive files, whatever tool wrote them, one piece at a time."""

from listener.collect.archive.formats import FORMATS, cut_archive, detect_format, read_archive
from listener.collect.archive.pieces import Piece
from listener.collect.archive.reading import BrokenLine, Entry, Note, Source, open_source

__all__ = [
    "FORMATS",
    "BrokenLine",
    "Entry",
    "Note",
    "Piece",
    "Source",
    "cut_archive",
    "detect_format",
    "open_source",
    "read_archive",
]
