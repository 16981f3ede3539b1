"""Put a site into a folder: each file whole or not at all, what is the same left alone.

What changed is written into a hidden folder within first; then each file takes its place by
being renamed. Pages come before the lists that name them. The site's own list of its files,
`.listener-site.json`, comes before all: what is in it, and nothing else, may be replaced or
removed. It holds names, times and hashes, and may be seen by everybody.
"""

import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import orjson

from listener.deliver.site_state import MANIFEST, PageState, SiteState, is_inside, load_site
from listener.errors import DeliveryError

STAGING = ".listener-new"


@dataclass(frozen=True, slots=True)
class SiteChanges:
    """Paths of files that are new, changed or gone, and how many are the same as before."""

    new: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    same: int


@dataclass(slots=True)
class SiteFolder:
    """A site that is being written.

    Attributes:
        folder: Where it lies.
        before: What was remembered of it.
        is_dry: Whether nothing is written, only found out what would be.
    """

    folder: Path
    before: SiteState
    is_dry: bool = False
    _files: dict[str, str] = field(default_factory=dict)
    _new: list[str] = field(default_factory=list)
    _changed: list[str] = field(default_factory=list)

    def read(self, path: str) -> bytes | None:
        """Return what a file of ours holds now, None if there is none."""
        if path not in self.before.files:
            return None
        with _translated(self.folder / path):
            try:
                return (self.folder / path).read_bytes()
            except FileNotFoundError:
                return None

    def add(self, path: str, data: bytes) -> None:
        """Take a file into the new site.

        Raises:
            DeliveryError: If it cannot be written, or one that is not ours is in its place.
        """
        target = self.folder / path
        is_ours = path in self.before.files
        if not is_inside(path) or (not is_ours and os.path.lexists(target)):
            msg = f"{target}: is not of this site; publish into another folder, or remove it"
            raise DeliveryError(msg)
        self._files[path] = hashlib.sha256(data).hexdigest()
        now = self.read(path)
        if now == data:
            return
        (self._changed if now is not None else self._new).append(path)
        if not self.is_dry:
            staged = self.folder / STAGING / path
            with _translated(target):
                staged.parent.mkdir(parents=True, exist_ok=True)
                _write_open(staged, data)

    def keep(self, paths: Sequence[str]) -> bool:
        """Take files into the new site as they are; False if one is not as it was written."""
        known = {path: self.before.files.get(path) for path in paths}
        for path, digest in known.items():
            data = self.read(path)
            if data is None or hashlib.sha256(data).hexdigest() != digest:
                return False
        self._files.update({path: digest for path, digest in known.items() if digest})
        return True

    def commit(self, pages: Mapping[str, PageState]) -> SiteChanges:
        """Put everything in its place, and take away what is of this site no more.

        Raises:
            DeliveryError: If it cannot be written; whoever publishes again completes it.
        """
        removed = sorted(set(self.before.files) - set(self._files))
        same = len(self._files) - len(self._new) - len(self._changed)
        told = SiteChanges(tuple(self._new), tuple(self._changed), tuple(removed), same)
        if not self.is_dry:
            with _translated(self.folder):
                # Whoever is killed from here on leaves files that the next one knows.
                self._save_state(pages, {**self.before.files, **self._files})
                self._place()
                self._remove(removed)
                self._save_state(pages, self._files)
        return told

    def _place(self) -> None:
        """Rename what is new: reports first, then lists of them, those of the site last."""
        for path in sorted([*self._new, *self._changed], key=lambda path: (-path.count("/"), path)):
            target = self.folder / path
            _make_open(target.parent)
            (self.folder / STAGING / path).replace(target)

    def _remove(self, paths: list[str]) -> None:
        for path in paths:
            target = self.folder / path
            target.unlink(missing_ok=True)
            for parent in target.relative_to(self.folder).parents[:-1]:
                try:
                    (self.folder / parent).rmdir()
                except OSError:  # somebody else's files are in it, or it is gone
                    break

    def _save_state(self, pages: Mapping[str, PageState], files: Mapping[str, str]) -> None:
        """Write what is remembered, if it is something else than before."""
        state = SiteState(
            begun_at=self.before.begun_at,
            pages=dict(sorted(pages.items())),
            files=dict(sorted(files.items())),
        )
        data = orjson.dumps(state, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
        path = self.folder / MANIFEST
        if path.exists() and path.read_bytes() == data:
            return
        staged = self.folder / STAGING / MANIFEST
        staged.parent.mkdir(exist_ok=True)
        _write_open(staged, data)
        staged.replace(path)


@contextmanager
def publishing_into(folder: Path, *, now: datetime, is_dry: bool = False) -> Iterator[SiteFolder]:
    """Yield the site in a folder, for one writer at a time.

    Args:
        folder: Made if it is not there.
        now: When a new site begins.
        is_dry: Whether nothing is written.

    Raises:
        DeliveryError: If somebody else writes there, or nobody can.
    """
    if is_dry:
        yield SiteFolder(folder, load_site(folder, now=now), is_dry=True)
        return
    with _translated(folder):
        _make_open(folder)
    with _locking(folder):
        staging = folder / STAGING
        shutil.rmtree(staging, ignore_errors=True)
        try:
            yield SiteFolder(folder, load_site(folder, now=now))
        finally:
            shutil.rmtree(staging, ignore_errors=True)


@contextmanager
def _locking(folder: Path) -> Iterator[None]:
    """Keep others out; the lock ends with the process, however that ends."""
    with _translated(folder):
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(handle)
        msg = f"{folder}: another program publishes there now; try again when it is done"
        raise DeliveryError(msg) from error
    except OSError:
        pass  # disks that know no locks
    try:
        yield
    finally:
        os.close(handle)


def _make_open(folder: Path) -> None:
    """Make a folder that a web server may read, whatever else this program writes."""
    if not folder.is_dir():
        _make_open(folder.parent)
        folder.mkdir(exist_ok=True)
        folder.chmod(0o755)


def _write_open(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    path.chmod(0o644)


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        msg = f"{path}: cannot be written ({error.strerror or error}); free or choose a folder"
        raise DeliveryError(msg) from error
