"""Measure time and memory of the main steps: `make bench` or `python -m tests.bench 100000`.

The archive is made up: as many posts as asked for, in the columns of the public
"Customer Support on Twitter" corpus, over eight weeks and three brands. Each step
is a process of its own, as a person would start it, so that start-up counts too.
"""

import csv
import os
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

START = datetime(2017, 9, 4, tzinfo=UTC)
WEEKS = 8
BRANDS = ("AcmeHelp", "GlobeAir", "NovaBank")
COLUMNS = (
    "tweet_id", "author_id", "inbound", "created_at", "text",
    "response_tweet_id", "in_response_to_tweet_id",
)  # fmt: skip
NEEDS = ("my phone is dead since the update", "where is my parcel?", "you charged me twice!!")
ANSWERS = (
    "Sorry to hear that! Please DM us your account number. ^KT",
    "Please try to restart it while holding the volume button. ^JB",
    "Thanks for reaching out, we are looking into it.",
    "Can you tell us which model you have? ^AL",
)
ENDS = (
    "still not working, no answer to my DM",
    "it works again, thank you!",
    "done, sent you a DM",
)

Row = tuple[int, str, bool, str, str, str, int | str]


def main(sizes: list[int]) -> int:
    """Print one line for each size and step; fail when a step fails."""
    print(f"{'posts':>9}  {'step':<8}{'seconds':>8}{'peak MB':>9}{'posts/s':>10}")
    for size in sizes:
        with tempfile.TemporaryDirectory(prefix="listener-bench-") as name:
            if not _measure(size, Path(name)):
                return 1
    return 0


def _measure(size: int, folder: Path) -> bool:
    _write_archive(folder / "archive.csv", size)
    for step, command in _make_steps(folder, size):
        seconds, megabytes, code = _run(command, folder)
        rate = size / seconds
        print(f"{size:>9,}  {step:<8}{seconds:>8.2f}{megabytes:>9.0f}{rate:>10,.0f}", flush=True)
        if code:
            print((folder / "output").read_text(encoding="utf-8"), file=sys.stderr)
            return False
    return True


def _make_steps(folder: Path, size: int) -> Iterator[tuple[str, list[str]]]:
    program = str(Path(sys.executable).with_name("listener"))
    common = [program, "--database", f"sqlite:///{folder / 'listener.db'}"]
    archive, output = str(folder / "archive.csv"), str(folder / "out")
    week = f"{START + timedelta(weeks=WEEKS - 2):%G-W%V}"
    yield "labels", [sys.executable, "-m", "tests.bench_labels", str(size)]
    yield "import", [*common, "import", "--named-accounts-as-brands", archive]
    yield "report", [*common, "report", "--week", week, "--output", output]


def _run(command: list[str], folder: Path) -> tuple[float, float, int]:
    """Run a process to its end; return its wall time, peak memory and exit code."""
    started = time.perf_counter()
    with (folder / "output").open("wb") as output:
        actions = [(os.POSIX_SPAWN_DUP2, output.fileno(), number) for number in (1, 2)]
        process = os.posix_spawn(command[0], command, os.environ, file_actions=actions)
    _, status, usage = os.wait4(process, 0)
    unit = 1 if sys.platform == "darwin" else 1024  # macOS counts bytes, Linux kilobytes
    megabytes = usage.ru_maxrss * unit / 1e6
    return time.perf_counter() - started, megabytes, os.waitstatus_to_exitcode(status)


def _write_archive(path: Path, size: int) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        written = 0
        for case in _make_cases(random.Random(2017)):  # noqa: S311 - no secret
            rows = case[: size - written]
            writer.writerows(rows)
            written += len(rows)
            if written == size:
                return


def _make_cases(chance: random.Random) -> Iterator[list[Row]]:
    number = 1
    while True:
        brand = chance.choice(BRANDS)
        customer = str(chance.randrange(100_000, 900_000))
        at = START + timedelta(seconds=chance.randrange(WEEKS * 7 * 86_400))
        said = [(customer, f"@{brand} {chance.choice(NEEDS)}")]
        if chance.random() < 0.85:
            said.append((brand, f"@{customer} {chance.choice(ANSWERS)}"))
        if len(said) == 2 and chance.random() < 0.5:
            said.append((customer, f"@{brand} {chance.choice(ENDS)}"))
        case = []
        for order, (author, text) in enumerate(said):
            stamp = at.strftime("%a %b %d %H:%M:%S +0000 %Y")
            follows = number + 1 if order < len(said) - 1 else ""
            parent = number - 1 if order else ""
            case.append((number, author, author.isdigit(), stamp, text, str(follows), parent))
            at += timedelta(seconds=chance.expovariate(1 / 3600))
            number += 1
        yield case


if __name__ == "__main__":
    sys.exit(main([int(size) for size in sys.argv[1:]] or [14_000, 200_000]))
