"""Whatever comes in whichever order, what is stored is the same."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from listener.posts import OPEN_VISIBILITIES
from listener.store.tables import METADATA
from tests.builders import START, make_post

SEEN_AT = START + timedelta(days=30)
SPARSE = {
    "language": None,
    "url": None,
    "conversation_id": None,
    "reply_to_id": None,
    "mentions": (),
    "replies_announced": None,
    "author_name": "",
    "aliases": (),
}
ours = settings(
    max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)


@st.composite
def histories(draw):
    """Return sightings of a few posts: versions with times, sparse ones, edits, deletions."""
    sightings = []
    for number in range(draw(st.integers(1, 4))):
        post_id = str(100 + 10 * number)
        post = make_post(
            draw(st.text(max_size=20)).replace("\x00", ""),
            platform=draw(st.sampled_from(["x", "mastodon"])),
            post_id=post_id,
            author=f"user{number}",
            author_name="Name",
            at=number,
            reply_to=draw(st.sampled_from([None, "100", "111", "999"])),
            conversation_id="100",
            url=f"https://x.example/{number}",
            mentions=("acme",),
            replies_announced=number,
            aliases=tuple(str(int(post_id) + n) for n in range(1, draw(st.integers(1, 3)))),
        )
        sightings += draw(st.lists(sightings_of(post), min_size=1, max_size=5))
    return sightings


@st.composite
def sightings_of(draw, post):
    version, aliases = draw(st.integers(0, 2)), post.aliases
    if version:
        edited_at = post.created_at + timedelta(hours=version)
        post = replace(post, text=f"version {version}", edited_at=edited_at)
    sparse = draw(st.sets(st.sampled_from(sorted(SPARSE))))
    post = replace(post, **{name: SPARSE[name] for name in sparse})
    if draw(st.integers(0, 4)) == 0:
        visibility = draw(st.sampled_from(["unlisted", "private", "direct"]))
        post = replace(post, visibility=visibility)
    if draw(st.integers(0, 9)) == 0:
        return replace(post, deleted_at=SEEN_AT)
    if 0 < version <= len(aliases) and draw(st.booleans()):
        # The edit as a post of its own, as X gives it to those who ask for nothing more.
        own_id, *later = aliases[version - 1 :]
        return replace(
            post,
            post_id=own_id,
            created_at=post.edited_at,
            edited_at=None,
            aliases=tuple(later) if post.aliases else (),
        )
    return post


def wipe(store):
    with store._database.writing() as connection:
        for table in METADATA.sorted_tables:
            connection.execute(table.delete())


def is_private(post):
    return post.visibility not in OPEN_VISIBILITIES


def read_all(store):
    both = list(store.iter_posts(include_private=True))
    return both, store.load_posts(), store.load_private_posts()


def assert_same(store, expected):
    both, public, private = read_all(store)
    assert both == expected[0]
    assert_frame_equal(public, expected[1])
    assert_frame_equal(private, expected[2])


def save_all(store, posts, batch=100, parts=1):
    size = max(1, len(posts) // parts)
    for start in range(0, len(posts), size):
        store.save_posts(posts[start : start + size], seen_at=SEEN_AT, batch=batch)


@ours
@given(data=st.data(), posts=histories())
def test_any_order_and_any_split_into_batches_gives_the_same_posts(store, data, posts):
    wipe(store)
    save_all(store, posts)
    expected = read_all(store)
    wipe(store)
    shuffled = data.draw(st.permutations(posts))
    batch, parts = data.draw(st.integers(1, 7)), data.draw(st.integers(1, 3))
    save_all(store, shuffled, batch=batch, parts=parts)
    assert_same(store, expected)


@ours
@given(posts=histories())
def test_saving_twice_changes_nothing(store, posts):
    wipe(store)
    save_all(store, posts)
    expected = read_all(store)
    again = store.save_posts(posts, seen_at=SEEN_AT + timedelta(days=1))
    assert again.unchanged == again.read == len(posts)
    assert_same(store, expected)


@ours
@given(posts=histories())
def test_an_export_saved_into_an_empty_store_gives_the_same_posts(store, posts):
    wipe(store)
    save_all(store, posts)
    expected = read_all(store)
    wipe(store)
    save_all(store, expected[0])
    assert_same(store, expected)


@ours
@given(posts=histories())
def test_each_sighting_is_counted_once_and_each_post_is_new_once(store, posts):
    wipe(store)
    counts = store.save_posts(posts, seen_at=SEEN_AT, batch=3)
    assert counts.read == counts.new + counts.changed + counts.unchanged == len(posts)
    assert counts.new >= store.load_posts().height + store.load_private_posts().height


@ours
@given(posts=histories(), number=st.integers(0, 3))
def test_a_forgotten_person_never_comes_back(store, posts, number):
    wipe(store)
    save_all(store, posts)
    for platform in ("x", "mastodon"):
        store.forget_account(platform, f"user{number}")
    expected, _, _ = read_all(store)
    save_all(store, posts)
    left = list(store.iter_posts(include_private=True))
    assert f"user{number}" not in {post.author_handle for post in left}
    assert len(left) <= len(expected)


@ours
@given(posts=histories())
def test_each_post_is_in_one_place_and_private_if_it_was_ever_seen_so(store, posts):
    wipe(store)
    save_all(store, posts, batch=2)
    both, public, private = read_all(store)
    names = [(post.platform, name) for post in both for name in (post.post_id, *post.aliases)]
    assert len(names) == len(set(names))
    keys = ["platform", "post_id"]
    assert public.join(private, on=keys).is_empty()
    assert {post.visibility in OPEN_VISIBILITIES for post in store.iter_posts()} <= {True}
    seen = {(post.platform, post.post_id) for post in posts if is_private(post)}
    hidden = {
        (post.platform, name)
        for post in both
        if is_private(post)
        for name in (post.post_id, *post.aliases)
    }
    assert seen <= hidden
