"""Messages to chat tools, web hooks and mailboxes: what arrives, what fails, what stays secret."""

import logging

import pytest

from listener.deliver.notify import send_notice
from listener.errors import DeliveryError, UnreachableError, UnsureDeliveryError
from listener.logs import configure_logs
from tests.servers.hooks import SECRET, run_hook
from tests.servers.mail import run_mail_server

WHERE = "LISTENER_ALERT_URL_TEAM"
HOSTILE = "A *b* _c_ <b>d</b> `e` ${f} :smile: \\n @everyone & ä"


@pytest.fixture
def hook():
    with run_hook() as running:
        yield running


def send(address, text="Something has happened", title="Acme: 1 alert", timeout_seconds=5):
    send_notice(address, title=title, text=text, where=WHERE, timeout_seconds=timeout_seconds)


def fail(address, kind, **options):
    with pytest.raises(DeliveryError) as caught:
        send(address, **options)
    assert type(caught.value) is kind
    assert SECRET not in str(caught.value)
    assert "127.0.0.1" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("schema", ["json", "form"])
def test_a_web_hook_gets_title_and_text_as_they_are(hook, schema):
    send(hook.make_address(schema), HOSTILE)
    assert hook.taken == [{"path": f"/{SECRET}/team", "title": "Acme: 1 alert", "text": HOSTILE}]


def test_a_mailbox_gets_text_that_is_no_markup():
    with run_mail_server() as server:
        send(
            f"mailto://127.0.0.1:{server.port}/?from=bot@acme.example&to=team@acme.example",
            HOSTILE,
        )
    (taken,) = server.taken
    assert taken.recipient == "team@acme.example"
    assert "Acme: 1 alert" in taken.message["Subject"]
    parts = {
        part.get_content_type(): part.get_content()
        for part in taken.message.walk()
        if not part.is_multipart()
    }
    assert "<b>d</b>" not in parts.get("text/html", "")
    assert any("A *b*" in part for part in parts.values())


def test_a_refusal_is_told_with_its_status(hook):
    hook.status = 500
    told = fail(hook.make_address(), DeliveryError)
    assert told == f"{WHERE}: the service refused it with status 500"
    assert hook.asked == 1


def test_nobody_tries_again_though_the_address_asks_for_it(hook):
    hook.status = 503
    fail(hook.make_address(query="?retry=3&wait=0"), DeliveryError)
    assert hook.asked == 1


def test_redirects_are_not_followed(hook):
    hook.status, hook.location = 307, f"http://127.0.0.1:{hook.port}/elsewhere"
    told = fail(hook.make_address(query="?redirect=yes"), DeliveryError)
    assert "status 307" in told
    assert hook.asked == 1


def test_who_cannot_be_reached_has_got_nothing():
    told = fail(f"json://127.0.0.1:1/{SECRET}", UnreachableError)
    assert told == f"{WHERE}: the service cannot be reached"
    fail("mailto://127.0.0.1:1/?from=bot@acme.example&to=team@acme.example", UnreachableError)


@pytest.mark.parametrize("fault", ["cut", "silent", "drip"])
def test_an_answer_that_is_lost_leaves_a_doubt(hook, fault):
    hook.fault = fault
    fail(hook.make_address(), UnsureDeliveryError, timeout_seconds=0.5)
    assert len(hook.taken) == 1


def test_a_part_of_apprise_that_breaks_leaves_a_doubt(hook, monkeypatch):
    monkeypatch.setattr("apprise.plugins.custom_json.dumps", lambda _: 1 / 0)
    told = fail(hook.make_address(), UnsureDeliveryError)
    assert told == f"{WHERE}: the connection broke off before an answer came"


@pytest.mark.parametrize("fault", ["refuse", "busy"])
def test_a_mail_that_is_refused_has_not_arrived(fault):
    with run_mail_server() as server:
        server.fault = fault
        with pytest.raises(DeliveryError) as caught:
            send(f"mailto://127.0.0.1:{server.port}/?from=bot@acme.example&to=team@acme.example")
    assert not isinstance(caught.value, UnsureDeliveryError)


@pytest.mark.parametrize("address", ["", "team", f"foo://{SECRET}", f"slack://{SECRET}"])
def test_an_address_that_is_none_is_told_without_it(address):
    told = fail(address, DeliveryError)
    assert told.startswith(f"{WHERE}: is no address that apprise understands")


def test_no_log_holds_the_address(hook, capsys):
    root = logging.getLogger()
    before = root.handlers[:], root.level
    configure_logs("DEBUG")
    try:
        send(hook.make_address(query="?rto=3"), HOSTILE)
        hook.status = 500
        fail(hook.make_address(), DeliveryError)
        fail(f"foo://{SECRET}", DeliveryError)
    finally:
        root.handlers, root.level = before
    told = "".join(capsys.readouterr())
    assert SECRET not in told
    assert "A *b*" not in told
