from dataclasses import replace
from datetime import timedelta

import pytest

from listener.errors import AccessDeniedError, NeedsOperatorError, RateLimitError, RetryLaterError
from tests.servers.mastodon import run_mastodon
from tests.servers.mastodon_faults import Reply
from tests.servers.mastodon_runs import NOW, make_collector

INSTANCE = ("/api/v1/instance", "/api/v2/instance")


@pytest.fixture
def world():
    with run_mastodon() as world:
        world.clock = NOW
        yield world


@pytest.fixture
def acme(world):
    account = world.add_account("acme")
    world.post(account, "good morning")
    return account


def look(world, account, *, token=None, **options):
    if token:
        account = replace(account, token=token)
    with make_collector(world, account, **options) as collector:
        return collector.fetch_access()


def test_a_good_token_of_the_account_itself(world, acme):
    world.extra_headers = {"X-RateLimit-Remaining": "290"}
    access = look(world, acme)
    assert (access.server.version, access.server.api_version) == ("4.5.3", 7)
    assert (access.account_exists, access.account_id) == (True, acme.id)
    assert (access.is_token_good, access.is_own, access.token_account) == (True, True, acme.address)
    assert (access.scopes, access.is_read_only) == (("read",), True)
    assert (access.calls_left, access.calls_limit) == (290, 300)
    assert access.clock_skew == timedelta(0)
    assert access.failure is None
    assert access.allows_posts
    assert access.allows_public_timeline
    assert access.allows_context
    assert access.allows_search
    assert access.allows_notifications


def test_it_takes_eight_requests_at_most(world, acme):
    look(world, acme)
    assert len(world.requests) == 8
    world.requests.clear()
    look(world, world.add_account("ben"), with_token=False)
    assert len(world.requests) <= 5


def test_without_a_token(world, acme):
    access = look(world, acme, with_token=False)
    assert (access.has_token, access.is_token_good, access.is_own) == (False, None, None)
    assert (access.account_exists, access.allows_posts, access.allows_context) == (True,) * 3
    assert access.allows_search is False
    assert access.allows_notifications is None
    assert not any(request.token for request in world.requests)


@pytest.mark.parametrize(
    ("scopes", "is_read_only"),
    [
        (["read"], True),
        (["read:accounts", "read:statuses", "profile"], True),
        ("read read:search", True),
        (["read", "write"], False),
        ("read write:statuses", False),
        (["read", "follow"], False),
        (["read", "push"], False),
        (["admin:read"], False),
        (["readwrite"], False),
        (None, None),
        ([], None),
        (7, None),
        ([7], None),
    ],
)
def test_whether_a_token_may_write(world, acme, scopes, is_read_only):
    world.app_scopes = scopes
    assert look(world, acme).is_read_only is is_read_only


def test_servers_that_do_not_tell_scopes(world, acme):
    world.missing = {"/api/v1/apps"}  # GoToSocial, Takahe
    access = look(world, acme)
    assert (access.is_token_good, access.scopes, access.is_read_only) == (True, None, None)


def test_an_answer_as_pleroma_gives_it(world, acme):
    world.version, world.api_version = "2.7.2 (compatible; Pleroma 2.9.1)", None
    world.app_scopes, world.missing = None, {"/api/v2/instance"}
    access = look(world, acme)
    assert access.server.version == "2.7.2 (compatible; Pleroma 2.9.1)"
    assert (access.server.api_version, access.is_read_only, access.allows_posts) == (0, None, True)


def test_the_token_of_someone_else(world, acme):
    other = world.add_account("help")
    access = look(world, acme, token=other.token)
    assert (access.is_token_good, access.is_own) == (True, False)
    assert access.token_account == other.address
    assert (access.account_id, access.account_exists) == (acme.id, True)
    assert access.allows_notifications is None
    assert world.count_requests("/api/v1/notifications") == 0


def test_one_account_under_two_hosts_is_one(world, acme):
    acme_elsewhere = world.add_account("acme@acme.example")
    acme_elsewhere.id = acme.id
    access = look(world, acme_elsewhere, token=acme.token)
    assert access.is_own


def test_a_refused_token(world, acme):
    access = look(world, acme, token="stale-token")  # noqa: S106
    assert (access.has_token, access.is_token_good) == (True, False)
    # What is left without it.
    assert (access.account_exists, access.allows_posts, access.allows_search) == (True, True, False)


def test_a_token_that_is_refused_by_a_page(world, acme):
    """As Takahe does, on whatever path."""
    world.refusal = Reply(400, body=b"Invalid Bearer token", headers={"Content-Type": "text/html"})
    access = look(world, acme, token="wrong")  # noqa: S106
    assert (access.is_token_good, access.account_exists, access.failure) == (False, True, None)


def test_a_token_refused_where_the_instance_is_open(world, acme):
    world.fail_next("401", "/api/v1/accounts/verify_credentials", times=9)
    access = look(world, acme)
    assert access.is_token_good is False
    assert access.allows_posts
    assert len(world.requests) <= 8


def test_a_token_of_an_app_alone_is_good_and_nobodys(world, acme):
    world.fail_next("422", "/api/v1/accounts/verify_credentials")
    access = look(world, acme)
    assert (access.is_token_good, access.is_own, access.token_account) == (True, None, None)
    assert access.account_exists


def test_a_server_that_answers_nothing_without_a_token(world, acme):
    world.open_to_all = False
    access = look(world, acme, with_token=False)
    assert (access.allows_posts, access.allows_public_timeline) == (None, False)
    assert access.account_exists is None
    assert look(world, acme).allows_posts


def test_a_server_that_does_not_even_name_itself_without_a_token(world, acme):
    for path in INSTANCE:
        world.fail_next("401", path, times=9)
    with pytest.raises(AccessDeniedError, match="answers nothing without a token"):
        look(world, acme, with_token=False)


def test_an_unknown_account(world, acme):
    stranger = world.add_account("nobody")
    del world.accounts[stranger.address]
    access = look(world, stranger, with_token=False)
    assert (access.account_exists, access.account_id, access.allows_posts) == (False, None, None)


def test_a_page_for_people_does_not_mean_that_an_account_is_unknown(world, acme):
    world.fail_next("html_404", "/api/v1/accounts/lookup")
    access = look(world, acme, with_token=False)
    assert access.account_exists is None
    assert access.allows_public_timeline


def test_a_suspended_account(world, acme):
    acme.suspended = True
    access = look(world, acme, with_token=False)
    assert access.is_suspended
    assert access.account_exists


@pytest.mark.parametrize(("status", "allowed"), [("401", False), ("403", False), ("422", False)])
@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/api/v1/timelines", "allows_public_timeline"),
        ("/api/v2/search", "allows_search"),
        ("/api/v1/notifications", "allows_notifications"),
        ("/api/v1/statuses", "allows_context"),
    ],
)
def test_what_is_refused_is_not_allowed(world, acme, path, name, status, allowed):
    world.fail_next(status, path)
    access = look(world, acme)
    assert getattr(access, name) is allowed
    assert access.failure is None


@pytest.mark.parametrize("kind", ["404", "500", "html", "not_json", "wrong_json"])
def test_what_fails_otherwise_is_not_known(world, acme, kind):
    world.fail_next(kind, "/api/v1/timelines")
    access = look(world, acme)
    assert access.allows_public_timeline is None
    assert access.allows_search
    assert bool(access.failure) is (kind not in ("404", "wrong_json"))


def test_who_asks_to_wait_is_not_asked_on(world, acme):
    world.extra_headers = {"X-RateLimit-Remaining": "0"}
    world.fail_next("429", "/api/v1/timelines")
    access = look(world, acme)
    assert world.requests[-1].path.startswith("/api/v1/timelines")
    assert isinstance(access.failure, RateLimitError)
    assert (access.calls_left, access.allows_search) == (0, None)


def test_who_is_silent_is_not_asked_on(world, acme):
    world.fail_next("silence", "/api/v1/accounts/verify_credentials")
    access = look(world, acme, timeout_seconds=1)
    assert (access.is_token_good, access.account_exists) == (None, None)
    assert "did not answer in time" in str(access.failure)
    assert len(world.requests) == 2


@pytest.mark.parametrize("kind", ["500", "503", "429", "cut", "not_json", "redirect"])
def test_a_server_that_cannot_tell_what_it_is_is_not_asked_on(world, acme, kind):
    target = "http://elsewhere.example/" if kind == "redirect" else ""
    world.fail_next(kind, times=9, target=target)
    with pytest.raises((RetryLaterError, NeedsOperatorError)):
        look(world, acme)
    assert len(world.requests) <= (2 if kind in ("500", "not_json") else 1)


def test_clocks(world, acme):
    world.clock = NOW + timedelta(minutes=7)
    assert look(world, acme).clock_skew == timedelta(minutes=7)
    world.clock = NOW - timedelta(minutes=7)
    assert look(world, acme).clock_skew == -timedelta(minutes=7)


def test_an_answer_out_of_a_cache_is_as_old_as_it_says(world, acme):
    world.clock, world.extra_headers = NOW - timedelta(seconds=90), {"Age": "90"}
    assert look(world, acme).clock_skew == timedelta(0)


def test_odd_headers_are_not_told(world, acme):
    world.extra_headers = {"X-RateLimit-Remaining": "many", "X-RateLimit-Limit": "-1"}
    access = look(world, acme)
    assert (access.calls_left, access.calls_limit) == (None, None)


def test_no_words_of_the_server_and_no_token_in_what_is_shown(world, acme):
    world.fail_next("500", "/api/v1/timelines")
    access = look(world, acme)
    assert acme.token not in repr(access)
    assert "nobody should see" not in str(access.failure)
