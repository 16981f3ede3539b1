"""Imports: all of a file or nothing, and a record of it."""

import pytest

from listener.collect.archive.listener_lines import dump_post
from listener.errors import ImportFileError
from listener.jobs.archives import ImportOptions, import_file
from tests.builders import START, make_post, moment

HEADER = "tweet_id,author_id,inbound,created_at,text,response_tweet_id,in_response_to_tweet_id\n"
ROW = "{},{},True,Tue Oct 31 22:10:47 +0000 2017,hello,,\n"
NOW = moment("2026-04-01T00:00Z")


def write(folder, *lines, name="posts.jsonl"):
    path = folder / name
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    return path


def run(store, path, **options):
    return import_file(store, path, ImportOptions(**options), now=NOW)


def test_posts_are_kept_and_counted(store, tmp_path):
    posts = [make_post("one"), make_post("two", at=60)]
    imported = run(store, write(tmp_path, *map(dump_post, posts)))
    assert (imported.file, imported.form, imported.broken) == ("posts.jsonl", "listener", 0)
    assert (imported.counts.read, imported.counts.new) == (2, 2)
    assert list(store.iter_posts()) == posts


def test_importing_twice_changes_nothing(store, tmp_path):
    path = write(tmp_path, dump_post(make_post("one")))
    run(store, path)
    before = list(store.iter_posts())
    counts = run(store, path).counts
    assert (counts.new, counts.changed, counts.unchanged) == (0, 0, 1)
    assert list(store.iter_posts()) == before


def test_each_import_is_recorded_with_its_times(store, tmp_path):
    posts = [make_post("one", at=60), make_post("two"), make_post("three", author="a@b.example")]
    run(store, write(tmp_path, *map(dump_post, posts), b"{broken"))
    records = {row["platform"]: row for row in store.load_imports().iter_rows(named=True)}
    assert records["x"]["oldest"] == START
    assert records["x"]["newest"] == moment(60)
    assert (records["x"]["posts"], records["mastodon"]["posts"]) == (2, 1)
    assert sum(record["broken"] for record in records.values()) == 1
    assert {record["imported_at"] for record in records.values()} == {NOW}


def test_only_the_first_problems_are_kept_but_all_are_counted(store, tmp_path):
    imported = run(store, write(tmp_path, dump_post(make_post()), *[b"{broken"] * 20))
    assert imported.broken == 20
    assert [problem.line for problem in imported.problems] == [2, 3, 4, 5, 6]


def test_notes_are_no_broken_lines(store, tmp_path):
    path = tmp_path / "corpus.csv"
    path.write_bytes((HEADER + ROW.format(1, 2)).encode().replace(b"hello", b"h\xffllo"))
    imported = run(store, path, is_strict=True)
    assert (imported.broken, imported.noted, imported.counts.new) == (0, 1, 1)
    assert imported.notes[0].line == 2


def test_strict_keeps_nothing_of_a_file_with_a_broken_line(store, tmp_path):
    posts = [make_post(f"words {number}") for number in range(12_000)]
    path = write(tmp_path, *map(dump_post, posts), b"{broken")
    with pytest.raises(ImportFileError, match=r"posts\.jsonl:12001: not JSON"):
        run(store, path, is_strict=True)
    assert list(store.iter_posts()) == []
    assert store.load_imports().is_empty()


def test_a_file_without_any_post_of_its_format_is_refused(store, tmp_path):
    path = write(tmp_path, b'{"hello": 1}', b'{"hello": 2}')
    with pytest.raises(ImportFileError, match=r":1: neither.* name another one with --format"):
        run(store, path, form="x")


def test_an_empty_answer_is_no_failure(store, tmp_path):
    imported = run(store, write(tmp_path, b'{"data": [], "meta": {"result_count": 0}}'))
    assert (imported.form, imported.counts.read, imported.broken) == ("x", 0, 0)


def test_posts_of_forgotten_people_stay_out(store, tmp_path):
    path = write(tmp_path, dump_post(make_post(author="anna")), dump_post(make_post(author="ben")))
    run(store, path)
    store.forget_account("x", "anna")
    assert run(store, path).counts.refused == 1
    assert [post.author_id for post in store.iter_posts()] == ["ben"]


def test_names_of_the_corpus_become_brands(store, tmp_path):
    path = tmp_path / "corpus.csv"
    rows = [ROW.format(n, who) for n, who in enumerate(["115712", "AcmeHelp", "Acme_Help", "9"], 1)]
    path.write_text(HEADER + "".join(rows))
    imported = run(store, path, names_are_brands=True)
    assert [brand.key for brand in imported.brands] == ["acmehelp", "acme-help"]
    assert store.load_brands() == tuple(sorted(imported.brands, key=lambda brand: brand.key))
    assert run(store, path, names_are_brands=True).brands == ()


def test_edits_of_x_leave_their_earlier_text(store, tmp_path):
    ids = ["1576994746135764992", "1576994789110992896"]
    versions = [
        b'{"data":{"id":"%s","author_id":"1","text":"%s","created_at":"2022-10-03T17:57:%sZ",'
        b'"edit_history_tweet_ids":["%s","%s"]}}'
        % (own.encode(), text, second, ids[0].encode(), ids[1].encode())
        for own, text, second in ((ids[1], b"new", b"11"), (ids[0], b"old", b"01"))
    ]
    run(store, write(tmp_path, *versions))
    (post,) = store.iter_posts()
    assert (post.post_id, post.text, post.aliases) == (ids[0], "new", (ids[1],))
    assert [edit.text for edit in store.load_edits("x", ids[0])] == ["old"]


def test_replies_find_their_parents_on_mastodon(store, tmp_path):
    status = (
        b'{"id":"%d","uri":"https://social.example/s/%d","content":"hi","visibility":"public",'
        b'"created_at":"2026-03-02T10:0%d:00Z","in_reply_to_id":%s,'
        b'"account":{"id":"1","acct":"anna","url":"https://social.example/@anna"}}'
    )
    run(store, write(tmp_path, status % (2, 2, 2, b'"1"'), status % (1, 1, 1, b"null")))
    parents = store.load_posts()["reply_to_id"].to_list()
    assert parents == [None, "https://social.example/s/1"]
