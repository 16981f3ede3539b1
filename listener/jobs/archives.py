"""Bring archive files into the store, and give its posts back as a file."""

import gzip
import os
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from listener.collect.archive import BrokenLine, Note, detect_format, open_source, read_archive
from listener.collect.archive.listener_lines import dump_post
from listener.errors import ConfigError, ImportFileError, ListenerError
from listener.posts import Account, Brand, Post, fold_handle
from listener.store.saving import SaveCounts
from listener.store.store import Store

SHOWN_PROBLEMS = 5
CORPUS = "customer-support-csv"


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
        sieve = _Sieve(source.name, options, watches_names=form == CORPUS)
        entries = read_archive(source, form, server=options.server)
        counts = store.save_posts(sieve.keep_posts(entries), seen_at=now)
    for record in counts.make_import_records(
        file=source.name, format=form, imported_at=now, broken=sieve.broken
    ):
        store.save_import(record)
    brands = make_brands(sieve.names)
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
    watches_names: bool
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
            if self.options.names_are_brands and self.watches_names:
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


def make_brands(names: Iterable[str]) -> tuple[Brand, ...]:
    """Return a brand for each name of an account on X."""
    return tuple(
        Brand(key=make_key(name), name=name, accounts=(Account(platform="x", handle=name),))
        for name in sorted(names)
    )


def make_key(name: str) -> str:
    """Return a name as a key: small letters, digits, hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-") or "brand"


def parse_brand(text: str) -> Brand:
    """Return the brand of a flag such as `acme=AcmeHelp,help@acme.example`.

    Raises:
        ConfigError: If the flag has another form.
    """
    key, equals, accounts = text.partition("=")
    handles = [handle.strip().lstrip("@") for handle in accounts.split(",") if handle.strip()]
    if not equals or not handles or make_key(key) != key:
        msg = (
            f'--brand: "{text}" is not KEY=ACCOUNT[,ACCOUNT…], such as '
            "acme=AcmeHelp,help@acme.example; a key has small letters, digits and hyphens"
        )
        raise ConfigError(msg)
    return Brand(key=key, name=key.title(), accounts=tuple(map(_make_account, handles)))


def _make_account(handle: str) -> Account:
    return Account(platform="mastodon" if "@" in handle else "x", handle=handle)


def parse_brands(texts: Sequence[str]) -> tuple[Brand, ...]:
    """Return the brands of all flags.

    Raises:
        ConfigError: With a line for each wrong one, and for accounts named twice.
    """
    brands: list[Brand] = []
    problems: list[str] = []
    for text in texts:
        try:
            brands.append(parse_brand(text))
        except ConfigError as error:
            problems.extend(error.problems)
    claimed: dict[tuple[str, str], str] = {}
    for brand in brands:
        for account in brand.accounts:
            owner = claimed.setdefault((account.platform, fold_handle(account.handle)), brand.key)
            if owner != brand.key:
                problems.append(f"--brand: {account.handle} belongs to {owner} and {brand.key}")
    if problems:
        raise ConfigError(*problems)
    return tuple(brands)


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written: posts, and private ones that were left out."""

    posts: int
    private: int


def export_posts(store: Store, stream: BinaryIO, *, include_private: bool = False) -> Exported:
    """Write all posts as JSON lines, in the format `listener`."""
    posts = private = 0
    for post in store.iter_posts():
        if post.visibility == "direct" and not include_private:
            private += 1
            continue
        stream.write(dump_post(post) + b"\n")
        posts += 1
    return Exported(posts, private)


@contextmanager
def replacing_file(path: Path) -> Iterator[BinaryIO]:
    """Yield a stream whose content takes the file's place when all went well.

    A name that ends in `.gz` is compressed. Only the owner may read the file.

    Raises:
        ListenerError: If it cannot be written; an older file stays.
    """
    temporary = None
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        with os.fdopen(handle, "wb") as raw:
            if path.suffix == ".gz":
                with gzip.GzipFile(fileobj=raw, mode="wb", mtime=0) as packed:
                    yield packed  # type: ignore[misc]
            else:
                yield raw
        Path(temporary).replace(path)
    except OSError as error:
        msg = f"{path}: cannot be written ({error.strerror or error})"
        raise ListenerError(msg) from error
    finally:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)
