"""The Mastodon collector against `mastodon_mock`, a server that nobody here has written."""

from datetime import UTC, datetime, timedelta

import pytest

from listener.collect.base import CursorMark, Source, Visit
from listener.errors import AccessDeniedError, NeedsOperatorError, RateLimitError, RetryLaterError
from tests.servers.mastodon_mock import DOMAIN, run_mastodon_mock
from tests.servers.mastodon_runs import Run, drain

NOTIFICATIONS = "/api/v1/notifications"
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def server():
    with run_mastodon_mock("acme", "anna", "ben") as running:
        yield running


@pytest.fixture
def mock(server):
    server.reset()
    return server


def make_source(kind, query=""):
    return Source(
        platform="mastodon", brand="acme", account=f"acme@{DOMAIN}", kind=kind, query=query
    )


def read(mock, kind, mark=None, *, into=None, query="", **options):
    with mock.make_collector("acme", **options) as collector:
        return drain(collector.fetch_new(make_source(kind, query), mark), into)


def look_around(mock, post):
    with mock.make_collector("acme") as collector:
        return drain(collector.fetch_visit([Visit(post=post)], since=LONG_AGO))


def look_again(mock, posts):
    with mock.make_collector("acme") as collector:
        return drain(collector.fetch_states(posts))


def find_path(mock, name="acme"):
    number = mock.call("GET", f"/api/v1/accounts/lookup?acct={name}")["id"]
    return f"/api/v1/accounts/{number}/statuses"


def test_an_accounts_posts_come_with_its_answers(mock):
    asked = mock.post("anna", "@acme my phone is dead")
    mock.post("acme", "@anna on it\n\ntry https://acme.example/help?a=1&b=2 <3", reply_to=asked)
    mock.post("acme", "good morning", language="en")
    mock.call("POST", f"/api/v1/statuses/{asked['id']}/reblog", "acme")
    run = read(mock, "posts")
    assert run.texts == {
        "@anna on it\n\ntry https://acme.example/help?a=1&b=2 <3",
        "good morning",
    }
    assert run.problems == []
    answer = next(post for post in run.posts if post.text.startswith("@anna"))
    assert answer.author_id == f"acme@{DOMAIN}"
    assert answer.mentions == (f"anna@{DOMAIN}",)
    assert answer.reply_to_id == f"{DOMAIN}/{asked['id']}"
    assert answer.reply_to_author_id == f"anna@{DOMAIN}"


def test_mentions_come_as_notifications_and_applause_does_not(mock):
    own = mock.post("acme", "our new phone")
    mock.post("anna", "@acme my phone is dead")
    mock.post("ben", "@acme mine too", visibility="unlisted")
    mock.call("POST", f"/api/v1/statuses/{own['id']}/favourite", "anna")
    run = read(mock, "notifications")
    assert {(post.text, post.visibility) for post in run.posts} == {
        ("@acme my phone is dead", "public"),
        ("@acme mine too", "unlisted"),
    }
    assert run.problems == []


def test_a_quote_names_what_it_quotes(mock):
    own = mock.post("acme", "our new phone")
    mock.post("ben", "look at this, acme", quoted_status_id=own["id"])
    quote = next(p for p in read(mock, "search", query="look").posts if "look" in p.text)
    assert quote.quote_of_id == own["uri"]


def test_a_long_history_is_read_page_by_page_and_then_from_the_mark(mock):
    for number in range(50):
        mock.post("acme", f"post {number}")
    first = read(mock, "posts")
    assert first.pages == 2
    assert len(first.keys) == 50
    for number in range(50, 100):
        mock.post("acme", f"post {number}")
    second = read(mock, "posts", first.mark)
    assert {f"post {number}" for number in range(50, 100)} <= second.texts
    assert len(second.keys) < 100
    third = read(mock, "posts", second.mark)
    assert third.mark is None
    mock.post("acme", "one more")
    assert "one more" in read(mock, "posts", second.mark).texts


def test_a_run_that_breaks_off_after_its_first_page_loses_nothing(mock):
    mock.post("anna", "@acme help")
    mark = read(mock, "notifications").mark
    for number in range(50):
        mock.post("anna", f"@acme help {number}")
    mock.fail("latency", NOTIFICATIONS, count=2)
    mock.fail("status", NOTIFICATIONS, status=503)
    broken = Run()
    with pytest.raises(RetryLaterError, match="status 503"):
        read(mock, "notifications", mark, into=broken)
    rest = read(mock, "notifications", broken.mark or mark)
    assert broken.texts | rest.texts >= {f"@acme help {number}" for number in range(50)}


def test_a_conversation_has_what_is_above_and_below(mock):
    asked = mock.post("anna", "@acme my phone is dead")
    answer = mock.post("acme", "@anna which one?", reply_to=asked)
    mock.post("anna", "@acme the red one", reply_to=answer)
    mock.post("ben", "@anna same here", reply_to=asked)
    known = read(mock, "notifications").posts
    run = look_around(mock, next(post for post in known if post.post_id == asked["uri"]))
    assert run.texts == {
        *("@acme my phone is dead", "@anna which one?", "@acme the red one", "@anna same here")
    }
    parents = {post.text: post.reply_to_id for post in run.posts}
    assert parents["@acme the red one"] == f"{DOMAIN}/{answer['id']}"
    assert run.gone == []


def test_edits_keep_their_key_and_deletions_are_told(mock):
    statuses = [mock.post("anna", f"@acme help {number}") for number in range(4)]
    known = read(mock, "notifications").posts
    mock.edit("anna", statuses[0], "@acme help, it is the red one")
    mock.delete("anna", statuses[1])
    run = look_again(mock, known)
    assert run.gone == [statuses[1]["uri"]]
    edited = next(post for post in run.posts if post.post_id == statuses[0]["uri"])
    assert edited.text == "@acme help, it is the red one"
    assert edited.edited_at is not None
    assert edited.edited_at >= edited.created_at
    assert len(run.keys) == 3


def test_a_deleted_parent_does_not_hide_its_answer(mock):
    asked = mock.post("anna", "@acme my phone is dead")
    mock.post("acme", "@anna which one?", reply_to=asked)
    answer = read(mock, "posts").posts[0]
    mock.delete("anna", asked)
    run = look_around(mock, answer)
    assert "@anna which one?" in run.texts
    assert answer.post_id not in run.gone


def test_hashtags_and_search_find_what_others_say(mock):
    mock.post("anna", "my phone from #acme is dead")
    mock.post("ben", "acme never answers")
    assert read(mock, "hashtag", query="acme").texts == {"my phone from #acme is dead"}
    assert {"my phone from #acme is dead", "acme never answers"} <= read(
        mock, "search", query="acme"
    ).texts


def test_direct_messages_come_as_such(mock):
    asked = mock.post("anna", "@acme my number is 12", visibility="direct")
    mock.post("acme", "@anna thank you", visibility="direct", reply_to=asked)
    run = read(mock, "private")
    assert run.texts == {"@acme my number is 12", "@anna thank you"}
    assert {post.visibility for post in run.posts} == {"direct"}


def test_a_token_with_read_scopes_is_enough_and_one_without_is_refused():
    with run_mastodon_mock("acme", "anna", auth={"enforce_scopes": True}) as mock:
        mock.post("anna", "@acme my phone is dead")
        token = mock.log_in("acme", "read")
        assert read(mock, "notifications", token=token).texts == {"@acme my phone is dead"}
        token = mock.log_in("acme", "write")
        with pytest.raises(AccessDeniedError, match="scope read"):
            read(mock, "notifications", token=token)


def test_a_token_that_is_none_is_refused(mock):
    with pytest.raises(AccessDeniedError, match="refused the token"):
        read(mock, "notifications", token="no-such-token")  # noqa: S106


def test_an_account_that_is_not_there_needs_the_operator(mock):
    source = Source(platform="mastodon", brand="b", account=f"nobody@{DOMAIN}", kind="posts")
    with (
        mock.make_collector("acme") as collector,
        pytest.raises(NeedsOperatorError, match="account's name"),
    ):
        drain(collector.fetch_new(source, None))


def test_its_rate_limiter_tells_when_to_come_back():
    limits = {"enabled": True, "limit": 1, "window_seconds": 300}
    with run_mastodon_mock("acme", ratelimit=limits) as mock:
        with pytest.raises(RateLimitError) as caught:
            read(mock, "notifications")
        assert_soon(caught.value.retry_at, 300)


def assert_soon(moment, seconds):
    """Clocks of servers tell whole seconds."""
    now = datetime.now(UTC)
    assert now - timedelta(minutes=1) < moment <= now + timedelta(seconds=seconds + 2)


@pytest.mark.parametrize(
    ("kind", "effect", "error", "words"),
    [
        ("status", {"status": 500}, RetryLaterError, "status 500"),
        ("status", {"status": 502, "body": "<html>"}, RetryLaterError, "status 502"),
        ("status", {"status": 403}, AccessDeniedError, "scope read"),
        ("status", {"status": 410}, NeedsOperatorError, "status 410"),
        ("malformed", {"truncate": True}, RetryLaterError, "no JSON"),
        ("malformed", {"truncate": False}, RetryLaterError, "no JSON"),
        ("timeout", {}, RetryLaterError, "in time"),
        ("ratelimit", {}, RateLimitError, "asks to wait until"),
    ],
)
def test_faults_that_it_injects_become_our_errors(mock, kind, effect, error, words):
    mock.post("anna", "@acme my phone is dead")
    mock.fail(kind, NOTIFICATIONS, **effect)
    patience = {"timeout_seconds": 0.5} if kind == "timeout" else {}
    with pytest.raises(error, match=words) as caught:
        read(mock, "notifications", **patience)
    if isinstance(caught.value, RateLimitError):
        assert_soon(caught.value.retry_at, 300)
    assert mock.list_faults() == []
    assert read(mock, "notifications").texts == {"@acme my phone is dead"}


def test_slow_answers_are_waited_for(mock):
    mock.post("acme", "good morning")
    mock.fail("latency", find_path(mock), delay_ms=50)
    assert read(mock, "posts").texts == {"good morning"}


def test_a_failing_instance_costs_no_storm(mock):
    mock.post("anna", "@acme my phone is dead")
    for path in ("/api/v1/instance", "/api/v2/instance"):
        mock.fail("status", path, status=500, count=1_000)
    with pytest.raises(RetryLaterError, match="status 500"):
        read(mock, "search", query="acme")
    used = 2_000 - sum(rule["remaining"] for rule in mock.list_faults())
    assert used <= 2


def test_marks_that_it_never_gave_are_survived(mock):
    mock.post("anna", "@acme my phone is dead")
    mark = CursorMark("01KB2FWJ8Z4P", LONG_AGO)
    assert "@acme my phone is dead" in read(mock, "notifications", mark).texts
