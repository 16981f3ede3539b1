"""Ten thousand spoiled copies of what servers really sent: nothing is raised, nothing good is lost.

The counts of all tests together make more than 10,000 copies. Seeds are fixed, so
that a failure comes again.
"""

import json
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from listener.collect.archive import BrokenLine, Note, open_source, read_archive
from listener.collect.archive.listener_lines import dump_post, parse_line
from listener.collect.base import Source
from listener.collect.budget import PriceTable, price_reads
from listener.collect.mastodon import MastodonCollector
from listener.collect.mastodon_answers import list_statuses
from listener.collect.mastodon_posts import find_server, parse_mastodon_page
from listener.collect.x import XCollector
from listener.collect.x.answers import parse_answer
from listener.collect.x.messages import list_message_ids, parse_messages
from listener.collect.x_posts import parse_x_page
from listener.errors import CollectorError, ImportFileError
from listener.posts import Post
from listener.store.store import Store
from tests.real.mutations import (
    PRIVATE,
    Mutator,
    find_value,
    list_places,
    make_chance,
    mutate_bytes,
    plant_words,
)
from tests.servers.plain import run_plain

PAYLOADS = Path(__file__).resolve().parents[3] / "shared" / "payloads"
SEEN_AT = datetime(2026, 3, 9, 12, tzinfo=UTC)
HOME = "home.example"

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not PAYLOADS.is_dir(), reason="there are no shared payloads"),
]


def load_mastodon(name):
    return plant_words(json.loads((PAYLOADS / "mastodon" / f"{name}.json").read_bytes()))


def load_x(name):
    lines = (PAYLOADS / "x" / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [plant_words(json.loads(line)) for line in lines]


MASTODON = sorted(file.stem for file in (PAYLOADS / "mastodon").glob("*.json"))
X = sorted(file.stem for file in (PAYLOADS / "x").glob("*.jsonl"))


def assert_kept(posts: Iterable[Post], url: str) -> None:
    """Save posts and read them back; each must also survive an export by itself."""
    distinct = list(dict.fromkeys(posts))
    assert [parse_line(dump_post(post)) for post in distinct] == distinct
    with Store.open(url, migrate=True) as store:
        store.save_posts(distinct, seen_at=SEEN_AT)
        kept = list(store.iter_posts(include_private=True))
        assert len(kept) == len({(post.platform, post.post_id) for post in kept})
        assert len(store.load_posts()) + len(store.load_private_posts()) == len(kept)
        assert set(store.load_posts()["visibility"]) <= {"public", "unlisted"}
    assert bool(kept) == bool(distinct)


def assert_silent(*told: Iterable[str]) -> None:
    for line in (line for lines in told for line in lines):
        assert PRIVATE not in line
        assert "\n" not in line
        assert len(line) < 300


@pytest.mark.parametrize("name", MASTODON)
def test_spoiled_answers_of_mastodon_are_read(name, sqlite_url):
    page = load_mastodon(name)
    mutator = Mutator(page, make_chance(name))
    found = []
    for number in range(250):
        copy = mutator.mutate()
        parsed = parse_mastodon_page(copy, server=HOME if number % 2 else None)
        assert_silent(parsed.problems, parsed.notes)
        problems: list[str] = []
        assert all(isinstance(one.record, dict) for one in list_statuses(copy, problems))
        assert_silent(problems)
        assert find_server(copy) is None or PRIVATE not in find_server(copy)
        found += parsed.posts
    assert_kept(found, sqlite_url)


@pytest.mark.parametrize("name", X)
def test_spoiled_answers_of_x_are_read(name, sqlite_url):
    pages, chance, found = load_x(name), make_chance(name), []
    mutators = [Mutator(page, chance) for page in pages]
    for number in range(1_000 if len(pages) > 10 else 300):
        copy = mutators[number % len(mutators)].mutate()
        parsed = parse_x_page(copy)
        assert_silent(parsed.problems, parsed.notes)
        found += parsed.posts
        if isinstance(copy, dict):
            found += check_answer(copy)
    assert_kept(found, sqlite_url)


def check_answer(body):
    answer, messages = parse_answer(body, own=True), parse_messages(body)
    assert_silent(answer.page.problems, messages.problems)
    assert price_reads(answer.page.reads, PriceTable()) >= 0
    assert all(post.visibility == "direct" for post in messages.posts)
    assert all(number.isdigit() for number in list_message_ids(body))
    return (*answer.page.posts, *messages.posts)


# One record among many


def list_sound_statuses():
    """Return statuses of several servers, each with its own key."""
    pages = [load_mastodon(name) for name in MASTODON]
    found = [one.record for page in pages for one in list_statuses(page)]
    sound = [one for one in found if len(parse_mastodon_page([one], server=HOME).posts) == 1]
    return list({one.get("uri") or one.get("url"): one for one in sound}.values())


def wrap_all(form, statuses):
    """Return a page of some kind, and the way to its records."""
    half = len(statuses) // 2
    note = {"id": "34975861", "type": "mention", "created_at": "2026-03-02T10:00:00.000Z"}
    pages = {
        "timeline": statuses,
        "context": {"ancestors": statuses[:half], "descendants": statuses[half:]},
        "notifications": [{**note, "account": one["account"], "status": one} for one in statuses],
        "conversations": [{"id": "4", "unread": True, "last_status": one} for one in statuses],
        "search": {"accounts": [], "statuses": statuses, "hashtags": []},
    }
    page = pages[form]
    if isinstance(page, list):
        return page, [(number,) for number in range(len(page))]
    names = [name for name in ("ancestors", "descendants", "statuses") if name in page]
    return page, [(name, number) for name in names for number in range(len(page[name]))]


def name_posts(posts):
    return {(post.post_id, post.text, post.created_at, post.author_id) for post in posts}


@pytest.mark.parametrize(
    "form", ["timeline", "context", "notifications", "conversations", "search"]
)
def test_a_spoiled_status_costs_no_other_one(form):
    page, places = wrap_all(form, list_sound_statuses())
    assert len(places) > 20
    chance = make_chance(form)
    whole = parse_mastodon_page(page, server=HOME).posts
    for place in places:
        own = parse_mastodon_page([find_value(page, place)], server=HOME).posts
        others = [post for post in whole if post.post_id not in {one.post_id for one in own}]
        mutator = Mutator(page, chance, inside=place)
        for _ in range(8):
            parsed = parse_mastodon_page(mutator.mutate(), server=HOME)
            assert name_posts(others) <= name_posts(parsed.posts)
            assert set(others) <= set(parsed.posts)
            assert_silent(parsed.problems, parsed.notes)


def build_x_page(form):
    """Return an answer with many posts, and the way to the records that are asked for."""
    if form == "flat":
        page = load_x("flat")[:40]
        return page, [(number,) for number in range(len(page))]
    page = load_x("2sets")[0 if form == "first" else 1]
    return page, [("data", number) for number in range(len(page["data"]))]


@pytest.mark.parametrize("form", ["flat", "first", "second"])
def test_a_spoiled_post_of_x_costs_no_other_one(form):
    page, places = build_x_page(form)
    assert len(places) > 20
    chance = make_chance(form)
    whole = parse_x_page(page).posts
    for place in places:
        record = find_value(page, place)
        others = [post for post in whole if is_apart(post, record)]
        assert len(others) > 15
        mutator = Mutator(page, chance, inside=place)
        for _ in range(6):
            parsed = parse_x_page(mutator.mutate())
            assert set(others) <= set(parsed.posts)
            assert_silent(parsed.problems, parsed.notes)


def is_apart(post, record):
    """Tell whether a post came from elsewhere than from a record and what lies inside of it."""
    return not {post.post_id, *post.aliases} & {
        str(inner)
        for path in list_places(record)
        if not isinstance(inner := find_value(record, path), dict | list)
    }


@pytest.mark.parametrize("form", ["first", "second"])
def test_spoiled_surroundings_cost_no_post_that_was_asked_for(form):
    page, places = build_x_page(form)
    asked = {find_value(page, (*place, "id")) for place in places}
    wanted = {
        (post.post_id, post.created_at)
        for post in parse_x_page(page).posts
        if post.post_id in asked
    }
    for part in ("includes", "meta"):
        mutator = Mutator(page, make_chance(form + part), inside=(part,))
        for _ in range(100):
            copy = mutator.mutate()
            for parsed in (parse_x_page(copy), parse_answer(copy).page):
                assert wanted <= {(post.post_id, post.created_at) for post in parsed.posts}


def make_messages(count):
    return {
        "data": [
            {
                "id": f"12{number:02}000000000000000",
                "event_type": "MessageCreate",
                "text": f"my number is 0171 and more {PRIVATE}",
                "sender_id": "2" if number % 2 else "7",
                "dm_conversation_id": "2-7",
                "created_at": "2026-03-02T10:00:00.000Z",
            }
            for number in range(count)
        ],
        "includes": {"users": [{"id": "2", "name": f"Anna {PRIVATE}", "username": "anna"}]},
        "meta": {"result_count": count, "next_token": "7140w"},
    }


def test_a_spoiled_message_costs_no_other_one_and_stays_private(sqlite_url):
    page, chance, found = make_messages(10), make_chance(1), []
    whole = parse_messages(page).posts
    for number in range(10):
        mutator = Mutator(page, chance, inside=("data", number))
        for _ in range(60):
            copy = mutator.mutate()
            parsed = parse_messages(copy)
            assert {*whole[:number], *whole[number + 1 :]} <= set(parsed.posts)
            found += check_answer(copy)
    assert_kept(found, sqlite_url)


# Bytes


def list_files():
    files = [file for file in PAYLOADS.glob("*/*.json*") if "openapi" not in file.name]
    return [pytest.param(file, id=file.stem) for file in sorted(files) if file.stat().st_size]


def load_bytes(file):
    """Return the first lines, as many as are quickly read."""
    content = file.read_bytes()
    return content[:60_000].rpartition(b"\n")[0] or content


@pytest.mark.parametrize("file", list_files())
def test_spoiled_bytes_are_a_broken_file_and_no_crash(file, tmp_path):
    content, chance, form = load_bytes(file), make_chance(file.stem), file.parent.name
    archive = tmp_path / "spoiled.json"
    for number in range(50):
        archive.write_bytes(mutate_bytes(content, chance))
        with suppress(ImportFileError), open_source(archive) as source:
            entries = list(read_archive(source, form if number % 2 else None))
            told = [one.reason for one in entries if isinstance(one, BrokenLine | Note)]
            assert len(told) + sum(isinstance(one, Post) for one in entries) == len(entries)


def read_live(plain, form):
    """Make a run of a collector, whatever comes."""
    source = Source(platform=form, brand="acme", account="acme@a.example", kind="posts")
    if form == "mastodon":
        with MastodonCollector(
            plain.url, account=source.account, token=None, now=lambda: SEEN_AT
        ) as collector:
            return list(collector.fetch_new(source, None))
    collector = XCollector(
        account="acme",
        bearer_token="AAAA",  # noqa: S106
        api_url=plain.url,
        now=lambda: SEEN_AT,
    )
    return list(collector.fetch_new(replace(source, account="acme", kind="search"), None))


@pytest.mark.parametrize("file", list_files())
def test_spoiled_bytes_are_a_failed_run_and_no_crash(file):
    content, chance = load_bytes(file), make_chance(file.stem)
    with run_plain() as plain:
        plain.bodies["/api/v1/accounts/lookup"] = b'{"id": "1"}'
        plain.bodies["/api/v2/instance"] = b'{"domain": "a.example", "version": "4.5.3"}'
        for _ in range(15):
            plain.body = mutate_bytes(content, chance)
            try:
                pages = read_live(plain, file.parent.name)
            except CollectorError as error:
                assert_silent([str(error)])
            else:
                assert_silent(*(page.problems for page in pages))
