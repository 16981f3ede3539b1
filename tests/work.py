"""Count the work that something does instead of timing it: the same on every machine.

- `calls`: functions of the program that were entered, and blocks of its templates
- `statements`: what was sent to the database; one for a batch of many rows
- `steps`: instructions of SQLite's virtual machine, by which rows that it only reads show too
- `rows`: rows of all frames that Polars made
- `frames`: these frames; each costs a query, however few rows it has
"""

import cProfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType
from typing import Any
from unittest.mock import patch

import polars as pl
from sqlalchemy import Engine, event

from tests.project import ROOT

KINDS = ("calls", "statements", "steps", "rows", "frames")
STEPS_AT_ONCE = 100
SHOWN = 4
OWN = tuple(str(ROOT / folder) for folder in ("listener", "reports"))


@dataclass(slots=True)
class Work:
    """What was done while it was counted, by kind and name."""

    counts: dict[str, Counter[str]] = field(
        default_factory=lambda: {kind: Counter() for kind in KINDS}
    )

    def total(self, kind: str) -> int:
        return self.counts[kind].total()

    def tell(self, kind: str, before: "Work | None" = None) -> str:
        """Say what most of it was, or what has grown most since before."""
        counts = self.counts[kind]
        if before is not None:
            counts = counts - before.counts[kind]
        most = ", ".join(f"{name} {number:,}" for name, number in counts.most_common(SHOWN))
        return f"{'grown most' if before else 'most'}: {most}"


@contextmanager
def counting(*, calls: bool = False) -> Iterator[Work]:
    """Count all that is done in this thread while the block runs; calls only if they are wanted.

    To count calls makes Python half as slow again.
    """
    work = Work()
    profile = cProfile.Profile(builtins=False)
    listeners = {
        "connect": _watch_steps(work.counts["steps"]),
        "before_cursor_execute": _watch_statements(work.counts["statements"]),
    }
    for name, listener in listeners.items():
        event.listen(Engine, name, listener)
    try:
        with patch.object(
            pl.DataFrame, "_from_pydf", _watch_frames(work.counts["rows"], work.counts["frames"])
        ):
            if calls:
                profile.enable()
            try:
                yield work
            finally:
                profile.disable()
    finally:
        for name, listener in listeners.items():
            event.remove(Engine, name, listener)
    for entry in profile.getstats():
        if isinstance(entry.code, CodeType) and entry.code.co_filename.startswith(OWN):
            place = f"{Path(entry.code.co_filename).name}:{entry.code.co_name}"
            work.counts["calls"][place] += entry.callcount


def _watch_steps(counts: Counter[str]) -> Callable[..., None]:
    def connected(connection: Any, _record: object) -> None:
        if hasattr(connection, "set_progress_handler"):  # PostgreSQL has none
            connection.set_progress_handler(tick, STEPS_AT_ONCE)

    def tick() -> int:
        counts["SQLite"] += STEPS_AT_ONCE
        return 0

    return connected


def _watch_statements(counts: Counter[str]) -> Callable[..., None]:
    def executed(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        counts[" ".join(statement.split()[:3])] += 1

    return executed


def _watch_frames(rows: Counter[str], frames: Counter[str]) -> Any:
    make = pl.DataFrame._from_pydf

    def made(_class: object, inner: Any) -> pl.DataFrame:
        frame = make(inner)
        name = "/".join(frame.columns[:4])
        rows[name] += frame.height
        frames[name] += 1
        return frame

    return classmethod(made)
