import shutil
import sys

import orjson
import polars as pl
import pytest

from tests.builders import make_frame
from tests.servers.object_store import run_object_store

WEEK, AS_OF = "2026-W10", "2026-03-20T12:00Z"
BRAND = ("--brand", "acme=acme")


@pytest.fixture
def archive(program, conversation):
    """A folder with the posts of the conversations in two files."""
    frame = make_frame(conversation)
    folder = program.folder / "posts" / "x"
    folder.mkdir(parents=True)
    frame.head(2).write_parquet(folder / "a [1].parquet")
    frame.tail(-2).write_parquet(folder / "b.parquet")
    (folder / ".c.parquet").write_text("half-written")
    return program.folder / "posts"


def measure(program, archive, *words, code=0):
    return program.run(
        *("measure", "--archive", archive, "--output", "out", "--as-of", AS_OF, *words), code=code
    )


def test_the_figures_are_those_of_the_report(program, archive, conversation, monkeypatch):
    told = measure(program, archive, *BRAND, "--brand", "globe=Globe", "--weeks", WEEK)
    assert told.out.strip() == str(program.folder / "out" / "figures.json")
    figures = orjson.loads((program.folder / "out/figures.json").read_bytes())
    program.run("import", program.write(*conversation), *BRAND)
    program.run("report", "--week", WEEK, "--format", "json", "--output", "r", "--as-of", AS_OF)
    report = orjson.loads((program.folder / f"r/acme/{WEEK}/report.json").read_bytes())
    found = figures["brands"]["acme"]
    assert found == {WEEK: {name: report[name] for name in found[WEEK]}}
    assert report.keys() - found[WEEK].keys() == {"brand_name", "statements"}
    assert figures["brands"]["globe"][WEEK]["counts"]["posts"] == 0
    assert report["counts"]["cases_with_need"] == 2
    assert sorted(path.name for path in (program.folder / "out").iterdir()) == [
        *("acme", "figures.json", "globe")
    ]
    customers = pl.read_parquet(program.folder / "out/acme/cases.parquet")["customer"].to_list()
    assert "anna" not in customers
    monkeypatch.setenv("LISTENER_ARCHIVE__FOLDER", str(program.folder / "old"))
    program.run("archive", "--before", "2026-W12")
    measure(program, program.folder / "old", *BRAND, "--weeks", WEEK)
    again = orjson.loads((program.folder / "out/figures.json").read_bytes())
    assert again["brands"]["acme"] == figures["brands"]["acme"]
    for old in ("back", "none"):  # first posts lie in files, and in the database again
        program.run("measure", "--output", "out", "--as-of", AS_OF, "--weeks", WEEK)
        stored = orjson.loads((program.folder / "out/figures.json").read_bytes())
        assert stored["brands"]["acme"] == figures["brands"]["acme"]
        if old == "back":
            program.run("archive", "--restore")
    assert not [path for path in program.folder.rglob(".*") if "posts" in path.name]


def test_a_database_without_posts_is_told(program, archive):
    program.run("migrate")
    told = program.run("measure", "--output", "out", *BRAND, code=2).err
    assert "the database has no posts" in told
    assert not (program.folder / "out").exists()


def test_posts_that_stand_there_twice_count_once(program, archive):
    shutil.copy(archive / "x/b.parquet", archive / "x/c.parquet")
    told = measure(program, archive, *BRAND, "--weeks", "2026-W09..2026-W10").err
    assert "posts that were there already in an earlier file: 3; the last one holds" in told
    figures = orjson.loads((program.folder / "out/figures.json").read_bytes())
    assert figures["brands"]["acme"][WEEK]["counts"]["customer_posts"] == 3


def test_wrong_words_are_told_before_anything_is_read(program, archive):
    (program.folder / "mine").mkdir()
    (program.folder / "mine/letter.txt").touch()
    (program.folder / "empty").mkdir()
    for words, told in {
        ("--engine", "spark"): '--engine: there is no "spark"; choose from this, cores, dask',
        ("--engine", "dask"): "name the cluster with --scheduler, such as tcp://host:8786",
        ("--engine", "dask", "--scheduler", "nowhere://x"): "is no address",
        ("--weeks", "2026-W10,2026-W99"): "--weeks: 2026 has no week 99",
        ("--weeks", "2026-W12..2026-W10"): "--weeks: 2026-W10 lies before 2026-W12",
        ("--weeks", "2026-W12..2026-W14"): "--weeks: 2026-W14 has not begun",
        ("--archive", "none"): "--archive: there is no file or folder none",
        ("--archive", "empty"): "--archive: there is no Parquet file in empty",
        ("--output", "mine"): "--output: mine is not from this command",
        ("--brand", "globe=Globe", "--brand", "globe"): '--brand: "globe" is not KEY=ACCOUNT',
    }.items():
        error = measure(program, archive, *BRAND, *words, code=2).err
        assert told in error
    assert "no brands are known" in measure(program, archive, code=2).err
    assert "has to do with globe" in measure(program, archive, "--brand", "globe=Globe", code=2).err
    assert not (program.folder / "out").exists()


def test_without_dask_it_is_said_how_to_get_it(program, archive, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    words = ("--engine", "dask", "--scheduler", "tcp://127.0.0.1:1")
    error = measure(program, archive, *BRAND, *words, code=2).err
    assert error.strip().endswith("Dask is not installed; pip install listener[cluster]")


def test_files_that_hold_no_posts_are_named_and_the_old_figures_stay(program, archive):
    assert "no complete week yet" in measure(program, archive, *BRAND).err
    before = (program.folder / "out/figures.json").read_bytes()
    posts = pl.read_parquet(archive / "x/b.parquet")
    naive = pl.col("created_at").dt.replace_time_zone(None)
    nameless = pl.lit(None, dtype=pl.String).alias("post_id")
    for broken, told in {
        posts.drop("text", "mentions").write_parquet: "b.parquet: no file of posts: it has no text",
        posts.with_columns(naive).write_parquet: "created_at is Datetime",
        posts.with_columns(nameless).write_parquet: "post_id is empty in some rows",
        lambda path: path.write_bytes(b"PAR1 nonsense"): "b.parquet: cannot be read as Parquet",
    }.items():
        broken(archive / "x/b.parquet")
        error = measure(program, archive, *BRAND, code=1).err
        assert told in error
        assert error.count("\n") == 1
    words = ("--engine", "dask", "--scheduler", "tcp://127.0.0.1:1", "--patience", 1)
    error = measure(program, archive, *BRAND, *words, code=1).err
    assert "cluster tcp://127.0.0.1:1: no scheduler answers there within 1 s" in error
    assert error.count("\n") == 1
    assert (program.folder / "out/figures.json").read_bytes() == before
    assert not list(program.folder.glob(".*"))


def test_posts_may_lie_in_an_object_store(program, archive, monkeypatch):
    bucket = program.folder / "store" / "bucket"
    shutil.copytree(archive, bucket / "posts")
    (bucket / "posts/readme.txt").write_text("no posts")
    (bucket / "posts/x/.c.parquet").unlink()
    with run_object_store(program.folder / "store") as variables:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        told = measure(program, "s3://bucket/posts/", *BRAND, "--weeks", WEEK).err
        assert "files looked at: 2" in told
        none = measure(program, "s3://bucket/none/", *BRAND, code=2).err
        assert "there is no Parquet file in s3://bucket/none/" in none
    figures = orjson.loads((program.folder / "out/figures.json").read_bytes())
    assert figures["brands"]["acme"][WEEK]["counts"]["cases_with_need"] == 2
