"""Whatever X or the way to it does: our own error, one line, nothing secret in it."""

import logging
import traceback
from datetime import timedelta

import pytest

from listener.collect.base import CursorMark, Source
from listener.collect.x import UserKeys, XCollector
from listener.collect.x.failures import make_error
from listener.collect.x.session import RefusedError
from listener.errors import (
    AccessDeniedError,
    CollectorError,
    ConfigError,
    NeedsOperatorError,
    RateLimitError,
    RetryLaterError,
)
from tests.servers.x import FAULTS, PRIVATE_WORDS, START, run_x

FAILURES = {
    "400": (NeedsOperatorError, "refuses a request"),
    "field": (NeedsOperatorError, "field names in tweet.fields: this version of listener"),
    "401": (AccessDeniedError, "token was refused"),
    "402": (NeedsOperatorError, "credits"),
    "403": (AccessDeniedError, "access was denied"),
    "404": (NeedsOperatorError, "x.api_url"),
    "429": (RateLimitError, "wait until 2026-03-02 10:15 UTC"),
    "usage-capped": (NeedsOperatorError, "credits"),
    "500": (RetryLaterError, "answered 500"),
    "503": (RetryLaterError, "answered 503"),
    "odd-refusal": (RetryLaterError, "answered 500"),
    "redirect": (RetryLaterError, "answered 302"),
    "drip": (RetryLaterError, "did not answer in time"),
    "drip-headers": (RetryLaterError, "did not answer in time"),
    "silence": (RetryLaterError, "did not answer in time"),
    "hang-up": (RetryLaterError, "broke off"),
    "cut": (RetryLaterError, "broke off"),
    "wrong-json": (RetryLaterError, "no JSON"),
    "html": (RetryLaterError, "no JSON"),
    "list": (RetryLaterError, "no JSON object"),
    "empty-object": (RetryLaterError, "no list"),
    "repeated-token": (RetryLaterError, "the same page again"),
}
SLOW = {"drip", "drip-headers", "silence"}
CALLS = {
    "search": lambda collector: read(collector, "search"),
    "private": lambda collector: read(collector, "private"),
    "states": lambda collector: list(collector.fetch_states(read(collector, "search"))),
}


@pytest.fixture
def x():
    with run_x() as server:
        server.world.add_user("acme")
        server.world.add_user("anna")
        for minutes in (3, 2, 1):
            at = server.world.now - timedelta(minutes=minutes)
            server.world.post("anna", f"@acme help {minutes}", at=at)
            server.world.message("anna", "acme", f"my number is 12{minutes}", at=at)
        yield server


def make_collector(x, **options):
    return XCollector(
        **{
            "account": "acme",
            "bearer_token": x.bearer_token,
            "user_keys": UserKeys(**x.make_keys("acme")),
            "api_url": x.url,
            "timeout_seconds": 20,
            "now": lambda: x.world.now,
            **options,
        }
    )


def tell_patience(fault):
    return 0.3 if fault in SLOW else 20


def read(collector, kind, mark=None):
    source = Source(platform="x", brand="acme", account="acme", kind=kind)
    return [post for page in collector.fetch_new(source, mark) for post in page.posts]


def test_every_fault_of_the_server_has_its_row():
    assert {*FAILURES} == {*FAULTS}


@pytest.mark.parametrize("kind", ["search", "posts", "private"])
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_becomes_an_error_that_says_what_to_do(x, fault, kind):
    expected, words = FAILURES[fault]
    x.fail_next(fault, path={"search": "search", "posts": "tweets", "private": "dm_events"}[kind])
    with pytest.raises(CollectorError) as caught:
        read(make_collector(x, timeout_seconds=tell_patience(fault)), kind)
    error, message = caught.value, str(caught.value)
    assert type(error) is expected
    if fault != "field" or kind != "private":
        assert words in message
    assert message.startswith("x account @acme: ")
    assert "\n" not in message
    assert (error.platform, error.account) == ("x", "acme")


@pytest.mark.parametrize("fault", sorted({*FAULTS} - {"empty-object", "repeated-token"}))
def test_a_foreign_error_is_kept_as_the_cause_and_tells_no_secret(x, fault):
    x.fail_next(fault, path="search")
    with pytest.raises(CollectorError) as caught:
        read(make_collector(x, timeout_seconds=tell_patience(fault)), "search")
    assert fault == "list" or caught.value.__cause__ is not None
    shown = "".join(traceback.format_exception(caught.value))
    for secret in (x.bearer_token, PRIVATE_WORDS, *x.make_keys("acme").values()):
        assert secret not in shown


def test_after_a_fault_the_next_run_reads_everything(x):
    collector = make_collector(x)
    for fault in sorted({*FAULTS} - SLOW):
        x.fail_next(fault, path="search")
        with pytest.raises(CollectorError):
            read(collector, "search")
        assert len(read(collector, "search")) == 3


def test_a_run_that_breaks_off_after_page_one_brings_no_mark_and_loses_nothing(x):
    x.page_size = 1
    collector = make_collector(x)
    source = Source(platform="x", brand="acme", account="acme", kind="search")
    x.fail_next("503", path="search", after=1)
    pages = []
    with pytest.raises(RetryLaterError):
        pages.extend(collector.fetch_new(source, None))
    run = collector.fetch_new(source, None)
    assert next(run).mark is None
    run.close()
    again = list(collector.fetch_new(source, None))
    assert len({post.post_id for page in again for post in page.posts}) == 3
    assert [page.mark is None for page in again] == [True, True, False]


def test_a_limit_tells_when_to_come_back(x):
    x.rate_limit = 2
    x.world.advance(minutes=4)
    collector = make_collector(x)
    read(collector, "search")
    read(collector, "search")
    with pytest.raises(RateLimitError) as caught:
        read(collector, "search")
    assert caught.value.retry_at == x.world.now + timedelta(minutes=11)
    x.world.now = caught.value.retry_at
    assert len(read(collector, "search")) == 3


@pytest.mark.parametrize(
    ("headers", "minutes"),
    [
        ({}, 15),
        ({"x-rate-limit-reset": "soon"}, 15),
        ({"x-rate-limit-reset": "9" * 40}, 15),
        ({"x-rate-limit-reset": "+7"}, 7),
        ({"x-rate-limit-reset": "-7"}, 1),
        ({"x-rate-limit-reset": "+9000"}, 24 * 60),
        ({"x-rate-limit-remaining": "3", "x-rate-limit-reset": "+7"}, 15),
        ({"x-rate-limit-reset": "+7", "x-app-limit-24hour-reset": "+300"}, 300),
        ({"x-user-limit-24hour-remaining": "0", "x-user-limit-24hour-reset": "+60"}, 60),
    ],
)
def test_the_pause_is_the_longest_that_x_names_within_a_day(headers, minutes):
    written = {
        name: str(int((START + timedelta(minutes=int(value))).timestamp()))
        if value[0] in "+-"
        else value
        for name, value in headers.items()
    }
    error = make_error(RefusedError(429, written, {}), account="acme", now=START)
    assert error.retry_at == START + timedelta(minutes=minutes)


def test_a_deep_answer_is_no_json_rather_than_the_end_of_the_program(x, monkeypatch):
    monkeypatch.setattr("tests.servers.x.json.dumps", lambda body: "[" * 200_000)
    with pytest.raises(RetryLaterError, match="no JSON"):
        read(make_collector(x), "search")


def test_an_answer_without_end_is_cut_off(x, monkeypatch):
    monkeypatch.setattr("listener.collect.x.session.LARGEST_ANSWER_BYTES", 10_000)
    x.world.post("anna", "@acme " + "help " * 4_000)
    with pytest.raises(RetryLaterError, match="larger than any"):
        read(make_collector(x), "search")


def test_a_server_that_nobody_runs_is_no_reason_to_give_up():
    with run_x() as x:
        x.world.add_user("acme")
        collector = make_collector(x)
    with pytest.raises(RetryLaterError, match="connection to x failed"):
        read(collector, "search")


@pytest.mark.parametrize(
    "change",
    [
        {"bearer_token": "someone-else", "user_keys": None},
        {"bearer_token": None, "user_keys": UserKeys(**dict.fromkeys(UserKeys.__slots__, "1-a"))},
    ],
)
def test_wrong_keys_are_refused(x, change):
    with pytest.raises(AccessDeniedError):
        read(make_collector(x, **change), "search")


@pytest.mark.parametrize("token", ["two words", "line\n", "ünicode", ""])
def test_what_cannot_be_a_token_is_refused_before_anything_is_sent(x, token):
    with pytest.raises(NeedsOperatorError) as caught:
        make_collector(x, bearer_token=token, user_keys=None)
    assert not token or token not in str(caught.value)
    assert x.exchanges == []


def test_without_any_key_there_is_nothing_to_try(x):
    with pytest.raises(NeedsOperatorError, match="no bearer token"):
        make_collector(x, bearer_token=None, user_keys=None)


@pytest.mark.parametrize("kind", ["posts", "mentions"])
def test_an_account_that_is_not_there_is_named(x, kind):
    source = Source(platform="x", brand="acme", account="acmee", kind=kind)
    with pytest.raises(NeedsOperatorError, match="no such account"):
        list(make_collector(x).fetch_new(source, None))
    x.world.add_user("acmee").suspended = True
    with pytest.raises(NeedsOperatorError, match="suspended"):
        list(make_collector(x).fetch_new(source, None))


def test_the_timeline_of_a_protected_account_is_denied_and_not_empty(x):
    x.world.add_user("shy", protected=True)
    source = Source(platform="x", brand="acme", account="shy", kind="posts")
    with pytest.raises(AccessDeniedError, match="followers only"):
        list(make_collector(x).fetch_new(source, None))


def test_passwords_of_the_machine_are_not_sent_in_the_place_of_the_token(x, tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("default login somebody password of-the-machine\n")
    monkeypatch.setenv("NETRC", str(netrc))
    assert len(read(make_collector(x), "search")) == 3


@pytest.mark.parametrize(
    "body",
    [
        {"data": "text", "meta": {}},
        {"data": {"id": "1"}, "meta": {}},
        {"data": [], "meta": []},
        {"meta": {"next_token": 5}},
        {"meta": {"next_token": ""}},
    ],
)
def test_what_is_no_list_is_not_taken_for_its_end(x, monkeypatch, body):
    monkeypatch.setattr("tests.servers.x.make_answer", lambda *_, **__: body)
    with pytest.raises(RetryLaterError):
        read(make_collector(x), "search")


@pytest.mark.parametrize("handle", ["a/../../2/tweets", "ümlaut", "", "a b"])
def test_what_is_no_handle_is_not_put_into_an_address(x, handle):
    for kind in ("posts", "search"):
        source = Source(platform="x", brand="acme", account=handle, kind=kind)
        with pytest.raises(NeedsOperatorError, match="handle"):
            list(make_collector(x).fetch_new(source, None))
    assert x.exchanges == []


def test_requests_go_to_x_itself_unless_told_otherwise(x):
    options = {"account": "acme", "bearer_token": x.bearer_token, "now": lambda: x.world.now}
    assert XCollector(**options)._connection.session.api_url == "https://api.x.com"


def test_names_of_this_machine_need_no_encryption(x):
    collector = make_collector(x, api_url=x.url.replace("127.0.0.1", "localhost"))
    assert len(read(collector, "search")) == 3


def test_pages_without_an_end_are_left(x, monkeypatch):
    monkeypatch.setattr("listener.collect.x.connection._MOST_PAGES", 2)
    x.page_size = 1
    with pytest.raises(RetryLaterError, match="again and again"):
        read(make_collector(x), "search")


def test_the_time_limit_holds_behind_a_proxy_too(x, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", x.url)
    collector = make_collector(x, api_url="http://127.0.0.1:1", timeout_seconds=0.5)
    x.fail_next("drip", after=1)
    assert len(read(collector, "search")) == 3
    with pytest.raises(RetryLaterError, match="in time"):
        read(collector, "search")


@pytest.mark.parametrize(
    "api_url",
    [
        "http://api.x.com",
        "ftp://127.0.0.1",
        "api.x.com",
        "http://127.0.0.1.evil.example",
        "https://",
        "https://[",
    ],
)
def test_tokens_do_not_travel_openly(x, api_url):
    with pytest.raises(ConfigError, match=r"x\.api_url"):
        make_collector(x, api_url=api_url)


def test_private_messages_without_own_keys_need_the_operator(x):
    with pytest.raises(NeedsOperatorError, match="own keys"):
        read(make_collector(x, user_keys=None), "private")


@pytest.mark.parametrize("call", CALLS)
def test_nothing_secret_is_logged_at_any_level(x, caplog, call):
    collector = make_collector(x)
    for name in ("", "tweepy", "tweepy.client", "requests_oauthlib", "oauthlib", "urllib3"):
        caplog.set_level(logging.DEBUG, name)
    names = ("oauthlib.oauth1.rfc5849", "requests_oauthlib.oauth1_auth", "requests")
    for name in names:
        caplog.set_level(logging.DEBUG, name)
    CALLS[call](collector)
    x.fail_next("401")
    with pytest.raises(AccessDeniedError):
        CALLS[call](collector)
    assert caplog.records, "urllib3 logs something, else this test shows nothing"
    for secret in (x.bearer_token, *x.make_keys("acme").values(), "my number is", "@acme help"):
        assert secret not in caplog.text


def test_keys_do_not_show_themselves(x):
    keys = UserKeys(**x.make_keys("acme"))
    assert "secret" not in repr(keys)
    assert "token-of" not in repr(keys)


def test_a_mark_that_x_takes_for_too_old_is_a_clock_to_look_at(x):
    mark = CursorMark(x.world.make_id(x.world.now - timedelta(days=6)), x.world.now)
    collector = make_collector(x, now=lambda: x.world.now - timedelta(days=3))
    x.world.advance(days=3)
    with pytest.raises(NeedsOperatorError, match=r"since_id; look at .* clock"):
        read(collector, "search", mark)
