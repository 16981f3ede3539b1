"""What every test may ask for: a database of its own, a browser; and what none may do.

- `database_url`: the same test on a fresh SQLite file and on a fresh PostgreSQL database
- `sqlite_url`, `postgres_url`: one of them alone
- `migrated`: for whom it is enough that these have their tables already; a copy is made
  in a fraction of the time that the migrations take, which other tests are about
- `page`: an empty page in Chromium; `make_page(viewport=…, color_scheme="dark")` for others

PostgreSQL is started when first asked for, once in each worker. Name a server of
your own in `LISTENER_TEST_POSTGRES` (an address whose user may create databases).
"""

import logging
import os
import tempfile
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest

from tests.browser import browser_arguments, find_browser
from tests.isolation import forbid_network, isolate_environment, keep_files_in_memory
from tests.sqlite import copy_migrated

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

TEST_SERVER = os.environ.get("LISTENER_TEST_POSTGRES")
PATIENCE_SECONDS = 30  # of a slow machine; whoever expects what comes does not wait so long

hypothesis.settings.register_profile("ci", derandomize=True, deadline=None, print_blob=True)
hypothesis.settings.register_profile("search", max_examples=2_000, deadline=None, print_blob=True)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


def pytest_configure(config: pytest.Config) -> None:
    patch = pytest.MonkeyPatch()
    keep_files_in_memory(patch)
    home = tempfile.TemporaryDirectory(prefix="listener-home-")
    config.add_cleanup(home.cleanup)
    config.add_cleanup(patch.undo)
    isolate_environment(patch, Path(home.name))
    forbid_network(patch)


@pytest.fixture(autouse=True)
def logs_as_before() -> Iterator[None]:
    """Take away the logs that a command line set up: their stream ends with the test."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers = [handler for handler in root.handlers if handler in handlers]
    root.setLevel(level)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep together what shares a fixture, and begin with what takes long.

    What a module's tests share is prepared once in each worker that has one of them: some
    prepare it for longer than they need it. xdist begins with groups. A worker that began
    last with what takes long would be alone at the end.
    """
    for item in items:
        if _shares_a_fixture(item) and not item.get_closest_marker("xdist_group"):
            group = f"{item.path.parent.name}.{item.path.stem}"
            item.add_marker(pytest.mark.xdist_group(group))
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


def _shares_a_fixture(item: pytest.Item) -> bool:
    found = getattr(item, "_fixtureinfo", None)
    definitions = found.name2fixturedefs.values() if found else ()
    return any(each[-1].scope == "module" for each in definitions)


@pytest.fixture
def migrated() -> None:
    """Ask that the test's database has its tables from the beginning."""


@pytest.fixture
def sqlite_url(tmp_path: Path, request: pytest.FixtureRequest) -> str:
    path = tmp_path / "listener.db"
    if "migrated" in request.fixturenames:
        copy_migrated(path)
    return f"sqlite:///{path}"


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    if TEST_SERVER:
        yield TEST_SERVER.replace("postgres://", "postgresql://").replace("+psycopg", "")
        return
    from tests.postgres import run_postgres

    with run_postgres() as server:
        yield server


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str) -> Iterator[str]:
    """The name of a database that has its tables, and nobody connected to it."""
    from listener.store.schema import migrate_database
    from tests.postgres import create_database, drop_database

    name = f"listener_{uuid.uuid4().hex}"
    migrate_database(create_database(postgres_server, name))
    yield name
    drop_database(postgres_server, name)


@pytest.fixture
def postgres_url(postgres_server: str, request: pytest.FixtureRequest) -> Iterator[str]:
    from tests.postgres import create_database, drop_database

    is_migrated = "migrated" in request.fixturenames
    template = request.getfixturevalue("postgres_template") if is_migrated else "template1"
    name = f"listener_{uuid.uuid4().hex}"
    yield create_database(postgres_server, name, template=template)
    drop_database(postgres_server, name)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest) -> str:
    return request.getfixturevalue(f"{request.param}_url")


@pytest.fixture(scope="session")
def browser() -> Iterator["Browser"]:
    from playwright.sync_api import expect, sync_playwright

    program = find_browser()
    expect.set_options(timeout=PATIENCE_SECONDS * 1000)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=browser_arguments())
        yield chromium
        chromium.close()


@pytest.fixture
def make_page(browser: "Browser") -> Iterator[Callable[..., "Page"]]:
    """Open a page in a browser context of its own, with Playwright's context options."""
    contexts = []

    def open_page(**options: Any) -> "Page":
        contexts.append(browser.new_context(**options))
        return contexts[-1].new_page()

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def page(make_page: Callable[..., "Page"]) -> "Page":
    return make_page()
