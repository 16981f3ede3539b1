from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from listener.store.saving import SaveCounts
from listener.store.store import Store
from tests.builders import START, make_post, talk

SEEN_AT = START + timedelta(days=30)
LATER = START + timedelta(hours=1)


def save(store, *posts, **options):
    return store.save_posts(posts, seen_at=SEEN_AT, **options)


def count(counts):
    return counts.read, counts.new, counts.changed, counts.unchanged, counts.refused


def load_texts(store):
    return dict(store.load_posts().select("post_id", "text").iter_rows())


def test_new_posts_are_counted_once_and_known_ones_as_unchanged(store):
    posts = talk("anna: my phone is dead", "acme: @anna try again")
    assert count(save(store, *posts)) == (2, 2, 0, 0, 0)
    assert count(save(store, *posts)) == (2, 0, 0, 2, 0)
    assert store.load_posts().height == 2


def test_no_posts_at_all_are_no_trouble(store):
    assert save(store) == SaveCounts()


def test_counts_tell_each_platform_and_its_span(store):
    counts = save(
        store,
        make_post(at=5),
        make_post(at=1),
        make_post(author="bea@social.example", at=3),
    )
    assert list(counts.platforms) == ["mastodon", "x"]
    x = counts.platforms["x"]
    assert (x.read, x.new) == (2, 2)
    assert (x.oldest, x.newest) == (START + timedelta(minutes=1), START + timedelta(minutes=5))
    mastodon = counts.platforms["mastodon"]
    assert mastodon.oldest == mastodon.newest == START + timedelta(minutes=3)


def test_the_same_id_on_two_platforms_is_two_posts(store):
    save(store, make_post(post_id="1"), make_post(post_id="1", platform="mastodon"))
    assert store.load_posts().height == 2


@pytest.mark.parametrize("batch", [1, 2, 100])
def test_several_sightings_in_one_call_are_merged(store, batch):
    post = make_post("before", post_id="1", language=None)
    counts = save(
        store,
        post,
        replace(post, language="en"),
        replace(post, text="after", edited_at=LATER),
        post,
        batch=batch,
    )
    assert count(counts) == (4, 1, 2, 1, 0)
    assert load_texts(store) == {"1": "after"}
    assert [edit.text for edit in store.load_edits("x", "1")] == ["before"]


def test_edits_are_listed_from_the_oldest(store):
    post = make_post("one", post_id="1")
    save(store, post)
    save(store, replace(post, text="three", edited_at=LATER + timedelta(hours=1)))
    save(store, replace(post, text="two", edited_at=LATER))
    edits = store.load_edits("x", "1")
    assert [edit.text for edit in edits] == ["one", "two"]
    assert [edit.written_at for edit in edits] == [START, LATER]
    assert {edit.seen_at for edit in edits} == {SEEN_AT}
    assert load_texts(store) == {"1": "three"}


def test_a_post_without_edits_has_none(store):
    save(store, make_post(post_id="1"))
    assert store.load_edits("x", "1") == store.load_edits("x", "none") == []


FIRST = make_post("frist", post_id="100", author="anna", at=0, aliases=("105",))
EDITED = replace(FIRST, text="first", edited_at=LATER)
EDIT_ALONE = replace(FIRST, post_id="105", text="first", created_at=LATER, aliases=())


@pytest.mark.parametrize(
    "sightings", [(FIRST, EDIT_ALONE), (EDIT_ALONE, FIRST), (EDIT_ALONE, EDITED, FIRST)]
)
@pytest.mark.parametrize("batch", [1, 10])
def test_an_edit_seen_alone_is_the_same_post(store, sightings, batch):
    save(store, *sightings, batch=batch)
    (row,) = store.load_posts().iter_rows(named=True)
    assert (row["post_id"], row["text"]) == ("100", "first")
    assert (row["created_at"], row["edited_at"]) == (START, LATER)
    assert [post.aliases for post in store.iter_posts()] == [("105",)]
    assert [edit.text for edit in store.load_edits("x", "105")] == ["frist"]


def test_the_edits_of_an_absorbed_post_stay_with_it(store):
    save(store, replace(EDIT_ALONE, text="firts"))
    save(store, replace(EDIT_ALONE, edited_at=LATER + timedelta(minutes=1)))
    save(store, FIRST)
    assert [edit.text for edit in store.load_edits("x", "100")] == ["frist", "firts"]
    assert load_texts(store) == {"100": "first"}


def test_a_chain_of_edits_that_come_to_light_one_by_one_is_one_post(store):
    third = replace(FIRST, post_id="109", text="3", created_at=START + timedelta(hours=2))
    save(store, replace(third, aliases=()))
    save(store, replace(EDIT_ALONE, aliases=("109",)))
    save(store, FIRST)
    assert load_texts(store) == {"100": "3"}
    assert [post.aliases for post in store.iter_posts()] == [("105", "109")]


def test_aliases_of_several_sightings_are_joined(store):
    save(store, replace(FIRST, aliases=("a/1",)))
    counts = save(store, replace(FIRST, aliases=("b/2",)))
    assert [post.aliases for post in store.iter_posts()] == [("a/1", "b/2")]
    assert counts.unchanged == 1


def test_posts_that_call_each_other_an_alias_end_no_program(store):
    one = make_post("one", post_id="1", aliases=("2", "1"))
    two = make_post("two", post_id="2", aliases=("1",), at=1)
    save(store, one, two)
    save(store, two, one)
    assert list(load_texts(store)) == ["1"]


@pytest.mark.parametrize("order", [1, -1])
def test_an_alias_that_two_posts_claim_goes_to_the_older_one(store, order):
    posts = [make_post(post_id="1", aliases=("9",)), make_post(post_id="2", aliases=("9",))]
    for post in posts[::order]:
        save(store, post)
    assert {post.post_id: post.aliases for post in store.iter_posts()} == {"1": ("9",), "2": ()}


def test_a_deletion_in_an_export_takes_the_earlier_texts_along(store):
    post = make_post("before", post_id="1")
    save(store, post, replace(post, text="after"))
    save(store, replace(post, text="", deleted_at=LATER))
    assert load_texts(store) == {"1": ""}
    assert store.load_edits("x", "1") == []


def test_posts_come_from_a_stream_that_is_never_held_as_a_whole(store):
    waiting = []

    def stream():
        for number in range(30):
            waiting.append(number)
            yield make_post(post_id=str(number))

    save(store, *(), batch=10)
    store.save_posts(stream(), seen_at=SEEN_AT, batch=10)
    assert store.load_posts().height == 30


def test_an_error_in_the_input_leaves_nothing(store):
    def stream():
        yield from (make_post() for _ in range(25))
        msg = "the file is broken"
        raise ValueError(msg)

    with pytest.raises(ValueError, match="the file is broken"):
        store.save_posts(stream(), seen_at=SEEN_AT, batch=10)
    assert store.load_posts().height == 0
    with pytest.raises(ValueError, match="the file is broken"):
        store.save_posts(stream(), seen_at=SEEN_AT, batch=10, commit_each_batch=True)
    assert store.load_posts().height == 20


def test_hostile_texts_are_stored(store):
    texts = ["a\x00b", "half \ud83d", "<script>", "\u202eevil", "x" * 1_000_000, "'; DROP TABLE"]
    save(store, *(make_post(text, post_id=str(n)) for n, text in enumerate(texts)))
    stored = load_texts(store)
    assert stored["0"] == "ab"
    assert stored["1"] == "half \ufffd"
    assert [stored[str(n)] for n in range(2, 6)] == texts[2:]


def test_a_hostile_id_and_number_are_stored(store):
    post = make_post(post_id="https://social.example/" + "é" * 9_000, replies_announced=10**30)
    save(store, post)
    assert save(store, post).unchanged == 1


def test_import_records_are_made_for_each_platform(store):
    counts = save(store, make_post(), make_post(author="bea@social.example"))
    records = counts.make_import_records(
        file="a.jsonl", format="listener", imported_at=SEEN_AT, broken=3
    )
    assert [(each.platform, each.posts, each.broken) for each in records] == [
        ("mastodon", 1, 3),
        ("x", 1, 0),
    ]


def test_writers_at_the_same_time_wait_for_each_other(store, database_url):
    posts = [make_post(f"text {number}", post_id=str(number)) for number in range(200)]

    def write(text):
        with Store.open(database_url, wait_seconds=30) as own:
            return save(own, *(replace(post, text=text) for post in posts), batch=50)

    with ThreadPoolExecutor(4) as threads:
        counts = list(threads.map(write, ["one", "two", "one", "two"]))
    assert sum(each.new for each in counts) == 200
    assert store.load_posts().height == 200
    assert len(set(load_texts(store).values())) == 1
    assert all(len(store.load_edits("x", post.post_id)) == 1 for post in posts[:5])


def test_a_stream_may_keep_each_batch(store):
    counts = save(store, *(make_post() for _ in range(7)), batch=3, commit_each_batch=True)
    assert count(counts) == (7, 7, 0, 0, 0)
    assert store.load_posts().height == 7
