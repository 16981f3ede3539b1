"""The pure parts of the collector of X: queries, windows, messages."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listener.collect.base import CursorMark
from listener.collect.budget import PriceTable, price_reads
from listener.collect.x.access import parse_usage
from listener.collect.x.answers import parse_answer
from listener.collect.x.messages import parse_messages
from listener.collect.x.queries import (
    LONGEST_QUERY,
    build_mention_queries,
    build_phrase_queries,
    build_visit_queries,
)
from listener.collect.x.windows import SEARCH_WINDOW, choose_window, lower_id, move_mark
from listener.collect.x_ids import find_newest, find_oldest, make_id, tell_time
from tests.servers.x_search import Facts, parse_query

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
NOBODY = Facts("", "nobody", "", frozenset(), (), "1", frozenset())
moments = st.datetimes(datetime(2015, 1, 1), datetime(2035, 1, 1)).map(  # noqa: DTZ001
    lambda moment: moment.replace(tzinfo=UTC, microsecond=0)
)


def test_mentions_are_found_in_every_way_of_addressing_somebody():
    assert build_mention_queries(["@AcmeHelp"]) == (
        '(@AcmeHelp OR to:AcmeHelp OR url:"twitter.com/AcmeHelp/status" '
        'OR url:"x.com/AcmeHelp/status") -from:AcmeHelp -is:retweet',
    )


def test_many_handles_are_split_into_queries_that_x_takes():
    handles = [f"AcmeHelp{n:02d}" for n in range(15)]
    queries = build_mention_queries(handles)
    assert len(queries) > 1
    assert all(len(query) <= LONGEST_QUERY for query in queries)
    for handle in handles:
        assert any(f"to:{handle}" in query for query in queries)


@pytest.mark.parametrize("handle", ["a b", "a) OR (b", "ä", "", "a:b"])
def test_what_is_no_handle_makes_no_query(handle):
    with pytest.raises(ValueError, match="handle"):
        build_mention_queries([handle])


@pytest.mark.parametrize("phrases", [[], [""], ["  ", "!?", '""']])
def test_nothing_to_search_for_is_refused(phrases):
    with pytest.raises(ValueError, match="nothing"):
        build_phrase_queries(phrases)


def test_a_phrase_that_is_too_long_is_refused_and_not_cut():
    with pytest.raises(ValueError, match="512"):
        build_phrase_queries(["long " * 120])


@pytest.mark.parametrize("number", ["1 OR from:acme", "", "x1"])
def test_a_conversation_without_a_number_makes_no_query(number):
    with pytest.raises(ValueError, match="number"):
        build_visit_queries([(number, "")])


@given(st.lists(st.text(max_size=60), min_size=1, max_size=20))
def test_no_phrase_ever_becomes_an_operator(phrases):
    try:
        queries = build_phrase_queries(phrases)
    except ValueError:
        return
    for query in queries:
        assert len(query) <= LONGEST_QUERY
        parse_query(query)
        assert query.endswith(" -is:retweet")
        outside = query.removesuffix(" -is:retweet")[1:-1].split('"')[::2]
        assert {part.strip() for part in outside} <= {"", "OR"}


@given(st.text(alphabet='ab"\\ ():-OR@#from', max_size=30))
def test_a_phrase_finds_the_post_that_says_it(phrase):
    try:
        (query,) = build_phrase_queries([phrase])
    except ValueError:
        return
    facts = Facts(phrase, "nobody", "", frozenset(), (), "1", frozenset())
    assert parse_query(query)(facts)
    assert not parse_query(query)(NOBODY)


@given(moments)
def test_ids_tell_their_time(moment):
    assert tell_time(make_id(moment)) == moment
    assert tell_time(lower_id(make_id(moment))) == moment - timedelta(minutes=10)


@pytest.mark.parametrize("number", ["20", "abc", "", "-5", "²", "9" * 30])
def test_ids_without_a_time_stay_as_they_are(number):
    assert tell_time(number) is None
    assert lower_id(number) == number


def test_newer_ids_are_longer_or_greater():
    assert find_newest(["99", "100", "9"]) == "100"
    assert find_newest(["zzz", "7", "9" * 30]) == "7"
    assert find_newest([]) is find_oldest([]) is None
    assert find_oldest(["zzz", "100", "99"]) == "99"


@given(moments, st.timedeltas(timedelta(0), timedelta(days=20)))
def test_a_window_never_asks_for_what_search_refuses(now, age):
    mark = CursorMark(make_id(now - age), now - age)
    window = choose_window(mark, now=now, limit=SEARCH_WINDOW)
    assert (window.since_id is None) != (window.start_time is None)
    asked = window.start_time or tell_time(window.since_id)
    assert asked > now - SEARCH_WINDOW
    assert (window.hole is None) == (asked <= now - age or asked <= mark.seen_at)


def test_an_old_mark_of_a_source_read_since_makes_no_hole():
    mark = CursorMark(make_id(NOW - timedelta(days=30)), NOW - timedelta(days=1))
    window = choose_window(mark, now=NOW, limit=SEARCH_WINDOW)
    assert window.start_time == NOW - timedelta(days=7) + timedelta(minutes=5)
    assert window.hole is None


def test_a_mark_without_a_time_is_asked_from_where_limits_allow_it():
    mark = CursorMark("20", NOW)
    assert choose_window(mark, now=NOW, limit=None).since_id == "20"
    assert choose_window(mark, now=NOW, limit=SEARCH_WINDOW).since_id is None


def test_a_mark_never_goes_back():
    mark = CursorMark("500", NOW)
    later = NOW + timedelta(hours=1)
    assert move_mark(mark, ["99"], later) == CursorMark("500", later)
    assert move_mark(mark, ["1000"], later, "400") == CursorMark("500", later)
    assert move_mark(mark, ["1000"], later, "700") == CursorMark("700", later)
    assert move_mark(None, [], later) is None


def make_event(**fields):
    event = {"id": "1", "event_type": "MessageCreate", "sender_id": "2", "text": "psst"}
    return {**event, "created_at": "2026-03-02T10:00:00.000Z", **fields}


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"id": "x"}, "message with an odd id: id is no number"),
        ({"id": None}, "message without an id: id is no number"),
        ({"sender_id": None}, "message 1: sender_id is missing"),
        ({"created_at": "soon"}, "message 1: created_at is no time"),
    ],
)
def test_a_broken_message_is_named_and_the_others_stay(fields, reason):
    page = parse_messages({"data": [make_event(**fields), make_event(id="5")]})
    assert page.problems == (reason,)
    assert [post.post_id for post in page.posts] == ["dm:5"]


@pytest.mark.parametrize(
    ("conversation", "partner"),
    [("2-7", "7"), ("7-2", "7"), ("7-8", None), ("1650000000000000003", None), (None, None)],
)
def test_the_other_one_is_known_where_two_talk(conversation, partner):
    page = parse_messages({"data": [make_event(dm_conversation_id=conversation)]})
    assert page.posts[0].reply_to_author_id == partner


def test_a_message_without_a_text_or_a_known_sender_is_still_one():
    (post,) = parse_messages({"data": [make_event(text=None)]}).posts
    assert (post.text, post.author_handle) == ("", "")


NAMES = [
    *("id", "text", "author_id", "type", "title", "resource_type", "resource_id", "users"),
    *("tweets", "event_type", "sender_id", "created_at", "edit_history_tweet_ids"),
]
plain = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
anything = st.recursive(
    plain | st.just("1650000000000000003"),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=5)
    ),
    max_leaves=15,
)
bodies = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("data", "includes", "errors", "meta"), anything)
)


@given(bodies)
def test_whatever_an_answer_holds_it_can_be_read_and_paid(body):
    answer = parse_answer(body)
    assert price_reads(answer.page.reads, PriceTable()) >= 0
    assert answer.listed <= answer.held
    assert all(post.post_id.isdigit() for post in answer.page.posts)
    messages = parse_messages(body)
    assert all(post.visibility == "direct" for post in messages.posts)
    parse_usage(body)


@pytest.mark.parametrize("value", [None, "many", True, -1, "1" * 20, [], 1.5])
def test_numbers_that_are_none_are_unknown(value):
    assert parse_usage({"data": {"project_cap": value}}).posts_cap is None
