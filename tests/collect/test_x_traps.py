"""Traps of X, each tried on every way of reading: nothing lost, nothing taken for gone."""

import json
from contextlib import suppress
from datetime import timedelta

import pytest

from listener.collect.base import CursorMark
from listener.collect.x import XCollector
from listener.errors import CollectorError, NeedsOperatorError
from tests.servers.plain import run_plain
from tests.servers.x import FAULTS, START, run_x
from tests.servers.x_runs import (
    ago,
    fetch,
    know,
    list_lost,
    list_posts,
    list_requests,
    make_collector,
    make_source,
    reach,
    visit,
)

LISTS = ("posts", "mentions", "search", "private")
WAYS = (*LISTS, "visit", "states")
PATHS = {"mentions": "/mentions", "private": "dm_events"}
SLOW = {"drip", "drip-headers", "silence"}
AGES = [timedelta(0), *(timedelta(days=days) for days in (0.5, 6, 6.99, 7, 8, 29, 31, 400))]


@pytest.fixture
def x():
    with run_x() as server:
        server.add_user("acme")
        server.add_user("anna")
        for minutes in range(50, 0, -10):
            at = ago(server, minutes=minutes)
            asked = server.post("anna", f"@acme help {minutes}", at=at)
            server.post("acme", "@anna on it", reply_to=asked, at=at + timedelta(minutes=1))
            server.message("anna", "acme", f"my number is {minutes}", at=at)
        yield server


def read(x, way, mark=None, **options):
    collector = make_collector(x, own=True, **options)
    known = [know(tweet) for tweet in x.world.tweets]
    if way == "visit":
        return visit(x, known[0], collector=collector)
    if way == "states":
        return list(collector.fetch_states(known))
    return list(collector.fetch_new(make_source(way), mark))


def drain(x, way, into, **options):
    """Read until something breaks, keep what came before, and return the failure."""
    collector = make_collector(x, own=True, **options)
    known = [know(tweet) for tweet in x.world.tweets]
    pages = {
        "visit": lambda: visit(x, known[0], collector=collector),
        "states": lambda: collector.fetch_states(known),
    }.get(way, lambda: collector.fetch_new(make_source(way), None))
    try:
        for page in pages():
            into.append(page)
    except CollectorError as error:
        return error
    return None


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("fault", FAULTS)
def test_whatever_breaks_is_an_error_of_ours_and_the_next_run_finds_all(x, way, fault):
    x.page_size = 2
    whole = {*list_posts(read(x, way))}
    assert whole
    pages = []
    x.fail_next(fault, path=PATHS.get(way, "/tweets"), after=int(way in LISTS))
    error = drain(x, way, pages, timeout_seconds=0.3 if fault in SLOW else 20)
    assert isinstance(error, CollectorError) or (way, fault) in {
        ("states", "empty-object"),  # silence about a post is a problem and no failure
        ("states", "repeated-token"),  # there are no pages to go round in
    }
    assert "\n" not in str(error)
    assert [page.gone for page in pages if page.gone] == []
    assert error is None or [page.mark for page in pages if page.mark] == []
    x.faults.clear()
    assert {*list_posts(read(x, way))} == whole


@pytest.mark.parametrize("way", LISTS)
def test_an_answer_without_data_is_an_empty_page_and_the_end(way):
    with run_x() as x:
        x.add_user("acme")
        pages = fetch(x, way, own=True)
        assert x.exchanges[-1].body == {"meta": {"result_count": 0}}
    assert list_posts(pages) == {}
    assert [page.mark for page in pages if page.mark] == []
    assert [page.problems for page in pages if page.problems] == []


@pytest.mark.parametrize("way", LISTS)
def test_short_and_empty_pages_are_never_the_end(x, way):
    whole = {*list_posts(read(x, way))}
    x.page_size, x.empty_pages = 2, frozenset({0, 2})
    pages = read(x, way)
    assert {*list_posts(pages)} == whole
    assert [page.mark for page in pages if page.mark] == [pages[-1].mark]


@pytest.mark.parametrize("age", AGES, ids=str)
@pytest.mark.parametrize("way", LISTS)
def test_no_mark_of_any_age_makes_a_request_that_x_refuses(x, way, age):
    mark = reach(ago(x, seconds=age.total_seconds()))
    pages = read(x, way, mark)
    reaches_back = timedelta(days=30) if way == "private" else timedelta(days=7)
    if way in ("search", "private"):
        assert bool(list_lost(pages)) == (age >= reaches_back)
    for request in list_requests(x, "search"):
        assert not {"since_id", "start_time"} <= {*request}


@pytest.mark.parametrize("way", LISTS)
def test_replies_are_never_left_out(x, way):
    read(x, way)
    assert all("exclude" not in exchange.parameters for exchange in x.exchanges)
    assert all("-is:reply" not in request.get("query", "") for request in list_requests(x))


@pytest.mark.parametrize("way", WAYS)
def test_a_refused_field_is_an_alarm_everywhere(x, way):
    x.fail_next("field", path=PATHS.get(way, "/tweets"))
    with pytest.raises(NeedsOperatorError, match="field names in"):
        read(x, way)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("accepts", "names"), [("tweet", "post"), ("post", "post")])
def test_both_spellings_of_fields_bring_the_same(x, way, accepts, names):
    whole = list_posts(read(x, way))
    x.names, x.accepts = names, (accepts,)
    assert list_posts(read(x, way, field_names=accepts)) == whole


def write_tweet(**fields):
    return {
        "id": "2028400000000000000",
        "author_id": "7",
        "text": "@acme my phone is dead",
        "created_at": "2026-03-02T09:00:00.000Z",
        **fields,
    }


def search_plain(body):
    with run_plain() as plain:
        plain.body = json.dumps(body).encode()
        collector = XCollector(
            account="acme",
            bearer_token="AAAA",  # noqa: S106
            api_url=plain.url,
            now=lambda: START,
        )
        return list(collector.fetch_new(make_source("search"), None))


@pytest.mark.parametrize(
    "written",
    ["2026-03-02T09:00:00Z", "2026-03-02T09:00:00.000Z", "2026-03-02T10:00:00+01:00"],
)
def test_a_time_without_milliseconds_costs_no_page(written):
    pages = search_plain({"data": [write_tweet(created_at=written)], "meta": {"result_count": 1}})
    (post,) = list_posts(pages).values()
    assert post.created_at == START - timedelta(hours=1)


@pytest.mark.parametrize(
    "odd",
    [{"id": None}, {"text": None}, {"created_at": "soon"}, {"author_id": {}}, {"id": "abc"}],
)
def test_a_broken_post_costs_neither_others_of_its_page_nor_the_mark(odd):
    sound = write_tweet(id="2028400000000000001")
    pages = search_plain({"data": [write_tweet(**odd), sound], "meta": {"result_count": 2}})
    assert [*list_posts(pages)] == [sound["id"]]
    assert len(pages[-1].problems) == 1
    assert pages[-1].mark is not None


@pytest.mark.parametrize("token", [5, True, ["a"], {"a": 1}])
def test_a_next_page_that_cannot_be_asked_for_is_not_the_end(token):
    with pytest.raises(CollectorError, match="next page"):
        search_plain({"data": [write_tweet()], "meta": {"result_count": 1, "next_token": token}})


@pytest.mark.parametrize("newest", ["0", "99", "7" * 30, "abc", "", "9" * 19])
def test_marks_that_x_never_gave_are_survived(x, newest):
    for way in LISTS:
        with suppress(CollectorError):
            read(x, way, CursorMark(newest, x.world.now))
