"""Old words and names go for good, the evidence stays: on both databases."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from listener.posts import Account
from listener.store.store import Store
from listener.store.visits import SavedVisit
from tests.builders import START, make_post, talk

DAY = timedelta(days=1)
OLD, BEFORE = START, START + 10 * DAY
NEW = START + 20 * DAY
ACME = (Account(platform="x", handle="acme"), Account(platform="mastodon", handle="acme@a.example"))


def erase(store, before=BEFORE, private_before=BEFORE, **options):
    return store.erase_old_texts(before, private_before=private_before, accounts=ACME, **options)


def uri(name, number=1):
    return f"https://social.example/users/{name}/statuses/{number}"


def read_all(store):
    return {post.post_id: post for post in store.iter_posts(include_private=True)}


def dump(store, tmp_path):
    """Return everything that the database holds, as one text."""
    path = tmp_path / f"dump{len(list(tmp_path.iterdir()))}.db"
    store.save_backup(path)
    with closing(sqlite3.connect(path)) as connection:
        return "\n".join(connection.iterdump())


def test_words_and_names_of_old_posts_go_and_times_and_links_stay(store, tmp_path):
    question, answer = talk(
        "anna: @acme my secret parcel is lost, says @bert",
        "+5m acme: @anna Sorry Anna, please DM us",
        author_name="Anna Smith",
    )
    question = replace(question, url="https://x.com/anna/status/1", author_id="4711")
    answer = replace(answer, author_id="99", reply_to_author_id="4711", author_name="Acme Help")
    store.save_posts([replace(question, text="@acme my secret parcel"), question], seen_at=OLD)
    store.save_posts([answer], seen_at=OLD)
    counts = erase(store)
    assert (counts.posts, counts.private, counts.edits) == (2, 0, 1)
    kept = read_all(store)
    asked, replied = kept[question.post_id], kept[answer.post_id]
    assert (asked.text, asked.language, asked.author_name, asked.url) == (
        "@acme",
        "x-erased",
        "",
        None,
    )
    assert asked.mentions[0] == "acme"
    assert all(name.startswith("erased:") for name in asked.mentions[1:])
    assert asked.author_id.startswith("erased:")
    assert asked.author_handle.startswith("erased:")
    assert asked.created_at == question.created_at
    assert (replied.author_id, replied.author_handle) == ("99", "acme")
    assert (replied.text, replied.author_name) == ("", "")
    assert replied.mentions == (asked.author_handle,)
    assert replied.reply_to_id == question.post_id
    assert replied.reply_to_author_id == asked.author_id
    everything = dump(store, tmp_path).casefold()
    for word in ("anna", "bert", "secret", "4711", "sorry", "smith", "acme help"):
        assert word not in everything, word


def test_younger_posts_stay_whole(store):
    old, new = make_post("old words", at=OLD), make_post("new words", at=NEW, author="ben")
    store.save_posts([old, new], seen_at=NEW)
    erase(store)
    assert read_all(store)[new.post_id] == new


def test_the_same_person_has_the_same_pseudonym_whenever_it_was_made(store):
    posts = [make_post("a", at=OLD + n * DAY) for n in range(0, 30, 15)]
    store.save_posts(posts, seen_at=NEW)
    erase(store)
    erase(store, before=NEW)
    assert len({post.author_id for post in store.iter_posts()}) == 1
    store.save_posts([make_post("b", at=OLD)], seen_at=NEW)
    assert len({post.author_id for post in store.iter_posts()}) == 1


def test_a_second_time_nothing_is_left_to_do(store):
    store.save_posts([make_post(at=OLD)], seen_at=NEW)
    assert erase(store).posts == 1
    assert erase(store).posts == 0


def test_held_posts_keep_their_words(store):
    held, other = make_post("held", at=OLD), make_post("other", at=OLD)
    store.save_posts([held, other], seen_at=NEW)
    assert erase(store, held={("x", held.post_id)}).posts == 1
    assert read_all(store)[held.post_id] == held
    store.save_posts([replace(held, replies_announced=4)], seen_at=NEW)
    assert read_all(store)[held.post_id].text == "held"
    assert read_all(store)[held.post_id].replies_announced == 4


def test_reading_old_posts_again_brings_no_word_back(store):
    question, answer = talk("anna: @acme my parcel", "+5m acme: @anna Sorry")
    store.save_posts([question, answer], seen_at=OLD)
    erase(store)
    before = read_all(store)
    counts = store.save_posts([question, answer], seen_at=NEW)
    assert (counts.unchanged, counts.new) == (2, 0)
    assert read_all(store) == before
    store.save_posts([replace(question, text="@acme rewritten", edited_at=NEW)], seen_at=NEW)
    assert "rewritten" not in str(read_all(store))


def test_old_posts_that_were_not_known_come_in_without_words(store):
    erase(store)
    question, answer, thanks = talk(
        "anna: @acme my parcel", "+5m acme: @anna Sorry", "+20d anna: @acme it came, thanks"
    )
    run = store.start_run("s", "x", "acme", kind="posts", planned_at=NEW, started_at=NEW)
    store.save_page(run, [question, answer, thanks], seen_at=NEW)
    kept = read_all(store)
    assert [kept[post.post_id].text for post in (question, answer, thanks)] == [
        "@acme",
        "",
        thanks.text,
    ]
    assert kept[thanks.post_id].reply_to_id == answer.post_id


def test_the_mark_never_goes_back(store):
    erase(store)
    erase(store, before=OLD, private_before=OLD)
    erase(store, before=None, private_before=None)
    assert store.load_texts_since() == BEFORE
    store.save_posts([make_post("words", at=OLD)], seen_at=NEW)
    assert [post.text for post in store.iter_posts()] == [""]


def test_without_retention_there_is_no_mark(store):
    assert store.load_texts_since() is None
    post = make_post("words", at=OLD)
    store.save_posts([post], seen_at=NEW)
    assert erase(store, before=None, private_before=None).posts == 0
    assert store.load_texts_since() is None
    assert list(store.iter_posts()) == [post]


def test_private_posts_go_altogether_and_do_not_come_back(store, tmp_path):
    old = make_post("psst", at=OLD, visibility="direct", aliases=("77",), post_id="7")
    young = make_post("later", at=NEW, visibility="private")
    store.save_posts([replace(old, text="before"), old, young], seen_at=NEW)
    store.save_visits("x", [SavedVisit(conversation="c", post_id="7")], visited_at=NEW)
    counts = erase(store, before=None)
    assert (counts.posts, counts.private, counts.edits) == (0, 1, 1)
    assert store.save_posts([old], seen_at=NEW).refused == 1
    assert list(store.iter_posts(include_private=True)) == [young]
    assert store.load_visits().height == 0
    assert "psst" not in dump(store, tmp_path)


def test_addresses_that_name_their_authors_go_too(store, tmp_path):
    root = make_post(
        "@acme@a.example help",
        author="anna@social.example",
        post_id=uri("anna"),
        aliases=("a.example/11",),
        at=OLD,
    )
    reply = make_post(
        "me too", author="bert@social.example", post_id=uri("bert"), at=1, reply_to="a.example/11"
    )
    lost = make_post(
        "what?", author="bert@social.example", post_id=uri("bert", 2), at=2, reply_to=uri("cleo")
    )
    late = make_post(
        "and now?",
        author="dora@social.example",
        post_id=uri("dora"),
        at=NEW,
        reply_to=root.post_id,
    )
    store.save_posts([root, reply, lost, late], seen_at=NEW)
    visit = SavedVisit(conversation=root.post_id, post_id=late.post_id)
    store.save_visits("mastodon", [visit], visited_at=NEW)
    before = store.load_posts()
    erase(store)
    after = store.load_posts()
    assert before["reply_to_id"].is_null().to_list() == after["reply_to_id"].is_null().to_list()
    names = dict(zip(before["post_id"], after["post_id"], strict=True))
    assert after["reply_to_id"].to_list()[1] == names[root.post_id]
    assert after["reply_to_id"].to_list()[3] == names[root.post_id]
    assert store.load_visits()["conversation"].to_list() == [names[root.post_id]]
    everything = dump(store, tmp_path).casefold()
    for word in ("anna", "bert", "cleo", "help"):
        assert word not in everything, word
    again = store.save_posts([root, reply, lost, late], seen_at=NEW)
    assert again.new == 0
    assert store.load_posts().equals(after)


def test_a_new_answer_to_an_erased_address_still_hangs_on_it(store):
    root = make_post("help", author="anna@social.example", post_id=uri("anna"), at=OLD)
    store.save_posts([root], seen_at=OLD)
    erase(store)
    late = make_post(
        "@acme@a.example still",
        author="dora@social.example",
        at=NEW,
        post_id=uri("dora"),
        reply_to=root,
    )
    store.save_posts([late], seen_at=NEW)
    frame = store.load_posts()
    assert frame["reply_to_id"][1] == frame["post_id"][0]
    store.save_posts([late], seen_at=NEW)
    assert store.load_posts().equals(frame)


def test_a_parent_that_comes_after_its_answer_was_erased_is_found(store):
    root = make_post("help", author="anna@social.example", post_id=uri("anna"), at=OLD)
    reply = make_post(
        "me", author="bert@social.example", post_id=uri("bert"), at=OLD + DAY, reply_to=root
    )
    store.save_posts([reply], seen_at=OLD)
    erase(store)
    store.save_posts([root], seen_at=NEW)
    frame = store.load_posts()
    assert frame["reply_to_id"][1] == frame["post_id"][0]


def test_edits_on_x_that_come_under_another_id_stay_away(store):
    first = make_post("first words", post_id="100", at=OLD)
    store.save_posts([replace(first, aliases=("101",))], seen_at=OLD)
    erase(store)
    edit = make_post("second words", post_id="101", at=OLD + timedelta(minutes=5))
    store.save_posts([edit], seen_at=NEW)
    assert [post.post_id for post in store.iter_posts()] == ["100"]
    assert "words" not in str(read_all(store))


def test_a_deleted_post_is_marked_under_the_id_it_had(store):
    root = make_post("help", author="anna@social.example", post_id=uri("anna"), at=OLD)
    store.save_posts([root], seen_at=OLD)
    erase(store)
    assert store.mark_deleted("mastodon", [root.post_id], at=NEW) == 1


@pytest.mark.parametrize("name", ["anna", "4711"])
def test_forgetting_finds_people_by_name_after_their_words_are_gone(store, name):
    post = make_post("words", at=OLD, author_id="4711")
    store.save_posts([post, make_post("other", author="ben", at=OLD)], seen_at=OLD)
    erase(store)
    assert store.forget_account("x", name).posts == 1
    assert store.save_posts([post], seen_at=NEW).refused == 1


def test_what_was_exported_comes_back_as_it_is(store):
    store.save_posts(talk("anna: @acme my parcel", "+5m acme: @anna Sorry"), seen_at=OLD)
    erase(store)
    before = list(store.iter_posts())
    assert store.save_posts(before, seen_at=NEW).unchanged == 2
    assert list(store.iter_posts()) == before


KILLED = """
import os, signal, sys
from datetime import timedelta
from listener.store import retention
from listener.store.store import Store
from tests.builders import START

retention._BATCH_POSTS = 10
with Store.open(sys.argv[1]) as store:
    write_rows, calls = retention.write_rows, []
    def write(*arguments):
        calls.append(1)
        if len(calls) == 3:
            os.kill(os.getpid(), signal.SIGKILL)
        write_rows(*arguments)
    retention.write_rows = write
    before = START + timedelta(days=10)
    store.erase_old_texts(before, private_before=before)
"""


def test_what_a_killed_process_left_is_done_the_next_time(store, database_url):
    store.save_posts([make_post("words", at=OLD) for _ in range(50)], seen_at=OLD)
    done = subprocess.run(
        [sys.executable, "-c", KILLED, database_url], cwd=Path(__file__).parents[2], check=False
    )
    assert done.returncode == -9
    assert store.load_posts()["text"].to_list().count("") == 20
    assert erase(store).posts == 30
    assert set(store.load_posts()["text"]) == {""}


def test_the_words_are_gone_from_the_file_itself(sqlite_url):
    with Store.open(sqlite_url) as store:
        posts = [make_post(f"unmistakable {n} " * 20, at=OLD) for n in range(500)]
        store.save_posts(posts, seen_at=OLD)
        erase(store)
        path = Path(sqlite_url.removeprefix("sqlite:///"))
        for file in path.parent.glob(path.name + "*"):
            assert b"unmistakable" not in file.read_bytes()
