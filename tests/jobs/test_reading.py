"""After new posts only the cases that they touch are read again; figures stay what they are."""

import random
from dataclasses import replace
from datetime import timedelta

import pytest
from polars.testing import assert_frame_equal

from listener.errors import StoreError
from listener.jobs import reading
from listener.jobs.measuring import measure_store, measure_threads
from listener.label import kept, label_posts, load_phrases
from listener.measure.cases import build_threads
from listener.measure.tables import Tables
from listener.resources import phrases_dir
from tests.builders import START, make_brand, make_post

BRANDS = (make_brand("acme", handles=("AcmeHelp",)), make_brand("globe", handles=("GlobeAir",)))
END = START + timedelta(days=60)
ASKED = ("where is my parcel?", "my phone is dead, this is a joke", "wo bleibt mein Paket?")
ANSWERED = ("Sorry! Please send us a DM. ^KT", "Please restart it. ^JB", "Bitte per DN melden!")
WENT_ON = ("done, sent you a DM", "it works again, thank you!", "still nothing")


@pytest.fixture(scope="module")
def phrases():
    return load_phrases([phrases_dir()])


@pytest.fixture
def read(monkeypatch):
    """Look up labels in every store, however small, and note how many posts are read."""
    counts = []

    def label(posts, said):
        counts.append(posts.height)
        return label_posts(posts, said)

    monkeypatch.setattr(reading, "_WORTH_KEEPING", 0)
    monkeypatch.setattr(reading, "label_posts", label)
    monkeypatch.setattr(kept, "label_posts", label)
    return counts


def talk(number, chance, *, days=0):
    at = START + timedelta(days=days, minutes=number)
    handle = chance.choice(("AcmeHelp", "GlobeAir"))
    customer = f"anna{number % 7}"
    said = make_post(f"@{handle} {chance.choice(ASKED)}", author=customer, at=at)
    answer = make_post(
        f"@{customer} {chance.choice(ANSWERED)}",
        author=handle,
        at=at + timedelta(hours=1),
        reply_to=said,
    )
    end = make_post(
        f"@{handle} {chance.choice(WENT_ON)}",
        author=customer,
        at=at + timedelta(hours=2),
        reply_to=answer,
    )
    return [said, answer, end][: chance.randrange(1, 4)]


def measure(store, phrases, as_of=END):
    return measure_store(store, BRANDS, phrases, as_of=as_of, settle_days=7)


def assert_same(store, phrases, measured):
    """What was measured is what it would be if every post was read."""
    threads = build_threads(
        store.load_posts(until=measured.observation.as_of),
        BRANDS,
        as_of=measured.observation.as_of,
    )
    whole = measure_threads(threads, BRANDS, phrases, measured.observation)
    for name in Tables.__dataclass_fields__:
        assert_frame_equal(getattr(measured.tables, name), getattr(whole.tables, name))


def test_only_touched_cases_are_read_again(store, phrases, read):
    first = make_post("@AcmeHelp where is my parcel?", author="anna", at=START)
    second = make_post("@AcmeHelp my phone is dead", author="ben", at=START)
    store.save_posts([first, second], seen_at=START)
    measure(store, phrases)
    measure(store, phrases, END + timedelta(days=3))
    answer = make_post(
        "@anna Sorry! Please DM us. ^KT",
        author="AcmeHelp",
        at=START + timedelta(days=1),
        reply_to=first,
    )
    store.save_posts([answer], seen_at=START)
    measured = measure(store, phrases)
    assert read == [2, 2]  # nothing is to be read in between
    assert_same(store, phrases, measured)


def test_edits_and_deletions_are_read(store, phrases, read):
    first = make_post("@AcmeHelp where is my parcel?", author="anna", at=START)
    other = make_post("@AcmeHelp hello", author="ben", at=START)
    store.save_posts([first, other], seen_at=START)
    measure(store, phrases)
    edited = replace(first, text="@AcmeHelp it works again, thank you!", edited_at=END)
    store.save_posts([edited], seen_at=END)
    assert_same(store, phrases, measure(store, phrases))
    store.mark_deleted(first.platform, [first.post_id], at=END)
    assert_same(store, phrases, measure(store, phrases))
    assert read[:2] == [2, 1]


def test_other_phrases_read_everything(store, phrases, read, tmp_path):
    store.save_posts(talk(1, random.Random(1)), seen_at=START)  # noqa: S311 - no secret
    measure(store, phrases)
    (tmp_path / "en.toml").write_text('[customer.need]\nphrases = ["nobody ever said this"]\n')
    measure(store, load_phrases([tmp_path, phrases_dir()]))
    assert read[0] == read[1] > 0


@pytest.mark.parametrize("seed", range(2))
def test_figures_of_any_history_are_those_of_reading_everything(store, phrases, read, seed):
    chance = random.Random(seed)  # noqa: S311 - no secret
    for step in range(6):
        posts = [
            post
            for number in range(step * 20, step * 20 + 20)
            for post in talk(number, chance, days=chance.randrange(step * 3 + 1))
        ]
        chance.shuffle(posts)
        store.save_posts(posts, seen_at=START)
        if chance.random() < 0.5:
            gone = chance.choice(posts)
            store.mark_deleted(gone.platform, [gone.post_id], at=END)
        as_of = START + timedelta(days=chance.randrange(1, 40))
        assert_same(store, phrases, measure(store, phrases, as_of))
    by_keeping, by_reading_all = sum(read[::2]), sum(read[1::2])
    assert by_keeping < by_reading_all * 0.8


def test_what_nobody_needs_any_more_is_dropped(store, phrases, read):
    first = make_post("@AcmeHelp where is my parcel?", author="anna", at=START)
    store.save_posts([first], seen_at=START)
    for number in range(12):
        store.save_posts([replace(first, text=f"@AcmeHelp help {number}")], seen_at=START)
        measure(store, phrases)
    (content,) = store.load_kept_labels(kept.name_reading(phrases), [f"{START:%G-W%V}"]).values()
    assert content.height <= 4
    assert read == [1] * 12


def test_a_broken_record_is_read_anew(store, phrases, read):
    store.save_posts(talk(1, random.Random(1)), seen_at=START)  # noqa: S311 - no secret
    measure(store, phrases)
    with store._database.writing() as connection:
        connection.exec_driver_sql("UPDATE kept_labels SET content = x'00'")
    assert_same(store, phrases, measure(store, phrases))
    assert read[0] == read[1]


@pytest.mark.parametrize("method", ["load_kept_key", "load_kept_labels", "save_kept_labels"])
def test_nothing_fails_where_labels_cannot_be_kept(
    store, phrases, read, monkeypatch, caplog, method
):
    def fail(*_):
        msg = "the disk is full"
        raise StoreError(msg)

    store.save_posts(talk(1, random.Random(1)), seen_at=START)  # noqa: S311 - no secret
    monkeypatch.setattr(store, method, fail)
    assert_same(store, phrases, measure(store, phrases))
    assert "the disk is full" in caplog.text


def test_erasing_people_and_old_words_drops_what_was_read_of_them(store, phrases, read):
    reading_now, week = kept.name_reading(phrases), f"{START:%G-W%V}"
    posts = [
        make_post("@AcmeHelp where is my parcel?", author=name, at=START)
        for name in ("anna", "ben")
    ]
    store.save_posts(posts, seen_at=START)
    measure(store, phrases)
    store.forget_account(posts[0].platform, "anna")
    assert not store.load_kept_labels(reading_now, [week])
    measure(store, phrases)
    assert store.load_kept_labels(reading_now, [week])
    store.erase_old_texts(START + timedelta(days=30), private_before=None)
    assert not store.load_kept_labels(reading_now, [week])
