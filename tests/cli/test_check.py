import json
import os
import socket
import stat
import sys
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, event

from listener.store.store import Store
from tests.servers.mail import PASSWORD, USER, run_mail_server, save_authority
from tests.servers.mastodon import run_mastodon
from tests.servers.x import run_x

HELP = "MASTODON_TOKEN_HELP_SOCIAL_EXAMPLE"
READER = "MASTODON_TOKEN_SOCIAL_EXAMPLE"


class Operator:
    """A settings file with one brand, the two servers, and `listener check`."""

    def __init__(self, program, monkeypatch, mastodon, x):
        self.program, self.monkeypatch = program, monkeypatch
        self.mastodon, self.x = mastodon, x
        self.help = mastodon.add_account("help")
        mastodon.post(self.help, "good morning")
        x.add_user("acme")
        self.mode, self.queries, self.brand_cap = "watch", "[]", ""
        self.accounts = [("mastodon", "help@social.example"), ("x", "acme")]
        self.more = ""

    def give(self, **values):
        for name, value in values.items():
            self.monkeypatch.setenv(name, value)

    def give_bearer(self):
        self.give(X_BEARER_TOKEN=self.x.bearer_token)

    def give_keys(self, user="acme", names=("X_ACCESS_TOKEN", "X_ACCESS_TOKEN_SECRET")):
        keys = self.x.make_keys(user)
        values = (keys["access_token"], keys["access_token_secret"])
        self.give(
            X_CONSUMER_KEY=keys["consumer_key"],
            X_CONSUMER_SECRET=keys["consumer_secret"],
            **dict(zip(names, values, strict=True)),
        )

    def write(self):
        accounts = ", ".join(f'{{ platform = "{p}", handle = "{h}" }}' for p, h in self.accounts)
        (self.program.folder / "listener.toml").write_text(
            f"[mastodon]\ntimeout_seconds = 1\n[mastodon.servers]\n"
            f'"social.example" = "{self.mastodon.url}"\n"dead.example" = "http://127.0.0.1:1"\n'
            f'[x]\napi_url = "{self.x.url}"\ntimeout_seconds = 2\n{self.more}\n'
            f'[brands.acme]\nname = "Acme"\nmode = "{self.mode}"\nqueries = {self.queries}\n'
            f"{self.brand_cap}\naccounts = [{accounts}]\n"
        )

    def check(self, *words, code=0, before=()):
        """Return the findings, each by subject and what, and what was printed as a table."""
        self.write()
        printed = self.program.run(*before, "check", "--format", "json", *words, code=code)
        report = json.loads(printed.out)
        assert report["works"] is (code == 0)
        return Findings(report, printed)


class Findings:
    def __init__(self, report, printed):
        self.report, self.printed = report, printed
        self.all = report["findings"]

    def get(self, subject, what):
        found = [f for f in self.all if (f["subject"].split()[0], f["what"]) == (subject, what)]
        assert found, [(f["subject"], f["what"]) for f in self.all]
        return found[0]

    def state(self, subject, what):
        return self.get(subject, what)["state"]

    def problems(self):
        return [f for f in self.all if f["state"] == "problem"]


@contextmanager
def servers():
    with run_mastodon() as mastodon, run_x(now=datetime.now(UTC)) as x:
        yield mastodon, x


@pytest.fixture
def operator(program, monkeypatch):
    with servers() as (mastodon, x):
        yield Operator(program, monkeypatch, mastodon, x)


@pytest.fixture
def on_mastodon(operator):
    operator.accounts = operator.accounts[:1]
    return operator


@pytest.fixture
def on_x(operator):
    operator.accounts = operator.accounts[1:]
    return operator


def test_a_brand_that_is_watched_from_outside(operator):
    operator.give_bearer()
    found = operator.check()
    assert found.get("mastodon", "token")["told"] == "none; what everybody may see is read"
    assert found.get("mastodon", "server")["told"] == "4.5.3, API 7"
    assert found.state("x", "token") == "ok"
    assert found.get("x", "usage")["told"].startswith("0 of 2,000,000 posts read")
    assert found.state("database", "place") == "ok"
    assert found.get("secrets", "place")["told"] == "there is none"
    assert not found.problems()


def test_a_brand_that_looks_with_its_own_eyes(operator):
    operator.mode = "owner"
    operator.give_bearer()
    operator.give_keys()
    operator.give(**{HELP: operator.help.token})
    found = operator.check()
    assert found.get("mastodon", "token")["told"] == "good, the account's own"
    assert found.get("mastodon", "permissions")["told"] == "may only read (read)"
    assert found.get("x", "token")["told"] == "the keys are good, the account's own"
    assert found.state("x", "permissions") == "ok"


def test_owner_mode_without_own_tokens(operator):
    operator.mode = "owner"
    operator.give_bearer()
    operator.give(**{READER: operator.mastodon.add_account("reader").token})
    found = operator.check(code=1)
    assert found.get("mastodon", "token")["hint"].startswith(
        "listener login mastodon @help@social.example"
    )
    assert found.get("x", "token")["hint"].startswith("listener login x acme")
    assert len(found.problems()) == 2


def test_a_server_that_shows_nothing_without_a_token(on_mastodon):
    on_mastodon.mastodon.open_to_all = False
    found = on_mastodon.check(code=1)
    token = found.get("mastodon", "token")
    assert token["state"] == "problem"
    assert token["hint"] == "listener login mastodon social.example --reader"
    assert len(found.problems()) == 1
    on_mastodon.give(**{READER: on_mastodon.mastodon.add_account("reader").token})
    assert on_mastodon.check().get("mastodon", "token")["told"] == "good, of @reader@social.example"


def test_a_server_that_does_not_even_name_itself_without_a_token(on_mastodon):
    on_mastodon.mastodon.fail_next("401", times=9)
    (problem,) = on_mastodon.check(code=1).problems()
    assert problem["hint"] == "listener login mastodon social.example --reader"


def test_a_wrong_token(on_mastodon):
    on_mastodon.give(**{HELP: "stale-token"})
    (problem,) = on_mastodon.check(code=1).problems()
    assert (problem["what"], problem["told"]) == ("token", "the server refuses it")
    on_mastodon.mastodon.fail_next("401", times=99)
    (problem,) = on_mastodon.check(code=1).problems()
    assert problem["told"] == "the server refused the token"


@pytest.mark.parametrize(("mode", "code"), [("watch", 0), ("owner", 1)])
def test_the_token_of_someone_else(on_mastodon, mode, code):
    on_mastodon.mode = mode
    on_mastodon.give(**{HELP: on_mastodon.mastodon.add_account("boss").token})
    token = on_mastodon.check(code=code).get("mastodon", "token")
    assert token["state"] == ("problem" if code else "warning")
    assert "@boss@social.example" in token["told"]


def test_a_token_that_may_write_is_a_warning(on_mastodon):
    on_mastodon.mode = "owner"
    on_mastodon.mastodon.app_scopes = ["read", "write"]
    on_mastodon.give(**{HELP: on_mastodon.help.token})
    finding = on_mastodon.check().get("mastodon", "permissions")
    assert finding["state"] == "warning"
    assert finding["told"] == "its app may do more than read: read write"


def test_a_token_that_lacks_a_permission(on_mastodon):
    on_mastodon.mode = "owner"
    on_mastodon.mastodon.app_scopes = ["read:accounts", "read:statuses"]
    on_mastodon.give(**{HELP: on_mastodon.help.token})
    finding = on_mastodon.check(code=1).get("mastodon", "permissions")
    assert "read:notifications is missing" in finding["told"]


def test_a_server_like_pleroma_does_not_tell_permissions(on_mastodon):
    world = on_mastodon.mastodon
    world.version, world.api_version = "2.7.2 (compatible; Pleroma 2.9.1)", None
    world.app_scopes, world.missing = None, {"/api/v2/instance"}
    on_mastodon.give(**{HELP: on_mastodon.help.token})
    found = on_mastodon.check()
    assert found.state("mastodon", "permissions") == "unknown"
    assert found.get("mastodon", "server")["told"] == "2.7.2 (compatible; Pleroma 2.9.1)"


def test_an_unknown_account(on_mastodon):
    on_mastodon.accounts = [("mastodon", "nobody@social.example")]
    (problem,) = on_mastodon.check(code=1).problems()
    assert problem["told"] == "its server knows no such account"
    assert problem["hint"] == "correct the handle in brands.acme.accounts"


def test_a_suspended_account(on_mastodon):
    on_mastodon.help.suspended = True
    assert on_mastodon.check(code=1).get("mastodon", "account")["state"] == "problem"


def test_conversations_that_are_not_shown(on_mastodon):
    on_mastodon.mastodon.fail_next("401", "/api/v1/statuses")
    (problem,) = on_mastodon.check(code=1).problems()
    assert problem["told"] == "does not show conversations"
    assert "listener login mastodon social.example --reader" in problem["hint"]


def test_search_is_missed_only_by_who_wants_it(on_mastodon):
    assert not [f for f in on_mastodon.check().all if f["state"] == "warning"]
    on_mastodon.queries = '["acme phone"]'
    (warning,) = [f for f in on_mastodon.check().all if f["state"] == "warning"]
    assert warning["told"] == "does not show search"


def test_notifications_that_are_refused(on_mastodon):
    on_mastodon.mode = "owner"
    on_mastodon.give(**{HELP: on_mastodon.help.token})
    on_mastodon.mastodon.fail_next("403", "/api/v1/notifications")
    (problem,) = on_mastodon.check(code=1).problems()
    assert problem["told"] == "does not show notifications"


def test_no_network(operator):
    operator.accounts.insert(0, ("mastodon", "gone@dead.example"))
    operator.give_bearer()
    operator.more = "prices = { post = 0.005 }"
    (problem,) = operator.check(code=1).problems()
    assert problem["subject"] == "mastodon @gone@dead.example"
    assert problem["told"] == "no connection to the server, or it broke off"
    assert problem["hint"].startswith("look at the network")


@pytest.mark.parametrize("kind", ["503", "silence", "cut", "drip", "html", "429"])
def test_a_server_that_is_unwell(on_mastodon, kind):
    on_mastodon.mastodon.fail_next(kind, "/api/v2/instance", times=9)
    on_mastodon.mastodon.fail_next("500", "/api/v1/instance", times=9)
    (problem,) = on_mastodon.check(code=1).problems()
    assert problem["hint"]
    assert on_mastodon.mastodon.count_requests() <= 2


def test_a_failure_half_way_is_told_once(on_mastodon):
    on_mastodon.mastodon.fail_next("503", "/api/v1/timelines")
    on_mastodon.queries = '["#acme"]'
    found = on_mastodon.check()
    unknown = [f for f in found.all if f["state"] == "unknown"][-1]
    assert unknown["told"] == (
        "did not say whether it shows hashtags: the server failed with status 503"
    )
    assert unknown["hint"].startswith("look at the network")


def test_a_token_that_could_not_be_looked_at(on_mastodon):
    on_mastodon.give(**{HELP: on_mastodon.help.token})
    on_mastodon.mastodon.fail_next("500", "/api/v1/accounts/verify_credentials")
    on_mastodon.mastodon.fail_next("500", "/api/v1/apps")
    token = on_mastodon.check().get("mastodon", "token")
    assert (token["state"], "status 500" in token["told"]) == ("unknown", True)


@pytest.mark.parametrize(("seconds", "state"), [(-120, "warning"), (420, "problem")])
def test_clocks_that_differ(operator, seconds, state):
    operator.give_bearer()
    at = datetime.now(UTC) + timedelta(seconds=seconds)
    operator.mastodon.clock = operator.x.world.now = at
    found = operator.check(code=int(state == "problem"))
    for subject in ("mastodon", "x"):
        clock = found.get(subject, "clock")
        assert clock["state"] == state
        assert clock["hint"].startswith("set this machine's clock")
        assert ("behind" in clock["told"]) is (seconds > 0)


def test_a_limit_that_is_nearly_used(operator):
    operator.give_bearer()
    operator.mastodon.extra_headers = {"X-RateLimit-Remaining": "7"}
    operator.x.rate_limit = 1
    found = operator.check()
    assert found.get("mastodon", "calls left")["told"] == "7 of 300"
    assert found.state("mastodon", "calls left") == "warning"
    assert found.state("x", "calls left") == "warning"


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("401", "the token was refused"),
        ("402", "the credits for X's API are used up"),
        ("403", "access was denied"),
        ("429", "x asks to wait until"),
        ("usage-capped", "the credits for X's API are used up"),
        ("503", "x answered 503"),
        ("hang-up", "the connection to x failed or broke off"),
        ("html", "x answered with something that is no JSON"),
    ],
)
def test_x_refuses(on_x, kind, told):
    on_x.give_bearer()
    on_x.x.fail_next(kind)
    (problem,) = on_x.check(code=1).problems()
    assert problem["told"].startswith(told)
    assert problem["hint"]


def test_an_app_whose_bearer_token_is_refused_although_the_keys_are_good(on_x):
    on_x.mode = "owner"
    on_x.give(X_BEARER_TOKEN="stale")  # noqa: S106
    on_x.give_keys()
    found = on_x.check(code=1)
    assert found.state("x", "account") == "ok"
    (problem,) = found.problems()
    assert (problem["subject"], problem["what"]) == ("x app", "token")


@pytest.mark.parametrize(
    ("cap", "state"), [(None, "ok"), (12, "ok"), (11, "warning"), (10, "problem"), (0, "problem")]
)
def test_the_cap_of_x_itself(on_x, cap, state):
    on_x.give_bearer()
    on_x.x.world.charge("post", [str(number) for number in range(10)])
    on_x.x.project_cap = cap
    assert on_x.check(code=int(state == "problem")).state("x", "usage") == state


def test_a_suspended_and_an_unknown_account_on_x(on_x):
    on_x.give_bearer()
    on_x.x.add_user("closed").suspended = True
    on_x.accounts += [("x", "closed"), ("x", "nobody")]
    suspended, unknown = on_x.check(code=1).problems()
    assert suspended["told"] == "x has suspended or closed this account"
    assert unknown["told"] == "x knows no such account"
    assert unknown["hint"] == "correct its handle in the settings"


def test_a_protected_account_cannot_be_watched(on_x):
    on_x.give_bearer()
    on_x.x.add_user("acme", protected=True)
    (problem,) = on_x.check(code=1).problems()
    assert "followers only" in problem["told"]


@pytest.mark.parametrize("level", ["read-write", "read-write-directmessages"])
def test_keys_that_may_write_are_a_warning(on_x, level):
    on_x.mode, on_x.x.access_level = "owner", level
    on_x.give_bearer()
    on_x.give_keys()
    finding = on_x.check().get("x", "permissions")
    assert finding["state"] == "warning"
    assert "choose Read" in finding["hint"]


def test_keys_of_another_account(on_x):
    on_x.mode = "owner"
    on_x.x.add_user("boss")
    on_x.give_keys("boss")
    (problem,) = on_x.check(code=1).problems()
    assert problem["told"] == "the keys are of @boss"


def test_keys_that_are_incomplete(operator):
    operator.mode = "owner"
    operator.give_bearer()
    operator.give(X_CONSUMER_KEY="key", **{HELP: operator.help.token})
    found = operator.check(code=1)
    (problem,) = found.problems()
    assert "X_CONSUMER_SECRET" in problem["told"] + problem["hint"]
    assert found.state("mastodon", "token") == "ok"


def test_no_keys_at_all(on_x):
    (problem,) = on_x.check(code=1).problems()
    assert problem["hint"] == "listener login x acme"
    assert not on_x.x.exchanges


def test_one_broken_account_does_not_stop_the_others(operator):
    operator.accounts[1:1] = [("mastodon", "gone@dead.example"), ("x", "nobody")]
    operator.give_bearer()
    found = operator.check(code=1)
    assert found.state("mastodon", "account") == "ok"
    assert [f for f in found.all if f["subject"] == "x @acme" and f["what"] == "account"]


def test_what_the_check_costs_is_booked_and_told(on_x):
    on_x.give_bearer()
    found = on_x.check()
    assert found.report["cost_dollars"] == float(on_x.x.world.cost) == 0.01
    with Store.open(f"sqlite:///{on_x.program.database}") as store:
        spent = store.load_spent(f"{datetime.now(UTC):%Y-%m}")
    assert spent["micro_dollars"].sum() == 10_000
    # A second look on the same day is free.
    assert on_x.check().report["cost_dollars"] == 0
    assert "this check cost $0.010, booked" not in on_x.program.run("check").out


def test_a_month_is_unknown_before_anything_was_collected(on_x):
    on_x.give_bearer()
    price = on_x.check().get("money", "price")
    assert price["state"] == "unknown"
    assert price["hint"] == "listener check --count asks x for $0.005 a query"


def test_a_count_tells_what_a_month_will_cost(on_x):
    on_x.give_bearer()
    on_x.queries, on_x.brand_cap = '["acme phone"]', "month_cap_dollars = 0.001"
    on_x.x.add_user("anna")
    for _ in range(14):
        on_x.x.post("anna", "@acme my acme phone is dead")
    found = on_x.check("--count", code=1)
    assert "28 posts" in found.get("x", "count")["told"]
    assert found.report["cost_dollars"] == float(on_x.x.world.cost) == 0.02
    brand, every = [f for f in found.all if f["what"] == "price"]
    assert brand["state"] == "problem"  # the look itself has cost more than that
    assert "expected at its end" in every["told"]
    assert every["state"] == "ok"


def test_a_forecast_above_the_cap_is_a_warning(on_x):
    on_x.give_bearer()
    on_x.more = "month_cap_dollars = 0.03"
    on_x.x.add_user("anna")
    for _ in range(70):
        on_x.x.post("anna", "@acme my phone is dead")
    every = [f for f in on_x.check("--count").all if f["what"] == "price"][-1]
    assert every["state"] == "warning"
    assert every["hint"] == "raise x.month_cap_dollars, or watch less"


def test_a_count_without_a_bearer_token_is_not_asked(on_x):
    on_x.mode = "owner"
    on_x.give_keys()
    assert on_x.check("--count").get("money", "price")["state"] == "unknown"


def test_a_neighbour_with_incomplete_keys_costs_a_good_account_nothing(on_x):
    on_x.mode = "owner"
    on_x.x.add_user("boss")
    on_x.accounts.append(("x", "boss"))
    on_x.give_bearer()
    on_x.give_keys("acme", ("X_ACCESS_TOKEN_ACME", "X_ACCESS_TOKEN_SECRET_ACME"))
    on_x.give(X_ACCESS_TOKEN_BOSS="half-of-it")  # noqa: S106
    (problem,) = on_x.check("--count", code=1).problems()
    assert problem["subject"] == "x @boss"


def test_a_count_that_fails_is_a_warning(on_x):
    on_x.give_bearer()
    on_x.x.fail_next("503", path="counts")
    assert on_x.check("--count").state("x", "count") == "warning"


def test_who_is_not_on_x_is_told_no_price(on_mastodon):
    assert not [f for f in on_mastodon.check().all if f["what"] == "price"]


def test_a_database_that_cannot_be_used(on_x):
    on_x.give_bearer()
    on_x.program.database.write_text("no database")
    found = on_x.check(code=1)
    assert found.state("database", "place") == "problem"
    assert found.state("x", "account") == "ok"
    table = on_x.program.run("check", code=1).out
    assert "which could not be booked" in table


@pytest.mark.skipif(sys.platform == "win32", reason="modes of files")
def test_a_secrets_file_that_others_may_read(on_mastodon):
    path = on_mastodon.program.folder / "listener.secrets.toml"
    path.write_text(f'{HELP} = "{on_mastodon.help.token}"\n')
    path.chmod(stat.S_IRUSR | stat.S_IWUSR | stat.S_IRGRP)
    place = on_mastodon.check(code=1).get("secrets", "place")
    assert "chmod 600" in place["hint"]
    path.chmod(0o600)
    found = on_mastodon.check()
    assert "1 value" in found.get("secrets", "place")["told"]
    assert found.get("mastodon", "token")["told"] == "good, the account's own"


def test_only_one_brand(operator):
    operator.give_bearer()
    operator.write()
    assert operator.program.run("check", "--brand", "acme").out
    assert 'no brand "bolt"' in operator.program.run("check", "--brand", "bolt", code=2).err


def test_without_brands_the_next_step_is_told(program):
    assert "listener init" in program.run("check", code=2).err


def test_nothing_is_cut_at_80_columns(operator):
    operator.monkeypatch.setenv("COLUMNS", "80")
    operator.mode = "owner"
    operator.give_bearer()
    operator.accounts.append(("mastodon", "a.name-that-is-rather-long-for-a-line@dead.example"))
    operator.write()
    lines = operator.program.run("check", code=1).out.splitlines()
    assert max(map(len, lines)) <= 80
    assert not any("…" in line for line in lines)
    told = " ".join(" ".join(lines).split())
    assert "→ listener login mastodon @help@social.example, or set mode to watch" in told
    assert lines[-1].startswith("3 problems")


def test_no_token_in_any_output_or_log(operator):
    operator.mode = "owner"
    operator.queries = '["acme phone", "#acme"]'
    operator.give_bearer()
    operator.give_keys()
    operator.give(**{HELP: operator.help.token})
    operator.mastodon.fail_next("500", "/api/v2/search")
    operator.x.fail_next("403", path="usage")
    printed = operator.check("--count", code=1, before=("--debug",)).printed
    table = operator.program.run("--debug", "check", code=0)
    said = printed.out + printed.err + table.out + table.err
    secrets = [value for name, value in os.environ.items() if name.startswith(("X_", "MASTODON_"))]
    assert len(secrets) == 6
    assert not [value for value in secrets if value in said]
    assert "nobody should see" not in said
    assert "no message may hold" not in said


VARIABLE = "SMTP_PASSWORD"
MAIL = '[mail]\nhost = "127.0.0.1"\nport = {port}\nsecurity = "{security}"\n'
SENDER = 'sender = "l@acme.example"\ntimeout_seconds = 5\n'
RECIPIENT = '[[mail.recipients]]\naddress = "team@acme.example"\n'


def set_mail(operator, server, more="", *, recipient=RECIPIENT):
    mail = MAIL.format(port=server.port, security=server.security)
    operator.more = f"{mail}{SENDER}{more}{recipient}"


@pytest.fixture
def mail_server():
    with run_mail_server() as server:
        yield server


@pytest.fixture
def safe_server(tmp_path, monkeypatch):
    """A server that wants a secured connection and a password."""
    monkeypatch.setenv("SSL_CERT_FILE", str(save_authority(tmp_path / "authority.pem")))
    with run_mail_server("starttls", wants_user=True) as server:
        yield server


def test_without_mail_in_the_settings_nothing_is_said_of_it(on_mastodon):
    assert "mail" not in {finding["subject"] for finding in on_mastodon.check().all}


def test_mail_with_a_server_and_a_recipient_and_no_login_is_all_right(on_mastodon, mail_server):
    set_mail(on_mastodon, mail_server)
    found = on_mastodon.check()
    told = f"127.0.0.1, port {mail_server.port}, none: it answers"
    assert found.get("mail", "server")["told"] == told
    assert found.get("mail", "recipients")["told"] == "1"
    assert "password" not in {f["what"] for f in found.all if f["subject"] == "mail"}
    assert (mail_server.begun, mail_server.taken) == (1, [])


def test_a_mail_server_that_is_not_there_is_a_problem(on_mastodon, mail_server):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        mail_server.port = other.getsockname()[1]
        set_mail(on_mastodon, mail_server)
        found = on_mastodon.check(code=1).get("mail", "server")
    assert found["state"] == "problem"
    assert found["told"].startswith("mail server 127.0.0.1: cannot be reached")
    assert found["hint"] == "see mail.host and mail.port"


def test_a_mail_server_without_starttls_is_a_problem(on_mastodon, mail_server):
    mail_server.security = "starttls"
    set_mail(on_mastodon, mail_server)
    found = on_mastodon.check(code=1).get("mail", "server")
    assert (found["told"], found["hint"]) == (
        "mail server 127.0.0.1: does not offer STARTTLS",
        "see mail.security",
    )


def test_a_mail_server_takes_the_password_and_no_mail(on_mastodon, safe_server):
    set_mail(on_mastodon, safe_server, f'user = "{USER}"\n')
    on_mastodon.give(**{VARIABLE: PASSWORD})
    found = on_mastodon.check()
    assert found.get("mail", "password")["told"] == f"taken for {USER}"
    assert found.state("mail", "server") == "ok"
    assert (safe_server.begun, safe_server.taken) == (2, [])  # before and after STARTTLS


def test_a_mail_server_refuses_the_password(on_mastodon, safe_server):
    set_mail(on_mastodon, safe_server, f'user = "{USER}"\n')
    on_mastodon.give(**{VARIABLE: "hunter2"})
    found = on_mastodon.check(code=1)
    assert "refused mail.user and SMTP_PASSWORD" in found.get("mail", "server")["told"]
    assert "hunter2" not in found.printed.out + found.printed.err


def test_mail_that_nobody_gets_is_a_warning(on_mastodon, mail_server):
    set_mail(on_mastodon, mail_server, recipient="")
    found = on_mastodon.check().get("mail", "recipients")
    assert (found["state"], found["told"]) == ("warning", "none, so no mail is sent")


def test_recipients_without_a_server_are_a_warning(on_mastodon):
    on_mastodon.more = RECIPIENT
    assert on_mastodon.check().state("mail", "server") == "warning"


def test_mail_with_a_user_needs_the_password(on_mastodon, safe_server):
    set_mail(on_mastodon, safe_server, 'user = "anna"\n')
    found = on_mastodon.check(code=1)
    told = found.get("mail", "password")
    assert told["told"] == "none for anna, so the server will refuse mail"
    assert "SMTP_PASSWORD" in told["hint"]
    assert found.state("mail", "server") == "ok"


def test_a_password_for_nobody_is_a_warning(on_mastodon, mail_server):
    set_mail(on_mastodon, mail_server)
    on_mastodon.give(**{VARIABLE: "hunter2"})
    assert on_mastodon.check().get("mail", "password")["hint"] == "set mail.user"


def test_a_mail_password_that_cannot_be_sent_is_a_problem(on_mastodon, mail_server):
    set_mail(on_mastodon, mail_server)
    on_mastodon.give(**{VARIABLE: "h\u00fcnter2"})
    found = on_mastodon.check(code=1)
    told = found.get("mail", "password")
    assert told["state"] == "problem"
    assert "ter2" not in told["told"]
    assert found.state("mail", "server") == "ok"


def test_a_database_that_cannot_be_written_is_a_problem(on_mastodon):
    Store.open(f"sqlite:///{on_mastodon.program.database}").close()

    def forbid(connection, _record):
        connection.execute("PRAGMA query_only = on")

    event.listen(Engine, "connect", forbid)
    try:
        found = on_mastodon.check(code=1).get("database", "place")
    finally:
        event.remove(Engine, "connect", forbid)
    assert (found["state"], "cannot be written to" in found["told"]) == ("problem", True)
