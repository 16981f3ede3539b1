"""Bring archive files into the store."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from listener.collect.archive import BrokenLine, Note, cut_archive, detect_format, open_source
from listener.errors import ImportFileError
from listener.jobs.archive_reading import Findings, read_pieces
from listener.jobs.brand_flags import make_brands
from listener.posts import Brand
from listener.store.rows import Sighting, Sightings
from listener.store.saving import SaveCounts
from listener.store.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOptions:
    """How archive files are read.

    Attributes:
        form: One of the formats; None to tell it from each file.
        is_strict: Let the first broken line stop the file, and keep nothing of it.
        server: The Mastodon server that local ids belong to.
        names_are_brands: Take each author of the corpus who is a name as a brand.
    """

    form: str | None = None
    is_strict: bool = False
    server: str | None = None
    names_are_brands: bool = False


@dataclass(frozen=True, slots=True)
class ImportedFile:
    """What became of one file.

    Attributes:
        broken: How many lines, or parts of them, were no posts.
        problems: The first of these, with their line numbers.
        brands: The brands that were found in it.
        noted: How many lines were mended, or miss what the platform left out.
        notes: The first of these.
    """

    file: str
    form: str
    counts: SaveCounts
    broken: int
    problems: tuple[BrokenLine, ...]
    brands: tuple[Brand, ...] = ()
    noted: int = 0
    notes: tuple[Note, ...] = ()


def import_file(
    store: Store,
    path: Path | str,
    options: ImportOptions,
    *,
    now: datetime,
    on_progress: Callable[[int], None] | None = None,
) -> ImportedFile:
    """Save the posts of one file, all of them or, on a failure, none.

    Raises:
        ImportFileError: If the file cannot be read, or a line is broken and must not be.
        StoreError: If the database fails.
    """
    with open_source(path, on_progress) as source:
        form = options.form or detect_format(source)
        pieces = cut_archive(source, form, server=options.server)
        found = Findings(names=set() if options.names_are_brands else None)
        readings = read_pieces(pieces, seen_at=now, wants_names=options.names_are_brands)
        strict_in = source.name if options.is_strict else None
        sightings = _keep_sightings(readings, found, strict_in=strict_in)
        counts = store.save_sightings(sightings, seen_at=now)
    if found.broken and not counts.read:
        first = found.problems[0]
        msg = (
            f"{source.name}:{first.line}: {first.reason}; nothing in the file is a post of the "
            f"format {form}, name another one with --format"
        )
        raise ImportFileError(msg)
    for record in counts.make_import_records(
        file=source.name, format=form, imported_at=now, broken=found.broken
    ):
        store.save_import(record)
    brands = make_brands(found.names or (), store.load_brands())
    if brands:
        store.save_brands(brands)
    return ImportedFile(
        source.name,
        form,
        counts,
        found.broken,
        tuple(found.problems),
        brands,
        found.noted,
        tuple(found.notes),
    )


def _keep_sightings(
    readings: Iterable[tuple[Sightings, Findings]], found: Findings, *, strict_in: str | None
) -> Iterator[Sighting]:
    """Yield the posts of all pieces, and collect what else was found in them."""
    for sightings, findings in readings:
        if strict_in is not None and findings.problems:
            first = findings.problems[0]
            msg = f"{strict_in}:{first.line}: {first.reason}; nothing of this file was kept"
            raise ImportFileError(msg)
        found.add(findings)
        yield from sightings
