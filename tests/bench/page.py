"""The page of results."""

import os
import platform
import sqlite3
from collections.abc import Iterator, Mapping
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

import jinja2

from tests.bench.archive import BRANDS, POSTS_A_WEEK, count_weeks
from tests.bench.corpus_environment import VERSION
from tests.bench.rows import Result
from tests.bench.steps import NEW_POSTS, OBJECTS, SMALL_STORE
from tests.bench.targets import REFERENCE_SIZE, Results, Target, list_targets

Measured = Mapping[int, tuple[str, Results]]
LIBRARIES = ("polars", "sqlalchemy", "sqlmodel", "orjson", "psycopg", "numpy")
STAGES = ("read", "cases", "label", "keep", "figures")
# What goes through a part of the posts has no rate, or one that would mean something else.
UNRATED = ("measure again", "report again", "one page again")
SAID = {
    "help": "`listener --help`",
    "cases of a small store": f"`listener cases` of {SMALL_STORE} posts",
    "cases once more": "the same once more: nothing is new",
    "floor": "(a) the floor",
    "import": "`listener import`",
    "measure": "measure all: read, label, cases, figures",
    "parts": "`listener measure`, part by part, one week of each brand",
    "report": "`listener report`, one week of each brand",
    "import more": f"`listener import` of {NEW_POSTS:,} new posts",
    "measure again": "measure what the week's report needs",
    "report again": "`listener report` of the same week",
    "one page again": "the same for the largest brand alone",
    "convokit": "(b) ConvoKit: Corpus and first replies",
    "objects": "(c) SQLModel, object by object",
}


def render_page(measured: Measured) -> str:
    """Return `docs/performance.md`."""
    environment = jinja2.Environment(  # noqa: S701 - plain text
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template("page.md.j2").render(
        sizes=[_describe(size, *measured[size], measured) for size in measured],
        targets=list(_compare(measured)),
        names=[f"{size:,}" for size in measured],
        brands=len(BRANDS),
        per_week=f"{POSTS_A_WEEK:,}",
        objects=f"{OBJECTS:,}",
        new=f"{NEW_POSTS:,}",
        convokit=VERSION,
        machine=_describe_machine(),
        versions=", ".join(f"{name} {version(name)}" for name in LIBRARIES),
        sqlite=sqlite3.sqlite_version,
        python=platform.python_version(),
    )


def show_targets(measured: Measured) -> str:
    """Return the targets and what was reached as plain lines for a terminal."""
    lines = []
    for size in measured:
        lines.append(f"\n{size:,} posts")
        for target in _list(size, measured):
            limit = f"{'≤' if target.is_most else '≥'} {target.limit:,g} {target.unit}"
            lines.append(f"  {target.name:<36}{limit:<28}{_show(target)}")
    return "\n".join(lines)


def _describe(size: int, name: str, results: Results, measured: Measured) -> dict[str, object]:
    floor = results.get(("floor", "sqlite"))
    per_post = floor.seconds / size if floor and not floor.problem else None
    return {
        "size": f"{size:,}",
        "weeks": count_weeks(size),
        "day": f"{datetime.fromisoformat(name):%Y-%m-%d}",
        "repeats": max(result.repeats for result in results.values()),
        "rows": [_show_result(result, per_post) for result in results.values()],
        "stages": list(_list_stages(results)),
    }


def _show_result(result: Result, per_post: float | None) -> tuple[str, ...]:
    name = SAID[result.step]
    if result.problem:
        return (name, result.database, result.problem, "", "", "", "")
    is_rated = result.posts and result.step not in UNRATED
    rate = f"{result.posts / result.seconds:,.0f}" if is_rated else ""
    ratio = result.seconds / per_post / result.posts if is_rated and per_post else None
    return (
        name,
        result.database,
        f"{result.seconds:,.2f}",
        f"{ratio:.1f}" if ratio is not None else "",
        rate,
        f"{result.largest:,.0f}",
        f"{result.together:,.0f}",
    )


def _list_stages(results: Results) -> Iterator[tuple[str, ...]]:
    for result in results.values():
        if not result.stages:
            continue
        own = [result.stages.get(stage, 0.0) for stage in STAGES]
        rest = result.stages["whole"] - sum(own)
        times = (f"{seconds:.2f}" for seconds in (*own, rest))
        yield (SAID[result.step], result.database, *times)


def _compare(measured: Measured) -> Iterator[tuple[str, ...]]:
    """Yield a line a target, with what was reached at each size."""
    by_size = {size: {_key(each): each for each in _list(size, measured)} for size in measured}
    keys = dict.fromkeys(key for targets in by_size.values() for key in targets)
    for key in keys:
        cells = [by_size[size].get(key) for size in measured]
        target = next(filter(None, cells))
        limit = f"{'≤' if target.is_most else '≥'} {target.limit:,g} {target.unit}"
        yield (target.name, limit, *(_show(cell) if cell else "" for cell in cells))


def _list(size: int, measured: Measured) -> Iterator[Target]:
    reference = measured.get(REFERENCE_SIZE)
    return list_targets(size, measured[size][1], reference and reference[1])


def _key(target: Target) -> tuple[str, str]:
    return target.name, target.unit


def _show(target: Target) -> str:
    if target.reached is None:
        return "not run"
    number = f"{target.reached:,.0f}" if target.reached >= 1000 else f"{target.reached:.2f}"
    return f"{number} ({'met' if target.is_met else 'missed'})"


def _describe_machine() -> str:
    cores = os.cpu_count()
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    return f"{cores} cores of {platform.machine()}, {memory:.0f} GB of memory, {platform.system()}"
