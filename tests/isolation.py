"""Keep tests away from the operator's machine: his folders, settings and network."""

import ipaddress
import os
import socket
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

# What a shell or a CI service may have set and what would change an outcome.
FOREIGN_PREFIXES = ("LISTENER_", "MASTODON_", "X_", "SMTP_", "PG", "CLICOLOR", "LC_")
FOREIGN_NAMES = ("DATABASE_URL", "FORCE_COLOR", "GITHUB_ACTIONS", "LANGUAGE", "NO_COLOR")

MEMORY = Path("/dev/shm")  # noqa: S108 - the tests make folders of their own in it
ROOM_BYTES = 2_000_000_000


class NetworkUseError(RuntimeError):
    """A test tried to reach another machine; not an `OSError`, so that no retry hides it."""


def isolate_environment(patch: pytest.MonkeyPatch, home: Path) -> None:
    """Point home and the XDG folders to `home`, remove settings, set time zone and locale."""
    browsers = Path.home() / ".cache" / "ms-playwright"
    patch.setenv(
        "PLAYWRIGHT_BROWSERS_PATH", os.environ.get("PLAYWRIGHT_BROWSERS_PATH", str(browsers))
    )
    for name in list(os.environ):
        if name.startswith(FOREIGN_PREFIXES) or name in FOREIGN_NAMES:
            patch.delenv(name)
    patch.setenv("HOME", str(home))
    for name in ("CACHE_HOME", "CONFIG_HOME", "DATA_HOME", "STATE_HOME", "RUNTIME_DIR"):
        folder = home / name.lower()
        folder.mkdir(mode=0o700)
        patch.setenv(f"XDG_{name}", str(folder))
    for name, value in {"TZ": "UTC", "LC_ALL": "C.UTF-8", "COLUMNS": "120"}.items():
        patch.setenv(name, value)
    time.tzset()


def keep_files_in_memory(patch: pytest.MonkeyPatch) -> None:
    """Let temporary files be in memory where there is room for them.

    A database of PostgreSQL is four hundred files. To make them on a disk takes ten times as
    long, and tests make hundreds of such databases.
    """
    if "TMPDIR" in os.environ or not hasattr(os, "statvfs") or not os.access(MEMORY, os.W_OK):
        return
    memory = os.statvfs(MEMORY)
    is_large = memory.f_bavail * memory.f_frsize > ROOM_BYTES
    # Programs are run from there too.
    if is_large and not memory.f_flag & os.ST_NOEXEC:
        patch.setenv("TMPDIR", str(MEMORY))
        patch.setattr(tempfile, "tempdir", None)


def forbid_network(patch: pytest.MonkeyPatch) -> None:
    """Refuse connections and look-ups that leave this machine; Unix sockets are fine."""
    for name in ("connect", "connect_ex"):
        patch.setattr(socket.socket, name, _guard_connect(getattr(socket.socket, name)))
    patch.setattr(socket, "getaddrinfo", _guard_lookup(socket.getaddrinfo))


def _guard_connect(connect: Callable[..., Any]) -> Callable[..., Any]:
    def guarded(self: socket.socket, address: Any) -> Any:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            _refuse_unless_local(address[0])
        return connect(self, address)

    return guarded


def _guard_lookup(lookup: Callable[..., Any]) -> Callable[..., Any]:
    def guarded(host: Any, *args: Any, **options: Any) -> Any:
        _refuse_unless_local(host)
        return lookup(host, *args, **options)

    return guarded


def _refuse_unless_local(host: Any) -> None:
    name = host.decode() if isinstance(host, bytes) else host
    if name in (None, "", "localhost"):
        return
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        address = None
    if address is None or not (address.is_loopback or address.is_unspecified):
        msg = f"tests reach this machine only, not {name}"
        raise NetworkUseError(msg)
