"""Old weeks lie in files, and nobody who reads or writes posts can tell."""

import random
import threading
from dataclasses import replace
from datetime import timedelta

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from sqlalchemy import insert

from listener.errors import StoreError
from listener.posts import posts_schema
from listener.store import archived, frames
from listener.store.store import Store
from listener.store.tables import META
from tests.builders import make_brand, make_post
from tests.sqlite import copy_migrated
from tests.store.worlds import END, dump_tables, edit, make_world

ARCHIVE = ("archive_files", "archived_posts", "archived_links", "archived_authors")
BRANDS = [
    make_brand("acme", handles=("Acme", "acme@social.example")),
    make_brand("anna1", handles=("anna1",)),
]
HANDLES = pl.DataFrame(
    [("x", f"anna{each}") for each in range(9)] + [("mastodon", "anna2@social.example")],
    schema=["platform", "handle"],
    orient="row",
)


@pytest.fixture
def store(migrated, database_url, tmp_path):
    with Store.open(database_url, migrate=True, wait_seconds=0.2, archive=tmp_path / "old") as made:
        yield made


def archive(store, before=END - timedelta(weeks=1)):
    return sum(store.archive_week(week) for week in store.list_old_weeks(before))


def join_parts(store, until):
    """Return what is read in parts; it is what is read at once."""
    parts = [pl.DataFrame(schema=posts_schema()), *store.iter_frames(until=until)]
    posts = frames.sort_posts(pl.concat(parts))
    assert posts.equals(store.load_posts(until=until))
    return posts


def read_all(store):
    """Return what every reader of posts is told."""
    moments = [END - timedelta(days=days) for days in (2, 9, 15, 27)]
    known = {
        platform: sorted(
            store.load_known(platform, store.load_posts(platforms=[platform])["post_id"][::3]),
            key=lambda post: post.post_id,
        )
        for platform in ("x", "mastodon")
    }
    return {
        "posts": store.load_posts(),
        "some": store.load_posts(platforms=["x"], since=moments[3], until=moments[1]),
        "private": store.load_private_posts(),
        **{
            f"talks {since} {until}": store.load_conversations(since=since, until=until)
            for since, until in ((moments[0], END), (moments[1], END), (moments[2], moments[1]))
        },
        **{
            f"authors {at}": store.load_authors(HANDLES, before=at).sort("platform", "handle")
            for at in moments
        },
        "older": [
            store.has_older_posts(["x"], END - timedelta(days=days)) for days in range(0, 36, 3)
        ],
        "newest": [store.load_newest_post(END - timedelta(hours=19 * each)) for each in range(44)],
        "worded": [store.count_old_posts(at) for at in moments],
        "first": store.load_first_posts(BRANDS),
        "parts": join_parts(store, moments[1]),
        "known": known,
        "all": list(store.iter_posts(include_private=True)),
    }


def assert_same(found, expected):
    for name, value in expected.items():
        if isinstance(value, pl.DataFrame):
            assert_frame_equal(found[name], value)
        else:
            assert found[name] == value, name


def test_whoever_reads_posts_finds_archived_ones_where_they_were(store, tmp_path):
    store.save_posts(make_world(0, posts=110), seen_at=END)
    tables, expected = dump_tables(store), read_all(store)
    moved = archive(store)
    assert moved > 40
    files = store.load_archive()
    assert sum(file.posts for file in files) == moved
    assert {path.name for path in (tmp_path / "old").iterdir()} == {file.file for file in files}
    assert_same(read_all(store), expected)
    archived = (
        pl.scan_parquet(tmp_path / "old" / "**/*.parquet").select(list(posts_schema())).collect()
    )
    assert_frame_equal(
        archived.sort("platform", "post_id"),
        expected["posts"]
        .join(archived, on=["platform", "post_id"], how="semi")
        .sort("platform", "post_id"),
    )
    assert store.restore_archived(files) == moved
    assert dump_tables(store) == tables
    assert list((tmp_path / "old").iterdir()) == []


def see_again(posts, chance):
    """Tell news of posts: other words, other ids, that one is part of another, or private."""
    told = []
    for post in chance.sample(posts, 3):
        other = chance.choice(posts)
        kind = chance.randrange(5)
        if kind == 0:
            told.append(edit(post, chance.randrange(9)))
        elif kind == 1 and other.platform == post.platform and other is not post:
            told.append(replace(edit(post, 0), aliases=(*post.aliases, other.post_id)))
        elif kind == 2:
            told.append(replace(post, aliases=(f"late-{chance.randrange(99)}",)))
        elif kind == 3:
            told.append(replace(post, visibility="direct"))
        else:
            late = f"@Acme late {chance.randrange(99)}"
            told.append(replace(post, post_id=f"{post.post_id}{kind}", text=late, aliases=()))
    return lambda store: store.save_posts(told, seen_at=END)


def delete_some(posts, chance):
    ids = [post.post_id for post in chance.sample(posts, 3)]
    ids += [alias for post in chance.sample(posts, 9) for alias in post.aliases]
    return lambda store: [
        store.mark_deleted(platform, ids, at=END) for platform in ("x", "mastodon")
    ]


def forget_somebody(posts, chance):
    platform, person = chance.choice(("x", "mastodon")), f"anna{chance.randrange(9)}"
    handle = person if platform == "x" else f"{person}@social.example"
    return lambda store: store.forget_account(platform, handle)


def erase_old(posts, chance):
    before = END - timedelta(days=chance.randrange(8, 30))
    held = [(post.platform, post.post_id) for post in chance.sample(posts, 9)]
    accounts = [account for brand in BRANDS for account in brand.accounts]
    return lambda store: store.erase_old_texts(
        before, private_before=before, accounts=accounts, held=held, now=END
    )


def test_whoever_writes_to_archived_posts_leaves_what_it_leaves_of_others(store, tmp_path):
    seed = int(store._database.is_postgresql)
    chance, posts = random.Random(seed), make_world(seed, posts=70)  # noqa: S311 - no secret
    copy_migrated(tmp_path / "plain.db")
    kinds = (see_again, delete_some, see_again, forget_somebody, erase_old, see_again)
    with Store.open(f"sqlite:///{tmp_path / 'plain.db'}") as plain:
        for each in (store, plain):
            with each._database.writing() as connection:
                connection.execute(insert(META).values(name="forget_key", value="ab" * 32))
            each.save_posts(posts, seen_at=END)
        for kind in (*kinds, *chance.sample(kinds, 2)):
            archive(store, before=END - timedelta(weeks=chance.randrange(3)))
            change = kind(posts, chance)
            assert change(store) == change(plain)
        assert_frame_equal(store.load_posts(), plain.load_posts())
        store.restore_archived(store.load_archive())
        assert dump_tables(store, leave_out=ARCHIVE) == dump_tables(plain, leave_out=ARCHIVE)
    assert list((tmp_path / "old").iterdir()) == []


def test_who_is_only_named_in_old_posts_is_masked_in_their_files_too(store, tmp_path):
    old, aside = END - timedelta(weeks=3), END - timedelta(weeks=2)
    store.save_posts(
        [
            make_post("@acme ask @Anna7 or x.com/anna7 about it", author="eve", at=old),
            make_post("@acme @anna77 is not her, nor is anna7th", author="eve", at=aside),
        ],
        seen_at=END,
    )
    archive(store)
    kept = {file.file for file in store.load_archive() if file.oldest == aside}
    assert store.forget_account("x", "anna7").masked == 1
    assert {path.name for path in (tmp_path / "old").iterdir()} == kept
    assert sorted(store.load_posts()["text"]) == [
        "@acme @anna77 is not her, nor is anna7th",
        "@acme ask @… or x.com/@… about it",
    ]


def test_a_deletion_that_a_run_finds_takes_the_words_out_of_the_file_at_once(store, tmp_path):
    store.save_posts([make_post("words", post_id="5", at=END - timedelta(weeks=3))], seen_at=END)
    archive(store)
    run = store.start_run(
        "x:acme:acme:mentions:", "x", "acme", kind="mentions", planned_at=END, started_at=END
    )
    store.save_page(run, [], seen_at=END, gone=["5"])
    assert list((tmp_path / "old").iterdir()) == []
    assert store.load_posts()["text"].to_list() == [""]


def test_readers_find_everything_while_others_move_it_to_and_fro(store, database_url, tmp_path):
    store.save_posts(make_world(5, posts=20), seen_at=END)
    posts, ended = store.load_posts(), threading.Event()

    def move():
        with Store.open(database_url, wait_seconds=20, archive=tmp_path / "old") as other:
            for _ in range(2):
                archive(other)
                other.restore_archived(other.load_archive())
        ended.set()

    mover = threading.Thread(target=move)
    mover.start()
    looks = 0
    while not ended.is_set() or not looks:
        assert store.load_posts().equals(posts)
        looks += 1
    mover.join()


def test_a_reader_outlasts_any_number_of_files_that_go_before_its_eyes(store, monkeypatch):
    weeks = range(3, 9)
    old = [make_post(f"of {ago}", at=END - timedelta(weeks=ago)) for ago in weeks]
    store.save_posts(old, seen_at=END)
    archive(store)
    files = store.load_archive()
    assert len(files) == len(weeks)
    real = archived.load_files

    def load_files(connection):
        listed = real(connection)
        if files:
            store.restore_archived([files.pop()])
        return listed

    monkeypatch.setattr(archived, "load_files", load_files)
    assert store.load_posts().height == len(weeks)
    assert not files


def test_an_export_whose_file_goes_meanwhile_says_so(store, monkeypatch):
    store.save_posts([make_post("old", at=END - timedelta(weeks=3))], seen_at=END)
    archive(store)
    real = frames.list_streams

    def list_streams(connection):
        streams = real(connection)
        store.restore_archived(store.load_archive())
        return streams

    monkeypatch.setattr(frames, "list_streams", list_streams)
    with pytest.raises(StoreError, match="brought back from their files just now"):
        list(store.iter_posts())
    monkeypatch.undo()
    assert [post.text for post in store.iter_posts()] == ["old"]
