"""Measure time and memory of everything, beside others: `make bench SIZES="10000 100000"`.

Each row is written to `.bench/rows.jsonl` as soon as it is there, and `docs/performance.md` is
made of that file at the end, however that comes, and by `python -m tests.bench --page` alone.
"""

import argparse
import compileall
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from tests.bench.archive import write_archive
from tests.bench.corpus_environment import prepare_convokit
from tests.bench.page import render_page, show_targets
from tests.bench.rows import Row, add_row, load_results
from tests.bench.running import run
from tests.bench.steps import (
    CONVOKIT_BYTES,
    NEW_POSTS,
    PROGRAM,
    ROOT,
    SMALL_STORE,
    Place,
    Step,
    list_steps,
    name_brands,
)
from tests.postgres import create_database, run_postgres

CACHE = ROOT / ".bench"
ROWS = CACHE / "rows.jsonl"
PAGE = ROOT / "docs" / "performance.md"
SMALL = 200_000  # up to so many posts everything is run three times
REPEATS = 3


def main() -> int:
    """Run what is asked for and write the page."""
    options = _parse_options()
    CACHE.mkdir(exist_ok=True)
    compileall.compile_dir(ROOT / "listener", quiet=1)  # as installing does
    name = datetime.now(UTC).isoformat(timespec="seconds")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))  # the server, too, and the page
    try:
        for size in [] if options.page else options.sizes:
            repeats = options.repeats or (REPEATS if size <= SMALL else 1)
            _measure(size, name, _find_convokit(size, name), repeats)
    finally:
        results = load_results(ROWS)
        PAGE.write_text(render_page(results), encoding="utf-8")
        print(show_targets(results))
    return 0


def _find_convokit(size: int, name: str) -> str:
    """Return the Python that has it; where none can run it, a row says why."""
    python, why = prepare_convokit(CACHE / "convokit")
    if python and size * CONVOKIT_BYTES > _count_free_bytes():
        python, why = "", "this machine has not the memory for it"
    if why:
        row = Row(run=name, size=size, step="convokit", database="", posts=size, problem=why)
        add_row(ROWS, row)
    return python


def _parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("sizes", nargs="*", type=int, default=[10_000, 100_000])
    parser.add_argument("--repeats", type=int, help="how often each step is run")
    parser.add_argument("--page", action="store_true", help="only write the page again")
    return parser.parse_args()


def _measure(size: int, name: str, convokit: str, repeats: int) -> None:
    with tempfile.TemporaryDirectory(prefix="listener-bench-") as folder, run_postgres() as server:
        archive, more = Path(folder, "archive.jsonl"), Path(folder, "more.jsonl")
        write_archive(archive, size, more, NEW_POSTS)
        for number in range(repeats):
            print(f"{size:,} posts, {number + 1} of {repeats}", flush=True)
            database = create_database(server, f"bench{number}")
            with _prepared(Path(folder), archive, more, database, convokit) as place:
                for step in list_steps(place, size):
                    add_row(ROWS, _run(step, size, name, place.folder))


@contextmanager
def _prepared(
    folder: Path, archive: Path, more: Path, database: str, convokit: str
) -> Iterator[Place]:
    """Prepare what no step has to do: empty tables, and a store with few posts."""
    with tempfile.TemporaryDirectory(dir=folder) as own:
        place = Path(own)
        empty, small, first = place / "empty.db", place / "small.db", place / "first.jsonl"
        with archive.open("rb") as file, first.open("wb") as part:
            part.writelines(line for line, _ in zip(file, range(SMALL_STORE), strict=False))
        for url in (f"sqlite:///{empty}", database):
            _do(place, PROGRAM, "--database", url, "migrate")
        _do(
            place, PROGRAM, "--database", f"sqlite:///{small}", "import", *name_brands(), str(first)
        )
        yield Place(place, archive, more, empty, small, database, convokit)


def _do(folder: Path, *command: str) -> None:
    environment = {**os.environ, **_make_environment(folder)}
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=folder, env=environment)


def _run(step: Step, size: int, name: str, folder: Path) -> Row:
    done = run(step.command, folder, _make_environment(folder))
    problem, stages = "", {}
    if done.code:
        problem = f"ended with {done.code}"
        print(done.output, file=sys.stderr)
    elif step.name.startswith("measure"):
        stages = json.loads(done.output.strip().splitlines()[-1])
    seconds = done.seconds * step.scale
    name_of_store = f"{step.name:<24}{step.database:<12}"
    print(f"  {name_of_store}{seconds:>9.2f} s{done.together:>9,.0f} MB  {problem}", flush=True)
    return Row(
        run=name,
        size=size,
        step=step.name,
        database=step.database,
        posts=step.posts,
        seconds=seconds,
        processor=done.processor * step.scale,
        largest=done.largest,
        together=done.together,
        stages=stages,
        problem=problem,
    )


def _make_environment(folder: Path) -> dict[str, str]:
    """Nothing of the person who runs it has a say: settings, tokens, a database of his."""
    unset = ("DATABASE_URL", "LISTENER_CONFIG", "PYTHONDONTWRITEBYTECODE")
    return {"HOME": str(folder), "PYTHONPATH": str(ROOT), **dict.fromkeys(unset, "")}


def _count_free_bytes() -> int:
    told = Path("/proc/meminfo")
    if not told.exists():
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    lines = (line.split() for line in told.read_text(encoding="utf-8").splitlines())
    return next(int(words[1]) * 1024 for words in lines if words[0] == "MemAvailable:")


if __name__ == "__main__":
    sys.exit(main())
