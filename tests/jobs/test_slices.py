"""Slices that are sorted one after the other give the cases of sorting all posts at once."""

import errno
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from listener.engines import ThisProcess
from listener.jobs.partitions.archive_files import list_files
from listener.jobs.partitions.planning import PLAN, Setup, look_at_file, make_plan
from listener.jobs.partitions.slicing import SLICES
from listener.jobs.partitions.work_folder import make_folders, read_tables, write_parquet
from listener.measure.cases import build_threads
from listener.measure.listings import count_answers
from tests.builders import make_frame, make_post
from tests.jobs.archive_world import BRANDS, END, World, write_archive

AT = END.replace(second=40) - timedelta(days=9)


class Alone(ThisProcess):
    """Begins no process: for so few posts that takes longer than all the rest."""

    map_small_parts = ThisProcess.map_parts


def plan_slices(posts, tmp_path, in_a_part=10):
    """Return the threads of all posts, and the folder with a plan that was made by slices."""
    archive = write_archive(tmp_path / "archive", posts)
    setup = Setup(brands=BRANDS, as_of=END, settle_days=7, folder=tmp_path / "work")
    make_folders(setup.folder)
    for file in list_files(str(archive)):
        assert look_at_file(file, setup) is None
    plan = make_plan(setup, Alone(), in_a_part)
    assert plan.posts == len(posts)
    assert len(list((setup.folder / SLICES).iterdir())) > 1
    return build_threads(make_frame(posts), BRANDS, as_of=END), setup.folder / PLAN


@pytest.fixture(params=range(6))
def planned(request, tmp_path):
    return plan_slices(World(request.param).live(60), tmp_path)


def read(folder, name, order):
    return read_tables(folder / name).drop("part", strict=False).sort(order)


def test_slices_make_the_cases_of_all_posts(planned):
    threads, folder = planned
    for name, order in (
        ("members", ["case", "order"]),
        ("targets", ["post"]),
        ("deletions", ["brand", "post"]),
    ):
        assert_frame_equal(read(folder, name, order), getattr(threads, name).sort(order))
    assert threads.targets["automatic"].any()
    assert threads.posts["parent_missing"].any()


def test_slices_keep_what_is_known_of_each_post(planned):
    threads, folder = planned
    known = threads.posts.with_columns(count_answers(threads.posts))
    rows = read(folder, "rows", ["post"]).select("post", "brand", "replies_collected")
    assert_frame_equal(rows, known.select(rows.columns))


def test_cases_that_share_a_post_keep_their_order(planned):
    threads, folder = planned
    first = read_tables(folder / "members").group_by("post").agg(pl.col("case").first())
    expected = threads.members.group_by("post").agg(pl.col("case").first())
    assert_frame_equal(first.sort("post"), expected.sort("post"))


def ask(number):
    said = make_post("@Umbra help", author=f"anna{number}", at=AT - timedelta(hours=1 + number))
    return replace(said, author_id=f"9{number}")


def answer(said, seconds):
    return make_post("Sorry!", author="Umbra", at=AT + timedelta(seconds=seconds), reply_to=said)


def test_what_reaches_across_conversations_is_known_in_each_slice(tmp_path):
    """Replies of one burst, and under which ids brand and customers write elsewhere."""
    asked = [ask(number) for number in range(8)]
    burst = [replace(answer(asked[n], 20 * n + 10), author_id="99") for n in range(3)]
    to_brand = make_post("still broken", author="ben", at=AT, reply_to="gone1")
    to_brand = replace(to_brand, reply_to_author_id="99")
    to_anna = make_post("@anna5 try it", author="Umbra", at=AT + timedelta(hours=9))
    to_anna = replace(to_anna, reply_to_id="gone2", author_id="99")
    threads, folder = plan_slices([*asked, *burst, to_brand, to_anna], tmp_path, 1)
    members = read(folder, "members", ["case", "order"])
    assert_frame_equal(members, threads.members.sort("case", "order"))
    assert_frame_equal(read(folder, "targets", ["post"]), threads.targets.sort("post"))
    assert members.filter("automatic").height == 3
    assert members.filter(created_at=to_anna.created_at)["customer"].to_list() == ["95"]
    assert members.filter(created_at=AT)["customer"].to_list() == ["ben"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk that is full")
def test_a_full_disk_is_called_so():
    with pytest.raises(OSError, match="No space left on device") as told:
        write_parquet(make_frame([ask(1)]), Path("/dev/full"))
    assert told.value.errno == errno.ENOSPC
    with pytest.raises(FileNotFoundError):
        write_parquet(make_frame([]), Path("/nowhere/posts.parquet"))
