"""Getting tokens as an operator does: what is asked, what is kept, and what never shows."""

import io
import logging
import re
import stat
import tomllib
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from listener.cli import main
from listener.settings import load_settings, load_tokens
from tests.cli.terminal import run_on_terminal
from tests.servers.mastodon import run_mastodon
from tests.servers.mastodon_oauth import approve
from tests.servers.x import run_x

SECRETS = Path("listener.secrets.toml")
VARIABLE = "MASTODON_TOKEN_HELP_ACME_EXAMPLE"
READER = "MASTODON_TOKEN_ACME_EXAMPLE"
# The last space is written when what is typed is not shown any more.
QUESTIONS = [
    f"{label} (empty for none): "
    for label in (
        "Bearer token",
        "API key (consumer key)",
        "API key secret (consumer secret)",
        "Access token of @AcmeHelp",
        "Access token secret of @AcmeHelp",
    )
]
LOGIN = ["login", "mastodon", "help@acme.example"]


@pytest.fixture(autouse=True)
def _own_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.stdin", io.StringIO())  # never a terminal


@pytest.fixture
def world():
    with run_mastodon("acme.example") as served:
        served.add_account("help")
        write_settings(served.url)
        yield served


@pytest.fixture
def x():
    # Now, for what a look costs is booked on the day on which the program runs.
    with run_x(now=datetime.now(UTC)) as served:
        served.add_user("AcmeHelp")
        served.add_user("Other")
        write_settings("https://acme.example", served.url)
        yield served


def write_settings(mastodon_url, x_url="https://api.x.com", more=""):
    Path("listener.toml").write_text(f"""
        [mastodon]
        timeout_seconds = 2
        [mastodon.servers]
        "acme.example" = "{mastodon_url}"
        [x]
        api_url = "{x_url}"
        [brands.acme]
        name = "Acme"
        accounts = [
            {{ platform = "mastodon", handle = "help@acme.example" }},
            {{ platform = "x", handle = "AcmeHelp" }},
            {more}
        ]
    """)


class Person(io.StringIO):
    """Reads the address that is shown, opens it, and types the code."""

    def __init__(self, capsys, account, code=None):
        super().__init__()
        self.capsys, self.account, self.code = capsys, account, code
        self.shown = ""

    def readline(self, *_):
        self.shown += self.capsys.readouterr().out
        (address,) = re.findall(r"^ +(http\S+)$", self.shown, re.MULTILINE)
        self.code = self.code or approve(address, self.account)
        return f"{self.code}\n"


def log_in(world, capsys, monkeypatch, *, name="help", args=LOGIN, code=None, expect=0):
    """Log in as a person would, and return everything that was shown."""
    person = Person(capsys, world.find_account(name), code)
    monkeypatch.setattr("sys.stdin", person)
    assert main(args) == expect
    rest = capsys.readouterr()
    return person.shown + rest.out + rest.err


def load_kept():
    return tomllib.loads(SECRETS.read_text()) if SECRETS.exists() else {}


def test_a_token_of_mastodon_is_kept(world, capsys, monkeypatch):
    shown = log_in(world, capsys, monkeypatch)
    (token,) = world.oauth.tokens
    assert load_kept() == {VARIABLE: token}
    assert stat.S_IMODE(SECRETS.stat().st_mode) == 0o600
    assert "log in there as @help@acme.example" in shown
    assert f"kept for @help@acme.example: {VARIABLE}, in" in shown
    assert "next: listener check" in shown
    tokens = load_tokens(load_settings(), {})
    assert tokens.mastodon_account("help@acme.example") == token


def test_it_is_asked_for_reading_only(world, capsys, monkeypatch):
    log_in(world, capsys, monkeypatch)
    (app,) = world.oauth.apps.values()
    assert {scope.partition(":")[0] for scope in app.scopes} == {"read"}
    posts = [request.path for request in world.requests if request.method != "GET"]
    assert posts == ["/api/v1/apps", "/oauth/token"]


def test_the_only_account_need_not_be_named(world, capsys, monkeypatch):
    log_in(world, capsys, monkeypatch, args=["login", "mastodon"])
    assert VARIABLE in load_kept()


def test_a_token_of_somebody_else_is_not_kept(world, capsys, monkeypatch):
    world.add_account("anna")
    shown = log_in(world, capsys, monkeypatch, name="anna", expect=1)
    assert "the token is of @anna@acme.example, so it was not kept" in shown
    assert "--reader" in shown
    assert load_kept() == {}


@pytest.mark.parametrize("account", ["help@acme.example", "acme.example"])
def test_anybodys_token_will_do_to_read_what_is_public(world, capsys, monkeypatch, account):
    world.add_account("anna")
    args = ["login", "mastodon", account, "--reader"]
    shown = log_in(world, capsys, monkeypatch, name="anna", args=args)
    (token,) = world.oauth.tokens
    assert load_kept() == {READER: token}
    assert "any account on acme.example" in shown
    assert f"kept for @anna@acme.example: {READER}" in shown
    assert load_tokens(load_settings(), {}).mastodon_reader("acme.example") == token


@pytest.mark.parametrize("granted", ["read write", "read follow", "write:statuses"])
def test_a_token_that_may_write_is_not_kept(world, capsys, monkeypatch, granted):
    world.oauth.grants = granted
    shown = log_in(world, capsys, monkeypatch, expect=1)
    assert "more than the right to read" in shown
    assert load_kept() == {}


def test_a_token_whose_app_may_write_is_not_kept(world, capsys, monkeypatch):
    world.oauth.grants, world.oauth.tells_scopes = "read write", False
    assert "more than the right to read" in log_in(world, capsys, monkeypatch, expect=1)
    assert load_kept() == {}


def test_what_the_server_does_not_tell_is_said(world, capsys, monkeypatch):
    world.oauth.tells_scopes, world.app_scopes = False, None
    shown = log_in(world, capsys, monkeypatch)
    assert "note: the server does not say what the token may do" in shown
    assert VARIABLE in load_kept()


def test_less_than_was_asked_for_is_said(world, capsys, monkeypatch):
    world.oauth.grants = "read:accounts read:statuses read:notifications"
    assert "note: the server did not give read:search" in log_in(world, capsys, monkeypatch)


def test_a_wrong_code_keeps_nothing(world, capsys, monkeypatch):
    shown = log_in(world, capsys, monkeypatch, code="hunter2", expect=1)
    assert "refused the code" in shown
    assert load_kept() == {}


@pytest.mark.parametrize(
    "path", ["/api/v1/apps", "/oauth/token", "/api/v1/accounts/verify_credentials"]
)
@pytest.mark.parametrize("kind", ["500", "silence", "cut", "html", "wrong_json"])
def test_a_server_that_is_unwell_keeps_nothing(world, capsys, monkeypatch, path, kind):
    SECRETS.touch(0o600)
    SECRETS.write_text('OTHER = "kept"\n')
    world.fail_next(kind, path=path, times=2)
    shown = log_in(world, capsys, monkeypatch, expect=1)
    assert "listener: mastodon account @help@acme.example: " in shown
    assert "next run" not in shown
    assert "words that nobody should see" not in shown
    assert load_kept() == {"OTHER": "kept"}


def test_a_server_that_does_not_answer_to_its_own_token_keeps_nothing(world, capsys, monkeypatch):
    world.fail_next("503", path="/api/v2/instance")
    shown = log_in(world, capsys, monkeypatch, expect=1)
    assert "try again later (asked with the new token; nothing was kept)" in shown
    assert load_kept() == {}


def test_a_new_token_takes_the_place_of_the_old_one(world, capsys, monkeypatch):
    log_in(world, capsys, monkeypatch)
    log_in(world, capsys, monkeypatch)
    assert load_kept() == {VARIABLE: [*world.oauth.tokens][1]}


def test_nothing_secret_is_shown_or_logged(world, capsys, monkeypatch, caplog):
    caplog.set_level(logging.DEBUG)
    person = Person(capsys, world.find_account("help"))
    monkeypatch.setattr("sys.stdin", person)
    assert main(["--debug", *LOGIN]) == 0
    rest = capsys.readouterr()
    shown = person.shown + rest.out + rest.err + caplog.text
    assert "DEBUG" in caplog.text
    (app,) = world.oauth.apps.values()
    for secret in (person.code, *world.oauth.tokens, app.client_secret):
        assert secret not in shown


def test_a_secrets_file_that_others_may_read_is_refused_before_anything_is_asked(world, capsys):
    SECRETS.write_text("")
    SECRETS.chmod(0o644)
    assert main(LOGIN) == 2
    assert "others may read it; run: chmod 600" in capsys.readouterr().err
    assert world.requests == []


def test_a_place_that_cannot_be_written_is_told_before_anything_is_asked(
    world, capsys, monkeypatch
):
    monkeypatch.setenv("LISTENER_SECRETS_FILE", "none/secrets.toml")
    assert main(LOGIN) == 2
    assert re.search(r"the folder \S+/none cannot be written to", capsys.readouterr().err)
    assert world.requests == []


def test_a_name_that_would_stand_for_two_accounts_is_told_before_anything_is_asked(capsys):
    more = '{ platform = "mastodon", handle = "anna@help.acme.example" }'
    write_settings("http://127.0.0.1:1", more=more)
    assert main(LOGIN) == 2
    assert f"{VARIABLE}: stands for @help@acme.example and" in capsys.readouterr().err


def test_a_value_of_the_environment_that_overrules_the_kept_one_is_told(world, capsys, monkeypatch):
    monkeypatch.setenv(VARIABLE, "older")
    shown = log_in(world, capsys, monkeypatch)
    assert f"note: {VARIABLE} is set in the environment too" in shown


def test_an_account_that_no_brand_has_is_told(world, capsys, monkeypatch):
    world.add_account("new")
    args = ["login", "mastodon", "new@acme.example"]
    shown = log_in(world, capsys, monkeypatch, name="new", args=args)
    assert "note: no brand of the settings has the account new@acme.example" in shown


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["mastodon", "help"], "ACCOUNT: must be user@host"),
        (["mastodon", "acme.example"], "ACCOUNT: must be user@host"),
        (["mastodon", "https://acme.example", "--reader"], "ACCOUNT: must be the domain"),
        (["x", "Nobody"], 'no brand of the settings has "Nobody" on x; they have: AcmeHelp'),
        (["x", "--reader"], "--reader: is for Mastodon only"),
        (["facebook"], "facebook"),
    ],
)
def test_what_cannot_be_meant_is_refused(world, capsys, args, told):
    assert main(["login", *args]) == 2
    assert told in capsys.readouterr().err
    assert world.requests == []


def test_which_account_is_asked_if_it_is_not_clear(capsys):
    write_settings("https://acme.example", more='{ platform = "x", handle = "Other" }')
    assert main(["login", "x"]) == 2
    told = capsys.readouterr().err
    assert "the settings name 2 on x; say which account: AcmeHelp, Other" in told
    Path("listener.toml").write_text("")
    assert main(["login", "mastodon"]) == 2
    assert "the settings name none on mastodon" in capsys.readouterr().err


@pytest.mark.parametrize("stopped", ["Code", "log in there as"])
def test_control_c_keeps_no_token_of_mastodon(world, stopped):
    code, shown = run_on_terminal(LOGIN, [(stopped, "^C")])
    assert code == 130, shown
    assert not SECRETS.exists()


def test_on_a_terminal_mastodon_is_logged_in_to(world):
    def open_page(shown):
        (address,) = re.findall(r"(http\S+/oauth/authorize\S+)", shown)
        return approve(address, world.find_account("help"))

    code, shown = run_on_terminal(LOGIN, [("Code", open_page)])
    assert code == 0, shown
    assert load_kept() == {VARIABLE: next(iter(world.oauth.tokens))}


def set_keys(monkeypatch, keys, handle="ACMEHELP"):
    for name, value in keys.items():
        suffix = f"_{handle}" if name.startswith("access") else ""
        monkeypatch.setenv(f"X_{name.upper()}{suffix}", value)


def list_spent(url="sqlite:///listener.db"):
    from listener.store.store import Store

    with Store.open(url) as store:
        return (
            store.load_spent(f"{datetime.now(UTC):%Y-%m}")
            .select("brand", "kind", "units", "micro_dollars")
            .rows()
        )


def make_database():
    from listener.store.store import Store

    Store.open("sqlite:///listener.db").close()


def test_the_keys_of_x_are_asked_for_unseen_and_kept(x):
    keys = x.make_keys("AcmeHelp")
    values = (x.bearer_token, *keys.values())
    answers = list(zip(QUESTIONS, values, strict=True))
    code, shown = run_on_terminal(["login", "x"], answers)
    assert code == 0, shown
    assert load_kept() == {
        "X_BEARER_TOKEN": x.bearer_token,
        "X_CONSUMER_KEY": keys["consumer_key"],
        "X_CONSUMER_SECRET": keys["consumer_secret"],
        "X_ACCESS_TOKEN_ACMEHELP": keys["access_token"],
        "X_ACCESS_TOKEN_SECRET_ACMEHELP": keys["access_token_secret"],
    }
    assert stat.S_IMODE(SECRETS.stat().st_mode) == 0o600
    assert "console.x.com" in shown
    assert "costs $0.01 at X's prices" in shown
    for secret in (x.bearer_token, *keys.values()):
        assert secret not in shown


def test_a_bearer_token_is_enough_to_watch(x):
    answers = list(zip(QUESTIONS[:2], (x.bearer_token, ""), strict=True))
    code, shown = run_on_terminal(["login", "x", "acmehelp"], answers)
    assert code == 0, shown
    assert load_kept() == {"X_BEARER_TOKEN": x.bearer_token}


@pytest.mark.parametrize("number", range(5))
def test_control_c_keeps_no_key_of_x(x, number):
    answers = [(question, "hunter2") for question in QUESTIONS[:number]]
    code, shown = run_on_terminal(["login", "x"], [*answers, (QUESTIONS[number], "^C")])
    assert code == 130, shown
    assert "hunter2" not in shown
    assert not SECRETS.exists()
    assert x.exchanges == []


def test_without_a_terminal_the_keys_that_are_set_are_checked_and_kept(x, capsys, monkeypatch):
    monkeypatch.setenv("X_BEARER_TOKEN", x.bearer_token)
    set_keys(monkeypatch, x.make_keys("AcmeHelp"))
    assert main(["login", "x"]) == 0
    assert len(load_kept()) == 5
    assert "X_BEARER_TOKEN is set in the environment too" in capsys.readouterr().err


def test_what_a_look_costs_is_booked_once_a_day(x, monkeypatch):
    make_database()
    monkeypatch.setenv("X_BEARER_TOKEN", x.bearer_token)
    set_keys(monkeypatch, x.make_keys("AcmeHelp"))
    assert main(["login", "x"]) == 0
    assert main(["login", "x"]) == 0
    assert list_spent() == [("acme", "user", 1, 10_000)]
    assert x.world.cost == Decimal("0.01")


def test_without_a_database_nothing_can_be_booked_and_the_keys_are_kept(x, capsys, monkeypatch):
    monkeypatch.setenv("X_BEARER_TOKEN", x.bearer_token)
    assert main(["login", "x"]) == 0
    assert "not booked: there is no database" in capsys.readouterr().err
    assert "X_BEARER_TOKEN" in load_kept()


@pytest.mark.parametrize("level", ["read-write", "read-write-directmessages"])
def test_keys_that_may_write_are_not_kept(x, capsys, monkeypatch, level):
    make_database()
    x.access_level = level
    set_keys(monkeypatch, x.make_keys("AcmeHelp"))
    assert main(["login", "x"]) == 1
    told = capsys.readouterr().err
    assert f'the keys may do more than read ("{level}"), so nothing was kept' in told
    assert "set the app's permissions to Read" in told
    assert load_kept() == {}
    assert list_spent() == [("acme", "user", 1, 10_000)]


def test_a_level_that_x_does_not_tell_is_said(x, capsys, monkeypatch):
    x.access_level = None
    set_keys(monkeypatch, x.make_keys("AcmeHelp"))
    assert main(["login", "x"]) == 0
    assert "note: x does not say what the keys may do" in capsys.readouterr().err


def test_keys_of_another_account_are_not_kept(x, capsys, monkeypatch):
    set_keys(monkeypatch, x.make_keys("Other"))
    assert main(["login", "x"]) == 1
    told = capsys.readouterr().err
    assert "the keys are of @Other, so nothing was kept" in told
    assert load_kept() == {}


def test_a_wrong_bearer_token_keeps_nothing(x, capsys, monkeypatch):
    monkeypatch.setenv("X_BEARER_TOKEN", "hunter2")
    set_keys(monkeypatch, x.make_keys("AcmeHelp"))
    assert main(["login", "x"]) == 1
    told = capsys.readouterr().err
    assert "(asked with the bearer token; nothing was kept)" in told
    assert "hunter2" not in told
    assert load_kept() == {}


@pytest.mark.parametrize("kind", ["500", "401", "403", "402", "429", "cut", "html"])
def test_a_failure_of_x_keeps_nothing(x, capsys, monkeypatch, kind):
    set_keys(monkeypatch, x.make_keys("AcmeHelp"))
    x.fail_next(kind)
    assert main(["login", "x"]) == 1
    (line,) = [line for line in capsys.readouterr().err.splitlines() if "listener:" in line]
    assert line.startswith("listener: x account @AcmeHelp: ")
    assert "next run" not in line
    assert "(asked with the account's keys; nothing was kept)" in line
    assert load_kept() == {}


def test_without_a_terminal_and_without_keys_it_is_told(x, capsys):
    assert main(["login", "x"]) == 2
    assert "no key was given" in capsys.readouterr().err
    assert x.exchanges == []


def test_a_part_of_the_keys_is_refused_by_name(x, capsys, monkeypatch):
    keys = x.make_keys("AcmeHelp")
    del keys["access_token_secret"], keys["consumer_key"]
    set_keys(monkeypatch, keys)
    assert main(["login", "x"]) == 2
    told = capsys.readouterr().err
    assert "missing: API key (consumer key), Access token secret of @AcmeHelp" in told
    assert x.exchanges == []


def test_the_keys_of_the_app_alone_may_be_anothers(x, monkeypatch):
    write_settings("https://acme.example", x.url, '{ platform = "x", handle = "Other" }')
    monkeypatch.setenv("X_BEARER_TOKEN", x.bearer_token)
    set_keys(monkeypatch, x.make_keys("Other"), "OTHER")
    assert main(["login", "x", "AcmeHelp"]) == 0
    assert set(load_kept()) == {"X_BEARER_TOKEN"}


def test_what_is_kept_is_found_without_a_handle_too(x, monkeypatch):
    keys = x.make_keys("AcmeHelp")
    for name, value in keys.items():
        monkeypatch.setenv(f"X_{name.upper()}", value)
    assert main(["login", "x"]) == 0
    assert load_tokens(load_settings(), {}).x_keys("AcmeHelp") == tuple(keys.values())


def test_no_key_of_x_is_logged(x, capsys, monkeypatch, caplog):
    caplog.set_level(logging.DEBUG)
    keys = x.make_keys("AcmeHelp")
    monkeypatch.setenv("X_BEARER_TOKEN", x.bearer_token)
    set_keys(monkeypatch, keys)
    assert main(["--debug", "login", "x"]) == 0
    shown = capsys.readouterr()
    for secret in (x.bearer_token, *keys.values()):
        assert secret not in shown.out + shown.err + caplog.text
