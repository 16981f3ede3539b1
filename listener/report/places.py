"""Put reports in their place whole or not at all, whoever is killed meanwhile."""

import fcntl
import glob
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from listener.errors import DeliveryError

_UMASK_PROBE = 0o022


@contextmanager
def replacing_folder(target: Path) -> Iterator[Path]:
    """Yield an empty folder that takes the target's place when all went well.

    Until then it is hidden beside it. Those that were left behind there by somebody who
    was killed go: they hold people's words, and nobody looks for them.

    Raises:
        DeliveryError: If it cannot be written; what was there stays.
    """
    with _translated(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        _remove_abandoned(target)
        folder = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
        try:
            with _marking(folder):
                yield folder
                folder.chmod(0o755 & ~_read_umask())
                _swap(folder, target)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _marking(folder: Path) -> Iterator[bool]:
    """Lock a folder while somebody writes into it; False if somebody does already.

    The lock ends with the process, however that ends.
    """
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:  # also where the disk knows no locks
        yield False
    else:
        yield True
    finally:
        os.close(handle)


def _remove_abandoned(target: Path) -> None:
    for folder in target.parent.glob(f".{glob.escape(target.name)}.*"):
        with suppress(OSError), _marking(folder) as is_abandoned:
            if is_abandoned:
                shutil.rmtree(folder, ignore_errors=True)


def _swap(folder: Path, target: Path) -> None:
    """Put the new folder in place; the old one goes only after that."""
    if not target.exists():
        folder.rename(target)
        return
    # Not named like a folder that is being written: it may hold the only one there is.
    with tempfile.TemporaryDirectory(prefix=f".old-{target.name}.", dir=target.parent) as aside:
        old = target.rename(Path(aside) / "old")
        try:
            folder.rename(target)
        except OSError:
            old.rename(target)
            raise


def replace_file(path: Path, text: str) -> None:
    """Write a file that has its name only when it is whole.

    Raises:
        DeliveryError: If it cannot be written; what was there stays.
    """
    with _translated(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        temporary = Path(name)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
            temporary.chmod(0o644 & ~_read_umask())
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        msg = (
            f"report {path}: cannot be written ({error.strerror or error}); free or choose a folder"
        )
        raise DeliveryError(msg) from error


def _read_umask() -> int:
    current = os.umask(_UMASK_PROBE)
    os.umask(current)
    return current
