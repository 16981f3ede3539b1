"""Traps of Mastodon and its kin, each tried on every way of reading: nothing lost, no storm."""

import re
from contextlib import suppress
from datetime import timedelta
from random import Random

import pytest

from listener.collect.base import Visit
from listener.errors import AccessDeniedError, CollectorError, NeedsOperatorError, RetryLaterError
from tests.servers.mastodon import run_mastodon
from tests.servers.mastodon_faults import FAULTS
from tests.servers.mastodon_runs import (
    NOW,
    Run,
    drain,
    know,
    make_collector,
    make_source,
    read,
    read_around,
    read_states,
)

# Where each way of reading gets its posts from.
PATHS = {
    "posts": "/api/v1/accounts/1001/statuses",
    "notifications": "/api/v1/notifications",
    "private": "/api/v1/conversations",
    "hashtag": "/api/v1/timelines/tag",
    "search": "/api/v2/search",
    "visit": "/api/v1/statuses",
    "states": "/api/v1/statuses",
}
LISTS = [kind for kind in PATHS if kind not in ("visit", "states")]
# A page that is only empty, or that was the page before, is no failure everywhere.
HARMLESS = {"empty_page", "page_repeated", "link_loop"}
SLOW = {"drip", "drip_headers", "silence"}


@pytest.fixture(params=["snowflake", "ulid"])
def world(request):
    with run_mastodon(ids=request.param) as served:
        yield served


@pytest.fixture(scope="module")
def busy():
    """Return a world in which every way of reading has something to find."""
    with run_mastodon() as served:
        acme = served.add_account("acme")
        for number in range(45):
            asked = served.post("anna@far.example", f"@acme #acme help {number}")
            served.post("anna@far.example", f"@acme psst {number}", visibility="direct")
            served.post(acme, f"@anna@far.example #acme on it {number}", reply_to=asked)
        yield served


@pytest.fixture
def served(busy):
    busy.faults.clear()
    busy.requests.clear()
    yield busy
    busy.faults.clear()


@pytest.fixture(scope="module")
def wholes():
    """Return what each way of reading finds, once it is known."""
    return {}


@pytest.fixture
def acme(world):
    return world.add_account("acme")


def list_pages(collector, world, kind):
    acme = world.find_account("acme")
    if kind == "visit":
        asked = next(post for post in world.posts.values() if post.text.endswith("help 7"))
        return collector.fetch_visit([Visit(post=know(world, asked))], since=NOW)
    if kind == "states":
        return collector.fetch_states([know(world, post) for post in world.posts.values()][:30])
    return collector.fetch_new(make_source(acme, kind, "acme"), None)


def run_once(world, kind, into=None, **options):
    with make_collector(world, world.find_account("acme"), **options) as collector:
        return drain(list_pages(collector, world, kind), into)


def fail_once(world, kind, into, **options):
    """Make a run that may fail, and tell whether it did."""
    try:
        run_once(world, kind, into, **options)
    except CollectorError as error:
        return "\n" not in str(error)
    return False


@pytest.mark.parametrize("kind", PATHS)
@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault != "huge"])
def test_whatever_breaks_is_an_error_of_ours_and_the_next_run_finds_all(
    served, wholes, kind, fault
):
    if kind not in wholes:
        wholes[kind] = run_once(served, kind).texts
    served.requests.clear()
    circle = f"{served.url}{PATHS[kind]}?max_id=7&min_id=7"
    target = "https://elsewhere.example/" if fault == "redirect" else circle
    served.fail_next(fault, PATHS[kind], target=target, times=3)
    broken = Run()
    failed = fail_once(served, kind, broken, timeout_seconds=0.3 if fault in SLOW else 5)
    is_harmless = fault in HARMLESS or (kind == "hashtag" and fault in ("404", "410"))
    assert failed or is_harmless or kind in ("private", "visit", "states")
    assert len(served.requests) <= 60
    assert not broken.gone or fault in ("404", "410", "html_404")
    served.faults.clear()
    after = run_once(served, kind)
    assert (after.texts, after.gone) == (wholes[kind], [])


@pytest.mark.parametrize("kind", LISTS)
@pytest.mark.parametrize("fault", ["500", "503", "429", "cut", "drip"])
def test_a_failing_look_at_the_server_costs_no_storm(served, kind, fault):
    served.fail_next(fault, "/api/v2/instance", times=-1)
    served.fail_next(fault, "/api/v1/instance", times=-1)
    with pytest.raises(RetryLaterError):
        run_once(served, kind, timeout_seconds=1 if fault == "drip" else 20)
    assert served.count_requests("/api/v2/instance") == 1
    # A fault of its own may concern the newer path alone.
    more = 1 if fault == "500" else 0
    assert served.count_requests("/api/v1/instance") == more
    assert len(served.requests) <= 3 + more


@pytest.mark.parametrize("kind", [kind for kind in LISTS if kind != "search"])
def test_pages_that_lead_in_a_circle_end(served, kind):
    target = f"{served.url}{PATHS[kind]}?max_id=7&min_id=7"
    served.fail_next("link_loop", PATHS[kind], target=target, times=-1)
    with suppress(RetryLaterError):
        run_once(served, kind)
    assert served.count_requests(PATHS[kind]) <= 5


@pytest.mark.parametrize("kind", LISTS)
def test_replies_are_never_left_out(served, kind):
    run_once(served, kind)
    for request in served.requests:
        assert "exclude_replies" not in request.query
        assert "since_id" not in request.query


def test_every_kind_of_id_is_taken_as_it_is(world, acme):
    for number in range(45):
        asked = world.post("anna@far.example", f"@acme #acme help {number}")
    world.post(acme, "@anna@far.example on it", reply_to=asked)
    world.post("anna@far.example", "@acme psst", visibility="direct")
    options = {"query": "acme", "now": lambda: world.now}
    marks = {kind: read(world, kind, acme, **options).mark for kind in LISTS}
    new = {world.post("ben@far.example", f"@acme #acme me too {n}").uri for n in range(45)}
    world.post("ben@far.example", "@acme psst psst", visibility="direct")
    for kind in ("notifications", "hashtag", "search"):
        run = read(world, kind, acme, marks[kind], **options)
        assert new <= run.keys
    run = read(world, "private", acme, marks["private"])
    assert "@acme@social.example psst psst" in run.texts
    known = [know(world, post) for post in world.posts.values()]
    world.delete(asked)
    run = read_states(world, acme, known)
    assert run.gone == [asked.uri]
    assert len(run.keys) == len(known) - 1
    assert read_around(world, acme, know(world, asked)).gone == [asked.uri]


def test_notifications_late_and_out_of_order_are_all_found(world, acme):
    asked = [world.post("anna@far.example", f"@acme help {n}", notify=False) for n in range(120)]
    late, found, mark = [*asked], set(), None
    Random(3).shuffle(late)  # noqa: S311 - nothing secret
    for start in range(0, 120, 30):
        for post in late[start : start + 15]:
            world.notify(post, acme)
        for post in late[start + 15 : start + 30]:
            world.before_next(lambda post=post: world.notify(post, acme), PATHS["notifications"])
        run = read(world, "notifications", acme, mark)
        found |= run.keys
        mark = run.mark or mark
    found |= read(world, "notifications", acme, mark).keys
    assert found == {post.uri for post in asked}


@pytest.mark.parametrize("kind", ["posts", "hashtag", "search"])
def test_posts_deleted_while_a_reader_pages_hide_no_others(world, acme, kind):
    posts = [world.post(acme, f"#acme {number}") for number in range(100)]
    path = PATHS[kind].replace("1001", acme.id)
    for skip, doomed in ((1, posts[99]), (1, posts[70]), (2, posts[50]), (2, posts[0])):
        world.before_next(lambda doomed=doomed: world.delete(doomed), path, skip=skip)
    run = read(world, kind, acme, query="acme")
    assert {post.uri for post in world.posts.values()} <= run.keys


def test_a_post_edited_between_two_pages_comes_with_its_new_words_the_next_time(world, acme):
    posts = [world.post(acme, f"#acme {number}") for number in range(60)]
    path = PATHS["posts"].replace("1001", acme.id)
    world.before_next(lambda: world.edit(posts[59], "#acme edited"), path, skip=1)
    first = read(world, "posts", acme)
    second = read(world, "posts", acme, first.mark)
    assert {post.uri for post in posts} <= first.keys
    known = [post for post in [*first.posts, *second.posts] if post.post_id == posts[59].uri]
    run = read_states(world, acme, known[:1])
    assert (run.texts, run.gone) == ({"#acme edited"}, [])


def test_the_posts_of_a_suspended_account_need_the_operator(world, acme):
    acme.suspended = True
    with pytest.raises(NeedsOperatorError, match="status 410"):
        read(world, "posts", acme)


@pytest.mark.parametrize(("fault", "is_gone"), [("404", True), ("410", True), ("html_404", True)])
def test_a_post_that_is_not_there_any_more_is_gone(world, acme, fault, is_gone):
    known = [know(world, world.post(acme, "words"))]
    world.fail_next(fault, "/api/v1/statuses/", times=-1)
    assert bool(read_around(world, acme, known[0]).gone) == is_gone
    assert bool(read_states(world, acme, known).gone) == is_gone


@pytest.mark.parametrize("fault", ["401", "403", "422", "429", "500", "503", "html", "cut"])
def test_a_post_that_is_refused_is_not_gone(world, acme, fault):
    known = [know(world, world.post(acme, "words"))]
    for reading in (read_around, read_states):
        world.fail_next(fault, "/api/v1/statuses", times=-1)
        argument = known[0] if reading is read_around else known
        gone = []
        with suppress(CollectorError):
            gone = reading(world, acme, argument).gone
        assert gone == []
        world.faults.clear()


def test_without_a_token_a_closed_server_is_told_apart_from_an_empty_one(world, acme):
    world.open_to_all = False
    for kind in ("posts", "hashtag"):
        with pytest.raises(AccessDeniedError, match="without a token"):
            read(world, kind, acme, query="acme", with_token=False)


def test_a_language_that_is_not_told_is_unknown(world, acme):
    world.post(acme, "words", language=None)
    (post,) = read(world, "posts", acme).posts
    assert post.language is None


def test_texts_are_never_markup(world, acme):
    world.post("anna@far.example", "@acme a < b & c > d #acme <b>bold</b>")
    (post,) = read(world, "notifications", acme).posts
    assert post.text == "@acme@social.example a < b & c > d #acme <b>bold</b>"
    assert not re.search(r"&(?:amp|lt|gt);", post.text)


def test_marks_older_than_everything_are_survived(world, acme):
    world.post(acme, "words")
    mark = read(world, "posts", acme).mark
    world.delete(next(iter(world.posts.values())))
    world.now += timedelta(days=90)
    world.post(acme, "new words")
    assert read(world, "posts", acme, mark).texts == {"new words"}
