"""Who sees no words sorts posts into the same cases, and cuts apart nothing that hangs together."""

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from listener.jobs.measuring import list_readable_posts
from listener.measure.cases import build_threads
from listener.measure.glances import glance_at
from listener.measure.partitions import assign_parts, list_people
from listener.measure.threads import make_accounts
from tests.builders import make_frame
from tests.jobs.archive_world import BRANDS, END, World


@pytest.fixture(scope="module", params=range(4))
def posts(request):
    return make_frame(World(request.param).live(60))


@pytest.fixture(scope="module")
def threads(posts):
    return build_threads(posts, BRANDS, as_of=END)


def test_glances_make_the_same_cases(posts, threads):
    glances = glance_at(posts, make_accounts(BRANDS), BRANDS)
    assert "text" not in glances.columns
    found = build_threads(glances, BRANDS, as_of=END)
    for name in ("members", "targets", "deletions"):
        assert_frame_equal(getattr(found, name), getattr(threads, name))
    assert found.members["untagged"].any()
    alone = BRANDS[:1]  # who has no keyword queries
    glances = glance_at(posts, make_accounts(alone), alone)
    assert glances["queried"].list.len().max() == 0
    assert_frame_equal(
        build_threads(glances, alone, as_of=END).members,
        build_threads(posts, alone, as_of=END).members,
    )


def test_a_post_is_in_one_part_with_all_that_it_is_read_by(threads):
    parts = assign_parts(list_people(threads), 7)
    assert parts["post"].is_unique().all()
    assert parts["part"].n_unique() > 3
    place = dict(parts.iter_rows())
    for _, posts in threads.members.group_by("case"):
        assert len({place[post] for post in posts["post"]}) == 1
    readable = list_readable_posts(threads, BRANDS)
    assert set(readable["post"]) <= set(place)
    for post, previous in readable.select("post", "previous").drop_nulls().iter_rows():
        assert place[post] == place[previous]
    people = threads.members.join(parts, on="post").group_by("brand", "platform", "customer")
    assert people.agg(pl.col("part").n_unique())["part"].max() == 1
