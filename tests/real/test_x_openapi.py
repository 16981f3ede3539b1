"""Our requests and the test server's answers, held against what X itself publishes."""

import json
import re
from datetime import timedelta
from functools import cache
from pathlib import Path

import pytest
from jsonschema import Draft4Validator

from listener.collect.base import Source, Visit
from listener.collect.x import UserKeys, XCollector, make_mark
from listener.errors import CollectorError
from tests.servers.x import FAULTS, run_x
from tests.servers.x_runs import know

DOCUMENTS = Path(__file__).resolve().parents[3] / "shared" / "payloads" / "x"
VERSIONS = {"tweet": "openapi-2.165.json", "post": "openapi-2.167.json"}
KINDS = ("posts", "mentions", "search", "private")

pytestmark = pytest.mark.skipif(not DOCUMENTS.is_dir(), reason="there are no shared payloads")


@cache
def load_document(names):
    return json.loads((DOCUMENTS / VERSIONS[names]).read_bytes())


def resolve(document, item):
    while "$ref" in item:
        place = document
        for part in item["$ref"].removeprefix("#/").split("/"):
            place = place[part]
        item = place
    return item


def find_operation(document, path):
    """Return what is said about an address; one without a variable goes first."""
    for template in sorted(document["paths"], key=lambda path: path.count("{")):
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path):
            return document["paths"][template]["get"]
    raise AssertionError(path)


def check_schema(document, schema, value):
    validator = Draft4Validator({**schema, "components": document["components"]})
    problems = [f"{list(e.path)}: {e.message[:200]}" for e in validator.iter_errors(value)]
    assert problems == []


def check_request(document, exchange):
    operation = find_operation(document, exchange.path)
    known = {p["name"]: p for p in (resolve(document, p) for p in operation["parameters"])}
    assert {*exchange.parameters} <= {*known}
    assert {name for name, p in known.items() if p.get("required")} <= {
        *exchange.parameters,
        *(name for name, p in known.items() if p["in"] == "path"),
    }
    for name, text in exchange.parameters.items():
        schema = resolve(document, known[name]["schema"])
        convert = {"array": lambda text: text.split(","), "integer": int}
        check_schema(document, schema, convert.get(schema["type"], str)(text))


def check_answer(document, exchange):
    responses = find_operation(document, exchange.path)["responses"]
    if exchange.status == 200:
        check_schema(
            document, responses["200"]["content"]["application/json"]["schema"], exchange.body
        )
    else:
        problem = responses["default"]["content"]["application/problem+json"]["schema"]
        check_schema(document, problem, exchange.body)


def live(x):
    """Let happen everything that the server can show."""
    world = x.world
    for handle in ("acme", "anna"):
        world.add_user(handle)
    world.add_user("shy", protected=True)
    root = world.post("acme", "We are open", at=world.now - timedelta(days=9))
    psst = world.post("shy", "psst", at=world.now - timedelta(days=8))
    gone = world.post("anna", "oops", at=world.now - timedelta(days=8))
    for number in range(5):
        at = world.now - timedelta(hours=9 - number)
        no = world.post("anna", "@acme " + "no " * 50 * number, reply_to=root, quote=psst, at=at)
        world.post("acme", "@anna yes", reply_to=no, quote=gone, at=at + timedelta(minutes=5))
        world.message("anna", "acme", "psst", at=at)
    world.edit(no, "@acme still no", at=world.now - timedelta(hours=2))
    world.retweet("acme", no, at=world.now - timedelta(hours=1))
    world.delete(gone)
    return [know(tweet) for tweet in (no, psst, gone)]


def make_collector(x, names):
    return XCollector(
        account="acme",
        bearer_token=x.bearer_token,
        user_keys=UserKeys(**x.make_keys("acme")),
        api_url=x.url,
        field_names=names,
        timeout_seconds=0.3,
        now=lambda: x.world.now,
    )


def read_everything(x, names, posts):
    collector = make_collector(x, names)
    for kind in KINDS:
        source = Source(platform="x", brand="acme", account="acme", kind=kind)
        for mark in (
            None,
            make_mark(x.world.now - timedelta(days=1)),
            make_mark(x.world.now.replace(year=2025)),
        ):
            assert list(collector.fetch_new(source, mark))
    assert list(collector.fetch_states(posts))
    since = x.world.now - timedelta(days=6)
    for customer in ("", "acme", "anna"):
        visits = [Visit(post=post, customer=customer) for post in posts]
        for moment in (since, x.world.now.replace(year=2025)):
            assert list(collector.fetch_visit(visits, since=moment))
    assert collector.fetch_usage()
    assert collector.fetch_count(source).posts > 0
    assert collector.fetch_access().handle == "acme"


@pytest.mark.parametrize("names", VERSIONS)
def test_requests_and_answers_are_as_x_describes_them(names):
    document = load_document(names)
    with run_x(names=names, accepts=(names,), page_size=3, empty_pages=frozenset({1})) as x:
        read_everything(x, names, live(x))
    assert len(x.exchanges) > 20
    for exchange in x.exchanges:
        assert exchange.status == 200
        check_request(document, exchange)
        check_answer(document, exchange)


def test_refusals_are_as_x_describes_them():
    document = load_document("tweet")
    with run_x() as x:
        live(x)
        collector = make_collector(x, "tweet")
        for fault in FAULTS:
            x.fail_next(fault, path="search")
            source = Source(platform="x", brand="acme", account="acme", kind="search")
            with pytest.raises(CollectorError):
                list(collector.fetch_new(source, None))
    assert any(exchange.status == 400 for exchange in x.exchanges)
    for exchange in x.exchanges:
        check_answer(document, exchange)


def test_a_field_that_x_does_not_describe_would_be_noticed():
    document = load_document("tweet")
    with run_x() as x:
        live(x)
        make_collector(x, "tweet").fetch_usage()
    (exchange,) = x.exchanges
    exchange.parameters["usage.fields"] = "cap_reset_day,invented"
    with pytest.raises(AssertionError):
        check_request(document, exchange)
    exchange.body["data"]["project_cap"] = "many"
    with pytest.raises(AssertionError):
        check_answer(document, exchange)
