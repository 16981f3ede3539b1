"""Getting a token from a server that may be old, odd, unwell or malicious."""

import itertools
import logging
import re
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from listener.collect.mastodon.login import BROAD_SCOPES, SCOPES, MastodonLogin
from listener.errors import CollectorError, NeedsOperatorError, RateLimitError, RetryLaterError
from tests.servers.mastodon import run_mastodon
from tests.servers.mastodon_mock import run_mastodon_mock
from tests.servers.mastodon_oauth import approve

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
UNWELL = ("drip", "drip_headers", "cut", "silence", "429")
READING = {"read", "read:accounts", "read:statuses", "read:notifications", "read:search"}


@pytest.fixture
def world():
    with run_mastodon() as served:
        yield served


@pytest.fixture
def acme(world):
    return world.add_account("acme")


def open_login(world, account, seconds=20.0):
    return MastodonLogin(
        world.url, account=account.address, now=lambda: NOW, timeout_seconds=seconds
    )


def log_in(world, account, **options):
    with open_login(world, account, **options) as login:
        app = login.fetch_app()
        return app, login.fetch_grant(app, approve(login.compose_address(app), account))


def list_posts(world):
    return [request.path for request in world.requests if request.method == "POST"]


def test_a_program_asks_for_reading_only():
    assert {*SCOPES, *BROAD_SCOPES} == READING


def test_a_token_is_given_for_a_code(world, acme):
    app, grant = log_in(world, acme)
    assert world.oauth.tokens[grant.token].account is acme
    assert grant.scopes == app.scopes == SCOPES
    (registered,) = world.oauth.apps.values()
    assert (registered.name, registered.website, registered.scopes) == (
        "listener",
        None,
        list(SCOPES),
    )
    assert list_posts(world) == ["/api/v1/apps", "/oauth/token"]


def test_the_code_is_proven_where_the_server_can_check_it(world, acme):
    app, _ = log_in(world, acme)
    (page,) = [request for request in world.requests if request.path == "/oauth/authorize"]
    assert page.first("code_challenge_method") == "S256"
    assert app.verifier
    assert app.verifier not in str(page.query)
    world.oauth.tells_ways = False
    assert log_in(world, acme)[0].verifier == ""


def test_the_page_lets_a_person_choose_the_account(world, acme):
    with open_login(world, acme) as login:
        address = urlsplit(login.compose_address(login.fetch_app()))
    query = parse_qs(address.query)
    assert address.path == "/oauth/authorize"
    assert query["force_login"] == ["true"]
    assert query["redirect_uri"] == ["urn:ietf:wg:oauth:2.0:oob"]
    assert "secret" not in address.query


@pytest.mark.parametrize(("tells_ways", "knows_parts"), [(True, False), (False, True)])
def test_a_server_that_tells_of_no_parts_of_reading_is_asked_for_all_of_it(
    world, acme, tells_ways, knows_parts
):
    world.oauth.tells_ways, world.oauth.knows_parts = tells_ways, knows_parts
    app, grant = log_in(world, acme)
    assert app.scopes == grant.scopes == BROAD_SCOPES
    assert len(list_posts(world)) == 2


def test_a_server_that_refuses_the_parts_it_told_of_is_asked_for_all(world, acme):
    world.fail_next("422", path="/api/v1/apps")
    assert log_in(world, acme)[1].scopes == BROAD_SCOPES


def test_a_server_that_nobody_here_has_written(acme):
    with run_mastodon_mock("acme") as mock:
        login = MastodonLogin(mock.url, account="acme", now=lambda: NOW, timeout_seconds=20)
        with login:
            app = login.fetch_app()
            query = parse_qs(urlsplit(login.compose_address(app)).query)
            form = {"username": "acme", "redirect_uri": query["redirect_uri"][0]}
            page = mock.session.post(f"{mock.url}/oauth/authorize", data=form, timeout=60).text
            code = re.search(r"code: (\w+)", page)[1]
            grant = login.fetch_grant(app, code)
        assert grant.scopes == BROAD_SCOPES
        headers = {"Authorization": f"Bearer {grant.token}"}
        path = f"{mock.url}/api/v1/accounts/verify_credentials"
        assert mock.session.get(path, headers=headers, timeout=60).json()["acct"] == "acme"


@pytest.mark.parametrize("kind", ["404", "html", "html_404", "403", "not_json", "500", "503"])
def test_servers_need_not_tell_of_their_ways(world, acme, kind):
    world.fail_next(kind, path="/.well-known")
    assert log_in(world, acme)[1].token in world.oauth.tokens


def test_a_server_that_does_not_say_what_it_gave(world, acme):
    world.oauth.tells_scopes = False
    assert log_in(world, acme)[1].scopes is None


@pytest.mark.parametrize(
    "granted", ["read write", "read:accounts write:statuses", "follow", "admin:read", "push"]
)
def test_more_than_reading_is_refused(world, acme, granted):
    world.oauth.grants = granted
    with pytest.raises(NeedsOperatorError, match="more than the right to read"):
        log_in(world, acme)


def test_a_wrong_code_is_told_as_such(world, acme):
    with open_login(world, acme) as login:
        app = login.fetch_app()
        with pytest.raises(NeedsOperatorError, match="refused the code, which is good once"):
            login.fetch_grant(app, "hunter2")


def test_a_code_is_good_once(world, acme):
    with open_login(world, acme) as login:
        app = login.fetch_app()
        code = approve(login.compose_address(app), acme)
        login.fetch_grant(app, code)
        with pytest.raises(NeedsOperatorError, match="refused the code"):
            login.fetch_grant(app, code)


def test_a_server_that_takes_no_programs(world, acme):
    world.oauth.registers = False
    with open_login(world, acme) as login, pytest.raises(NeedsOperatorError) as caught:
        login.fetch_app()
    assert "lets no program register" in str(caught.value)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        *itertools.product(["/api/v1/apps", "/oauth/token"], ["500", "503", *UNWELL]),
        *itertools.product(["/.well-known"], UNWELL),
    ],
)
def test_a_server_that_is_unwell_is_told_to_try_later(world, acme, kind, path):
    world.fail_next(kind, path=path)
    seconds = 0.5 if kind in ("drip", "drip_headers", "silence") else 20
    with pytest.raises(RetryLaterError) as caught:
        log_in(world, acme, seconds=seconds)
    told = str(caught.value)
    assert told.startswith("mastodon account @acme@social.example: ")
    assert "next run" not in told
    if kind == "429":
        assert isinstance(caught.value, RateLimitError)
    else:
        assert told.endswith("; try again later")


@pytest.mark.parametrize("path", ["/api/v1/apps", "/oauth/token"])
@pytest.mark.parametrize(
    "kind", ["html", "not_json", "wrong_json", "empty", "huge", "404", "422", "401"]
)
def test_an_odd_answer_is_one_of_our_errors(world, acme, kind, path):
    world.fail_next(kind, path=path, times=2)
    with pytest.raises(CollectorError, match=r"^[^\n]+$") as caught:
        log_in(world, acme)
    assert "words that nobody should see" not in str(caught.value)


@pytest.mark.parametrize("path", ["/api/v1/apps", "/oauth/token"])
def test_secrets_do_not_follow_a_redirect(world, acme, path):
    with run_mastodon("evil.example") as evil:
        world.fail_next("redirect", path=path, target=f"{evil.url}{path}", times=2)
        with pytest.raises(NeedsOperatorError, match=r"register|code|another host"):
            log_in(world, acme)
        assert evil.requests == []


def test_the_code_goes_to_the_server_itself_whatever_it_tells(world, acme):
    with run_mastodon("evil.example") as evil:
        world.oauth.changes = {"token_endpoint": f"{evil.url}/oauth/token"}
        assert log_in(world, acme)[1].token in world.oauth.tokens
        assert evil.requests == []


@pytest.mark.parametrize("name", ["client_id", "client_secret", "access_token"])
@pytest.mark.parametrize("value", [None, "", 5, [], {"a": 1}])
def test_what_is_no_text_is_no_secret(world, acme, name, value):
    world.oauth.changes = {name: value}
    with pytest.raises(CollectorError, match=r"^mastodon account @acme@social.example: [^\n]+$"):
        log_in(world, acme)


def test_names_of_files_are_not_read(world, acme, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("keys").write_text("hunter2\nhunter2\n")
    world.oauth.changes = {"client_id": "keys"}
    with pytest.raises(CollectorError), open_login(world, acme) as login:
        login.fetch_grant(login.fetch_app(), "code")
    assert world.requests[-1].field("client_id") == "keys"
    assert "hunter2" not in str(world.requests)


def test_odd_additions_do_no_harm(world, acme):
    world.oauth.changes = {"expires_in": "soon", "refresh_token": 5, "scopes": 7}
    assert log_in(world, acme)[1].token in world.oauth.tokens


def test_nothing_is_shown_or_logged(world, acme, caplog):
    caplog.set_level(logging.DEBUG)
    with open_login(world, acme) as login:
        app = login.fetch_app()
        code = approve(login.compose_address(app), acme)
        grant = login.fetch_grant(app, code)
    for secret in (code, grant.token, app.client_secret, app.verifier):
        assert secret not in caplog.text + repr(app) + repr(grant)
