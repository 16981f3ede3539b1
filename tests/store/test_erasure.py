from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from polars.testing import assert_frame_equal

from listener.errors import ConfigError
from listener.posts import Account
from listener.store.store import Store
from tests.builders import START, make_post, talk

SEEN_AT = START + timedelta(days=30)
DELETED_AT = START + timedelta(days=2)


def save(store, *posts):
    return store.save_posts(posts, seen_at=SEEN_AT)


def load_texts(store):
    return store.load_posts()["text"].to_list()


THREAD = talk("anna: @acme my phone is dead", "acme: @anna Sorry! Please DM us", "anna: @acme done")
SECOND_HALF = make_post("1/2 … and restart it", author="acme", reply_to=THREAD[1], at=9)
BY_BEA = make_post("@Anna @acme same here, @ANNA!", author="bea", reply_to=THREAD[0], at=10)
ABOUT = make_post("poor @anna, see x.com/anna/status/1 and @annabel", author="carl", at=11)
UNRELATED = make_post("@acme hello", author="dora", at=12)
EVERYTHING = [*THREAD, SECOND_HALF, BY_BEA, ABOUT, UNRELATED]


def test_a_forgotten_person_is_gone_and_the_others_stay(store):
    save(store, *EVERYTHING)
    counts = store.forget_account("x", "@Anna")
    assert (counts.posts, counts.replies, counts.masked) == (2, 2, 2)
    assert load_texts(store) == [
        "@… @acme same here, @…!",
        "poor @…, see x.com/@… and @annabel",
        "@acme hello",
    ]


def test_nothing_in_the_rows_names_the_person(store):
    save(store, *EVERYTHING)
    store.forget_account("x", "anna")
    frame = store.load_posts().drop("text")
    assert "'anna'" not in str(frame.to_dicts())
    reply = frame.row(0, named=True)
    assert reply["mentions"] == ["acme"]
    assert reply["reply_to_author_id"] is None
    assert reply["reply_to_id"].startswith("forgotten:")


def test_an_old_archive_does_not_bring_the_person_back(store):
    save(store, *EVERYTHING)
    store.forget_account("x", "anna")
    before = store.load_posts()
    counts = save(store, *EVERYTHING)
    assert (counts.refused, counts.unchanged, counts.read) == (4, 3, 7)
    assert_frame_equal(store.load_posts(), before)
    assert store.load_edits("x", BY_BEA.post_id) == []


def test_whoever_was_never_seen_can_be_forgotten_beforehand(store):
    counts = store.forget_account("x", "anna")
    assert (counts.posts, counts.replies, counts.masked) == (0, 0, 0)
    assert save(store, *EVERYTHING).refused == 3
    assert "@anna " not in " ".join(load_texts(store)).lower()


def test_forgetting_before_and_after_the_import_comes_to_the_same(store):
    save(store, THREAD[0])
    store.forget_account("x", "anna")
    save(store, *EVERYTHING)
    late = store.load_posts()
    assert late["post_id"].to_list()[-3:] == [BY_BEA.post_id, ABOUT.post_id, UNRELATED.post_id]
    assert late.height == 4  # the second half of an answer that was never stored
    store.forget_account("x", "anna")
    assert store.load_posts().height == 4


def test_the_person_is_found_by_id_and_by_former_handles(store):
    renamed = make_post("new name", author="anna2", author_id="77", at=1)
    named_before = make_post("hey @anna1 and @anna2", author="bea", at=2)
    save(store, make_post("old name", author="anna1", author_id="77"), renamed, named_before)
    counts = store.forget_account("x", "77")
    assert (counts.posts, counts.masked) == (2, 1)
    assert load_texts(store) == ["hey @… and @…"]
    assert save(store, replace(renamed, author_handle="anna3", post_id="9")).refused == 1
    assert save(store, make_post("mine now", author="anna1", author_id="78")).refused == 1


def test_a_mastodon_person_is_masked_with_and_without_the_server(store):
    bea = make_post(
        "@acme ask @anna or @anna@social.example, not @anna@other.example",
        author="bea@social.example",
        mentions=("acme@social.example", "anna@social.example", "anna@other.example"),
    )
    other = make_post("@anna", author="bea@social.example", mentions=("anna@other.example",), at=1)
    save(store, make_post("hello", author="anna@social.example"), bea, other)
    store.forget_account("mastodon", "@Anna@social.example")
    assert load_texts(store) == ["@acme ask @… or @…, not @anna@other.example", "@anna"]
    assert store.load_posts()["mentions"].to_list()[0] == [
        "acme@social.example",
        "anna@other.example",
    ]


@pytest.mark.parametrize("handle", ["anna@localhost:8080", "anna@a.example"])
def test_what_follows_a_host_may_be_a_port_or_a_time(store, handle):
    save(
        store,
        make_post(f"poor @{handle}:12 or @{handle}", platform="mastodon", author="b@a.example"),
    )
    store.forget_account("mastodon", handle)
    assert handle not in load_texts(store)[0]


def test_the_same_handle_on_another_platform_is_another_person(store):
    save(store, make_post("mine", author="anna"))
    assert store.forget_account("mastodon", "anna").posts == 0
    assert load_texts(store) == ["mine"]


def test_earlier_texts_are_erased_and_masked_too(store):
    own = make_post("before", author="anna", post_id="1")
    others = make_post("@acme hi @anna", author="bea", post_id="2", at=1)
    save(store, own, others)
    save(store, replace(own, text="after"), replace(others, text="nothing", mentions=()))
    counts = store.forget_account("x", "anna")
    assert counts.edits == 2
    assert store.load_edits("x", "1") == []
    assert [edit.text for edit in store.load_edits("x", "2")] == ["@acme hi @…"]


def test_references_by_an_alias_are_hidden_as_well(store):
    save(store, make_post(author="anna", post_id="100", aliases=("105",)))
    save(store, make_post("@acme quoting", author="bea", post_id="200", quote_of_id="105", at=1))
    assert store.forget_account("x", "anna").aliases == 1
    assert store.load_posts()["quote_of_id"].to_list()[0].startswith("forgotten:")
    assert next(iter(store.iter_posts())).aliases == ()


def test_threads_of_a_forgotten_person_stay_together(store):
    root = make_post("@acme dead", author="anna", post_id="1", conversation_id="1")
    others = [
        make_post("@acme too", author=name, conversation_id="1", at=1) for name in ("bea", "carl")
    ]
    save(store, root, *others)
    store.forget_account("x", "anna")
    assert save(store, *others).unchanged == 2
    (conversation,) = store.load_posts()["conversation_id"].unique().to_list()
    assert conversation.startswith("forgotten:")


def test_two_people_can_be_forgotten_one_after_the_other(store):
    save(store, *EVERYTHING)
    store.forget_account("x", "anna")
    store.forget_account("x", "bea")
    assert load_texts(store)[-1] == "@acme hello"
    assert save(store, *EVERYTHING).refused == 5


def test_forgetting_twice_changes_nothing_more(store):
    save(store, *EVERYTHING)
    store.forget_account("x", "anna")
    before = store.load_posts()
    counts = store.forget_account("x", "anna")
    assert (counts.posts, counts.replies, counts.masked, counts.edits) == (0, 0, 0, 0)
    assert_frame_equal(store.load_posts(), before)


@pytest.mark.parametrize("account", ["@ACME", "acme"])
def test_a_brand_is_not_forgotten_by_mistake(store, account):
    save(store, *EVERYTHING)
    brand = Account(platform="x", handle="Acme")
    with pytest.raises(ConfigError, match=r"acme.*configured brand|ACME.*configured brand"):
        store.forget_account("x", account, protected=[brand])
    assert store.load_posts().height == len(EVERYTHING)


def test_what_remains_of_a_person_cannot_be_read(store):
    save(store, *EVERYTHING)
    store.forget_account("x", "anna")
    with store._database.reading() as connection:
        rows = connection.exec_driver_sql("SELECT platform, digest FROM forgotten").all()
    assert rows
    assert all(len(digest) == 32 and set(digest) <= set("0123456789abcdef") for _, digest in rows)


def test_two_stores_have_different_hashes(tmp_path):
    digests = []
    for name in ("a", "b"):
        with Store.open(f"sqlite:///{tmp_path}/{name}.db") as store:
            store.forget_account("x", "anna")
            with store._database.reading() as connection:
                digests.append(set(connection.exec_driver_sql("SELECT digest FROM forgotten")))
    assert not digests[0] & digests[1]


def test_no_byte_of_a_forgotten_person_stays_in_the_file(sqlite_url):
    people = [make_post(f"@acme hello {n}", author=f"user{n}", at=n) for n in range(2_000)]
    anna = make_post("my unmistakable words", author="unmistakable_anna", at=3)
    edited = replace(anna, text="other unmistakable words")
    bea = make_post("look, @unmistakable_anna", author="bea", at=4)
    with Store.open(sqlite_url) as store:
        save(store, *people[:1000], anna, bea, *people[1000:])
        save(store, edited)
        store.forget_account("x", "unmistakable_anna")
        folder = Path(sqlite_url.removeprefix("sqlite:///")).parent
        content = b"".join(path.read_bytes() for path in folder.iterdir())
    assert b"@acme hello 1999" in content
    assert b"unmistakable" not in content


def test_a_deleted_post_loses_its_words_and_keeps_its_place(store):
    save(store, *THREAD)
    assert store.mark_deleted("x", [THREAD[0].post_id], at=DELETED_AT) == 1
    row = store.load_posts().row(0, named=True)
    assert (row["text"], row["author_name"], row["deleted_at"]) == ("", "", DELETED_AT)
    assert row["author_id"] == "anna"
    assert store.load_posts().height == 3


def test_a_deletion_is_counted_once_and_unknown_posts_never(store):
    save(store, *THREAD)
    ids = [post.post_id for post in THREAD]
    assert store.mark_deleted("x", [*ids[:2], "unknown"], at=DELETED_AT) == 2
    assert store.mark_deleted("x", ids, at=DELETED_AT + timedelta(days=1)) == 1
    assert store.load_posts()["deleted_at"].to_list()[0] == DELETED_AT
    assert store.mark_deleted("x", [], at=DELETED_AT) == 0


def test_an_archive_does_not_bring_deleted_words_back(store):
    save(store, *THREAD)
    store.mark_deleted("x", [THREAD[0].post_id], at=DELETED_AT)
    assert save(store, *THREAD).unchanged == 3
    assert load_texts(store)[0] == ""


def test_a_deletion_by_an_alias_takes_the_post_and_its_earlier_texts(store):
    post = make_post("before", post_id="100", aliases=("105",))
    save(store, post, replace(post, text="after"))
    assert store.mark_deleted("x", ["105"], at=DELETED_AT) == 1
    assert load_texts(store) == [""]
    assert store.load_edits("x", "100") == []
