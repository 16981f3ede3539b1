"""What is measured for an archive of one size: each step is a process of its own."""

import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.bench.archive import BRANDS, REPORTED_WEEK

ROOT = Path(__file__).parents[2]
NEW_POSTS = 1_000
OBJECTS = 20_000
SMALL_STORE = 300
CONVOKIT_BYTES = 8_000  # a post, so that a machine that is too small is not brought down
PROGRAM = str(Path(sys.executable).with_name("listener"))


@dataclass(frozen=True, slots=True)
class Step:
    """A process to be timed.

    Attributes:
        name: Of the step, the same for both databases.
        database: `sqlite` or `postgresql`, empty where none is used.
        posts: How many posts it goes through; rates and ratios are per post.
        scale: By what the time is multiplied to stand for the whole archive.
    """

    name: str
    database: str
    posts: int
    command: tuple[str, ...]
    scale: float = 1.0


@dataclass(frozen=True, slots=True)
class Place:
    """Where one run of one size happens.

    Attributes:
        folder: Empty at first.
        archive: The posts.
        more: What was written after them.
        empty: A SQLite store without posts.
        small: A SQLite store with few posts.
        postgresql: The address of an empty store, empty without a server.
        convokit: The Python that has ConvoKit, empty if there is none.
    """

    folder: Path
    archive: Path
    more: Path
    empty: Path
    small: Path
    postgresql: str
    convokit: str


def list_steps(place: Place, size: int) -> Iterator[Step]:
    """Yield the steps in their order; a store that one fills is read by those after it."""
    yield from _list_starts(place)
    floor = _copy(place, "floor.db")
    yield Step("floor", "sqlite", size, _module("floor", str(place.archive), str(floor)))
    floor.unlink(missing_ok=True)
    yield from _list_program(place, size, "sqlite", f"sqlite:///{_copy(place, 'listener.db')}")
    if place.postgresql:
        yield from _list_program(place, size, "postgresql", place.postgresql)
    if place.convokit:
        script = str(ROOT / "tests" / "bench" / "convokit_corpus.py")
        command = (place.convokit, script, str(place.archive), *_list_accounts())
        yield Step("convokit", "", size, command)
    part = min(size, OBJECTS)
    objects = str(_copy(place, "objects.db"))
    command = _module("objects", str(place.archive), objects, str(part))
    yield Step("objects", "sqlite", size, command, scale=size / part)


def _list_starts(place: Place) -> Iterator[Step]:
    yield Step("help", "", 0, (PROGRAM, "--help"))
    small = f"sqlite:///{place.small}"
    cases = (PROGRAM, "--database", small, "cases")
    yield Step("cases of a small store", "sqlite", 0, cases)
    yield Step("cases once more", "sqlite", 0, cases)


def _list_program(place: Place, size: int, database: str, url: str) -> Iterator[Step]:
    program = (PROGRAM, "--database", url)
    output = str(place.folder / f"reports-{database}")
    report = (*program, "report", "--week", REPORTED_WEEK, "--output", output)
    yield Step("import", database, size, (*program, "import", *name_brands(), str(place.archive)))
    yield Step("measure", database, size, _module("stages", url, "all", REPORTED_WEEK))
    figures = str(place.folder / f"figures-{database}")
    parts = (*program, "measure", "--weeks", REPORTED_WEEK, "--output", figures)
    yield Step("parts", database, size, parts)
    yield Step("report", database, size, report)
    yield Step("import more", database, NEW_POSTS, (*program, "import", str(place.more)))
    yield Step("measure again", database, size, _module("stages", url, "window", REPORTED_WEEK))
    yield Step("report again", database, size, report)
    yield Step("one page again", database, size, (*report, "--brand", BRANDS[0].key))


def name_brands() -> Iterator[str]:
    """Yield the flags that tell `listener import` of the brands."""
    for brand in BRANDS:
        accounts = ",".join(map(brand.name_account, ("x", "mastodon")))
        yield f"--brand={brand.key}={accounts}"


def _list_accounts() -> list[str]:
    return [brand.name_account(platform) for brand in BRANDS for platform in ("x", "mastodon")]


def _module(name: str, *arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", f"tests.bench.{name}", *arguments)


def _copy(place: Place, name: str) -> Path:
    return Path(shutil.copy(place.empty, place.folder / name))
