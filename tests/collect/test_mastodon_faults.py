"""What servers do to those who read them, and what the Mastodon collector makes of it."""

import logging
import time
import traceback
from contextlib import suppress
from datetime import timedelta

import pytest

from listener.collect.connections import is_public
from listener.collect.mastodon import MastodonCollector
from listener.collect.mastodon.failures import find_retry_at
from listener.collect.mastodon.server import parse_version
from listener.errors import (
    AccessDeniedError,
    CollectorError,
    NeedsOperatorError,
    RateLimitError,
    RetryLaterError,
)
from tests.servers.mastodon import run_mastodon
from tests.servers.mastodon_runs import (
    NOW,
    drain,
    know,
    make_collector,
    make_source,
    read,
    read_around,
    read_states,
)
from tests.servers.mastodon_world import WorldAccount
from tests.servers.plain import run_plain

POSTS = "/api/v1/accounts/1001/statuses"
PRIVATE_ADDRESSES = [
    *("127.0.0.1", "10.0.0.1", "192.168.1.1", "172.16.0.1", "169.254.169.254", "0.0.0.0"),  # noqa: S104
    *("100.64.0.1", "224.0.0.1", "::1", "::", "fe80::1%eth0", "fc00::1"),
    *("::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::"),
]


@pytest.fixture(scope="module")
def server():
    with run_mastodon() as served:
        acme = served.add_account("acme")
        for number in range(100):
            served.post(acme, f"post {number}, call me at 0171 2345678")
        yield served


@pytest.fixture
def world(server):
    yield server
    server.faults.clear()
    server.requests.clear()


@pytest.fixture
def acme(world):
    return world.find_account("acme")


@pytest.mark.parametrize(
    ("fault", "error", "words"),
    [
        ("401", AccessDeniedError, "refused the token"),
        ("403", AccessDeniedError, "scope read"),
        ("404", NeedsOperatorError, "check the account's name"),
        ("410", NeedsOperatorError, "check the account's name"),
        ("422", NeedsOperatorError, "status 422"),
        ("429", RateLimitError, "asks to wait until"),
        ("500", RetryLaterError, "status 500"),
        ("503", RetryLaterError, "status 503"),
        ("drip", RetryLaterError, "in time"),
        ("drip_headers", RetryLaterError, "in time"),
        ("silence", RetryLaterError, "in time"),
        ("cut", RetryLaterError, "broke off"),
        ("not_json", RetryLaterError, "no JSON"),
        ("empty", RetryLaterError, "no JSON"),
        ("wrong_json", RetryLaterError, "no list"),
        ("html", RetryLaterError, "a web page"),
        ("link_loop", RetryLaterError, "in a circle"),
        ("page_repeated", RetryLaterError, "in a circle"),
    ],
)
def test_every_fault_becomes_an_error_of_ours(world, acme, fault, error, words):
    options = {"times": 2, "target": f"{world.url}{POSTS}?max_id=7&min_id=7"}
    world.fail_next(fault, POSTS, skip=1, **options)
    is_slow = "drip" in fault or fault == "silence"
    with pytest.raises(CollectorError) as caught:
        read(world, "posts", acme, timeout_seconds=0.3 if is_slow else 5)
    assert type(caught.value) is error or fault in ("404", "410", "422")
    assert isinstance(caught.value, error)
    text = str(caught.value)
    assert words in text
    assert (caught.value.platform, caught.value.account) == ("mastodon", "acme@social.example")
    assert "\n" not in text
    shown = "".join(traceback.format_exception(caught.value))
    assert acme.token not in shown
    assert "0171" not in shown
    assert "nobody should see" not in shown


def test_an_empty_page_with_a_link_to_the_next_is_not_the_end(world, acme):
    world.fail_next("empty_page", POSTS, skip=1)
    assert len(read(world, "posts", acme).keys) == 60


@pytest.mark.parametrize("fault", ["drip", "drip_headers", "silence"])
def test_the_time_limit_is_for_the_whole_request(world, acme, fault):
    world.fail_next(fault, POSTS)
    started = time.monotonic()
    with pytest.raises(RetryLaterError):
        read(world, "posts", acme, timeout_seconds=0.3)
    assert time.monotonic() - started < 20  # for ever without the limit


def test_after_a_failure_the_same_collector_goes_on(world, acme):
    with make_collector(world, acme, timeout_seconds=2) as collector:
        for fault in ("drip", "cut", "503", "html"):
            world.fail_next(fault, POSTS)
            with pytest.raises(RetryLaterError):
                drain(collector.fetch_new(make_source(acme, "posts"), None))
        assert len(drain(collector.fetch_new(make_source(acme, "posts"), None)).keys) == 100


def test_redirects_to_another_host_are_not_followed(world, acme):
    with run_mastodon("evil.example") as evil:
        world.fail_next("redirect", POSTS, target=f"{evil.url}{POSTS}")
        with pytest.raises(NeedsOperatorError, match="another host"):
            read(world, "posts", acme)
        assert evil.requests == []


def test_redirects_on_the_same_host_are_followed(world, acme):
    world.fail_next("redirect", POSTS, target=f"{POSTS}?limit=40")
    assert len(read(world, "posts", acme).keys) == 100


def test_endless_redirects_end(world, acme):
    world.fail_next("redirect", POSTS, times=50)
    with pytest.raises(RetryLaterError, match="again and again"):
        read(world, "posts", acme)


def test_a_server_that_is_not_there_is_tried_again(acme):
    with run_mastodon() as world:
        brand = world.add_account("acme")
    with pytest.raises(RetryLaterError, match="no connection"):
        read(world, "posts", brand)


def test_a_server_that_answers_nothing_without_a_token_is_told_so(world, acme):
    world.open_to_all = False
    try:
        with pytest.raises(AccessDeniedError, match="says how to get one"):
            read(world, "posts", acme, with_token=False)
    finally:
        world.open_to_all = True


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"X-RateLimit-Reset": "2026-03-09T12:02:00.123456Z"}, timedelta(seconds=120.123456)),
        ({"X-RateLimit-Reset": str(NOW.timestamp() + 90)}, timedelta(seconds=90)),
        ({"X-RateLimit-Reset": str(int(NOW.timestamp()) + 90)}, timedelta(seconds=90)),
        ({}, timedelta(minutes=5)),
        ({"X-RateLimit-Reset": "soon"}, timedelta(minutes=5)),
        ({"X-RateLimit-Reset": "nan", "Retry-After": "7"}, timedelta(seconds=7)),
        ({"Retry-After": "9" * 5000}, timedelta(days=1)),
        ({"X-RateLimit-Reset": "2026-03-09T11:00:00Z"}, timedelta(seconds=1)),
        ({"X-RateLimit-Reset": "2036-03-09T11:00:00Z"}, timedelta(days=1)),
        (
            {
                "X-RateLimit-Reset": "2026-03-09T13:02:00Z",
                "Date": "Mon, 09 Mar 2026 13:00:00 GMT",  # an hour ahead of ours
            },
            timedelta(minutes=2),
        ),
    ],
)
def test_a_limit_tells_when_the_next_request_is_welcome(headers, wait):
    headers = {name.lower(): value for name, value in headers.items()}
    assert find_retry_at(headers, NOW) == NOW + wait


def test_a_rate_limit_carries_its_time(world, acme):
    world.fail_next("429", POSTS, headers={"Date": "", "X-RateLimit-Reset": "2026-03-09T12:04:00Z"})
    with pytest.raises(RateLimitError) as caught:
        read(world, "posts", acme)
    assert caught.value.retry_at > NOW


def test_a_good_page_with_an_odd_limit_is_a_good_page(world, acme):
    odd = {"X-RateLimit-Reset": "soon", "X-RateLimit-Remaining": "many", "Deprecation": "true"}
    world.extra_headers = odd
    try:
        assert len(read(world, "posts", acme).keys) == 100
    finally:
        world.extra_headers = {}


@pytest.mark.parametrize("fault", ["401", "429", "503", "drip", "cut", "html", "redirect", "none"])
def test_no_token_is_in_any_log(world, acme, caplog, fault):
    caplog.set_level(logging.DEBUG)
    for name in ("urllib3", "requests", "mastodon", "tweepy"):
        caplog.set_level(logging.DEBUG, logger=name)
    if fault != "none":
        world.fail_next(fault, POSTS, target="https://elsewhere.example/")
    with suppress(CollectorError):
        read(world, "posts", acme, timeout_seconds=0.5)
    assert caplog.records
    assert acme.token not in caplog.text


@pytest.mark.parametrize("token", ["two words", "line\nbreak", "", "tökén"])
def test_a_token_that_is_none_is_not_sent_and_not_shown(world, acme, token):
    acme.token, kept = token, acme.token
    try:
        with pytest.raises(NeedsOperatorError, match="copy it again") as caught:
            make_collector(world, acme)
    finally:
        acme.token = kept
    assert not token or token not in str(caught.value)


@pytest.mark.parametrize(
    "address", ["http://social.example", "ftp://social.example", "", "a:b:c", "https://me:pw@a.b"]
)
def test_addresses_that_would_show_the_token_are_refused(world, acme, address):
    world.url, kept = address, world.url
    try:
        with pytest.raises(NeedsOperatorError, match="address"):
            make_collector(world, acme)
    finally:
        world.url = kept


def test_a_status_that_is_broken_does_not_cost_the_others(world, acme):
    broken = next(iter(world.posts.values()))
    broken.extra = {"created_at": "yesterday", "id": {"x": 1}}
    try:
        run = read(world, "posts", acme)
    finally:
        broken.extra = {}
    assert len(run.keys) == 99
    assert len(run.problems) == 1


def test_values_that_the_library_refuses_are_read(world, acme):
    odd = next(iter(world.posts.values()))
    odd.extra = {"edited_at": "+99999-01-01", "media_attachments": 7, "card": [], "poll": "x"}
    try:
        assert len(read(world, "posts", acme).keys) == 100
    finally:
        odd.extra = {}


@pytest.mark.parametrize("fault", ["500", "429", "401", "cut", "html", "wrong_json"])
def test_errors_make_no_post_gone(world, acme, fault):
    post = know(world, next(iter(world.posts.values())))
    world.fail_next(fault, "/api/v1/statuses")
    with pytest.raises(CollectorError):
        read_states(world, acme, [post])
    world.fail_next(fault, "/api/v1/statuses")
    with pytest.raises(CollectorError):
        read_around(world, acme, post)


def test_a_page_for_people_makes_a_post_gone_only_where_the_server_is_up(world, acme):
    post = know(world, next(iter(world.posts.values())))
    world.fail_next("html_404", "/api/v1/statuses")
    assert read_states(world, acme, [post]).gone == [post.post_id]
    world.fail_next("html_404", "/api/v1/statuses")
    world.fail_next("html_404", "/api/v2/instance", skip=1)
    world.fail_next("html_404", "/api/v1/instance")
    with pytest.raises(RetryLaterError, match="a page for people"):
        read_states(world, acme, [post])


@pytest.mark.parametrize("body", [b"[]", b"[1]", b"7", b"null", b'"sorry"', b'{"statuses": {}}'])
@pytest.mark.parametrize("kind", ["posts", "notifications", "private", "hashtag", "search"])
def test_an_answer_of_another_kind_is_no_crash_and_no_end(kind, body):
    with run_plain() as plain:
        plain.body = body
        plain.bodies["/api/v1/accounts/lookup"] = b'{"id": "1"}'
        plain.bodies["/api/v2/instance"] = b'{"domain": "social.example", "version": "4.5.3"}'
        account = WorldAccount("1", "acme", "social.example", plain.url, "token")
        with (
            MastodonCollector(
                plain.url,
                account=account.address,
                token="token",  # noqa: S106
                now=lambda: NOW,
            ) as collector,
            suppress(RetryLaterError),
        ):
            run = drain(collector.fetch_new(make_source(account, kind, "acme"), None))
            assert body in (b"[]", b"[1]")
            assert (run.posts, run.mark) == ([], None)


def test_a_mistake_of_our_own_is_not_taken_for_the_networks(world, acme, monkeypatch):
    def fail(*_args, **_options):
        raise ZeroDivisionError

    monkeypatch.setattr("listener.collect.mastodon.session.parse_json", fail)
    with pytest.raises(ZeroDivisionError):
        read(world, "posts", acme)


def test_nothing_but_reading_leaves_the_session(world, acme):
    with make_collector(world, acme) as collector:
        server = collector._server
        with pytest.raises(ValueError, match="only reads"):
            server.ask(lambda client: client.status_post("hello"))
    assert world.requests == []


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1:248:1893:25c8:1946", True),
        *[(address, False) for address in PRIVATE_ADDRESSES],
    ],
)
def test_private_addresses_are_known(address, expected):
    assert is_public(address) is expected


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("4.3.0+glitch", (4, 3, 0)),
        ("2.9.2 (compatible; Pleroma 2.5.0)", (2, 9, 2)),
        ("gotosocial 0.17", (0, 17, 0)),
        ("4", (4, 0, 0)),
        ("v4.5", (4, 5, 0)),
        ("", (0, 0, 0)),
        ("nightly", (0, 0, 0)),
        ("4" * 5000, (444444, 0, 0)),
    ],
)
def test_any_version_is_numbers(text, numbers):
    assert parse_version(text) == numbers
