from datetime import timedelta

import pytest

from listener.store.columns import count_microseconds, make_moment
from listener.store.merging import make_edit, make_edit_of, merge_rows
from listener.store.rows import make_sightings
from tests.builders import START, make_post

SEEN_AT = count_microseconds(START + timedelta(days=30))
LATER = START + timedelta(hours=1)
EVEN_LATER = START + timedelta(hours=2)


def row(text="it is broken", **fields):
    fields = {"post_id": "1", "mentions": ()} | fields
    (sighting,) = make_sightings([make_post(text, **fields)])
    return sighting.row


def merge(stored, incoming, edits=()):
    return merge_rows(stored, incoming, edits, seen_at=SEEN_AT)


def test_the_same_sighting_changes_nothing():
    assert merge(row(), row()) == (row(), None)


@pytest.mark.parametrize(
    "known",
    [
        {"language": "de"},
        {"url": "https://x.example/1"},
        {"conversation_id": "7"},
        {"reply_to": "6"},
        {"reply_to_author_id": "5"},
        {"quote_of_id": "4"},
        {"replies_announced": 3},
        {"author_name": "Anna"},
        {"mentions": ("acme",)},
        {"edited_at": LATER},
    ],
)
def test_a_sparse_sighting_erases_nothing_and_a_rich_one_fills_it(known):
    rich, sparse = row(**{"language": None} | known), row(language=None)
    assert merge(rich, sparse) == (rich, None)
    assert merge(sparse, rich) == (rich, None)


def test_a_new_text_keeps_the_earlier_one_and_the_time_of_the_platform():
    merged, edit = merge(row("before"), row("after", edited_at=LATER))
    assert merged == row("after", edited_at=LATER)._replace(seen_at=SEEN_AT)
    assert (edit.text, edit.written_at, edit.seen_at) == (
        "before",
        count_microseconds(START),
        SEEN_AT,
    )


def test_words_keep_the_moment_at_which_they_were_seen_first():
    known = row("words")._replace(seen_at=SEEN_AT - 5)
    assert merge(known, row("words"))[0].seen_at == SEEN_AT - 5
    assert merge(known, row("words", language="de"))[0].seen_at == SEEN_AT - 5
    assert merge(known, row("other words"))[0].seen_at == SEEN_AT
    dated = row("words", edited_at=LATER)._replace(seen_at=SEEN_AT - 5)
    older = merge(dated, row("before"))[0]
    assert (older.text, older.seen_at) == ("words", SEEN_AT - 5)


def test_a_new_text_without_a_time_is_dated_by_the_moment_of_seeing():
    merged, edit = merge(row("before"), row("after"))
    assert (merged.text, merged.edited_at) == ("after", SEEN_AT)
    assert edit.text == "before"


def test_an_older_text_is_kept_as_an_earlier_one_only():
    stored = row("after", edited_at=LATER)
    merged, edit = merge(stored, row("before"))
    assert merged == stored
    assert edit.text == "before"
    assert merge(stored, row("before"), [edit]) == (stored, None)


def test_the_newer_of_two_dated_texts_stays_whichever_comes_first():
    older, newer = row("older", edited_at=LATER), row("newer", edited_at=EVEN_LATER)
    both = (merge(older, newer)[0], merge(newer, older)[0])
    assert [each._replace(seen_at=None) for each in both] == [newer, newer]


def test_a_known_earlier_text_does_not_come_back():
    stored, edit = merge(row("before"), row("after"))
    assert merge(stored, row("before"), [edit]) == (stored, None)


def test_a_third_text_without_a_time_is_newer_than_one_we_dated_ourselves():
    stored, edit = merge(row("first"), row("second"))
    assert merge(stored, row("third"), [edit])[0].text == "third"


def test_the_time_of_the_platform_replaces_the_moment_of_seeing():
    stored, edit = merge(row("before"), row("after"))
    merged, _ = merge(stored, row("after", edited_at=LATER), [edit])
    assert make_moment(merged.edited_at) == LATER


def test_a_text_that_was_edited_back_is_the_current_one():
    first = row("good")
    second, edit = merge(first, row("bad", edited_at=LATER))
    third, other = merge(second, row("good", edited_at=EVEN_LATER), [edit])
    assert (third.text, other.text) == ("good", "bad")


def test_mentions_that_an_edit_took_out_are_gone():
    merged, _ = merge(row("@acme", mentions=("acme",)), row("no one", edited_at=LATER))
    assert merged.mentions == "[]"


LONG = "word " * 60


@pytest.mark.parametrize("end", ["…", "… https://t.co/abcDEF123"])
def test_a_text_that_the_platform_cut_is_no_edit(end):
    full, cut = row(LONG), row(LONG[:270].strip() + end)
    assert merge(full, cut) == (full, None)
    assert merge(cut, full) == (full, None)


def test_a_short_text_with_dots_is_no_cut_one():
    assert merge(row("well… what now"), row("well…"))[1] is not None


def test_a_deleted_post_stays_deleted_and_without_words():
    deleted = row("", deleted_at=LATER)
    for merged, edit in (merge(deleted, row("my words")), merge(row("my words"), deleted)):
        assert (merged.text, merged.author_name, edit) == ("", "", None)
        assert make_moment(merged.deleted_at) == LATER


def test_the_first_of_two_deletions_counts():
    merged, _ = merge(row("", deleted_at=EVEN_LATER), row("", deleted_at=LATER))
    assert make_moment(merged.deleted_at) == LATER


@pytest.mark.parametrize("order", [1, -1])
def test_a_private_post_never_becomes_public(order):
    rows = [row(visibility="direct"), row(visibility="public")][::order]
    assert merge(*rows)[0].visibility == "direct"


def test_an_edit_seen_alone_is_dated_by_its_own_creation():
    edit_post = row("after", post_id="2", at=60)
    merged, edit = merge(row("before"), make_edit_of(edit_post, "1"))
    assert (merged.post_id, merged.text, edit.text) == ("1", "after", "before")
    assert make_moment(merged.edited_at) == LATER
    assert make_moment(merged.created_at) == START


def test_earlier_texts_of_one_post_are_told_apart_by_their_words():
    assert make_edit(row("a"), 1).digest == make_edit(row("a"), 2).digest
    assert make_edit(row("a"), 1).digest != make_edit(row("b"), 1).digest
