"""What must hold for any posts whatever."""

from dataclasses import replace
from datetime import timedelta

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from listener.posts import BRAND_LABELS, CUSTOMER_LABELS
from tests.measure.world import ACME, BOLT, World

pytestmark = pytest.mark.long

PEOPLE = ("anna", "ben", "cem", "acme", "bolt")
DURATIONS = ("first_reply_seconds", "first_helpful_seconds")
STORY = (
    "brand",
    "customer",
    "opening_post",
    "segment",
    "handling",
    "outcome",
    "fate",
    "chases",
    *DURATIONS,
)
quick = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def worlds(draw, prefix=""):
    """Draw a world of up to twenty posts with any links, mentions and labels."""
    world = World(ACME, BOLT)
    for n in range(draw(st.integers(1, 20))):
        who = draw(st.sampled_from(PEOPLE))
        side = BRAND_LABELS if who in ("acme", "bolt") else CUSTOMER_LABELS
        named = draw(st.lists(st.sampled_from(PEOPLE), max_size=2, unique=True))
        to = draw(st.one_of(st.none(), st.integers(0, 20)))
        world.say(
            who if who in ("acme", "bolt") else prefix + who,
            " ".join(f"@{name if name in ('acme', 'bolt') else prefix + name}" for name in named)
            + draw(st.sampled_from([" hello", " we know", " thanks"])),
            at=timedelta(seconds=draw(st.integers(0, 40 * 86400))),
            to=None if to is None else f"{prefix}{to}",
            post_id=f"{prefix}{n}",
            labels=" ".join(draw(st.lists(st.sampled_from(side), max_size=3))),
        )
    return world


def story(world, **options):
    """Return what is known of each case, in a fixed order."""
    return world.tables(**options).cases.select(STORY).sort("brand", "opening_post", "customer")


@quick
@given(worlds(), st.integers(-3000, 3000))
def test_shifting_all_times_changes_no_duration(world, hours):
    before = story(world)
    shift = timedelta(hours=hours)
    world.posts = [replace(post, created_at=post.created_at + shift) for post in world.posts]
    assert_frame_equal(before, story(world, as_of=timedelta(days=60) + shift))


@quick
@given(worlds(), st.randoms())
def test_any_order_of_import_gives_the_same_cases(world, random):
    before = world.tables()
    random.shuffle(world.posts)
    after = world.tables()
    assert_frame_equal(before.cases, after.cases)
    assert_frame_equal(before.turns, after.turns)
    assert_frame_equal(before.replies, after.replies)


@quick
@given(worlds(), worlds(prefix="other"))
def test_adding_unrelated_cases_changes_no_other_case(world, other):
    before = story(world)
    both = World(ACME, BOLT)
    both.posts = [*world.posts, *other.posts]
    both.labels = world.labels | other.labels
    mine = both.tables().cases.filter(~pl.col("opening_post").str.starts_with("other"))
    kept = mine.select(STORY).sort("brand", "opening_post", "customer")
    alike = ["handling", "outcome", "fate", "chases", *DURATIONS]
    assert_frame_equal(before.drop(alike), kept.drop(alike))
    if not _has_automatic(both) and not _has_automatic(world):
        assert_frame_equal(before, kept)


def _has_automatic(world):
    return world.threads().members["automatic"].any()


@quick
@given(worlds())
def test_every_post_of_a_case_is_there_once_and_every_case_adds_up(world):
    tables = world.tables()
    posts = tables.case_posts
    assert not posts.select("case", "post").is_duplicated().any()
    counted = posts.group_by("case").agg(
        (pl.col("side") == "customer").sum().alias("customer_posts"),
        ((pl.col("side") == "brand") & ~pl.col("automatic")).sum().alias("replies"),
    )
    columns = ["case", "customer_posts", "replies"]
    assert_frame_equal(
        tables.cases.select(columns).sort("case"),
        counted.select(columns).sort("case"),
        check_dtypes=False,
    )


@quick
@given(worlds())
def test_one_row_for_each_customer_brand_conversation_and_segment(world):
    cases = world.tables().cases
    key = ["brand", "platform", "customer", "conversation", "segment"]
    assert not cases.select(key).is_duplicated().any()
    assert not cases["case"].is_duplicated().any()


@quick
@given(worlds())
def test_durations_are_never_negative_and_never_longer_than_observation(world):
    cases = world.tables().cases
    for name in DURATIONS:
        known = cases.filter(pl.col(name).is_not_null())
        longest = (pl.col("observed_until") - pl.col("opened_at")).dt.total_microseconds() / 1e6
        assert known.select((pl.col(name) >= 0).all()).item()
        assert known.select((pl.col(name) <= longest + 300).all()).item()
