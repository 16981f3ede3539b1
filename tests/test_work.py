"""How much work things do, counted: whoever makes something twice as dear finds out here.

Limits are a third above what is needed today. Where less is needed, lower them; where
something new has its price, say so in the commit that raises one.
"""

import json
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

import pytest

from listener.collect.archive import open_source, read_archive
from listener.collect.archive.listener_lines import parse_line
from listener.jobs.reports import ReportRequest, write_reports
from listener.jobs.windows import measure_for_reports
from listener.label import label_posts, load_phrases
from listener.posts import Account
from listener.resources import phrases_dir
from listener.settings import load_settings
from listener.store.store import Store
from tests.bench.archive import BRANDS, END, generate_posts, write_archive
from tests.builders import make_brand
from tests.sqlite import copy_migrated
from tests.work import Work, counting

NOW = datetime(2025, 12, 1, tzinfo=UTC)
BATCH, NEW = 1_000, 300
POSTS, WEEKS, FEW_WEEKS = 1_500, 104, 26
MARGIN = 1.05
REQUEST = ReportRequest(output=Path("unused"), week="2025-W20", brands=("acme",))
PLATFORMS = ("x", "mastodon")
STARTS = {
    # Of the modules that are loaded: how many, and what must not be among them.
    ("--help",): (215, "alembic altair babel jinja2 numpy polars pydantic rich scipy sqlalchemy"),
    ("cases", "--help"): (400, "alembic altair babel jinja2 numpy polars rich scipy sqlalchemy"),
    ("cases",): (
        1_370,
        "alembic altair apprise apscheduler babel css_inline jinja2 mastodon psycopg tweepy "
        "vl_convert sqlalchemy.dialects.postgresql",
    ),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("work")


@pytest.fixture(scope="module")
def imports(folder):
    """One batch and two of them imported, and then a few posts more: store and work of each."""
    return {size: _import(folder, size) for size in (BATCH, 2 * BATCH)}


@pytest.fixture(scope="module")
def phrases():
    return load_phrases([phrases_dir()])


@pytest.fixture(scope="module")
def reports(folder, phrases):
    """The same week measured, from a store of half a year and from one of two years."""
    posts = list(map(parse_line, islice(generate_posts(POSTS, WEEKS), POSTS)))
    return [_measure(folder, posts, weeks, phrases) for weeks in (FEW_WEEKS, WEEKS)]


def test_an_import_grows_with_its_posts(imports):
    (path, work, _), (larger, double, _) = imports.values()
    _refuse_more(double, calls=64 * BATCH, statements=48, steps=330 * BATCH)
    for kind, share in (("calls", 1), ("steps", 1.3)):
        _refuse_growth(kind, work, double, 1 + share * MARGIN)
    grown = larger.stat().st_size - path.stat().st_size
    assert grown < 700 * BATCH, f"a post takes {grown / BATCH:.0f} bytes of the database"


def test_new_posts_cost_the_same_in_a_larger_store(imports):
    (_, _, work), (_, _, double) = imports.values()
    for kind in ("calls", "steps"):
        _refuse_growth(kind, work, double, 1.1)
    _refuse_more(double, calls=33 * NEW, statements=28, steps=160 * NEW)


def test_a_report_does_not_grow_with_old_weeks(reports):
    (young, first), (old, measuring) = reports
    assert old.since == young.since
    for kind in ("statements", "steps", "rows"):
        _refuse_growth(kind, first, measuring, MARGIN)
    posts = old.readable.height
    _refuse_more(measuring, statements=60, steps=145 * posts, rows=950 * posts)


def test_a_page_costs_what_it_costs(reports, phrases, folder):
    measured, _ = reports[1]
    request = replace(REQUEST, output=folder / "reports", formats=("html",))
    with counting(calls=True) as work:
        write_reports(measured, request, phrases)
    _refuse_more(
        work, rows=46_000, calls=105_000, frames=2_600
    )  # with the calls of quoting, in this thread


def test_labels_grow_with_the_posts(reports, phrases):
    readable = reports[1][0].readable
    half = readable.height // 2
    works = []
    for height in (half, 2 * half):
        with counting() as work:
            label_posts(readable.head(height), phrases)
        works.append(work)
    _refuse_growth("rows", *works, 2 * MARGIN)
    _refuse_more(works[1], rows=520 * half)


def test_few_posts_need_few_of_the_phrases(reports, folder):
    own = folder / "phrases"
    own.mkdir()
    text = (phrases_dir() / "en.toml").read_text(encoding="utf-8")
    (own / "en.toml").write_text(f"{text}\n# read anew", encoding="utf-8")
    with counting(calls=True) as reading:
        phrases = load_phrases([own])
    with counting(calls=True) as work:
        label_posts(reports[0][0].readable.head(300), phrases)
    _refuse_more(reading, calls=90_500)
    _refuse_more(work, calls=164_000, frames=545)
    assert work.counts["calls"]["steps.py:make_steps"] < 520


@pytest.mark.parametrize("words", STARTS, ids=" ".join)
def test_a_start_loads_what_it_needs(words, imports, folder):
    most, forbidden = STARTS[words]
    path, _, _ = imports[BATCH]
    script = (
        "import json, sys\nfrom listener.cli.root import run\n"
        "try: run(sys.argv[1:])\nexcept SystemExit: pass\n"
        "print(json.dumps(sorted(sys.modules)), file=sys.stderr)"
    )
    command = [sys.executable, "-c", script, "--database", f"sqlite:///{path}", *words]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=folder)
    loaded = json.loads(done.stderr.splitlines()[-1])
    found = {name.partition(".")[0] for name in loaded}
    assert sorted((found | set(loaded)) & set(forbidden.split())) == []
    assert len(loaded) < most, f"{len(loaded)} modules of {', '.join(sorted(found))}"


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="Linux tells threads there")
def test_no_threads_wait_for_matrices():
    script = (
        "from pathlib import Path\nfrom listener import cli\ncli.spare_threads()\nimport numpy\n"
        "print(len(list(Path('/proc/self/task').iterdir())))"
    )
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True)
    assert done.stdout == b"1\n"


def _import(folder: Path, size: int) -> tuple[Path, Work, Work]:
    path, archive, more = (folder / f"{size}.{end}" for end in ("db", "jsonl", "more.jsonl"))
    write_archive(archive, size, more, NEW)
    copy_migrated(path)
    with Store.open(f"sqlite:///{path}") as store:
        with counting(calls=True) as work:
            _save(store, archive)
        with counting(calls=True) as added:
            _save(store, more)
    return path, work, added


def _save(store: Store, archive: Path) -> None:
    with open_source(archive) as source:
        store.save_posts(read_archive(source, "listener"), seen_at=NOW, batch=BATCH)


def _measure(folder, posts, weeks, phrases):
    accounts = {
        brand.key: [Account(platform=name, handle=brand.name_account(name)) for name in PLATFORMS]
        for brand in BRANDS
    }
    brands = tuple(make_brand(key, handles=handles) for key, handles in accounts.items())
    settings = replace(load_settings(env={}), brands=brands)
    path = folder / f"weeks{weeks}.db"
    copy_migrated(path)
    since = END - timedelta(weeks=weeks)
    with Store.open(f"sqlite:///{path}") as store:
        store.save_posts((post for post in posts if post.created_at >= since), seen_at=NOW)
        with counting() as work:
            measured = measure_for_reports(store, settings, brands, phrases, [REQUEST], as_of=NOW)
    return measured, work


def _refuse_growth(kind: str, before: Work, after: Work, most: float) -> None:
    grown = after.total(kind) / before.total(kind)
    assert grown <= most, (
        f"{kind}: {before.total(kind):,} have become {after.total(kind):,}, {grown:.2f} times as "
        f"many, where {most:.2f} is the most; {after.tell(kind, before)}"
    )


def _refuse_more(work: Work, **limits: int) -> None:
    for kind, limit in limits.items():
        assert work.total(kind) <= limit, (
            f"{kind}: {work.total(kind):,} are more than {limit:,}; {work.tell(kind)}"
        )
