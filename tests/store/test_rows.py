from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listener.store.rows import clean_id, clean_text, make_post, make_sightings, order_ids
from tests.builders import START
from tests.builders import make_post as build_post


def back_and_forth(post):
    (sighting,) = make_sightings([post])
    return make_post(sighting.row, sighting.aliases)


def test_a_post_comes_back_as_it_was():
    post = build_post(
        "@acme “Hello” 🙂",
        author_name="Änna",
        reply_to="7",
        quote_of_id="8",
        url="https://x.example/1",
        visibility="unlisted",
        edited_at=START + timedelta(minutes=1),
        replies_announced=0,
        aliases=("9", "10"),
    )
    assert back_and_forth(post) == post


@given(st.text(), st.text(), st.lists(st.text(), max_size=3))
def test_any_text_without_nul_and_half_characters_comes_back(text, name, mentions):
    def clean(words):
        return words.replace("\x00", "")

    post = build_post(
        clean(text), author_name=clean(name), mentions=[clean(each) for each in mentions]
    )
    assert back_and_forth(post) == post


@pytest.mark.parametrize(
    ("field", "dirty", "clean"),
    [
        ("text", "a\x00b", "ab"),
        ("text", "a\ud83d", "a\ufffd"),
        ("author_name", "\udc00", "\ufffd"),
        ("url", "https://x\x00", "https://x"),
        ("post_id", "1\x002", "12"),
        ("mentions", ("ac\x00me", "\ud800"), ("acme", "\ufffd")),
        ("aliases", ("\x001",), ("1",)),
        ("replies_announced", 10**30, None),
    ],
)
def test_what_postgresql_cannot_store_is_taken_out(field, dirty, clean):
    assert getattr(back_and_forth(replace(build_post(), **{field: dirty})), field) == clean


def test_one_dirty_post_does_not_change_its_neighbours():
    posts = [build_post("fine ✓"), build_post("a\x00b"), build_post("\\u0000 as words")]
    assert [sighting.row.text for sighting in make_sightings(posts)] == [
        "fine ✓",
        "ab",
        "\\u0000 as words",
    ]


def test_a_very_long_id_is_shortened_to_the_same_one_everywhere():
    long = "https://social.example/" + "a" * 10_000
    post = back_and_forth(build_post(post_id=long, reply_to=long + "b", aliases=(long + "c",)))
    assert post.post_id == clean_id(long)
    assert len({post.post_id, post.reply_to_id, *post.aliases}) == 3
    assert all(len(each) < 600 for each in (post.post_id, post.reply_to_id, *post.aliases))


def test_cleaning_is_done_after_one_round():
    assert clean_text(clean_text("\x00\ud800")) == "\ufffd"
    assert clean_id("short") == "short"
    assert clean_id(clean_id("a" * 3000)) == clean_id("a" * 3000)


def test_a_deleted_post_is_taken_without_its_words():
    post = back_and_forth(build_post("words", author_name="Anna", deleted_at=START))
    assert (post.text, post.author_name) == ("", "")


def test_a_naive_time_is_refused():
    naive = START.replace(tzinfo=None)
    with pytest.raises(ValueError, match="no time zone"):
        make_sightings([replace(build_post(), created_at=naive)])


def test_the_shorter_number_is_the_older_id():
    assert sorted(["100", "20", "3"], key=order_ids) == ["3", "20", "100"]
