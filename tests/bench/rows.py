"""Results as lines of a file: what is finished stays, however a run ends."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One process of one run of one size.

    Attributes:
        run: Which call of the benchmark, by its time; ratios are taken within one.
        posts: How many posts were gone through, `size` how many the archive has.
        stages: What `tests.bench.stages` told.
        problem: Why there is nothing, empty if there is.
    """

    run: str
    size: int
    step: str
    database: str
    posts: int
    seconds: float = 0.0
    processor: float = 0.0
    largest: float = 0.0
    together: float = 0.0
    stages: dict[str, Any] = field(default_factory=dict)
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """The medians of a step over the runs of one size.

    Attributes:
        repeats: How many times it was run.
        seconds: Scaled to the whole archive where only a part was gone through.
        largest: Peak memory of the largest process in MB, the most of all runs.
        together: The same of all processes together.
    """

    step: str
    database: str
    repeats: int
    posts: int
    seconds: float
    largest: float
    together: float
    stages: dict[str, float]
    peaks: dict[str, float]
    counted: dict[str, int]
    problem: str


def add_row(path: Path, row: Row) -> None:
    """Append a row to the file."""
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(asdict(row)) + "\n")


def load_results(path: Path) -> dict[int, tuple[str, dict[tuple[str, str], Result]]]:
    """Return, for each size, the newest of its calls that went furthest, and the results of it."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    rows = [Row(**json.loads(line)) for line in lines]
    found = {}
    for size in sorted({row.size for row in rows}):
        calls: dict[str, dict[tuple[str, str], None]] = {}
        for row in rows:
            if row.size == size:
                calls.setdefault(row.run, {})[row.step, row.database] = None
        chosen = max(calls, key=lambda name: (len(calls[name]), name))
        own = [row for row in rows if (row.size, row.run) == (size, chosen)]
        found[size] = chosen, {key: _sum_up(own, *key) for key in calls[chosen]}
    return found


def _sum_up(rows: list[Row], step: str, database: str) -> Result:
    every = [row for row in rows if (row.step, row.database) == (step, database)]
    good = [row for row in every if not row.problem] or every
    told = [row.stages for row in good if row.stages]
    names = told[0]["seconds"] if told else ()
    return Result(
        step=step,
        database=database,
        repeats=len(good),
        posts=good[0].posts,
        seconds=median(row.seconds for row in good),
        largest=max(row.largest for row in good),
        together=max(row.together for row in good),
        stages={name: median(one["seconds"][name] for one in told) for name in names},
        peaks={name: max(one["peaks"][name] for one in told) for name in names},
        counted=told[0]["rows"] if told else {},
        problem=good[0].problem,
    )
