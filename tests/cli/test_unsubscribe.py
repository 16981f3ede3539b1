import json
import re

import pytest

from listener.deliver.unsubscribing import make_unsubscribe_token
from listener.store.store import Store

SETTINGS = """
database_url = "{folder}/posts.db"
[brands.acme]
name = "Acme Telecom"
accounts = [{{ platform = "x", handle = "AcmeHelp" }}]
[mail]
host = "127.0.0.1"
port = 1
security = "none"
sender = "listener@acme.example"
unsubscribe_url = "https://reports.acme.example/unsubscribe/{{token}}"
[[mail.recipients]]
address = "team@acme.example"
[[mail.recipients]]
address = "vorstand@acme.example"
"""


ONE_THING = "say one thing: WHO, WHO --undo, --token TOKEN, or --list"
NO_KEY = "no token means anybody without a secret; set UNSUBSCRIBE_KEY, or name an address"
KEY = "k" * 32


@pytest.fixture
def operator(program):
    Store.open(f"sqlite:///{program.database}").close()
    (program.folder / "listener.toml").write_text(SETTINGS.format(folder=program.folder))
    return program


def test_a_reader_is_taken_off_and_put_back(operator):
    assert operator.run("unsubscribe", "--list").out == (
        "nobody in mail.recipients has unsubscribed\n"
    )
    assert operator.run("unsubscribe", "Team@acme.example") == ("gets no more mail\n", "")
    assert operator.run("unsubscribe", "team@acme.example").out == "had unsubscribed before\n"
    line = r"mail\.recipients\[0\] gets no mail: unsubscribed on \d{4}-\d\d-\d\d"
    assert re.fullmatch(f"{line}\n", operator.run("unsubscribe", "--list").out)
    assert re.search(line, operator.run("status").out)
    told = json.loads(operator.run("status", "--format", "json").out)["unsubscribed"]
    assert [each["recipient"] for each in told] == ["mail.recipients[0]"]
    assert operator.run("unsubscribe", "team@acme.example", "--undo").out == "gets mail again\n"
    assert operator.run("unsubscribe", "team@acme.example", "--undo").out == (
        "had not unsubscribed\n"
    )


def test_an_address_that_is_not_in_the_settings_is_kept_and_told(operator):
    told = "gets no more mail\nnobody in mail.recipients has this address\n"
    assert operator.run("unsubscribe", "else@acme.example").out == told


@pytest.mark.parametrize(
    ("words", "error"),
    [
        ((), ONE_THING),
        (("team@acme.example", "--list"), ONE_THING),
        (("--undo",), ONE_THING),
        (("--token", "a" * 32, "--undo"), ONE_THING),
        (("a" * 32,), NO_KEY),
        (("--token=team@acme.example",), NO_KEY),
    ],
)
def test_what_means_nothing_is_refused(operator, words, error):
    assert operator.run("unsubscribe", *words, code=2).err == f"listener: {error}\n"


def test_what_answers_a_link_takes_tokens_alone(operator, monkeypatch):
    monkeypatch.setenv("UNSUBSCRIBE_KEY", KEY)
    refused = operator.run("unsubscribe", "--token=team@acme.example", code=2).err
    assert refused.startswith("listener: this is no token of anybody in mail.recipients")
    assert operator.run("unsubscribe", "--list").out.startswith("nobody")
    token = make_unsubscribe_token("team@acme.example", KEY)
    assert operator.run("unsubscribe", f"--token={token}").out == "gets no more mail\n"


def test_check_tells_of_a_missing_secret_and_of_who_has_unsubscribed(operator, monkeypatch):
    operator.run("unsubscribe", "vorstand@acme.example")
    told = json.loads(operator.run("check", "--format", "json", code=1).out)
    mail = {(f["what"], f["state"]): f for f in told["findings"] if f["subject"] == "mail"}
    assert "has no secret" in mail["links", "problem"]["told"]
    monkeypatch.setenv("UNSUBSCRIBE_KEY", "too short")
    assert "must be 32 or more letters" in operator.run("check", code=1).out
    monkeypatch.setenv("UNSUBSCRIBE_KEY", KEY)
    shown = operator.run("check", code=1).out
    assert "links" not in shown
    assert "mail.recipients[1] gets no mail" in shown
