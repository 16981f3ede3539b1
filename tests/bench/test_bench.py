"""The benchmark measures what it says: the same archive, the same rows, and every process."""

import itertools
import json
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from listener.jobs.archives import ImportOptions, import_file
from listener.store.store import Store
from tests.bench import floor
from tests.bench.archive import END, POSTS_A_WEEK, count_weeks, generate_posts, write_archive
from tests.bench.page import render_page, show_targets
from tests.bench.rows import Row, add_row, load_results
from tests.bench.running import run

SIZE = 1_500
NOW = datetime(2025, 7, 1, tzinfo=UTC)
TABLES = ("posts", "post_aliases", "private_posts", "private_post_aliases")


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    path = tmp_path_factory.mktemp("bench") / "archive.jsonl"
    write_archive(path, SIZE, path.with_name("more.jsonl"), 50)
    return path


def test_an_archive_is_the_same_each_time_and_in_order(archive):
    lines = archive.read_bytes().splitlines(keepends=True)
    more = archive.with_name("more.jsonl").read_bytes().splitlines(keepends=True)
    assert [*lines, *more] == list(itertools.islice(generate_posts(SIZE), SIZE + 50))
    posts = [json.loads(line) for line in lines]
    assert [post["created_at"] for post in posts] == sorted(post["created_at"] for post in posts)
    known = set()
    for post in posts:
        known.add(post["post_id"])
        assert post.get("reply_to_id") in known | {None}
    assert len(known) == SIZE
    assert posts[-1]["created_at"][:10] < f"{END:%Y-%m-%d}" or SIZE < POSTS_A_WEEK
    assert 30 < sum(len(post["text"]) for post in posts) / SIZE < 200


def test_a_larger_archive_is_a_longer_one():
    assert [count_weeks(size) for size in (10_000, 100_000, 1_000_000)] == [4, 15, 150]


def test_the_floor_writes_what_an_import_writes(archive, tmp_path):
    files = {name: tmp_path / f"{name}.db" for name in ("own", "floor")}
    for path in files.values():
        Store.open(f"sqlite:///{path}").close()
    with Store.open(f"sqlite:///{files['own']}") as store:
        assert import_file(store, archive, ImportOptions(), now=NOW).counts.new == SIZE
    floor.main(str(archive), str(files["floor"]))
    for table in TABLES:
        own, other = (_read(path, table) for path in files.values())
        assert own
        assert own == other


def measure_elsewhere(code, folder):
    """Run code as a command of a small process: each counts what the one that began it held."""
    command = [sys.executable, "-c", code]
    measure = (
        "from pathlib import Path; from tests.bench.running import run; "
        f"done = run({command!r}, Path({str(folder)!r}), {{}}); "
        "print(done.code, done.largest, done.together)"
    )
    told = subprocess.run([sys.executable, "-c", measure], capture_output=True, text=True)
    assert told.returncode == 0, told.stderr
    return map(float, told.stdout.split())


def test_memory_of_all_processes_is_counted(tmp_path):
    held = "held = b'x' * 200_000_000"
    child = f"import time; {held}; time.sleep(0.4)"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    code, largest, together = measure_elsewhere(f"{held}; {parent}", tmp_path)
    assert code == 0
    assert 200 < largest < 400 < together
    failed = run([sys.executable, "-c", "print('why'); raise SystemExit(3)"], tmp_path, {})
    assert (failed.code, failed.output) == (3, "why\n")


@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="the kernel tells nobody")
def test_memory_that_processes_share_is_counted_once(tmp_path):
    held = "import os, time; held = b'x' * 200_000_000; child = os.fork(); time.sleep(1)"
    code, largest, together = measure_elsewhere(f"{held}; child and os.waitpid(child, 0)", tmp_path)
    assert code == 0
    assert 200 < largest <= together < 300


def test_a_page_is_made_of_what_is_finished(tmp_path):
    path = tmp_path / "rows.jsonl"
    told = {"seconds": {"read": 1.0, "cases": 1.0, "label": 1.0, "figures": 1.0, "whole": 5.0}}
    told |= {"peaks": {"whole": 9.0}, "rows": {"label": 50_000}}
    told["peaks"] = dict.fromkeys(told["seconds"], 9.0)
    for run_name, step, database, seconds, problem, stages in (
        ("2025-01-01", "floor", "sqlite", 50.0, "", {}),  # of an earlier call: not looked at
        ("2025-01-02", "floor", "sqlite", 1.0, "", {}),
        ("2025-01-02", "floor", "sqlite", 3.0, "", {}),
        ("2025-01-02", "import", "sqlite", 4.0, "", {}),
        ("2025-01-02", "measure", "sqlite", 5.0, "", told),
        ("2025-01-02", "parts", "sqlite", 7.0, "", {}),
        ("2025-01-03", "floor", "sqlite", 50.0, "", {}),  # of a call that was broken off
        ("2025-01-02", "convokit", "", 0.0, "could not be installed", {}),
    ):
        row = Row(run=run_name, size=100_000, step=step, database=database, posts=100_000,
                  seconds=seconds, problem=problem, stages=stages)  # fmt: skip
        add_row(path, row)
    results = load_results(path)
    page = render_page(results)
    assert "| import | ≤ 2.5 × the floor | 2.00 (met) |" in page
    assert "| labels | ≥ 100,000 posts/s | 50,000 (missed) |" in page
    assert "| everything | ≤ 5.5 × the floor | not run |" in page
    report = Row(run="2025-01-02", size=100_000, step="report", database="sqlite", posts=100_000,
                 seconds=3.0)  # fmt: skip
    add_row(path, report)
    reached = render_page(load_results(path))
    assert "| everything | ≤ 5.5 × the floor | 6.00 (missed) |" in reached
    assert "| everything, measured in parts | ≤ 5.5 × the floor | 7.00 (missed) |" in reached
    assert "could not be installed" in page
    assert "2.00 (met)" in show_targets(results)


def _read(path, table):
    connection = sqlite3.connect(path)
    rows = connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall()  # noqa: S608
    connection.close()
    return [row[:18] for row in rows]  # the last column is when words were seen
