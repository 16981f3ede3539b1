"""Bring archive files into the store."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from listener.collect.archive import BrokenLine, Note, detect_format, open_source, read_archive
from listener.errors import ImportFileError
from listener.jobs.brand_flags import make_brands
from listener.posts import Brand, Post
from listener.store.saving import SaveCounts
from listener.store.store import Store

SHOWN_PROBLEMS = 5


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
        sieve = _Sieve(source.name, options)
        entries = read_archive(source, form, server=options.server)
        counts = store.save_posts(sieve.keep_posts(entries), seen_at=now)
    if sieve.broken and not counts.read:
        first = sieve.problems[0]
        msg = (
            f"{source.name}:{first.line}: {first.reason}; nothing in the file is a post of the "
            f"format {form}, name another one with --format"
        )
        raise ImportFileError(msg)
    for record in counts.make_import_records(
        file=source.name, format=form, imported_at=now, broken=sieve.broken
    ):
        store.save_import(record)
    brands = make_brands(sieve.names, store.load_brands())
    if brands:
        store.save_brands(brands)
    return ImportedFile(
        source.name,
        form,
        counts,
        sieve.broken,
        tuple(sieve.problems),
        brands,
        sieve.noted,
        tuple(sieve.notes),
    )


@dataclass(slots=True)
class _Sieve:
    """Keeps the posts, counts what is broken, and notes the names of authors."""

    file: str
    options: ImportOptions
    broken: int = 0
    problems: list[BrokenLine] = field(default_factory=list)
    noted: int = 0
    notes: list[Note] = field(default_factory=list)
    names: set[str] = field(default_factory=set)

    def keep_posts(self, entries: Iterable[Post | BrokenLine | Note]) -> Iterator[Post]:
        for entry in entries:
            if isinstance(entry, BrokenLine):
                self._count_broken(entry)
                continue
            if isinstance(entry, Note):
                self._count_note(entry)
                continue
            if self.options.names_are_brands and entry.platform == "x":
                self._note_name(entry.author_id)
            yield entry

    def _count_note(self, note: Note) -> None:
        self.noted += 1
        if len(self.notes) < SHOWN_PROBLEMS:
            self.notes.append(note)

    def _count_broken(self, entry: BrokenLine) -> None:
        if self.options.is_strict:
            msg = f"{self.file}:{entry.line}: {entry.reason}; nothing of this file was kept"
            raise ImportFileError(msg)
        self.broken += 1
        if len(self.problems) < SHOWN_PROBLEMS:
            self.problems.append(entry)

    def _note_name(self, author: str) -> None:
        if not author.isdigit():
            self.names.add(author)
