"""No token, e-mail address or private word leaves the collectors but in posts.

Logs at every level with every logger opened, warnings, and failures with all that
led to them, as `--debug` shows them.
"""

import logging
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, unquote

import pytest

from listener.cli import main
from listener.collect.base import Source, Visit
from listener.collect.mastodon import MastodonCollector
from listener.collect.x import UserKeys, XCollector
from listener.errors import CollectorError
from tests.jobs.rounds import run_rounds
from tests.servers.eavesdropping import find_leaks, overhear
from tests.servers.mastodon import run_mastodon
from tests.servers.mastodon_runs import NOW, make_collector, make_source
from tests.servers.plain import run_plain
from tests.servers.x import PRIVATE_WORDS, run_x

WORDS = "zaubernuss"
MAIL = "anna.arm@mail.example"
PHONE = "0171 2345678"
PRIVATE = [WORDS, MAIL, quote(MAIL), PHONE, PRIVATE_WORDS, "words that nobody should see"]
TEXT = f"@acme help, I am {WORDS}, write to {MAIL} or call {PHONE}"
X_FAULTS = (
    *("none", "400", "field", "401", "402", "403", "404", "429", "usage-capped", "500", "503"),
    *("drip", "drip-headers", "silence", "hang-up", "cut", "wrong-json", "odd-refusal", "list"),
    *("html", "empty-object", "redirect", "repeated-token"),
)
MASTODON_FAULTS = (
    *("none", "401", "403", "404", "410", "422", "429", "500", "503", "drip", "drip_headers"),
    *("cut", "silence", "not_json", "wrong_json", "html", "html_404", "empty", "link_loop"),
    *("page_repeated", "redirect"),
)
SLOW = ("drip", "drip-headers", "drip_headers", "silence")
PATIENCE_SECONDS = 20


def run_all(heard, calls: Iterable):
    """Make calls to their ends, whatever comes."""
    for call in calls:
        try:
            for _ in call():
                pass
        except CollectorError as error:
            heard.keep(error)


@pytest.fixture(scope="module")
def x_server():
    with run_x() as server:
        server.add_user("acme")
        server.add_user("anna").name = f"Anna {WORDS}"
        asked = server.post("anna", TEXT)
        server.post("acme", f"@anna {WORDS} which one?", reply_to=asked)
        server.message("anna", "acme", TEXT)
        yield server


@pytest.fixture
def x(x_server):
    yield x_server
    x_server.faults.clear()
    x_server.exchanges.clear()


def list_x_secrets(x):
    sent = [exchange.authorization for exchange in x.exchanges]
    parts = [part.partition('="')[2].rstrip('"') for one in sent for part in one.split(", ")]
    signatures = [part for part in parts if len(part) > 20]
    keys = [*x.make_keys("acme").values(), x.bearer_token]
    return [*PRIVATE, *keys, *map(quote, keys), *signatures, *map(unquote, signatures)]


def list_x_calls(collector, post):
    def fetch_new(kind, query=""):
        source = Source(platform="x", brand="acme", account="acme", kind=kind, query=query)
        return lambda: collector.fetch_new(source, None)

    return [
        *map(fetch_new, ("posts", "mentions", "search", "private")),
        fetch_new("search", "my phone"),
        lambda: collector.fetch_visit([Visit(post=post)], since=post.created_at),
        lambda: collector.fetch_states([post]),
        lambda: [collector.fetch_access()],
        lambda: [collector.fetch_usage()],
    ]


def make_x_collector(x, seconds=PATIENCE_SECONDS):
    return XCollector(
        account="acme",
        bearer_token=x.bearer_token,
        user_keys=UserKeys(**x.make_keys("acme")),
        api_url=x.url,
        timeout_seconds=seconds,
        now=lambda: x.world.now,
    )


@pytest.mark.parametrize("fault", X_FAULTS)
def test_nothing_of_x_is_told(x, fault):
    source = Source(platform="x", brand="acme", account="acme", kind="search")
    found = make_x_collector(x).fetch_new(source, None)
    known = [post for page in found for post in page.posts]
    collector = make_x_collector(x, 0.3 if fault in SLOW else PATIENCE_SECONDS)
    with overhear() as heard:
        for call in list_x_calls(collector, known[0]):
            if fault != "none":
                x.fail_next(fault)
            run_all(heard, [call])
    assert heard.raw, "urllib3 logs something, else this test shows nothing"
    assert bool(heard.failures) == (fault != "none")
    assert find_leaks(heard.text, list_x_secrets(x)) == []


@pytest.fixture(scope="module")
def mastodon_server():
    with run_mastodon() as server:
        acme = server.add_account("acme")
        asked = server.post("anna@far.example", TEXT)
        server.post(acme, f"@anna@far.example {WORDS}", reply_to=asked)
        server.post("anna@far.example", TEXT, visibility="direct")
        yield server


@pytest.fixture
def mastodon(mastodon_server):
    yield mastodon_server
    mastodon_server.faults.clear()
    mastodon_server.requests.clear()


def list_mastodon_calls(collector, acme, known):
    def fetch_new(kind, query=""):
        return lambda: collector.fetch_new(make_source(acme, kind, query), None)

    visit = Visit(post=known[0])
    return [
        *map(fetch_new, ("posts", "notifications", "private")),
        fetch_new("hashtag", "acme"),
        fetch_new("search", "acme"),
        lambda: collector.fetch_visit([visit], since=NOW - timedelta(days=9)),
        lambda: collector.fetch_states(known),
        lambda: [collector.fetch_access()],
    ]


@pytest.mark.parametrize("fault", MASTODON_FAULTS)
def test_nothing_of_mastodon_is_told(mastodon, fault):
    acme = mastodon.find_account("acme")
    with make_collector(mastodon, acme, timeout_seconds=PATIENCE_SECONDS) as collector:
        source = make_source(acme, "notifications")
        known = [post for page in collector.fetch_new(source, None) for post in page.posts]
    seconds = 0.3 if fault in SLOW else PATIENCE_SECONDS
    with make_collector(mastodon, acme, timeout_seconds=seconds) as collector, overhear() as heard:
        for call in list_mastodon_calls(collector, acme, known):
            target = f"https://elsewhere.example/{WORDS}" if fault == "redirect" else mastodon.url
            if fault != "none":
                mastodon.fail_next(fault, target=target)
            run_all(heard, [call])
            mastodon.faults.clear()
    assert heard.raw, "urllib3 logs something, else this test shows nothing"
    assert find_leaks(heard.text, [*PRIVATE, acme.token]) == []


@pytest.mark.parametrize("status", [200, 400, 401, 403, 404, 422, 429, 500, 503])
@pytest.mark.parametrize("kind", ["application/json", "text/html"])
def test_servers_that_throw_secrets_back_are_not_repeated(status, kind):
    token, keys = "AAAA-token-thrown-back", {}
    for name in ("consumer_key", "consumer_secret", "access_token", "access_token_secret"):
        keys[name] = f"{name}-thrown-back"
    secrets = [token, *keys.values()]
    said = ", ".join((*secrets, TEXT))
    with run_plain() as plain, overhear() as heard:
        plain.status, plain.kind = status, kind
        plain.body = (
            f'{{"error": "{said}", "detail": "{said}", "title": "{said}", "type": "{said}",'
            f' "errors": [{{"message": "{said}", "parameters": {{"{said}": ["{said}"]}}}}]}}'
        ).encode()
        collector = XCollector(
            account="acme",
            bearer_token=token,
            user_keys=UserKeys(**keys),
            api_url=plain.url,
            now=lambda: NOW,
        )
        source = Source(platform="x", brand="acme", account="acme", kind="search")
        run_all(heard, [lambda: collector.fetch_new(source, None)])
        with MastodonCollector(
            plain.url, account="acme@social.example", token=token, now=lambda: NOW
        ) as other:
            source = Source(platform="mastodon", brand="a", account="acme@a.example", kind="posts")
            run_all(heard, [lambda: other.fetch_new(source, None)])
    assert len(heard.failures) > 2
    assert find_leaks(heard.text, [*PRIVATE, *secrets]) == []


@pytest.mark.parametrize("x_fault", ["none", "401", "500", "cut", "html"])
def test_a_whole_round_with_debug_tells_nothing(tmp_path, monkeypatch, x_fault):
    with run_rounds(tmp_path, mode="owner") as rounds, overhear() as heard:
        rounds.x.world.now = rounds.mastodon.now = datetime.now(UTC) - timedelta(minutes=5)
        rounds.x.add_user("anna")
        rounds.x.post("anna", TEXT)
        rounds.x.message("anna", "acme", TEXT)
        rounds.mastodon.post("anna@far.example", TEXT)
        rounds.mastodon.post("anna@far.example", TEXT, visibility="direct")
        for name, value in rounds.env.items():
            monkeypatch.setenv(name, value)
        for fault, path in ((x_fault, "/api/v1"), (x_fault, "/2/")):
            if x_fault != "none":
                (rounds.mastodon if path == "/api/v1" else rounds.x).fail_next(fault, path=path)
        arguments = ["--debug", "--config", str(rounds.config)]
        assert main([*arguments, "collect"]) == (x_fault != "none")
        main([*arguments, "check"])
        secrets = [*PRIVATE, *rounds.env.values(), *list_x_secrets(rounds.x)]
        rounds_told = "\n".join(map(str, rounds.load_runs().to_dicts()))
    assert logging.getLogger().level != logging.DEBUG
    assert "acme" in heard.text
    assert find_leaks(heard.text + rounds_told, secrets) == []
